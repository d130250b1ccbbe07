"""The tail of weights, the score of forecasts, and forecasts that know nothing."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import genpareto, norm

from sordino.following.naive import NAIVE, POINTS, last_value, mean_so_far, score, smoothed
from sordino.following.psis import effective_size, tail_shape


@pytest.mark.parametrize("shape", [0.1, 0.5, 0.9])
def test_the_shape_of_a_pareto_tail(shape: float) -> None:
    """Weights drawn from a generalized Pareto distribution of known shape, by SciPy."""
    weights = genpareto(shape).rvs(200_000, random_state=3)
    # Some 1,300 values of the tail, drawn a little towards 0.5: standard error near 0.04.
    assert tail_shape(np.log(weights)) == pytest.approx(shape, abs=0.13)


def test_weights_with_a_bounded_tail_have_a_negative_shape() -> None:
    rng = np.random.default_rng(1)
    assert tail_shape(np.log(rng.uniform(0.5, 1.0, 10_000))) < 0.0


def test_too_few_or_equal_weights() -> None:
    assert tail_shape(np.zeros(10)) == float("inf")
    assert tail_shape(np.log(np.ones(10_000))) == float("inf")
    assert effective_size(np.full(50, -700.0)) == pytest.approx(50.0)
    assert effective_size(np.array([0.0, -800.0])) == pytest.approx(1.0)


def test_copies_of_a_weight_do_not_make_a_tail() -> None:
    weights = np.random.default_rng(2).normal(size=1000)
    assert tail_shape(np.repeat(weights, 5)) == pytest.approx(tail_shape(weights))


def test_the_score_of_a_normal_forecast() -> None:
    """Closed form: sd (z (2 F(z) - 1) + 2 f(z) - 1 / sqrt(pi)), Gneiting and Raftery 2007."""
    values = norm(5.0, 1.5).ppf((np.arange(4000) + 0.5) / 4000)
    z = (6.0 - 5.0) / 1.5
    expected = 1.5 * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    assert score(values, 6.0) == pytest.approx(expected, rel=1e-3)


def test_the_score_of_a_point_is_its_distance() -> None:
    assert score(np.full(10, 4.0), 7.0) == pytest.approx(3.0)


def test_naive_forecasters() -> None:
    pain = np.array([4.0, 6.0, np.nan, 5.0])
    middle = {name: float(np.median(forecast(pain, 3))) for name, forecast in NAIVE.items()}
    # Exponential smoothing by hand: 4, then 4.6, then 4.72.
    assert middle == pytest.approx(
        {"last value": 5.0, "mean so far": 5.0, "exponential smoothing": 4.72}, abs=0.02
    )
    assert len(last_value(pain, 1)) == len(POINTS)


def test_naive_forecasters_take_one_rating() -> None:
    for forecast in (last_value, mean_so_far, smoothed):
        values = forecast(np.array([7.0]), 5)
        assert 0.0 < values.std() < 1.0
