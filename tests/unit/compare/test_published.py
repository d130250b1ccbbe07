"""Errors and draws of published differences; expected numbers are worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sordino.compare.profiles import MeanUse, ReliefUse, profile, profiles
from sordino.compare.published import (
    difference_draws,
    even_draws,
    excess_basis,
    excess_draws,
    mean_difference,
    onset_half_time_draws,
    onset_part,
    responder_excess,
)
from sordino.course import COMPARATORS
from sordino.errors import InputError, UnknownName

# Two-sided quantiles of the normal distribution, from a printed table.
Z_95, Z_001, Z_0001 = 1.960, 2.968, 3.891


@pytest.mark.parametrize(
    ("use", "value", "error", "basis"),
    [
        (
            MeanUse(row="duloxetine_60.mean_difference"),
            -0.98,
            (1.23 - 0.72) / (2 * Z_95),
            "published interval",
        ),
        (
            MeanUse(row="tramadol_paracetamol.bennett_2003"),
            -1.2,
            math.sqrt(32**2 / 156 + 29**2 / 157) / 10,
            "spread and size",
        ),
        (
            MeanUse(row="pregabalin.pooled_2_rcts", dose="450 mg/day"),
            -0.71,
            0.71 / Z_0001,
            "limit of p",
        ),
        (
            MeanUse(row="cbt.cochrane_2013"),
            -0.5,
            0.5 / 0.29 * (0.49 - 0.17) / (2 * Z_95),
            "standardised",
        ),
    ],
)
def test_the_error_of_a_difference(use: MeanUse, value: float, error: float, basis: str) -> None:
    found = mean_difference(use)
    assert found[0] == pytest.approx(value)
    assert found[1] == pytest.approx(error, rel=2e-3)  # the table has three decimals
    assert basis in found[2]


def test_a_difference_without_any_error_cannot_be_drawn() -> None:
    with pytest.raises(InputError, match="nothing about the error"):
        mean_difference(MeanUse(row="pregabalin_450.crofford_2005"))


def test_the_error_of_responders_from_p_and_from_counts() -> None:
    crofford = ReliefUse(row="pregabalin_450.crofford_2005", threshold_percent=50)
    assert responder_excess(crofford)[1] == pytest.approx(29 - 13)
    assert responder_excess(crofford)[2] == pytest.approx(16 / Z_001, rel=2e-3)
    gabapentin = ReliefUse(row="gabapentin.cochrane", threshold_percent=30)
    by_hand = math.sqrt(50.7 * 49.3 / 75 + 30.7 * 69.3 / 75)
    assert responder_excess(gabapentin)[2] == pytest.approx(by_hand)
    milnacipran = ReliefUse(row="milnacipran_100_200.cochrane", threshold_percent=30)
    assert "assumed" in excess_basis(milnacipran)


def test_draws_of_a_relative_risk_give_its_interval_back() -> None:
    """Lunn 2014: 36.6 against 23.3 of 100, relative risk 1.57 (1.20 to 2.06)."""
    use = ReliefUse(row="duloxetine_60.cochrane_2014", threshold_percent=50)
    drawn = 1.0 + excess_draws(use, "duloxetine", 4000, 1) / 23.3
    assert np.median(drawn) == pytest.approx(1.57, rel=0.01)
    assert np.quantile(drawn, [0.025, 0.975]) == pytest.approx([1.2, 2.06], rel=0.03)


def test_one_draw_is_what_is_published() -> None:
    assert difference_draws(profile("duloxetine"), 1, 1) == pytest.approx([-0.98])
    assert difference_draws(profile("cbt"), 1, 1) == pytest.approx([(-0.9 - 0.5) / 2])
    use = profile("amitriptyline").relief[0]
    assert excess_draws(use, "amitriptyline", 1, 1) == pytest.approx([36 - 11])


def test_two_reviews_count_equally() -> None:
    drawn = difference_draws(profile("cbt"), 4000, 1)
    assert drawn[::2].mean() == pytest.approx(-0.9, abs=0.02)
    assert drawn[1::2].mean() == pytest.approx(-0.5, abs=0.02)


def test_draws_do_not_depend_on_how_many_there_are() -> None:
    few, many = (difference_draws(profile("duloxetine"), n, 1) for n in (3, 30))
    assert np.array_equal(few, many[:3])
    assert not np.array_equal(few, difference_draws(profile("duloxetine"), 3, 2))


def test_nine_tenths_of_an_effect_are_there_at_the_plateau() -> None:
    onset = profile("duloxetine").onset
    assert onset is not None
    assert onset.days == (14.0, 42.0)
    half_times = onset_half_time_draws(onset, "duloxetine", 500, 1)
    plateau = half_times * math.log2(10)
    assert 14.0 < plateau.min() < plateau.max() < 42.0
    assert onset_part(np.array([0.0, plateau[0]]), half_times[0]) == pytest.approx([0.0, 0.9])


def test_even_draws_fill_their_range() -> None:
    drawn = even_draws("any", (2.0, 4.0), 2000, 1)
    assert drawn.min() < 2.02
    assert drawn.max() > 3.98
    assert drawn.mean() == pytest.approx(3.0, abs=0.05)
    assert even_draws("any", (2.0, 4.0), 1, 1) == pytest.approx([3.0])


def test_every_comparator_of_a_course_has_a_profile() -> None:
    assert set(profiles()) == set(COMPARATORS)
    assert {name for name, p in profiles().items() if not p.known} == {"exercise", "opioid"}


@pytest.mark.parametrize("name", COMPARATORS)
def test_a_profile_uses_rows_about_its_own_treatment(name: str) -> None:
    assert {row.comparator for row in profile(name).rows} <= {name, ""}


def test_an_unknown_comparator_offers_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean milnacipran"):
        profile("milnacipram")
