"""Estimates from draws, and draws from what a source prints about its error."""

from __future__ import annotations

import math

import numpy as np

ENDS = (0.05, 0.95)
Z_95 = 1.959964
"""A 95 percent interval reaches so many standard errors to either side."""


def share_draws(
    percent: float, people: int | None, count: int, rng: np.random.Generator
) -> np.ndarray:
    """Draws of a share (0 to 1) that a study of so many people found to be `percent`.

    Beta distribution with Jeffreys' prior. Where the number of people was not seen, all draws
    are the printed share.
    """
    share = percent / 100.0
    if people is None:
        return np.full(count, share)
    hit = share * people
    return rng.beta(hit + 0.5, people - hit + 0.5, count)


def ratio_draws(
    value: float, ends: tuple[float, float] | None, count: int, rng: np.random.Generator
) -> np.ndarray:
    """Draws of a positive number with a 95 percent interval, log-normal around the value."""
    if ends is None:
        return np.full(count, value)
    sd = math.log(ends[1] / ends[0]) / (2.0 * Z_95)
    return value * np.exp(sd * rng.standard_normal(count))
