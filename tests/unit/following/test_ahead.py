"""Where a record stands, and the ways on from there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sordino.course import load_course
from sordino.errors import InputError
from sordino.following.ahead import Choice, Standing, choices, standing
from sordino.record import load_record

if TYPE_CHECKING:
    from .conftest import Write


def at(plan: Path, record: Path) -> Standing:
    return standing(load_record(record), load_course(plan))


def by_name(now: Standing) -> dict[str, Choice]:
    return {c.name: c for c in choices(now)}


def hours(choice: Choice) -> list[float]:
    assert choice.course is not None
    return [s.start_h for s in choice.course.sessions()]


def test_the_rest_of_the_plan_follows_what_was_given(plan: Path, write: Write) -> None:
    """Three of six sessions were given, the record ends on day 6: days 7, 9, 11 are to come."""
    found = by_name(at(plan, write()))
    assert hours(found["plan"]) == [24.0 * d for d in (0, 2, 4, 7, 9, 11)]
    assert hours(found["stop"]) == [24.0 * d for d in (0, 2, 4)]
    assert hours(found["once"]) == [24.0 * d for d in (0, 2, 4, 7)]
    assert hours(found["weekly"]) == [24.0 * d for d in (0, 2, 4, 7, 14, 21, 28)]
    assert found["plan"].sessions_h == (168.0, 216.0, 264.0)


def test_doses_are_those_given_and_then_those_planned(plan: Path, write: Write) -> None:
    """35 mg were given; 0.5 mg/kg are planned."""
    course = by_name(at(plan, write()))["plan"].course
    assert course is not None
    doses = [(a.dose_mg, a.dose_mg_per_kg) for a in course.administrations()]
    assert doses == [(35.0, 0.0)] * 3 + [(0.0, 0.5)] * 3


def test_a_planned_day_that_passed_is_not_made_up_for(plan: Path, write: Write) -> None:
    found = by_name(at(plan, write(sessions=(0, 2, 4), days=range(-7, 10))))
    assert found["plan"].sessions_h == (264.0,)


def test_when_the_plan_is_done_there_is_no_plan(plan: Path, write: Write) -> None:
    assert "plan" not in by_name(at(plan, write(days=range(20))))


def test_without_a_session_the_plan_begins_tomorrow(plan: Path, write: Write) -> None:
    now = at(plan, write(sessions=(), days=range(-7, 0)))
    found = by_name(now)
    assert set(found) == {"plan", "stop"}
    assert now.zero.isoformat(" ") == "2026-01-12 10:00:00"
    assert hours(found["plan"])[0] == 0.0
    assert found["stop"].course is None


def test_other_courses_begin_the_day_after(plan: Path, write: Write) -> None:
    now = at(plan, write())
    found = choices(now, {"mine": load_course(plan)})[-1]
    assert found.sessions_h[:2] == (168.0, 216.0)


def test_a_course_without_a_dose_is_no_way_on(plan: Path, write: Write) -> None:
    other = load_course({"treatment": [{"drug": "duloxetine", "dose": "60 mg"}]})
    with pytest.raises(InputError, match="no ketamine"):
        choices(at(plan, write()), {"tablets": other})


def test_weights_of_the_record_stand_in(tmp_path: Path, write: Write) -> None:
    bare = tmp_path / "bare.toml"
    bare.write_text(
        '[[treatment]]\ndrug = "ketamine"\nroute = "iv"\ndose = "35 mg"\nduration = "40 min"\n'
    )
    row = "P01,vital,2026-01-12 09:50,,weight,81,kg,,,,"
    assert at(bare, write(rows=[row])).patient.weight_kg == 81.0


def test_stated_pain_is_not_taken_as_exact(tmp_path: Path, plan: Path, write: Write) -> None:
    stated = tmp_path / "stated.toml"
    stated.write_text(plan.read_text().replace("[patient]", "[patient]\npain = 8.0"))
    assert at(stated, write()).patient.pain is None


def test_a_record_without_pain(plan: Path, write: Write) -> None:
    record = write(days=(), rows=["P01,diary,2026-01-12,,fatigue,5,,,,,"])
    with pytest.raises(InputError, match="no rating of pain"):
        at(plan, record)


def test_a_record_that_is_too_long(plan: Path, write: Write) -> None:
    record = write(days=[-1, 350], pain=[5.0, 6.0])
    with pytest.raises(InputError, match="350 days after its first session"):
        at(plan, record)
