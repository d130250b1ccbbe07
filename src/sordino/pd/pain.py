"""Pain on the 0 to 10 scale: gain, expectation and change from day to day."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import expit, logit
from jaxtyping import Array, Float

Course = Float[Array, "time lanes"]
Lanes = Float[Array, "..."]

SCALE = 10.0
EDGE = 1e-6
"""Relative distance kept from the ends of the scale."""


def session_clock(times_h: np.ndarray, session_h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hours since the latest session (infinite before any), and since the first one.

    At the very start of a session it has not acted yet: what counts is the one before it.
    """
    latest = np.searchsorted(session_h, times_h, side="left") - 1
    since = np.where(latest >= 0, times_h - session_h[np.clip(latest, 0, None)], np.inf)
    return since, np.clip(times_h - session_h[0], 0.0, None)


def expectation(
    since_h: Float[Array, " time"],
    running_h: Float[Array, " time"],
    half_time_expectation_h: Lanes,
    half_time_course_h: Lanes,
) -> Course:
    """How much of a patient's placebo response is there, 0 to 1.

    Each session lifts it to 1; it falls back towards a level that builds up over the course.
    Before the first session it is 0. The clocks are those of `session_clock`.
    """
    level = 1.0 - jnp.exp2(-running_h[:, None] / half_time_course_h)
    lift = jnp.exp2(-since_h[:, None] / half_time_expectation_h)
    return level + (1.0 - level) * lift


def placebo_relief(
    envelope: Course, z: Lanes, relief_mean: Lanes, relief_sd: Lanes, relief_max: Lanes
) -> Course:
    """Fraction of baseline pain relieved without drug, in patients with standard score `z`."""
    return envelope * jnp.clip(relief_mean + relief_sd * z, 0.0, relief_max)


def pain_score(base: Lanes, factor: Course, noise: Course) -> Course:
    """Pain 0 to 10 of patients with baseline `base`, where `factor` of it is left.

    `noise` is added on the logit scale, so the scale has no pile-up at its ends.
    """
    expected = jnp.clip(base * factor / SCALE, EDGE, 1.0 - EDGE)
    return SCALE * expit(logit(expected) + noise)
