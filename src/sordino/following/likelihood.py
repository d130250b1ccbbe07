"""How likely a diary is for given people: the noise of the days is integrated out day by day.

The noise is a first-order autoregression on the logit of pain/10, as in `population.day_noise`.
A filter carries its mean and variance from day to day. A rating cuts an interval out of its
normal distribution; the mean and variance of what is left go on to the next day. For fine steps
of the scale this is the Kalman filter, which is exact; for whole numbers only the first two
moments of the cut distribution are kept. With the probability of a slip a rating says nothing,
and the two cases are mixed by their weights.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.scipy.special import erfc, logit
from jaxtyping import Array, Bool, Float

from sordino.following.person import Person
from sordino.pd.gain import gain, slow_effect
from sordino.pd.pain import EDGE, SCALE, placebo_relief

Days = Float[Array, " day"]
Course = Float[Array, "day lanes"]
Lanes = Float[Array, " lanes"]

TINY = 1e-300
WEEK = 7.0


class Seen(NamedTuple):
    """The diary: see `ratings.Intervals`; and the share of slips.

    `span`: days of the diary; `share`: see `person`. `before`: what the person said of the pain
    before treatment, as logit of pain/10, nan where nothing was said; `recall`: standard
    deviation of that.
    """

    low: Days
    high: Days
    part: Days
    known: Bool[Array, " day"]
    days: Days
    running: Days
    span: Float[Array, ""]
    share: Float[Array, ""]
    slip: Float[Array, ""]
    before: Float[Array, ""]
    recall: Float[Array, ""]


class Response(NamedTuple):
    """What the course does over days, lane by lane, before it meets a person.

    `fast`: fast effect on the gain; `slow`: fraction of the maximal slow effect; `envelope`: how
    much of the placebo response is there. `top`: the largest slow effect, transfer included;
    `relief_*`: placebo response of a population.
    """

    fast: Course
    slow: Course
    envelope: Course
    top: Lanes
    relief_mean: Lanes
    relief_sd: Lanes
    relief_max: Lanes


class Noise(NamedTuple):
    """Mean and variance of the noise of the last day."""

    mean: Lanes
    variance: Lanes


def level(
    response: Response, who: Person, days: Days, running: Days, *, drug: bool = True
) -> Course:
    """Logit of pain/10 on each day without the noise of the days.

    Without `drug` it is the same person in the same sessions with nothing in the syringe.
    """
    left = 1.0 - relief(response, who)
    if drug:
        slow = slow_effect(response.slow, who.slow_responder, response.top, jnp.ones(()))
        left = left * gain(response.fast, slow)
    expected = jnp.clip(who.base_pain * left / SCALE, EDGE, 1.0 - EDGE)
    drift = who.drift * days[:, None] / WEEK
    habit = who.habit_shift * (running[:, None] >= who.habit_wait)
    return logit(expected) + drift + habit


def relief(response: Response, who: Person) -> Course:
    """Part of the baseline pain that is relieved without drug."""
    return placebo_relief(
        response.envelope,
        who.placebo_z,
        response.relief_mean,
        response.relief_sd,
        response.relief_max,
    )


def log_likelihood(seen: Seen, response: Response, who: Person) -> tuple[Lanes, Noise]:
    """Logarithm of the probability of the diary, and the noise after its last day."""
    middle = level(response, who, seen.days, seen.running)
    spread = who.day_sd**2
    fresh = spread * (1.0 - who.day_correlation**2)

    def day(carry: tuple[Array, Noise], now: tuple[Array, ...]) -> tuple[tuple[Array, Noise], None]:
        total, before = carry
        low, high, part, known, centre = now
        noise = Noise(
            who.day_correlation * before.mean, who.day_correlation**2 * before.variance + fresh
        )
        found, after = _rated(noise, low - centre, high - centre, part, seen.slip)
        total = total + jnp.where(known, found, 0.0)
        kept = [jnp.where(known, a, b) for a, b in zip(after, noise, strict=True)]
        return (total, Noise(*kept)), None

    start = (_said(seen, who), Noise(jnp.zeros_like(spread), spread))
    rows = (seen.low, seen.high, seen.part, seen.known, middle)
    return jax.lax.scan(day, start, rows)[0]


def _said(seen: Seen, who: Person) -> Lanes:
    """Logarithm of the density of what was said of the pain before treatment."""
    apart = (seen.before - logit(who.base_pain / SCALE)) / seen.recall
    return jnp.where(jnp.isnan(seen.before), 0.0, -0.5 * apart**2)


def _rated(noise: Noise, low: Lanes, high: Lanes, part: Array, slip: Array) -> tuple[Lanes, Noise]:
    """Logarithm of the probability that the noise lies in an interval, or of a slip; and the
    noise that is left."""
    sd = jnp.sqrt(noise.variance)
    a, b = (low - noise.mean) / sd, (high - noise.mean) / sd
    # Mirrored to the lower side, where small probabilities keep their digits.
    mirror = a + b > 0.0
    a, b = jnp.where(mirror, -b, a), jnp.where(mirror, -a, b)
    inside = _below(b) - _below(a)
    at_a, at_b = _density(a), _density(b)
    safe = jnp.maximum(inside, TINY)
    shift = (at_a - at_b) / safe
    edge_a = jnp.where(jnp.isfinite(a), a, 0.0) * at_a
    edge_b = jnp.where(jnp.isfinite(b), b, 0.0) * at_b
    shrink = jnp.clip(1.0 + (edge_a - edge_b) / safe - shift**2, 0.0, 1.0)
    usual, slipped = (1.0 - slip) * inside, slip * part
    total = jnp.maximum(usual + slipped, TINY)
    lost = slipped / total
    moved = jnp.where(mirror, -sd, sd) * jnp.where(inside > TINY, shift, 0.0)
    mean = noise.mean + (1.0 - lost) * moved
    inner = noise.variance * shrink + (moved * lost) ** 2
    outer = noise.variance + (moved * (1.0 - lost)) ** 2
    return jnp.log(total), Noise(mean, (1.0 - lost) * inner + lost * outer)


def _below(x: Array) -> Array:
    return 0.5 * erfc(-x * (0.5**0.5))


def _density(x: Array) -> Array:
    return jnp.exp(-0.5 * x**2) * 0.3989422804014327
