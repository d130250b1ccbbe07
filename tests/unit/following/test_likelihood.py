"""The likelihood of a diary against normal distributions of all days at once."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import logit
from scipy.stats import multivariate_normal, norm

from sordino.following.learn import seen
from sordino.following.likelihood import Noise, Response, Seen, level, log_likelihood
from sordino.following.person import Person
from sordino.following.ratings import Ratings, intervals

Numbers = NDArray[np.float64]


def nothing(days: int) -> Response:
    """A course without any effect, in one lane."""
    zero, one = jnp.zeros((days, 1)), jnp.zeros(1)
    return Response(zero, zero, zero, one, one, one, jnp.ones(1))


def somebody(base: float = 6.0, sd: float = 0.4, correlation: float = 0.6) -> Person:
    values = (base, 0.0, 0.0, 0.0, sd, correlation, 600.0, 0.0)
    return Person(*(jnp.full(1, v) for v in values))


def diary(pain: Numbers) -> Ratings:
    days = np.arange(len(pain))
    return Ratings(days, np.asarray(days * 24.0, np.float64), pain)


def found(pain: Numbers, who: Person, slip: float = 0.0) -> tuple[float, Noise]:
    prepared = intervals(diary(pain))
    read = seen(prepared)._replace(slip=jnp.asarray(slip))
    total, noise = log_likelihood(read, nothing(len(prepared.days)), who)
    return float(total[0]), noise


def covariance(days: Numbers, sd: float, correlation: float) -> Numbers:
    return sd**2 * correlation ** np.abs(days[:, None] - days[None, :])


def test_fine_ratings_with_gaps_are_a_normal_distribution() -> None:
    """With steps of 0.01 an interval is a density times its width, to second order."""
    pain = np.array([6.21, 5.48, np.nan, 6.93, np.nan, np.nan, 7.07, 6.66, 5.03])
    known = np.flatnonzero(~np.isnan(pain))
    total, _ = found(pain, somebody())
    values = logit(pain[known] / 10.0)
    widths = logit((pain[known] + 0.005) / 10.0) - logit((pain[known] - 0.005) / 10.0)
    spread: Any = covariance(known.astype(float), 0.4, 0.6)
    density = multivariate_normal.logpdf(values, np.full(len(known), logit(0.6)), spread)
    assert total == pytest.approx(density + np.log(widths).sum(), abs=1e-3)


def test_one_whole_number_is_the_probability_of_its_interval() -> None:
    total, _ = found(np.array([7.0]), somebody())
    ends = norm(logit(0.6), 0.4).cdf(logit(np.array([0.65, 0.75])))
    assert total == pytest.approx(np.log(ends[1] - ends[0]), rel=1e-12)


@pytest.mark.parametrize("pain", [[7.0, 4.0], [6.0, 6.0], [10.0, 9.0], [0.0, 1.0]])
def test_two_whole_numbers_are_nearly_the_probability_of_their_rectangle(pain: list[float]) -> None:
    """Only two moments of the first day go on to the second: exact to within a percent or so."""
    total, _ = found(np.array(pain), somebody(base=5.0, sd=0.8))
    spread: Any = covariance(np.arange(2.0), 0.8, 0.6)
    edges = np.clip(np.array([[p - 0.5, p + 0.5] for p in pain]), 0.0, 10.0) / 10.0
    with np.errstate(divide="ignore"):
        (a0, a1), (b0, b1) = np.clip(logit(edges), -40.0, 40.0)
    corners = np.array([(a1, b1), (a0, b1), (a1, b0), (a0, b0)])
    box = multivariate_normal.cdf(corners, np.zeros(2), spread)
    assert total == pytest.approx(np.log(box[0] - box[1] - box[2] + box[3]), abs=0.02)


def test_the_noise_after_a_slip_is_what_it_was() -> None:
    """A rating that cannot be says nothing: the noise of that day stays as it was forecast."""
    total, noise = found(np.array([6.0, 0.0]), somebody(sd=0.1), slip=0.02)
    first, after = found(np.array([6.0]), somebody(sd=0.1), slip=0.02)
    # A slip is equally likely anywhere; 0 takes the twentieth part of the scale.
    assert total - first == pytest.approx(np.log(0.02 * 0.05), abs=1e-6)
    assert float(noise.mean[0]) == pytest.approx(0.6 * float(after.mean[0]), abs=1e-9)


def test_days_without_ratings_change_nothing() -> None:
    some = found(np.array([6.0, 5.0]), somebody())[0]
    more = found(np.array([np.nan, 6.0, 5.0, np.nan]), somebody())[0]
    assert more == pytest.approx(some, rel=1e-12)


def test_what_was_said_of_the_pain_before_counts_once() -> None:
    prepared = intervals(diary(np.array([6.0])))
    silent, told = seen(prepared), seen(prepared, 8.0)
    totals = [
        float(log_likelihood(read, nothing(len(prepared.days)), somebody())[0][0])
        for read in (silent, told)
    ]
    apart = (logit(0.8) - logit(0.6)) / float(told.recall)
    assert totals[1] - totals[0] == pytest.approx(-0.5 * apart**2, rel=1e-9)


def test_impossible_diaries_are_finite() -> None:
    read: Seen = seen(intervals(diary(np.array([0.0, 10.0, 0.0, 10.0]))))
    total, noise = log_likelihood(read, nothing(len(read.days)), somebody(sd=0.01))
    assert np.isfinite(total).all()
    assert np.isfinite(noise.mean).all()
    assert (np.asarray(noise.variance) > 0.0).all()


def test_drift_and_habit_move_the_level() -> None:
    who = somebody()._replace(
        drift=jnp.full(1, 0.07), habit_wait=jnp.full(1, 5.0), habit_shift=jnp.full(1, -0.3)
    )
    days = jnp.arange(10.0)
    found = np.asarray(level(nothing(10), who, days, days))[:, 0]
    expected = logit(0.6) + 0.01 * np.arange(10.0) - 0.3 * (np.arange(10) >= 5)
    assert found == pytest.approx(expected)
