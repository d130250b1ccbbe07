from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sordino.simulation.sketch import LinearScale, LogScale, Scale, Sketch

LEVELS = np.array([0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0])
LINEAR = LinearScale(0.0, 10.0, 1600)
LOG = LogScale()


def by_rank(values: np.ndarray, levels: np.ndarray = LEVELS) -> np.ndarray:
    """The value whose rank is nearest to each level (the lower of two): (levels, rows)."""
    place = np.ceil(levels * (values.shape[1] - 1) - 0.5).astype(int)
    return np.sort(values, axis=1)[:, np.clip(place, 0, None)].T


def sketched(scale: Scale, values: np.ndarray, cuts: tuple[int, ...] = ()) -> np.ndarray:
    sketch = Sketch(len(values), scale)
    for part in np.split(values, cuts, axis=1):
        sketch.add(scale.place(part))
    return sketch.quantiles(LEVELS)


@given(arrays(float, st.tuples(st.integers(1, 3), st.integers(1, 60)), elements=st.floats(0, 10)))
def test_a_linear_quantile_is_within_one_bin(values: np.ndarray) -> None:
    np.testing.assert_allclose(sketched(LINEAR, values), by_rank(values), atol=10 / 1600 + 1e-12)


@given(
    arrays(
        float,
        st.tuples(st.integers(1, 3), st.integers(1, 60)),
        elements=st.floats(-7.0, 13.0).map(math.exp),
    )
)
def test_a_logarithmic_quantile_is_within_half_a_percent(values: np.ndarray) -> None:
    exact = np.where(by_rank(values) < LOG.least, 0.0, by_rank(values))
    np.testing.assert_allclose(sketched(LOG, values), exact, rtol=0.005 + 1e-9)


@pytest.mark.parametrize("scale", [LINEAR, LOG])
def test_many_values_give_the_quantiles_of_numpy(scale: Scale) -> None:
    values = np.random.default_rng(1).lognormal(1.0, 0.4, (2, 20_000)).clip(0.0, 9.99)
    exact = np.quantile(values, LEVELS, axis=1)
    np.testing.assert_allclose(sketched(scale, values), exact, rtol=0.006, atol=0.0065)


@given(st.permutations(range(40)), st.lists(st.integers(1, 39), max_size=4).map(sorted))
def test_order_and_blocks_do_not_matter(order: list[int], cuts: list[int]) -> None:
    values = np.random.default_rng(7).uniform(0.0, 10.0, (3, 40))
    again = sketched(LINEAR, values[:, order], tuple(cuts))
    assert np.array_equal(again, sketched(LINEAR, values))


def test_values_beyond_a_scale_are_counted_at_its_ends() -> None:
    found = sketched(LINEAR, np.array([[-5.0, -5.0, -5.0], [99.0, 99.0, 99.0]]))
    assert np.all(found[:, 0] <= 10 / 1600)
    assert np.all(found[:, 1] >= 10 - 10 / 1600)
    assert sketched(LOG, np.array([[1e9]]))[0, 0] == pytest.approx(LOG.most, rel=0.01)


def test_below_the_least_a_logarithmic_scale_says_zero() -> None:
    assert np.array_equal(sketched(LOG, np.array([[0.0, 9.9e-4]])), np.zeros((len(LEVELS), 1)))


def test_a_row_without_values_is_nan_and_leaves_the_others_alone() -> None:
    sketch = Sketch(2, LINEAR)
    assert np.isnan(sketch.quantiles(LEVELS)).all()
    sketch.counts[1, LINEAR.place(np.array([5.0]))] += 3
    found = sketch.quantiles(LEVELS)
    assert np.isnan(found[:, 0]).all()
    np.testing.assert_allclose(found[:, 1], 5.0, atol=10 / 1600)


def test_quantiles_rise_with_the_level() -> None:
    values = np.random.default_rng(3).lognormal(0.0, 2.0, (5, 333))
    assert np.all(np.diff(sketched(LOG, values), axis=0) >= 0)
