"""Mood and fatigue: what a session adds to what comes without drug, and how that fades.

Group results carry no more than this: a step with a session, a half-time, and the spread
between people. See the effect files `mood` and `fatigue`.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jax.scipy.special import ndtr
from jaxtyping import Array, Float

Values = Mapping[str, Float[Array, "..."]]

DAY_H = 24.0


def kept(since_h: Float[Array, "..."], half_time_days: Float[Array, "..."]) -> Array:
    """The part of a session's effect that is left `since_h` hours after it; broadcasts."""
    return jnp.exp2(-jnp.asarray(since_h) / (jnp.asarray(half_time_days) * DAY_H))


def mood_fall(values: Values, left: Float[Array, "..."]) -> Array:
    """Mean fall of MADRS, points, where the part `left` of a session's effect is there."""
    return values["mood_placebo"] + values["mood_drug"] * left


def fatigue_fall(values: Values, left: Float[Array, "..."]) -> Array:
    """Mean fall of the fatigue score, percent of baseline."""
    return values["fatigue_placebo"] + values["fatigue_drug"] * left


def mood_response(values: Values, fall: Float[Array, "..."]) -> Array:
    """The part of people whose MADRS at least halves, where the mean falls by `fall` points."""
    return ndtr((fall - values["madrs_before"] / 2.0) / values["mood_sd"])
