"""Contraindications, other drugs, tests, monitoring and treatments tried, rule by rule."""

from __future__ import annotations

from typing import Any

import pytest

from sordino.screening import Check, screen


def check(id_: str, **patient: Any) -> Check:
    return screen(patient).check(id_)


def status(id_: str, **patient: Any) -> str:
    return check(id_, **patient).status


@pytest.mark.parametrize(
    ("value", "expected"), [(True, "met"), (False, "not met"), (None, "unknown")]
)
def test_a_condition_is_there_or_not_or_not_stated(value: bool | None, expected: str) -> None:
    found = check("pregnancy", conditions={} if value is None else {"pregnancy": value})
    assert found.status == expected
    assert found.missing == (("conditions.pregnancy",) if value is None else ())
    assert (found.action, found.basis, found.grade) == ("exclude", "relative", "B")
    assert found.cites == ("cohen_2018",)


def test_either_of_two_conditions_is_enough_and_both_must_be_denied() -> None:
    id_ = "trial.fm_esketamine_exclusions.pregnancy_or_lactation"
    assert status(id_, conditions={"lactation": True}) == "met"
    assert check(id_, conditions={"pregnancy": False}).missing == ("conditions.lactation",)
    assert status(id_, conditions={"pregnancy": False, "lactation": False}) == "not met"


@pytest.mark.parametrize(
    ("ago", "expected"),
    [("never", "not met"), ("10 days", "met"), ("6 weeks", "met"), ("43 days", "not met")],
)
def test_a_cardiovascular_event_counts_within_six_weeks(ago: str, expected: str) -> None:
    conditions = {"last_cardiovascular_event": ago}
    assert status("esk.recent_cardiovascular_event", conditions=conditions) == expected


@pytest.mark.parametrize(
    ("age", "sbp", "dbp", "younger", "older"),
    [
        (50, 140, 90, "not met", "not met"),
        (50, 141, 80, "met", "not met"),
        (50, 120, 91, "met", "not met"),
        (64.9, 145, 85, "met", "not met"),
        (65, 145, 85, "not met", "not met"),
        (65, 151, 85, "not met", "met"),
        (70, 140, 91, "not met", "met"),
        (None, 145, 85, "unknown", "not met"),
        (None, 155, 85, "unknown", "unknown"),
        (None, 130, 80, "not met", "not met"),
        (50, 145, None, "met", "not met"),
        (50, 130, None, "unknown", "not met"),
        (50, None, None, "unknown", "not met"),
    ],
)
def test_blood_pressure_before_the_dose(
    age: float | None, sbp: float | None, dbp: float | None, younger: str, older: str
) -> None:
    """Above 140/90 mmHg under 65 years, above 150/90 from 65 on (label, section 4.4)."""
    given_ = {"age": age, "baseline_sbp": sbp, "baseline_dbp": dbp}
    patient = {key: value for key, value in given_.items() if value is not None}
    found = [check(f"esk.baseline_bp_{a}", **patient) for a in ("under_65", "65_and_over")]
    assert [own.status for own in found] == [younger, older]
    for own in found:
        assert set(own.missing) <= set(given_) - set(patient)
        assert bool(own.missing) == (own.status == "unknown")


@pytest.mark.parametrize(
    ("given_", "severe", "moderate"),
    [
        (None, "unknown", "unknown"),
        ("none", "not met", "not met"),
        ("A", "not met", "not met"),
        ("B", "not met", "met"),
        ("C", "met", "not met"),
    ],
)
def test_two_statements_of_one_row(given_: str | None, severe: str, moderate: str) -> None:
    conditions = {} if given_ is None else {"child_pugh": given_}
    row = "esk.severe_hepatic_impairment"
    c = check(f"{row}.child_pugh_c", conditions=conditions)
    b = check(f"{row}.child_pugh_b", conditions=conditions)
    assert ((c.status, c.action), (b.status, b.action)) == (
        (severe, "exclude"),
        (moderate, "caution"),
    )


@pytest.mark.parametrize(
    ("apnea", "stop_bang", "expected"),
    [
        (True, None, "met"),
        (False, 3, "met"),
        (None, 3, "met"),
        (False, 2, "not met"),
        (None, 2, "unknown"),
        (False, None, "unknown"),
    ],
)
def test_sleep_apnea_or_its_questionnaire(
    apnea: bool | None, stop_bang: int | None, expected: str
) -> None:
    given_ = {"sleep_apnea": apnea, "stop_bang": stop_bang}
    conditions = {key: value for key, value in given_.items() if value is not None}
    assert status("trial.fm_esketamine_exclusions.sleep_apnea", conditions=conditions) == expected


def test_what_something_worse_implies_is_not_asked() -> None:
    id_ = "trial.fm_esketamine_exclusions.psychosis"
    assert status(id_, conditions={"active_psychosis": True}) == "met"
    assert check(id_, conditions={"active_psychosis": False}).missing == (
        "conditions.psychotic_disorder",
    )


def drugs(*names: str | dict[str, Any]) -> dict[str, Any]:
    return {"drug": [{"name": own} if isinstance(own, str) else own for own in names]}


OTHER = "none_of_these"


