"""The judge on boards small enough to judge by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sordino.rules.judge import MET, NOT_MET, UNKNOWN, all_of, any_of, judge

from .conftest import DOSES, LIMITS, LOWER, NAN, NEXT, RAISE, STOP

if TYPE_CHECKING:
    from .conftest import Boarded, Made


def states(*values: int) -> list[Any]:
    return [np.array([v], np.int8) for v in values]


@pytest.mark.parametrize(
    ("values", "any_", "all_"),
    [
        ((), NOT_MET, MET),
        ((MET,), MET, MET),
        ((MET, NOT_MET), MET, NOT_MET),
        ((UNKNOWN, NOT_MET), UNKNOWN, NOT_MET),
        ((UNKNOWN, MET), MET, UNKNOWN),
        ((UNKNOWN, MET, NOT_MET), MET, NOT_MET),
    ],
)
def test_three_valued_logic(values: tuple[int, ...], any_: int, all_: int) -> None:
    assert any_of(states(*values), 1)[0] == any_
    assert all_of(states(*values), 1)[0] == all_


def test_without_rules_the_plan_is_followed(policy: Made, board: Boarded) -> None:
    plan = policy()
    given = [day for day in range(8) if judge(plan, board(day, days=())).give[0]]
    assert given == [0, 2, 5]
    assert judge(plan, board(5)).dose[0] == 0.5


# Base 8: 30 percent relief is 5.6 or less. Sessions on days 0 and 2; the look for the first is
# the evening before the second (day 1), the look for the second is day 2 + 3 = 5, or the evening
# before the planned session of day 5.
@pytest.mark.parametrize(
    ("today", "ratings", "state"),
    [
        (5, (8, 7, 7, 7, 7), MET),
        (5, (8, 5, 7, 7, 7), NOT_MET),  # the first session helped
        (5, (8, 7, 7, 7, 5), NOT_MET),  # the second did
        (5, (8, 7, 7, 7, 5.7), MET),  # 29 percent
        (5, (8, 7, 5, 5, NAN), UNKNOWN),
        (5, (8, NAN, 7, 7, 5), NOT_MET),  # whatever is missing, one helped
        (4, (8, 7, 7, 7), UNKNOWN),  # day 5 is still to come, and no session is due
        (6, (8, 7, 7, 7, 7, 5), NOT_MET),  # nothing was given on day 5, so day 5 counts
        (6, (8, 7, 7, 7, 5, 7), MET),
    ],
)
def test_stop(
    policy: Made, board: Boarded, today: int, ratings: tuple[float, ...], state: int
) -> None:
    found = judge(policy(STOP), board(today, ratings=ratings))
    assert found.verdicts[0].state[0] == state
    assert found.stop[0] == (state == MET)
    assert found.give[0] == (today == 5 and state != MET)


def test_stop_waits_for_enough_sessions(policy: Made, board: Boarded) -> None:
    found = judge(policy(STOP), board(2, days=(0,), ratings=(8, 8)))
    assert found.verdicts[0].state[0] == NOT_MET
    assert found.give[0]


def test_stop_looks_at_the_last_sessions_only(policy: Made, board: Boarded) -> None:
    ratings = (8, 2, 8, 8, 8, 8, 8, 8, 8)
    found = judge(policy(STOP), board(9, days=(0, 2, 5), ratings=ratings))
    assert found.stop[0]


def test_stop_on_a_mean(policy: Made, board: Boarded) -> None:
    """Days 3 and 4: 7 and 4, mean 5.5, 31 percent; alone neither the one nor the other says so."""
    rule = STOP | {"sessions": 1, "look": "until"}
    ratings = (8, 8, 8, 7, 4)
    assert judge(policy(rule), board(5, ratings=ratings)).verdicts[0].state[0] == NOT_MET
    assert judge(policy(rule), board(5, ratings=(8, 8, 8, 4, 8))).verdicts[0].state[0] == MET
    assert judge(policy(rule), board(5, ratings=(8, 8, 8, NAN, 5))).verdicts[0].state[0] == NOT_MET


def test_without_the_pain_before_nothing_is_relief(policy: Made, board: Boarded) -> None:
    for base in (NAN, 0.0):
        found = judge(policy(STOP), board(5, ratings=(8, 7, 7, 7, 7), base=base))
        assert found.verdicts[0].state[0] == UNKNOWN


@pytest.mark.parametrize(
    ("cadss", "rise", "dose"),
    [
        (10, 10, 0.75),
        (20, 10, 0.5),  # not under 20
        (10, 30, 0.5),
        (NAN, 10, 0.5),  # unknown does not raise
        (41, 10, 0.35),
        (40, 10, 0.5),  # not above 40
        (41, NAN, 0.35),
    ],
)
def test_the_dose_goes_along_its_steps(
    policy: Made, board: Boarded, cadss: float, rise: float, dose: float
) -> None:
    plan = policy(DOSES, RAISE, LOWER)
    found = judge(plan, board(5, cadss=(0, cadss), systolic_rise=(0, rise)))
    assert found.dose[0] == dose
    assert found.give[0]


def test_the_first_dose_is_that_of_the_plan(policy: Made, board: Boarded) -> None:
    found = judge(policy(DOSES, RAISE, LOWER), board(0, days=()))
    assert (found.dose[0], found.give[0]) == (0.5, True)


def test_at_the_ends_of_the_steps_the_dose_stays(policy: Made, board: Boarded) -> None:
    plan = policy(DOSES, RAISE, LOWER)
    top = board(5, cadss=(0, 1), systolic_rise=(0, 1))
    top.doses[1] = 0.75
    assert judge(plan, top).dose[0] == 0.75
    bottom = board(5, cadss=(0, 60), systolic_rise=(0, 1))
    bottom.doses[1] = 0.35
    assert judge(plan, bottom).dose[0] == 0.35


def test_a_dose_between_steps_counts_as_the_lower_one(policy: Made, board: Boarded) -> None:
    between = board(5, cadss=(0, 30), systolic_rise=(0, 1))
    between.doses[1] = 0.6
    assert judge(policy(DOSES, RAISE, LOWER), between).dose[0] == 0.5


def test_a_session_that_went_badly_is_not_followed_by_more(policy: Made, board: Boarded) -> None:
    held = board(5, cadss=(0, 1), systolic_rise=(0, 1))
    held.held[:] = True
    assert judge(policy(DOSES, RAISE), held).dose[0] == 0.5


def test_raise_only_where_relief_was_small(policy: Made, board: Boarded) -> None:
    plan = policy(DOSES, RAISE | {"relief": 30.0, "day": 1})
    well = {"cadss": (0, 1), "systolic_rise": (0, 1)}
    assert judge(plan, board(5, ratings=(8, 8, 8, 5, 8), **well)).dose[0] == 0.5
    assert judge(plan, board(5, ratings=(8, 8, 8, 7, 8), **well)).dose[0] == 0.75


@pytest.mark.parametrize(
    ("today", "ratings", "state", "give"),
    [
        (7, (0, 0, 0, 0, 0, 6, 5), MET, True),
        (7, (0, 0, 0, 0, 0, 5, 5), NOT_MET, False),  # 5 is not above 5
        (7, (0, 0, 0, 0, 0, NAN, 6), MET, True),  # the mean of what there is
        (7, (0, 0, 0, 0, 0, NAN, NAN), UNKNOWN, False),
        (6, (9, 9, 9, 9, 9, 9), MET, False),  # the day after a session: too early
        (4, (9, 9, 9, 9), NOT_MET, False),  # the plan is not over
        (5, (0, 0, 0, 0, 0), NOT_MET, True),  # the plan itself
    ],
)
def test_another_session_when_pain_returns(
    policy: Made, board: Boarded, today: int, ratings: tuple[float, ...], state: int, give: bool
) -> None:
    days = (0, 2, 5) if today > 5 else (0, 2)
    found = judge(policy(NEXT, LIMITS), board(today, days=days, ratings=ratings))
    assert found.verdicts[0].state[0] == state
    assert found.give[0] == give


def test_another_session_when_relief_is_gone(policy: Made, board: Boarded) -> None:
    """Base 8: relief under 25 percent is pain above 6."""
    plan = policy({"id": "again", "kind": "next", "relief_below": 25.0}, LIMITS)
    for pain, give in ((6.0, False), (6.5, True)):
        assert judge(plan, board(8, days=(0, 2, 5), ratings=(pain,) * 8)).give[0] == give


def test_the_longest_interval_asks_for_a_session(policy: Made, board: Boarded) -> None:
    plan = policy(NEXT, LIMITS | {"max_interval": "10 days"})
    quiet = {"days": (0, 2, 5), "ratings": (0.0,) * 20}
    given = [day for day in range(6, 18) if judge(plan, board(day, **quiet)).give[0]]
    assert given == [15, 16, 17]


def test_limits_come_before_every_rule(policy: Made, board: Boarded) -> None:
    pain = {"days": (0, 2, 5), "ratings": (9.0,) * 20}
    free = policy(NEXT, LIMITS)
    assert judge(free, board(9, **pain)).give[0]
    for limit in (
        {"max_cumulative_dose": "1.9 mg/kg"},
        {"max_cumulative_dose": "1.9 mg/kg", "within": "10 days"},
        {"max_cumulative_dose": "139 mg"},  # 4 x 0.5 mg/kg x 70 kg is 140 mg
    ):
        found = judge(policy(NEXT, LIMITS | limit), board(9, **pain))
        assert found.wanted[0]
        assert not found.give[0]
    for limit in (
        {"max_cumulative_dose": "2 mg/kg"},
        {"max_cumulative_dose": "1.9 mg/kg", "within": "9 days"},  # day 0 is out of it
        {"max_cumulative_dose": "140 mg"},
    ):
        assert judge(policy(NEXT, LIMITS | limit), board(9, **pain)).give[0]
    six = board(30, days=(0, 2, 5, 9, 12, 15), ratings=(9.0,) * 30)
    assert not judge(free, six).give[0]


def test_the_dose_is_not_raised_past_a_limit(policy: Made, board: Boarded) -> None:
    """1 mg/kg so far: with 0.5 it is 1.5, with 0.75 too much; the session is not lost by that."""
    well = {"cadss": (0, 1), "systolic_rise": (0, 1)}
    limit = LIMITS | {"max_cumulative_dose": "1.6 mg/kg"}
    found = judge(policy(DOSES, RAISE, limit), board(5, **well))
    assert (found.dose[0], found.give[0]) == (0.5, True)


def test_a_larger_dose_is_cut(policy: Made, board: Boarded) -> None:
    heavy = board(5)
    heavy.weight[:] = 120.0
    found = judge(policy(LIMITS | {"max_dose": "50 mg"}), heavy)
    assert found.dose[0] * 120.0 == pytest.approx(50.0)
    assert found.give[0]


def test_what_is_not_known_gives_nothing(policy: Made, board: Boarded) -> None:
    unknown = board(5)
    unknown.weight[:] = NAN
    found = judge(policy(LIMITS | {"max_cumulative_dose": "500 mg"}), unknown)
    assert found.forbidden[0] == UNKNOWN
    assert not found.give[0]


def test_people_are_judged_apart(policy: Made, board: Boarded) -> None:
    """Side by side everybody gets what they get alone."""
    plan = policy(STOP, DOSES, RAISE, LOWER, LIMITS)
    alone = [
        board(5, ratings=(8, 7, 7, 7, 7), cadss=(0, 1), systolic_rise=(0, 1)),
        board(5, ratings=(8, 4, 7, 7, 7), cadss=(0, 50), systolic_rise=(0, 1)),
        board(5, ratings=(8, 4, NAN, 7, 7), cadss=(0, NAN), systolic_rise=(0, 1)),
    ]
    joint = board(5)
    for name in ("ratings", "days", "doses"):
        setattr(joint, name, np.concatenate([getattr(b, name) for b in alone], axis=1))
    for name in ("base", "weight", "count", "held"):
        setattr(joint, name, np.concatenate([getattr(b, name) for b in alone]))
    joint.peaks = {k: np.concatenate([b.peaks[k] for b in alone], axis=1) for k in joint.peaks}
    together = judge(plan, joint)
    for k, one in enumerate(alone):
        own = judge(plan, one)
        for name in ("stop", "wanted", "forbidden", "dose", "give"):
            assert getattr(together, name)[k] == getattr(own, name)[0], name
