"""A diary of pain as the likelihood takes it: intervals that hold each rating, day by day."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from sordino.pd.pain import SCALE

STEPS = (1.0, 0.5, 0.1, 0.01)
"""Steps in which people rate, from coarse to fine."""

ROOM = 32
"""Days are filled up to a multiple of this, so that compiled code serves many diaries."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Ratings:
    """Pain once a day on consecutive days; nan where nothing was written.

    `days` counts from the day of the first session, negative before it; `time_h` is hours from
    the first session.
    """

    days: NDArray[np.int64]
    time_h: Numbers
    pain: Numbers

    def __post_init__(self) -> None:
        if len(self.days) and np.any(np.diff(self.days) != 1):
            raise ValueError("days must be consecutive")

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Where there is a rating."""
        return ~np.isnan(self.pain)

    @cached_property
    def step(self) -> float:
        """The step of the scale as this person uses it."""
        values = self.pain[self.known]
        fits = (s for s in STEPS if np.allclose(values / s, np.round(values / s), atol=1e-6))
        return next(fits, STEPS[-1])


@dataclass(frozen=True)
class Intervals:
    """Bounds of each rating on the logit of pain/10, and the part of the scale it takes.

    A rating stands for all values that are rounded to it; at the ends of the scale the interval
    is open. `known` is false on days without a rating. Filled up in front with such days.
    """

    low: Numbers
    high: Numbers
    part: Numbers
    known: NDArray[np.bool_]
    days: Numbers
    """Days from the first session."""
    running: Numbers
    """Days from the first day of the diary."""
    time_h: Numbers
    spare: int
    """Days that were filled up in front."""


def intervals(ratings: Ratings) -> Intervals:
    """The intervals of a diary, filled up in front with days without a rating.

    Before the diary the noise is stationary, so that days without ratings there change nothing.
    """
    spare = -len(ratings.days) % ROOM if len(ratings.days) else ROOM
    first = int(ratings.days[0]) if len(ratings.days) else 0
    days = np.arange(first - spare, first + len(ratings.days), dtype=float)
    pain = np.pad(ratings.pain, (spare, 0), constant_values=np.nan)
    known = ~np.isnan(pain)
    low, high = edges(np.where(known, pain, SCALE / 2.0), ratings.step)
    with np.errstate(divide="ignore"):
        bounds = logit(low / SCALE), logit(high / SCALE)
    time_h = np.pad(ratings.time_h, (spare, 0), constant_values=-1.0)
    return Intervals(*bounds, (high - low) / SCALE, known, days, days - first, time_h, spare)


def edges(pain: Numbers, step: float) -> tuple[Numbers, Numbers]:
    """Between which values a rating lies, 0 to 10."""
    centre = np.round(pain / step) * step
    return np.clip(centre - step / 2, 0.0, SCALE), np.clip(centre + step / 2, 0.0, SCALE)


def rounded(pain: Numbers, step: float) -> Numbers:
    """Pain as it is written in steps of the scale."""
    return np.round(np.round(pain / step) * step, 2)
