"""A diary as intervals."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from sordino.following.ratings import ROOM, Ratings, intervals, rounded


def diary(pain: list[float], first: int = 0) -> Ratings:
    days = np.arange(first, first + len(pain))
    return Ratings(days, np.asarray(days * 24.0, np.float64), np.array(pain))


@pytest.mark.parametrize(
    ("pain", "step"),
    [
        ([7.0, 3.0], 1.0),
        ([7.5, 3.0], 0.5),
        ([7.1, 3.0], 0.1),
        ([7.13, 2.0], 0.01),
        ([7.1234], 0.01),
    ],
)
def test_the_step_of_a_person_is_seen(pain: list[float], step: float) -> None:
    assert diary(pain).step == step


def test_a_rating_stands_for_all_that_is_rounded_to_it() -> None:
    found = intervals(diary([7.0, np.nan, 0.0, 10.0]))
    known = found.known
    assert 10 * expit(found.low[known]) == pytest.approx([6.5, 0.0, 9.5])
    assert 10 * expit(found.high[known]) == pytest.approx([7.5, 0.5, 10.0])
    assert found.part[known] == pytest.approx([0.1, 0.05, 0.05])


def test_it_is_filled_up_in_front() -> None:
    found = intervals(diary([5.0] * 3, first=-2))
    assert len(found.days) == ROOM
    assert found.known.tolist() == [False] * (ROOM - 3) + [True] * 3
    assert found.days[-3:].tolist() == [-2.0, -1.0, 0.0]
    assert found.running[-3:].tolist() == [0.0, 1.0, 2.0]


def test_days_must_follow_each_other() -> None:
    with pytest.raises(ValueError, match="consecutive"):
        Ratings(np.array([0, 2]), np.array([0.0, 48.0]), np.array([1.0, 2.0]))


def test_rounding() -> None:
    assert rounded(np.array([6.26, 6.24]), 0.5).tolist() == [6.5, 6.0]
