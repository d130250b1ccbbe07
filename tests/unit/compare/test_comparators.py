"""Comparators give back what trials print, and say what they do not know."""

from __future__ import annotations

import numpy as np
import pytest

from sordino.compare import Arm, Comparison
from sordino.compare.comparators import comparator_arms
from sordino.compare.people import without_drug
from sordino.compare.profiles import profile, profiles

PUBLISHED = ("duloxetine", "pregabalin", "milnacipran", "amitriptyline", "tramadol", "gabapentin")


@pytest.fixture(scope="module")
def arms() -> dict[str, Arm]:
    """One reading of the studies, so that every number is the published one."""
    people = without_drug({}, 400, 1, 3)
    return comparator_arms([profile(n) for n in (*PUBLISHED, "placebo")], people, 1, 3)


def difference(arm: Arm, day: int, level: int) -> float:
    found = [s for s in arm.shares if (s.day, s.threshold_percent) == (day, level)]
    assert found[0].difference is not None
    return found[0].difference.value


@pytest.mark.parametrize(
    ("name", "level", "drug", "placebo"),
    [
        ("duloxetine", 50, 36.6, 23.3),  # Lunn 2014
        ("pregabalin", 50, 29.0, 13.0),  # Crofford 2005
        ("milnacipran", 30, 40.0, 30.0),  # Cochrane CD008244
        ("amitriptyline", 50, 36.0, 11.0),  # Cochrane CD011824
        ("gabapentin", 30, 50.7, 30.7),  # Cochrane CD012188
    ],
)
def test_published_differences_are_there_in_week_12(
    arms: dict[str, Arm], name: str, level: int, drug: float, placebo: float
) -> None:
    # At the end of week 12 the slowest onset in this list is 99 percent complete.
    assert difference(arms[name], 84, level) == pytest.approx(drug - placebo, rel=0.02)
    assert {s.origin for s in arms[name].shares if s.threshold_percent == level} == {"published"}


@pytest.mark.parametrize(
    ("name", "published"), [("duloxetine", -0.98), ("pregabalin", -0.71), ("tramadol", -1.2)]
)
def test_published_differences_of_mean_pain(
    arms: dict[str, Arm], name: str, published: float
) -> None:
    line = arms[name].curve
    assert line is not None
    week = slice(78, 85)
    found = np.mean(line.mean[week]) - np.mean(line.without[week])
    assert found == pytest.approx(published, rel=0.02)


def test_more_people_reach_30_than_50_percent(arms: dict[str, Arm]) -> None:
    for arm in arms.values():
        level = {
            level: [
                s.with_treatment.value
                for s in arm.shares
                if s.threshold_percent == level and s.with_treatment
            ]
            for level in (30, 50)
        }
        assert all(a >= b for a, b in zip(level[30], level[50], strict=True)), arm.name


def test_an_effect_comes_in_over_the_weeks(arms: dict[str, Arm]) -> None:
    early, late = (difference(arms["duloxetine"], day, 50) for day in (7, 84))
    assert 0.0 < early < 0.6 * late


def test_placebo_adds_nothing_to_itself(arms: dict[str, Arm]) -> None:
    placebo = arms["placebo"]
    assert placebo.curve is not None
    assert placebo.curve.mean == placebo.curve.without
    assert all(s.difference is not None and s.difference.value == 0.0 for s in placebo.shares)
    assert {s.origin for s in placebo.shares} == {"simulated"}


def test_the_same_people_have_the_same_placebo_under_every_comparator(
    arms: dict[str, Arm],
) -> None:
    lines = {arm.curve.without for arm in arms.values() if arm.curve is not None}
    assert len(lines) == 1


def test_placebo_of_tablets_is_that_of_a_course_once_hope_has_settled(small: Comparison) -> None:
    """Six infusions end on day 11; what their visits add to hope halves every day or so."""
    course, placebo = (
        next(a for a in small.arms if a.name == n) for n in ("six_infusions", "placebo")
    )
    assert course.curve is not None
    assert placebo.curve is not None
    assert course.curve.without[0] == pytest.approx(placebo.curve.without[0], abs=1e-3)
    assert course.curve.without[40:] == pytest.approx(placebo.curve.without[40:], abs=2e-3)
    assert course.curve.without[1] < placebo.curve.without[1] - 0.1


@pytest.mark.parametrize("name", ["exercise", "opioid"])
def test_what_no_source_gives_is_unknown(name: str) -> None:
    arm = comparator_arms([profiles()[name]], iter(()), 2, 1)[name]
    assert arm.curve is None
    assert arm.shares == ()
    assert (arm.relief_days, arm.first_relief_day) == (None, None)
    assert "No source" in arm.notes[0]
    assert arm.evidence
    assert "no effect size seen" in arm.strength


def test_harms_of_opioids_are_said() -> None:
    arm = comparator_arms([profiles()["opioid"]], iter(()), 2, 1)["opioid"]
    said = " ".join(row.says for row in arm.evidence)
    assert "hyperalgesia" in said
    assert "not recommended" in arm.strength


def test_harms_and_withdrawals_are_those_of_the_rows(arms: dict[str, Arm]) -> None:
    nausea = next(h for h in arms["duloxetine"].harms if h.event == "nausea")
    assert nausea.percent is not None
    assert nausea.percent.value == pytest.approx(29.0, abs=0.5)  # Sultan 2008, table 1
    stopped = {s.reason: s for s in arms["pregabalin"].stopped}
    assert stopped["side effects"].percent == pytest.approx(9.6)
    assert stopped["lack of effect"].control_percent == pytest.approx(100 * 26 / 248)


def test_intervals_hold_the_error_of_the_trials(small: Comparison) -> None:
    drug = next(a for a in small.arms if a.name == "duloxetine")
    week = next(s for s in drug.shares if (s.day, s.threshold_percent) == (84, 30))
    assert week.difference is not None
    assert week.difference.low is not None
    assert week.difference.high is not None
    assert week.difference.low < week.difference.value < week.difference.high
    assert drug.curve is not None
    assert drug.curve.low is not None
