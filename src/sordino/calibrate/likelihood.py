"""How likely published numbers are, given what a row should show; and numbers made to match.

Counts are binomial, several thresholds of the same people a chain of binomials. Means are normal
with their standard error; the logarithm of a standard deviation is normal with 1/sqrt(2(n - 1)).
Where a source can be read in several ways, the likelihood is the mean over the readings.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import gammaln, logsumexp
from jax.scipy.stats import norm
from jaxtyping import Array, Float

from sordino.calibrate.readouts import Predicted
from sordino.calibrate.rows import Row

LEAST = 1e-9
"""Shares are kept so far from 0 and 1."""


class Published(NamedTuple):
    """The numbers of a row: counts by threshold, or a mean and the logarithm of its SD."""

    counts: Float[Array, " threshold"]
    mean: Float[Array, ""]
    log_sd: Float[Array, ""]


def published(row: Row) -> Published:
    """The numbers that a study printed; NaN where it printed none."""
    return Published(
        jnp.asarray(row.counts, float),
        jnp.asarray(np.nan if row.value is None else row.value),
        jnp.asarray(np.nan if row.sd is None else np.log(row.sd)),
    )


def log_likelihood(row: Row, predicted: Predicted, data: Published) -> Float[Array, ""]:
    """Logarithm of the likelihood of the numbers of a row."""
    each = _counts(row, predicted, data) if row.counts else _mean(row, predicted, data)
    return logsumexp(each) - np.log(len(each))


def _counts(row: Row, predicted: Predicted, data: Published) -> Float[Array, " reading"]:
    assert predicted.shares is not None
    of: Array = jnp.asarray(float(row.n or 0))
    total = jnp.zeros(predicted.shares.shape[0])
    for k, share in enumerate(_conditional(predicted.shares)):
        total = total + _binomial(data.counts[k], of, share)
        of = data.counts[k]
    return total


def _conditional(shares: Float[Array, "reading threshold"]) -> list[Float[Array, " reading"]]:
    """Share of people beyond each threshold among those beyond the one before."""
    kept = jnp.clip(shares, LEAST, 1.0 - LEAST)
    ahead = jnp.concatenate([jnp.ones((shares.shape[0], 1)), kept[:, :-1]], axis=1)
    return list(jnp.clip(kept / ahead, LEAST, 1.0 - LEAST).T)


def _binomial(count: Array, of: Array, share: Array) -> Array:
    ways = gammaln(of + 1.0) - gammaln(count + 1.0) - gammaln(of - count + 1.0)
    return ways + count * jnp.log(share) + (of - count) * jnp.log1p(-share)


def _mean(row: Row, predicted: Predicted, data: Published) -> Float[Array, " reading"]:
    assert predicted.mean is not None
    assert predicted.sd is not None
    found = norm.logpdf(data.mean, predicted.mean, standard_error(row, predicted))
    if row.sd is not None:
        found = found + norm.logpdf(data.log_sd, jnp.log(predicted.sd), _error_of_log_sd(row))
    return found


def standard_error(row: Row, predicted: Predicted) -> Float[Array, " reading"]:
    """The published standard error, or the predicted one where none was printed."""
    assert predicted.sd is not None
    if row.se is not None:
        return jnp.full_like(predicted.sd, row.se)
    assert row.n is not None
    return predicted.sd / row.n**0.5


def _error_of_log_sd(row: Row) -> float:
    assert row.n is not None
    return (2.0 * (row.n - 1)) ** -0.5


def simulated(row: Row, predicted: Predicted, key: Array) -> Published:
    """Numbers that a study like this one could have printed."""
    choose, first, second = jax.random.split(key, 3)
    reading = jax.random.randint(choose, (), 0, row.at_h.shape[0])
    blank = jnp.asarray(np.nan)
    if row.counts:
        assert predicted.shares is not None
        of: Array = jnp.asarray(float(row.n or 0))
        counts: list[Array] = []
        shares = _conditional(predicted.shares)
        for share, own in zip(shares, jax.random.split(first, len(shares)), strict=True):
            of = jax.random.binomial(own, of, share[reading])
            counts.append(of)
        return Published(jnp.stack(counts), blank, blank)
    assert predicted.mean is not None
    assert predicted.sd is not None
    error = standard_error(row, predicted)[reading]
    mean = predicted.mean[reading] + error * jax.random.normal(first)
    log_sd = jnp.log(predicted.sd[reading]) + _error_of_log_sd(row) * jax.random.normal(second)
    return Published(jnp.zeros(0), mean, log_sd if row.sd is not None else blank)
