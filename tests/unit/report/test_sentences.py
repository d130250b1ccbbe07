from __future__ import annotations

from dataclasses import replace

import pytest

from sordino.library.protocols import load_protocol
from sordino.report.sentences import (
    FEW_OF_100,
    Verdict,
    headline_time,
    is_after,
    judge,
    response_at,
    sentences,
)
from sordino.simulation.answers import Estimate, PainAt
from sordino.simulation.summary import Summary, summarize


def with_difference(summary: Summary, difference: Estimate) -> Summary:
    """The same summary, as if the drug made this difference in responders and in pain."""
    answers = replace(
        summary.answers,
        responses=tuple(replace(r, difference=difference) for r in summary.answers.responses),
        pain=tuple(replace(p, difference=difference) for p in summary.answers.pain),
    )
    return replace(summary, answers=answers)


@pytest.mark.parametrize(
    ("value", "low", "high", "verdict"),
    [
        (1.0, 0.0, 4.4, Verdict.NONE),
        (1.0, 0.0, 4.6, Verdict.OPEN),
        (3.0, 2.0, 4.0, Verdict.NONE),
        (20.0, 0.4, 41.0, Verdict.OPEN),
        (20.0, 4.4, 41.0, Verdict.OPEN),
        (20.0, 4.6, 41.0, Verdict.SOME),
        (20.0, None, None, Verdict.UNCERTAIN),
    ],
)
def test_the_rules_see_what_is_printed(
    value: float, low: float | None, high: float | None, verdict: Verdict
) -> None:
    assert judge(Estimate(value, low, high), FEW_OF_100, 0) is verdict


@pytest.mark.parametrize(
    ("difference", "start", "amount"),
    [
        (Estimate(1.0, 0.0, 4.0), "No lasting difference can be expected", "about 1 (0 to 4)"),
        (Estimate(21.0, 0.0, 41.0), "A lasting difference is possible", "about 21 (0 to 41)"),
        (Estimate(21.0, 9.0, 41.0), "A lasting difference is expected if", "about 21 (9 to 41)"),
        (Estimate(0.1, 0.0, 0.3), "No lasting difference", "fewer than 1 of 100"),
    ],
)
def test_verdict_on_lasting_difference(
    six: Summary, difference: Estimate, start: str, amount: str
) -> None:
    said = sentences(with_difference(six, difference)).verdict
    assert said.startswith(start)
    assert amount in said


def test_headline_has_the_counts_of_the_answers(six: Summary) -> None:
    found = response_at(six.answers, 28 * 24.0)
    said = sentences(six).headline
    assert "in week 4 with this course" in said
    for estimate in (found.with_drug, found.without_drug):
        assert estimate.low is not None
        assert estimate.high is not None
        low, high = round(estimate.low), round(estimate.high)
        assert f"{round(estimate.value)} ({low} to {high})" in said


def test_the_typical_patient_has_pain_and_no_counts(typical: Summary) -> None:
    said = sentences(typical)
    assert said.headline.startswith("The pain of the typical patient, 7.0 of 10 before treatment")
    everything = " ".join([said.headline, said.verdict, *said.soon, *said.session])
    assert "of 100" not in everything
    assert "need a population" in " ".join(said.interval)
    assert said.relief_days == ""


@pytest.mark.parametrize(
    ("difference", "start"),
    [
        (Estimate(-0.3, -0.44, 0.0), "No lasting difference"),
        (Estimate(-0.9, -1.5, -0.04), "A lasting difference is possible"),
        (Estimate(-0.9, -1.5, -0.3), "A lasting difference is possible"),
        (Estimate(-0.9, -1.5, -0.6), "A lasting difference is expected"),
    ],
)
def test_less_pain_is_judged_by_points(typical: Summary, difference: Estimate, start: str) -> None:
    said = sentences(with_difference(typical, difference)).verdict
    assert said.startswith(start)
    assert f"{-difference.value:.1f} (" in said
    assert "points less pain" in said


def test_one_draw_gives_no_range_and_says_so(nasal: Summary) -> None:
    said = sentences(nasal)
    assert "(" not in said.headline
    assert "not worked out" in said.verdict
    assert "no uncertainty was asked for" in " ".join(said.interval)
    assert "50% of it" in said.slow


def test_a_course_that_ends_early_promises_nothing(brief: Summary) -> None:
    said = sentences(brief)
    assert "not watched long enough" in said.headline
    assert said.verdict == ""
    assert said.soon == ()
    assert "not fit to leave before" in " ".join(said.session)


def test_the_transfer_from_crps_is_said(six: Summary) -> None:
    said = sentences(six).slow
    assert "is not known" in said
    assert "CRPS" in said
    assert "from none to all" in said
    assert "worse" in said


def test_a_repeated_course_is_judged_after_its_end(nasal: Summary, six: Summary) -> None:
    assert headline_time(six).label == "week 4"  # pyright: ignore[reportOptionalMemberAccess]
    assert headline_time(nasal).label == "week 8"  # pyright: ignore[reportOptionalMemberAccess]
    zero = Estimate(0.0, 0.0, 0.0)
    week = PainAt("week 4", 28 * 24.0, zero, zero, zero)
    assert is_after(week, 15 * 24.0)
    assert not is_after(week, 15.1 * 24.0)
    assert not is_after(PainAt("day 1", 24.0, zero, zero, zero), 0.0)


def test_the_next_day_is_left_out_while_an_infusion_runs() -> None:
    found = summarize(load_protocol("crps_100h"), patients=8, draws=2)
    soon = sentences(found).soon
    assert len(soon) == 1
    assert soon[0].startswith("Two hours after the first session")


def test_treatment_to_the_end_is_not_called_lasting() -> None:
    course = {
        "treatment": [
            {
                "drug": "ketamine",
                "route": "iv",
                "dose": "35 mg",
                "duration": "40 min",
                "every": "7 days",
                "times": 4,
            }
        ],
        "observe": {"until": "28 days"},
    }
    said = sentences(summarize(course, patients=8, draws=2))
    assert "lasting" not in said.verdict
    assert "still going on" in said.verdict
    assert "Taken from people with fibromyalgia" in said.people


def test_the_other_slow_clock_says_that_it_is_assumed() -> None:
    course = {
        "models": {"slow_clock": "turnover"},
        "treatment": [{"drug": "esketamine", "route": "iv", "dose": "35 mg", "duration": "1 h"}],
        "observe": {"until": "3 days"},
    }
    assert "All its numbers are assumed" in sentences(summarize(course, patients=4, draws=1)).slow
