from __future__ import annotations

import pytest

from sordino.report import words
from sordino.simulation.answers import Estimate, Spread


def test_count_and_pain_have_their_range() -> None:
    assert words.count(Estimate(24.6, 15.6, 31.2)) == "25 (16 to 31)"
    assert words.count(Estimate(24.6, None, None)) == "25"
    assert words.pain(Estimate(-0.04, -0.31, 0.0)) == "0.0 (-0.3 to 0.0)"


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (12.4, "10 min"),
        (61.0, "1 h"),
        (130.4, "2 h 10 min"),
        (13 * 60 + 20, "13 h"),
        (6480.0, "4 days 12 h"),
        (2880.0, "2 days"),
        (20159.5, "not seen"),
    ],
)
def test_minutes(minutes: float, text: str) -> None:
    assert words.minutes(minutes) == text


def test_a_spread_without_width_has_no_brackets() -> None:
    assert words.spread(Spread(24.1, 24.05, 24.15, "CADSS points", "")) == "24"
    assert words.spread(Spread(0.59, 0.56, 0.63, "fraction", "")) == "0.59 (0.56 to 0.63)"


def test_missing_numbers_are_a_dash() -> None:
    assert words.fixed(float("nan"), 1) == "–"
    assert words.fixed(None, 1) == "–"


def test_lists_and_sentences() -> None:
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.sentence("age 47 is outside") == "Age 47 is outside."
    assert words.sentence("simons_2022 was made.") == "simons_2022 was made."
