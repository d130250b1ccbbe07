"""What a change amounts to, by the limits that the rows print."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sordino.errors import InputError
from sordino.instruments import Change, compare, given_total, score


def pain(before: float, after: float) -> Change:
    return compare(score("nrs_pain", before), score("nrs_pain", after))


@pytest.mark.parametrize(
    ("before", "after", "percent", "points"),
    [
        (10, 9.5, None, None),
        (10, 9, "minimal", None),
        (10, 8, "minimal", "moderate"),
        (10, 7.5, None, "moderate"),
        (10, 7, "moderate", "moderate"),
        (10, 5, "substantial", "substantial"),
        # 7.1 - 5.1 is less than 2 in binary fractions.
        (7.1, 5.1, None, "moderate"),
        (5, 6, None, None),
        (4, 4, None, None),
    ],
)
def test_importance_of_a_fall_of_pain(
    before: float, after: float, percent: str | None, points: str | None
) -> None:
    """10 to 20, 30 and 50 percent; 2 and 4 points (IMMPACT); nothing is printed between them."""
    assert dict(pain(before, after).bands) == {
        "importance": percent,
        "importance, points": points,
    }


@given(st.integers(0, 10), st.integers(0, 10))
def test_responders(before: int, after: int) -> None:
    found = pain(before, after)
    assert found.points == before - after
    reached = [limit.reached for limit in found.limits]
    if before == 0:
        assert found.percent is None
        assert reached == [None, None]
    else:
        assert reached == [10 * (before - after) >= 3 * before, 2 * (before - after) >= before]


def test_each_limit_of_the_pain_inventory_is_about_its_part() -> None:
    """Average pain 2.1 points and 32.3 percent, severity 2.2 and 34.2, interference 1 point."""
    before = score("bpi_sf", [8, 8, 6.0, 8] + [5] * 7)
    after = score("bpi_sf", [8, 8, 3, 8] + [5] * 6 + [0])
    found = compare(before, after)
    assert (found.points, found.percent) == (None, None)
    reached = {(e.name.split(", ")[1], e.limit): e.reached for e in found.limits}
    assert reached == {
        ("average pain", "2.1 points"): True,
        ("average pain", "32.3 percent"): True,
        ("severity", "2.2 points"): False,
        ("severity", "34.2 percent"): False,
        ("interference", "1 points"): False,
    }


@pytest.mark.parametrize(
    ("gain", "reached"), [(155, False), (156, None), (166, None), (167, True), (-200, False)]
)
def test_walking_farther_is_better_and_a_range_leaves_it_open(
    gain: float, reached: bool | None
) -> None:
    found = compare(score("six_minute_walk", 300), score("six_minute_walk", 300 + gain))
    assert found.points == gain
    assert [limit.reached for limit in found.limits] == [reached]


def test_a_limit_about_something_that_is_not_scored_is_left_out() -> None:
    """The row has a limit for stiffness, of which a total says nothing."""
    found = compare(given_total("fiq", 60), given_total("fiq", 50))
    assert [(limit.limit, limit.reached) for limit in found.limits] == [("14.1 percent", True)]


def test_response_in_depression() -> None:
    assert compare(given_total("madrs", 30), given_total("madrs", 15)).limits[0].reached
    assert compare(given_total("madrs", 30), given_total("madrs", 16)).limits[0].reached is False


def test_an_unknown_score_leaves_the_change_unknown() -> None:
    found = compare(score("gad7", [3] * 7), score("gad7", [None] * 7))
    assert (found.points, found.percent) == (None, None)
    assert found.as_dict()["after"] is None


def test_two_instruments_are_not_compared() -> None:
    with pytest.raises(InputError, match="cannot be compared"):
        compare(score("nrs_pain", 5), score("promis_fatigue", 50))
