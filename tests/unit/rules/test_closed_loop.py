"""People under a policy have exactly what `simulate` gives for the course they end up with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sordino.course import load_course
from sordino.pk.parts import side_by_side
from sordino.rules import bodies, body
from sordino.rules.board import Board
from sordino.rules.bodies import TooFast
from sordino.rules.closed_loop import Lived, live
from sordino.rules.judge import judge
from sordino.rules.people import people, session_walk
from sordino.rules.policy import Policy, plain_policy
from sordino.simulation import simulate
from sordino.simulation.engine import CourseEngine
from sordino.simulation.lanes import Lanes

from .conftest import ALL, NAN, document

PATIENTS, DRAWS, SEED, DAYS = 12, 2, 5, 24
DAY_H = 24.0 * np.arange(DAYS + 1)


def lived(policy: Policy, systolic: float = NAN) -> Lived:
    walk = session_walk(policy.session(), DRAWS, SEED)
    who = people(walk, PATIENTS, policy.most_sessions, DAYS)
    return live(policy, walk, who, DAYS, systolic)


def some_policy(**more: Any) -> Policy:
    """Every kind of rule, tuned so that people get different courses."""
    table = document(*ALL, **more)
    table["rule"][2] |= {"cadss": 30.0, "systolic_rise": 60.0, "relief": 40.0, "day": 2}
    table["rule"][0] |= {"sessions": 3, "relief": 10.0}
    table["rule"][4] |= {"pain_above": 4.0}
    return plain_policy(load_course(table))


@pytest.fixture(scope="module")
def guided() -> tuple[Policy, Lived]:
    policy = some_policy()
    return policy, lived(policy)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"salt": "hydrochloride", "drug": "esketamine", "dose": "30 mg"},
        # Absorption with times of its own in everybody, and a fraction that depends on the dose.
        {"route": "intranasal", "duration": None, "drug": "esketamine", "dose": "56 mg"},
    ],
    ids=["infusion", "esketamine in mg of hydrochloride", "nasal spray"],
)
def test_a_fixed_schedule_is_what_simulate_gives(more: dict[str, Any]) -> None:
    table = document(**more)
    table["treatment"][0] = {k: v for k, v in table["treatment"][0].items() if v is not None}
    course = load_course(table)
    found = lived(plain_policy(course))
    names = ["pain", "pain_placebo", "cumulative_dose"]
    simulated = simulate(course, PATIENTS, DRAWS, SEED, DAY_H, variables=names)
    for name, own in (("pain", found.pain), ("pain_placebo", found.plain)):
        theirs = simulated[name].to_numpy().reshape(-1, DAYS + 1).T
        np.testing.assert_allclose(own, theirs, rtol=0, atol=1e-8)
    dose = np.tile(simulated["cumulative_dose"].to_numpy()[:, -1], DRAWS)
    np.testing.assert_allclose(found.doses_mg, dose, rtol=1e-12)
    assert (found.board.count == 3).all()


def test_people_get_courses_of_their_own(guided: tuple[Policy, Lived]) -> None:
    """What the test below rests on: many schedules, several doses, some people stopped."""
    _, found = guided
    courses = {tuple(c) for c in found.board.days.T}
    assert len(courses) > 5
    given = np.arange(len(found.board.days))[:, None] < found.board.count
    assert len(np.unique(found.board.doses[given])) == 3
    assert 0 < (found.stopped_on >= 0).sum() < found.who.count


def test_each_course_is_what_the_engine_gives_for_it(guided: tuple[Policy, Lived]) -> None:
    """Pain of every day, and the dissociation that rules looked at, of some people."""
    policy, found = guided
    longest = np.argsort(-found.board.count, kind="stable")[:3]
    for lane in longest:
        count = int(found.board.count[lane])
        days = [int(d) for d in found.board.days[:count, lane]]
        course = policy.realized(days, [float(d) for d in found.board.doses[:count, lane]])
        looks = [24.0 * d + h for d in days for h in body.looks_h(policy.session())[:-1]]
        read = _engine_of(course, [*DAY_H, *looks], found, int(lane))
        times = np.unique([*DAY_H, *looks])
        at = np.searchsorted(times, DAY_H - 1e-9)
        np.testing.assert_allclose(found.pain[:, lane], read["pain"][at], rtol=0, atol=1e-8)
        for number, day in enumerate(days):
            during = (times > 24.0 * day) & (times < 24.0 * day + 10.0)
            for name, readout in (("cadss", "cadss"), ("systolic_rise", "sbp_change")):
                seen = found.board.peaks[name][number, lane]
                assert seen == pytest.approx(read[readout][during].max(), abs=1e-6)


def _engine_of(course: Any, times: list[float], found: Lived, lane: int) -> dict[str, np.ndarray]:
    engine = CourseEngine(course, np.unique(times), DRAWS, SEED, typical=False, venous=False)
    # As many lanes as `simulate` takes for these patients: code that is compiled already.
    one = (np.full(PATIENTS, own[lane]) for own in (found.who.patient, found.who.draw))
    names = ("pain", "cadss", "sbp_change")
    return engine.run(
        Lanes(*one),
        lambda read: {
            n: side_by_side(read[n]).reshape(len(engine.times_h), -1)[:, 0].copy() for n in names
        },
    )


def test_nobody_looks_ahead(guided: tuple[Policy, Lived]) -> None:
    """Judged again on what was known each morning, everybody gets the same sessions."""
    policy, found = guided
    full = found.board
    stopped = np.zeros(full.people, bool)
    for day in range(DAYS + 1):
        count = (full.days < day).sum(axis=0)
        known = np.arange(len(full.days))[:, None] < count
        morning = Board(
            today=day,
            rated_until=day,
            first_day=0,
            ratings=np.where(np.arange(DAYS + 1)[:, None] < day, full.ratings, NAN),
            base=full.base,
            weight=full.weight,
            count=count,
            days=np.where(known, full.days, 10**6),
            doses=np.where(known, full.doses, 0.0),
            peaks={k: np.where(known, v, NAN) for k, v in full.peaks.items()},
            held=full.held,
        )
        judged = judge(policy, morning)
        stopped |= judged.stop
        given = judged.give & ~stopped
        np.testing.assert_array_equal(given, (full.days == day).any(axis=0))
        np.testing.assert_array_equal(judged.dose[given], full.doses[count[given], given])
    np.testing.assert_array_equal(stopped, found.stopped_on >= 0)


def test_ratings_are_whole_numbers_with_noise(guided: tuple[Policy, Lived]) -> None:
    _, found = guided
    ratings = found.board.ratings
    assert np.isin(ratings, np.arange(11)).all()
    assert np.std(np.diff(ratings, axis=0)) > 0.5


def test_people_are_the_same_in_any_crowd(guided: tuple[Policy, Lived]) -> None:
    """Some of them alone, as those who were stopped are run again, fare as they did."""
    policy, found = guided
    lanes = np.flatnonzero(found.board.count == found.board.count.max())[:2]
    walk = session_walk(policy.session(), DRAWS, SEED)
    who = people(walk, PATIENTS, policy.most_sessions, DAYS).some(lanes)
    alone = live(policy, walk, who, DAYS, NAN)
    np.testing.assert_allclose(alone.pain, found.pain[:, lanes], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(alone.board.days, found.board.days[:, lanes])


def test_absolute_pressure_is_the_rise_on_top_of_the_one_before() -> None:
    policy = plain_policy(load_course(document()))
    found = lived(policy, systolic=120.0)
    peaks = found.board.peaks
    np.testing.assert_allclose(peaks["systolic"], 120.0 + peaks["systolic_rise"])


def test_rates_beyond_the_plan_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SCALED_RATE_LIMIT", 1e-6)
    with pytest.raises(TooFast):
        lived(plain_policy(load_course(document())))
