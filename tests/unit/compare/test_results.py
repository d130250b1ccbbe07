"""Counting by hand: four people whose pain is known on every day."""

from __future__ import annotations

import numpy as np
import pytest

from sordino.compare.results import curve, first_relief, measured, mixed, relief_days, shares
from sordino.compare.tally import DAYS, LOOKS, Tally, look_days

BASE = np.array([10.0, 10.0, 10.0, 0.0])


def constant(*levels: float) -> np.ndarray:
    """Pain from day 1 on; on day 0 everybody is at baseline."""
    pain = np.tile(np.array(levels), (DAYS + 1, 1))
    pain[0] = BASE
    return pain


@pytest.fixture
def tally() -> Tally:
    """Treated 4, 6, 9; without drug 6, 9, 9; the fourth has no pain to begin with."""
    found = Tally(1)
    found.add(0, constant(4, 6, 9, 0), constant(6, 9, 9, 0), BASE)
    return found


def test_responders_are_counted_against_each_baseline(tally: Tally) -> None:
    found = tally.responders_of_100()[0]
    assert found[0].tolist() == [[50.0, 25.0]] * len(LOOKS)  # 60 and 40 percent; 60 percent
    assert found[1].tolist() == [[25.0, 0.0]] * len(LOOKS)


def test_two_blocks_are_one(tally: Tally) -> None:
    parts = Tally(1)
    for k in range(4):
        one = slice(k, k + 1)
        pain, plain = constant(4, 6, 9, 0)[:, one], constant(6, 9, 9, 0)[:, one]
        parts.add(0, pain, plain, BASE[one])
    assert np.array_equal(parts.responders_of_100(), tally.responders_of_100())
    assert np.allclose(parts.mean_pain(), tally.mean_pain())
    assert np.array_equal(parts.reached_part(), tally.reached_part())


def test_a_week_is_the_mean_of_its_days() -> None:
    assert look_days(1).tolist() == [1]
    assert look_days(28).tolist() == [22, 23, 24, 25, 26, 27, 28]
    found = Tally(1)
    pain = np.full((DAYS + 1, 1), 10.0)
    pain[23:29] = 6.0  # six of the seven days: 34 percent less on average
    found.add(0, pain, pain, np.array([10.0]))
    at = LOOKS.index(28)
    assert found.responders_of_100()[0, 0, at].tolist() == [100.0, 0.0]
    assert found.responders_of_100()[0, 0, at + 1].tolist() == [0.0, 0.0]


def test_days_with_relief_and_the_first_of_them() -> None:
    found = Tally(1)
    pain = np.full((DAYS + 1, 2), 10.0)
    pain[5:15, 0] = 5.0
    pain[9, 1] = 5.0
    found.add(0, pain, np.full((DAYS + 1, 2), 10.0), np.array([10.0, 10.0]))
    arm = measured(found)
    assert [e.value for e in relief_days(arm)] == [5.5, 0.0]
    first, without = first_relief(arm)
    assert first is not None
    assert first.value == 5.0  # half of two people is one
    assert without is None


def test_nobody_and_everybody_responding(tally: Tally) -> None:
    full, none = np.ones((1, DAYS + 1)), np.zeros((1, DAYS + 1))
    nobody, everybody = mixed(tally, none, none), mixed(tally, full, full)
    counted = measured(tally)
    assert np.allclose(nobody.pain[:, 0], counted.pain[:, 1])
    assert np.allclose(everybody.pain[:, 0], counted.pain[:, 0])
    assert np.allclose(nobody.responders[:, 0], counted.responders[:, 1])
    assert np.allclose(everybody.responders[:, 0], counted.responders[:, 0])
    assert np.allclose(everybody.pain[:, 1], nobody.pain[:, 1])


def test_a_part_responding_lies_between(tally: Tally) -> None:
    part = np.full((1, DAYS + 1), 0.4)
    found = mixed(tally, part, part)
    made = shares(found, {30: "derived", 50: "published"})
    last = next(s for s in made if s.day == 84 and s.threshold_percent == 30)
    assert last.with_treatment is not None
    assert last.difference is not None
    assert last.with_treatment.value == pytest.approx(25 + 0.4 * (50 - 25))
    assert last.difference.value == pytest.approx(10.0)
    assert {s.origin for s in made if s.threshold_percent == 50} == {"published"}
    line = curve(found)
    assert line.mean[84] == pytest.approx(6 + 0.4 * (4.75 - 6.0))
    assert line.low is None  # one draw has no interval


def test_harm_can_be_no_more_than_everybody(tally: Tally) -> None:
    worse = np.full((1, DAYS + 1), -1.0)
    found = mixed(tally, worse, worse)
    assert found.responders.min() >= 0.0
    assert found.relieved.min() >= 0.0
    assert (np.diff(found.reached, axis=2) >= 0).all()
