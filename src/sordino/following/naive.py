"""Forecasts that know nothing of treatment, and the score that compares forecasts.

Each gives values that stand for a distribution, as the forecasts of a person do.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sordino.pd.pain import SCALE

Numbers = NDArray[np.float64]

POINTS = ndtri((np.arange(200) + 0.5) / 200.0)
"""A normal distribution as 200 values."""
SMOOTHING = 0.3
"""Weight of the newest rating in exponential smoothing; a usual choice."""
LEAST_SD = 0.3
"""A forecaster that has seen no error yet is not taken to make none: rounding alone gives this."""


def score(values: Numbers, found: float) -> float:
    """Continuous ranked probability score of equally likely values; 0 is best, unit of `found`.

    CRPS = E|X - y| - E|X - X'| / 2 [Gneiting and Raftery, J. Am. Stat. Assoc. 102 (2007) 359]
    """
    ordered = np.sort(values)
    count = len(ordered)
    rank = 2.0 * np.arange(1, count + 1) - count - 1.0
    return float(np.abs(ordered - found).mean() - (rank @ ordered) / count**2)


def last_value(pain: Numbers, ahead: int) -> Numbers:
    """The last rating stays; errors are those that this would have made so far."""
    known = np.flatnonzero(~np.isnan(pain))
    lag = min(ahead, max(len(pain) // 2, 1))
    apart = pain[lag:] - pain[:-lag]
    return _normal(float(pain[known[-1]]), apart[~np.isnan(apart)])


def mean_so_far(pain: Numbers, ahead: int) -> Numbers:
    """The mean of all ratings, with their spread; the same for all days ahead."""
    known = pain[~np.isnan(pain)]
    widened = (known - known.mean()) * (1.0 + 1.0 / len(known)) ** 0.5
    return _normal(float(known.mean()), widened)


def smoothed(pain: Numbers, ahead: int) -> Numbers:
    """Exponential smoothing, with the errors it made so far; the same for all days ahead."""
    known = pain[~np.isnan(pain)]
    level, errors = known[0], []
    for value in known[1:]:
        errors.append(value - level)
        level += SMOOTHING * (value - level)
    return _normal(float(level), np.array(errors))


NAIVE: dict[str, Callable[[Numbers, int], Numbers]] = {
    "last value": last_value,
    "mean so far": mean_so_far,
    "exponential smoothing": smoothed,
}
"""Forecasters by name: from ratings with gaps and the days ahead to equally likely values."""


def _normal(centre: float, errors: Numbers) -> Numbers:
    sd = float(np.sqrt((errors**2).mean())) if len(errors) else LEAST_SD
    return np.clip(centre + max(sd, LEAST_SD) * POINTS, 0.0, SCALE)
