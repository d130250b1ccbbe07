"""Covariates and occasions: gaps within an individual."""

from __future__ import annotations

import numpy as np
import pytest

from sordino.events.fill import fill_gaps

GAPS = "ID,TIME,weight\n1,0,.\n1,1,70\n1,2,.\n1,3,80\n1,4,.\n2,0,60\n2,1,.\n"


def test_the_next_value_fills_a_gap(read):
    assert read(GAPS).covariates["weight"].tolist() == [70, 70, 80, 80, 80, 60, 60]


def test_or_the_last_value(read):
    weights = read(GAPS, carry="last").covariates["weight"]
    assert weights.tolist() == [70, 70, 70, 80, 80, 60, 60]


@pytest.mark.parametrize("carry", ["next", "last"])
def test_gaps_one_record_after_the_other(carry):
    """The rule in plain words, for each record by itself."""
    generator = np.random.default_rng(4)
    for _ in range(50):
        values = generator.choice([np.nan, np.nan, 1.0, 2.0, 3.0], size=30)
        starts = np.unique(np.r_[0, generator.integers(0, 30, 5)])
        filled, never = fill_gaps(values, starts, carry)
        for number, (start, end) in enumerate(zip(starts, [*starts[1:], 30], strict=True)):
            own = values[start:end]
            known = np.flatnonzero(~np.isnan(own))
            assert never[number] == (len(known) == 0)
            for i in range(len(own)):
                ahead, behind = known[known >= i], known[known <= i]
                order = (ahead[:1], behind[-1:]) if carry == "next" else (behind[-1:], ahead[:1])
                places = np.concatenate(order)
                expected = own[places[0]] if len(places) else np.nan
                np.testing.assert_equal(filled[start + i], expected)


def test_a_covariate_that_is_never_given(refused):
    text = refused("ID,TIME,weight\n1,0,70\nB-2,0,.\nB-2,1,.\n3,0,70\n")
    assert "row 3, column weight: ID B-2 has no value on any record" in text
    assert "1 problem\n" in text


def test_occasions(read):
    table = read("ID,TIME,weight,occ\n1,0,70,1\n1,1,70,.\n1,2,70,2\n2,0,70,.\n")
    assert table.occasion.tolist() == [1, 2, 2, 0]


def test_an_occasion_is_a_whole_number(refused):
    assert "column OCCASION" in refused("ID,TIME,weight,OCCASION\n1,0,70,1.5\n")