@pytest.mark.parametrize(
    ("patient", "row", "expected"),
    [
        ({}, "clarithromycin.oral", "unknown"),
        ({"drug": []}, "clarithromycin.oral", "not met"),
        (drugs("Clarithromycin 500 mg"), "clarithromycin.oral", "met"),
        (drugs("erythromycin"), "clarithromycin.oral", "not met"),
        (drugs("Rifampin"), "rifampicin.iv", "met"),
        (drugs("St. John’s wort"), "st_johns_wort.oral", "met"),
        ({"drug": []}, "st_johns_wort.oral", "unknown"),
        ({"intake": {"st_johns_wort": False}}, "st_johns_wort.oral", "not met"),
        ({"intake": {"grapefruit_juice": True}}, "grapefruit_juice.oral", "met"),
        (drugs("mometasone"), "nasal_sprays.intranasal", "unknown"),
        (drugs({"name": "mometasone", "nasal": True}), "nasal_sprays.intranasal", "met"),
        (drugs({"name": "mometasone", "nasal": False}), "nasal_sprays.intranasal", "not met"),
        (drugs("sertraline"), "szarmach_2020_recovery", "unknown"),
        (drugs({"name": "sertraline", "kind": "ssri"}), "szarmach_2020_recovery", "met"),
        (drugs({"name": "sertraline", "kind": OTHER}), "szarmach_2020_recovery", "not met"),
        (drugs({"name": "x", "kind": "opioid"}), "depressants.sedation", "met"),
        ({"intake": {"alcohol": True}}, "depressants.sedation", "met"),
        ({"drug": []}, "depressants.sedation", "unknown"),
        ({"drug": [], "intake": {"alcohol": False}}, "depressants.sedation", "not met"),
        ({"intake": {"alcohol": False}}, "depressants.sedation", "unknown"),
        (drugs({"name": "x", "kind": "mao_inhibitor"}), "stimulants.pressure", "met"),
    ],
)
def test_another_drug(patient: dict[str, Any], row: str, expected: str) -> None:
    found = check(row, **patient)
    assert found.status == expected
    assert bool(found.missing) == (expected == "unknown")


@pytest.mark.parametrize(
    ("doses", "expected"),
    [
        (["8 mg"], "not met"),
        (["8.1 mg"], "met"),
        (["5 mg", "5 mg"], "met"),
        ([None], "unknown"),
        (["5 mg", None], "unknown"),
        (["9 mg", None], "met"),
    ],
)
def test_benzodiazepines_count_together_from_a_dose_on(
    doses: list[str | None], expected: str
) -> None:
    """Above 8 mg of diazepam a day."""
    listed = [
        {"name": f"b{n}", "kind": "benzodiazepine"}
        | ({} if dose is None else {"diazepam_equivalent": dose})
        for n, dose in enumerate(doses)
    ]
    assert status("benzodiazepine.mood", drug=listed) == expected


def test_an_exposure_that_does_not_change_is_said_in_words() -> None:
    assert check("itraconazole.oral").effect == "no change of exposure was seen"
    assert check("clarithromycin.oral").effect == "exposure times 2.6, peak times 3.6"


def test_a_needed_test_and_its_result() -> None:
    id_ = "asra2018.tests.cardiovascular_risk.baseline_ecg"
    risk = {"cardiovascular_risk": True}
    needed = check(id_, conditions=risk)
    assert (needed.status, needed.missing) == ("met", ("tests.ecg",))
    done = check(id_, conditions=risk, tests={"ecg": "not done"})
    assert (done.status, done.effect, done.missing) == ("met", "result: not done", ())
    assert check(id_, conditions={"cardiovascular_risk": False}).missing == ()
    assert status(id_, conditions={"severe_cardiovascular_disease": True}) == "met"


@pytest.mark.parametrize(
    ("id_", "arrangements", "expected"),
    [
        ("esk.observe_2h.observed_for", {"observed_for": "119 min"}, "not met"),
        ("esk.observe_2h.observed_for", {"observed_for": "2 h"}, "met"),
        ("esk.fasting.no_food_before", {"no_food_before": "1 h"}, "not met"),
        ("esk.fasting.no_drink_before", {"no_drink_before": "30 min"}, "met"),
        ("esk.fasting.nasal_drug_gap", {"nasal_drug_gap": "2 h"}, "met"),
        ("esk.bp_check.pressure_before_dose", {"pressure_before_dose": True}, "met"),
        ("esk.bp_check.pressure_checks", {"pressure_checks": ["20 min", "40 min"]}, "met"),
        ("esk.bp_check.pressure_checks", {"pressure_checks": ["1 h"]}, "not met"),
        ("esk.bp_check.pressure_checks", {"pressure_checks": []}, "not met"),
        ("esk.no_driving.driving", {"driving": "same day"}, "not met"),
        ("esk.no_driving.driving", {"driving": "next day after a restful sleep"}, "met"),
        ("esk.observe_2h.supervised", {"supervised": False}, "not met"),
        ("esketamine_sc.bp_90min.pressure_watched_for", {"pressure_watched_for": "2 h"}, "met"),
    ],
)
def test_what_is_arranged(id_: str, arrangements: dict[str, Any], expected: str) -> None:
    assert status(id_) == "unknown"
    assert status(id_, arrangements=arrangements) == expected


def test_treatments_tried() -> None:
    tried = [
        {"treatment": "Pregabalin", "weeks": 8, "outcome": "no relief"},
        {"treatment": "cognitive behavioural therapy"},
        {"treatment": "acupuncture", "weeks": 3, "outcome": "not known"},
    ]
    found = screen({"tried": tried, **drugs("duloxetine")})
    assert found.check("tried.pregabalin").reason == "8 weeks, no relief"
    assert found.check("tried.cbt").missing == ("tried[2].weeks", "tried[2].outcome")
    assert found.check("tried.duloxetine").status == "met"
    assert found.check("tried.milnacipran").status == "not met"
    other = found.check("tried.other_3")
    assert (other.rule, other.status, other.row) == ("tried: acupuncture", "met", "")
    assert status("tried.milnacipran") == "unknown"
    assert status("tried.milnacipran", tried=[]) == "not met"
