"""Likelihoods against SciPy's, and made-up numbers against their own distribution."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats
from jaxtyping import Array

from sordino.calibrate.likelihood import Published, log_likelihood, published, simulated
from sordino.calibrate.readouts import Predicted
from sordino.calibrate.rows import Row


def row(**keys: object) -> Row:
    usual = {
        "id": "x",
        "study": "x",
        "arm": "a",
        "clock": "a",
        "treated": True,
        "readout": "responders",
        "fitted": True,
        "at_h": np.zeros((1, 1)),
        "n": 20,
    }
    return Row(**{**usual, **keys})  # pyright: ignore[reportArgumentType]


def counted(*shares: float) -> Predicted:
    return Predicted(shares=jnp.asarray([shares]))


def test_counts_are_binomial() -> None:
    one = row(thresholds=(50.0,), counts=(7,))
    found = float(log_likelihood(one, counted(0.3), published(one)))
    assert found == pytest.approx(scipy.stats.binom.logpmf(7, 20, 0.3))


def test_two_thresholds_of_the_same_people_are_multinomial() -> None:
    # 20 people: 5 beyond both, 6 beyond the first alone, 9 beyond neither.
    two = row(thresholds=(50.0, 67.0), counts=(11, 5))
    found = float(log_likelihood(two, counted(0.6, 0.2), published(two)))
    assert found == pytest.approx(scipy.stats.multinomial.logpmf([5, 6, 9], 20, [0.2, 0.4, 0.4]))


def test_readings_count_equally() -> None:
    open_row = row(thresholds=(50.0,), counts=(7,), at_h=np.zeros((2, 1)))
    predicted = Predicted(shares=jnp.asarray([[0.3], [0.6]]))
    each = scipy.stats.binom.pmf(7, 20, [0.3, 0.6])
    found = float(log_likelihood(open_row, predicted, published(open_row)))
    assert found == pytest.approx(np.log(each.mean()))


def test_a_mean_has_its_published_error() -> None:
    measured = row(readout="pain", value=5.0, se=0.4)
    predicted = Predicted(mean=jnp.asarray([5.6]), sd=jnp.asarray([np.nan]))
    found = float(log_likelihood(measured, predicted, published(measured)))
    assert found == pytest.approx(scipy.stats.norm.logpdf(5.0, 5.6, 0.4))


def test_without_a_published_error_the_predicted_spread_decides() -> None:
    measured = row(readout="sbp_change", value=7.0, n=25)
    predicted = Predicted(mean=jnp.asarray([8.0]), sd=jnp.asarray([10.0]))
    found = float(log_likelihood(measured, predicted, published(measured)))
    assert found == pytest.approx(scipy.stats.norm.logpdf(7.0, 8.0, 2.0))


def test_a_published_spread_counts() -> None:
    measured = row(readout="cadss", value=7.0, se=2.0, sd=12.0, n=33)
    predicted = Predicted(mean=jnp.asarray([8.0]), sd=jnp.asarray([10.0]))
    expected = scipy.stats.norm.logpdf(7.0, 8.0, 2.0)
    expected += scipy.stats.norm.logpdf(np.log(12.0), np.log(10.0), 1.0 / 8.0)
    found = float(log_likelihood(measured, predicted, published(measured)))
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_what_the_model_holds_impossible_is_unlikely_and_has_a_slope(share: float) -> None:
    one = row(thresholds=(50.0,), counts=(7,))

    def likelihood(shift: Array) -> Array:
        predicted = Predicted(shares=jnp.asarray([[share]]) + shift)
        return log_likelihood(one, predicted, published(one))

    assert -1000.0 < float(likelihood(jnp.asarray(0.0))) < -100.0
    assert np.isfinite(float(jax.grad(likelihood)(jnp.asarray(0.0))))


def many(made: Row, predicted: Predicted) -> Published:
    keys = jax.random.split(jax.random.key(1), 4000)
    return jax.vmap(lambda key: simulated(made, predicted, key))(keys)


def test_made_up_counts_have_the_predicted_shares() -> None:
    two = row(thresholds=(50.0, 67.0), counts=(11, 5))
    drawn = np.asarray(many(two, counted(0.6, 0.2)).counts)
    assert (drawn[:, 1] <= drawn[:, 0]).all()
    # Four standard errors of a mean of 4000 counts of 20.
    np.testing.assert_allclose(drawn.mean(axis=0), [12.0, 4.0], atol=4 * 2.2 / 4000**0.5)
    assert drawn[:, 0].var() == pytest.approx(20 * 0.6 * 0.4, rel=0.1)


def test_made_up_means_have_the_error_of_the_study() -> None:
    measured = row(readout="cadss", value=7.0, se=2.0, sd=12.0, n=33)
    predicted = Predicted(mean=jnp.asarray([8.0]), sd=jnp.asarray([10.0]))
    drawn = many(measured, predicted)
    assert float(drawn.mean.mean()) == pytest.approx(8.0, abs=4 * 2.0 / 4000**0.5)
    assert float(drawn.mean.std()) == pytest.approx(2.0, rel=0.05)
    assert float(drawn.log_sd.std()) == pytest.approx(1.0 / 8.0, rel=0.05)


def test_made_up_numbers_come_from_every_reading() -> None:
    measured = row(readout="pain", value=5.0, se=0.1, at_h=np.zeros((2, 1)))
    predicted = Predicted(mean=jnp.asarray([2.0, 8.0]), sd=jnp.full(2, np.nan))
    drawn = np.asarray(many(measured, predicted).mean)
    assert (drawn > 5.0).mean() == pytest.approx(0.5, abs=0.04)
