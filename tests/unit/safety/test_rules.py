from __future__ import annotations

from typing import Any

import pytest

from sordino.course import Course, load_course
from sordino.safety import Safety
from sordino.safety.exposure import dosing
from sordino.safety.rules import RuleFound, contraindications, rules
from sordino.simulation.answers import Spread

RATE, BOLUS = "asra2018.dose.infusion_range", "asra2018.dose.bolus_max"
LEAST = "asra2018.dose.total_minimum"


def course(treatment: dict[str, Any], **patient: Any) -> Course:
    return load_course({"patient": {"weight": "70 kg", **patient}, "treatment": [treatment]})


def given(route: str = "iv", drug: str = "ketamine", **amounts: Any) -> Course:
    return course({"drug": drug, "route": route, **amounts})


def found(read: Course, leave: tuple[Spread, ...] = ()) -> dict[str, RuleFound]:
    return {rule.id: rule for rule in rules(read, dosing(read), leave)}


@pytest.mark.parametrize(
    ("rate", "verdict", "words"),
    [
        ("0.5 mg/kg/h", "met", "0.5 mg/kg/h"),
        ("2 mg/kg/h", "met", "2 mg/kg/h"),
        ("0.35 mg/kg/h", "not met", "slower"),
        ("2.5 mg/kg/h", "not met", "faster"),
        ("70 mg/h", "met", "1 mg/kg/h"),
    ],
)
def test_the_rate_of_an_infusion(rate: str, verdict: str, words: str) -> None:
    """Consensus guidelines of 2018: 0.5 to 2 mg/kg/h."""
    rule = found(given(rate=rate, duration="1 h"))[RATE]
    assert rule.verdict == verdict
    assert words in rule.found


@pytest.mark.parametrize(("dose", "verdict"), [("0.35 mg/kg", "met"), ("25 mg", "not met")])
def test_a_bolus(dose: str, verdict: str) -> None:
    rules_found = found(given(dose=dose))
    assert rules_found[BOLUS].verdict == verdict
    assert rules_found[RATE].verdict == "does not apply"


@pytest.mark.parametrize(
    ("dose", "duration", "verdict"),
    [("90 mg", "4 h", "met"), ("90 mg", "1 h", "not met"), ("35 mg", "4 h", "not met")],
)
def test_the_least_that_is_thought_to_help(dose: str, duration: str, verdict: str) -> None:
    rule = found(given(dose=dose, duration=duration))[LEAST]
    assert rule.verdict == verdict
    assert "not about harm" in rule.says


def test_the_guideline_on_fibromyalgia_is_always_said() -> None:
    rule = found(given(dose="35 mg", duration="40 min"))["asra2018.indication.fibromyalgia"]
    assert rule.says == (
        "fibromyalgia: weak or no evidence for immediate improvement; none for later"
    )
    assert "grade D" in rule.strength
    assert "asra2018.indication.crps" not in found(given(dose="35 mg", duration="40 min"))


def test_a_spray_is_watched_for_two_hours(nasal: Safety) -> None:
    seen = {rule.id: rule for rule in nasal.rules}
    assert seen["esk.observe_2h.observe"].verdict == "met"
    assert "2 h" in seen["esk.observe_2h.observe"].says
    assert "next day" in seen["esk.no_driving.driving"].says
    spray = given("intranasal", "esketamine", dose="84 mg")
    early = (Spread(60.0, 50.0, 70.0, "min", ""),)
    assert found(spray, early)["esk.observe_2h.observe"].verdict == "not met"


def test_lists_go_by_drug_and_route() -> None:
    def products(read: Course) -> set[str]:
        return {c.product for c in contraindications(read)}

    assert products(given(dose="35 mg", duration="1 h")) == {"IV ketamine, chronic pain"}
    both = {"IV ketamine, chronic pain", "IV esketamine, FM trial"}
    assert products(given(drug="esketamine", dose="35 mg", duration="1 h")) == both
    assert products(given("intranasal", "esketamine", dose="84 mg")) == {"esketamine nasal"}
    # For lozenges no list was seen; the one for infusions is shown.
    assert products(given("sublingual", dose="25 mg")) == {"IV ketamine, chronic pain"}


@pytest.mark.parametrize(
    ("age", "pressure", "applies"),
    [
        (50, (150, 85), True),
        (50, (135, 95), True),
        (50, (135, 85), False),
        (70, (145, 85), False),
        (70, (155, 85), True),
    ],
)
def test_pressure_before_treatment(age: float, pressure: tuple[int, int], applies: bool) -> None:
    """Label of nasal esketamine: care above 140/90, from 65 years on above 150/90."""
    read = course(
        {"drug": "esketamine", "route": "intranasal", "dose": "84 mg"},
        age=age,
        baseline_sbp=pressure[0],
        baseline_dbp=pressure[1],
    )
    limits = [c for c in contraindications(read) if "blood pressure" in c.conditions]
    assert any(c.applies is True for c in limits) is applies
    assert all(c.applies is not None for c in limits)


def test_conditions_of_the_patient_document_are_looked_at() -> None:
    read = course(
        {"drug": "ketamine", "route": "iv", "dose": "35 mg", "duration": "1 h"},
        conditions={"pregnancy": True, "active_psychosis": False},
    )
    found_by = {c.id: c for c in contraindications(read)}
    assert found_by["pregnancy"].applies is True
    assert found_by["active_psychosis"].applies is False
    assert found_by["severe_hepatic_disease"].applies is None


def test_without_a_pressure_nothing_is_claimed() -> None:
    read = given("intranasal", "esketamine", dose="84 mg")
    assert all(c.applies is None for c in contraindications(read))
