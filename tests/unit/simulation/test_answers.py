"""Answers from made-up readouts, with an engine that is only a course and a time axis."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from sordino.course import load_course
from sordino.simulation.answers import (
    PEAKS,
    AnswerCollector,
    Estimate,
    block_answers,
    daily_index,
    looks,
)
from sordino.simulation.engine import CourseEngine
from sordino.simulation.grid import default_times_h


def engine(until: str, days: list[float] | None = None, draws: int = 1) -> CourseEngine:
    course = load_course(
        {
            "treatment": [
                {
                    "drug": "ketamine",
                    "route": "iv",
                    "dose": "35 mg",
                    "duration": "40 min",
                    "days": days or [0],
                }
            ],
            "observe": {"until": until},
        }
    )
    sessions = course.sessions()
    made = SimpleNamespace(
        course=course,
        times_h=default_times_h(sessions, course.until_h),
        session_h=np.array([s.start_h for s in sessions]),
        draws=draws,
    )
    return cast("CourseEngine", made)


def readouts(engine: CourseEngine, pain: Any, without: Any, people: int) -> dict[str, np.ndarray]:
    shape = (len(engine.times_h), people)
    made = {name: np.full(shape, 0.5) for name in PEAKS}
    made["pain"] = np.broadcast_to(np.asarray(pain, float), shape)
    made["pain_placebo"] = np.broadcast_to(np.asarray(without, float), shape)
    made["fit_to_leave"] = np.full((len(engine.session_h), people), 55.25)
    made["slow_responder"] = np.arange(people) % 2.0
    return made


def collected(
    course: CourseEngine, base: np.ndarray, *blocks: tuple[int, dict[str, np.ndarray]]
) -> AnswerCollector:
    seen, daily = looks(course), daily_index(course)
    collector = AnswerCollector(course, seen, daily)
    for draw, values in blocks:
        collector.add(draw, block_answers(values, seen, daily, base))
    return collector


@pytest.mark.parametrize(
    ("until", "labels", "days"),
    [
        ("1 h", [], 0),
        ("159 min", [], 0),
        ("160 min", ["2 hours after the first session"], 0),
        ("1 day", ["2 hours after the first session", "day 1"], 1),
        ("167 h", ["2 hours after the first session", "day 1"], 6),
        ("7 days", ["2 hours after the first session", "day 1", "week 1"], 7),
        (
            "84 days",
            [
                "2 hours after the first session",
                "day 1",
                *(f"week {w}" for w in (1, 2, 4, 8, 12)),
            ],
            84,
        ),
    ],
)
def test_looks_that_fit_into_the_observation(until: str, labels: list[str], days: int) -> None:
    course = engine(until)
    assert [look.label for look in looks(course)] == labels
    assert len(daily_index(course)) == days


def test_a_weekly_look_is_the_mean_of_seven_days() -> None:
    course = engine("84 days")
    by_label = {look.label: look for look in looks(course)}
    for label, look in by_label.items():
        times = course.times_h[look.index]
        if label.startswith("week"):
            last = 7 * int(label.split()[1])
            assert list(times / 24.0) == list(range(last - 6, last + 1))
            assert look.time_h == 24.0 * last
    assert course.times_h[by_label["day 1"].index] == pytest.approx([24.0])
    soon = by_label["2 hours after the first session"]
    assert course.times_h[soon.index] == pytest.approx([160 / 60])


def test_a_session_after_the_last_look_changes_no_look() -> None:
    early, late = engine("10 days"), engine("10 days", days=[0, 9])
    assert [look.label for look in looks(early)] == [look.label for look in looks(late)]
    for a, b in zip(looks(early), looks(late), strict=True):
        assert np.array_equal(early.times_h[a.index], late.times_h[b.index])


def test_counts_are_means_within_a_draw_and_intervals_over_draws() -> None:
    course = engine("1 day", draws=2)
    base = np.array([8.0, 8.0, 4.0, 0.0])
    # 50, 25, 50 percent less, and nobody knows of 0.
    first = readouts(course, [4.0, 6.0, 2.0, 0.0], base, 4)
    second = readouts(course, base, base, 4)
    answers = collected(course, base, (0, first), (0, first), (1, second)).answers()
    day = {r.threshold_percent: r for r in answers.responses if r.label == "day 1"}
    for level in (30, 50):
        with_drug = day[level].with_drug
        assert (with_drug.low, with_drug.value, with_drug.high) == pytest.approx((2.5, 25.0, 47.5))
        assert day[level].without_drug == Estimate(0.0, 0.0, 0.0)
        assert day[level].difference.value == 25.0
    assert answers.pain[-1].with_drug.value == pytest.approx((3.0 + 5.0) / 2)
    assert answers.pain[-1].without_drug.value == pytest.approx(5.0)
    assert answers.relief_days.value == pytest.approx(0.25)
    assert answers.slow_responders.value == 50.0


def test_a_course_without_any_look_still_has_a_session() -> None:
    course = engine("1 h")
    base = np.full(5, 7.0)
    answers = collected(course, base, (0, readouts(course, base, base, 5))).answers()
    assert answers.responses == ()
    assert answers.pain == ()
    assert answers.relief_window_days == 0
    assert answers.relief_days == Estimate(0.0, None, None)
    assert answers.peaks["conc_ketamine"].median == pytest.approx(0.5, rel=0.005)
    assert answers.peaks["nmda_block"].high == pytest.approx(0.5, abs=1 / 2000)
    (leave,) = answers.fit_to_leave_min
    assert leave.median == pytest.approx(55.25, abs=1.0)
    assert set(answers.as_dict()) >= {"responses", "pain", "peaks", "fit_to_leave_min"}


def test_who_is_never_fit_counts_at_the_end_of_the_scale() -> None:
    course = engine("1 h")
    base = np.full(4, 7.0)
    values = readouts(course, base, base, 4)
    values["fit_to_leave"] = np.array([[np.nan, np.nan, np.nan, 60.0]])
    (leave,) = collected(course, base, (0, values)).answers().fit_to_leave_min
    assert leave.low == pytest.approx(60.0, abs=1.0)
    assert leave.median > 14 * 24 * 60 - 1
    assert leave.high > 14 * 24 * 60 - 1


def test_exactly_30_percent_less_is_a_response() -> None:
    course = engine("1 day")
    base = np.full(1, 10.0)
    answers = collected(course, base, (0, readouts(course, 7.0, 7.1, 1))).answers()
    assert answers.responses[0].with_drug.value == 100.0
    assert answers.responses[0].without_drug.value == 0.0
