"""Quantiles of populations of any size in bounded memory.

Values are counted in fixed bins, so the result does not depend on the order or the size of
the blocks that are added. A quantile is within one bin of the value of the same rank: on a
linear scale a fixed distance, on the log scale half a percent. Between two ranks it is near
one of the two. The idea is that of DDSketch (Masson, Rim and Lee 2019,
doi 10.48550/arxiv.1908.10693), with bins that are known beforehand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np


class Scale(Protocol):
    """Where a value is counted, and what value a place stands for."""

    @property
    def bins(self) -> int:
        """How many bins there are."""
        ...

    def place(self, values: np.ndarray) -> np.ndarray:
        """The bin of each value."""
        ...

    def value(self, position: np.ndarray) -> np.ndarray:
        """The value at a position in bins, fractions included."""
        ...


@dataclass(frozen=True)
class LinearScale:
    """Equal bins from `low` to `high`; values beyond are counted at the ends."""

    low: float
    high: float
    bins: int

    def place(self, values: np.ndarray) -> np.ndarray:
        relative = (values - self.low) * (self.bins / (self.high - self.low))
        return np.clip(relative, 0, self.bins - 1).astype(np.int32)

    def value(self, position: np.ndarray) -> np.ndarray:
        return self.low + position * ((self.high - self.low) / self.bins)


@dataclass(frozen=True)
class LogScale:
    """Bins of half a percent above `least`; what lies below is counted as zero."""

    least: float = 1e-3
    most: float = 1e6
    ratio: float = 1.005

    @property
    def bins(self) -> int:
        return 2 + int(np.ceil(np.log(self.most / self.least) / np.log(self.ratio)))

    def place(self, values: np.ndarray) -> np.ndarray:
        above = np.maximum(values, self.least) * (1.0 / self.least)
        position = np.log(above) * (1.0 / np.log(self.ratio)) + 1.0
        return np.where(values < self.least, 0, np.minimum(position, self.bins - 1)).astype(
            np.int32
        )

    def value(self, position: np.ndarray) -> np.ndarray:
        return np.where(position <= 1.0, 0.0, self.least * self.ratio ** (position - 1.0))


def sorted_quantiles(rows: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Quantiles of sorted rows (row, any number), linear between ranks: (levels, rows)."""
    rank = levels * (rows.shape[1] - 1)
    below = np.floor(rank).astype(int)
    above = np.minimum(below + 1, rows.shape[1] - 1)
    part = rank - below
    return ((1.0 - part) * rows[:, below] + part * rows[:, above]).T


class Sketch:
    """Counts of values in rows (times), from which quantiles are read."""

    def __init__(self, rows: int, scale: Scale) -> None:
        self.scale = scale
        self.counts = np.zeros((rows, scale.bins), np.int64)
        self._start = np.arange(rows, dtype=np.int64)[:, None] * scale.bins

    def add(self, places: np.ndarray) -> None:
        """Count values, given as bins: (rows, any number)."""
        np.add.at(self.counts.reshape(-1), (self._start + places).ravel(), 1)

    def quantiles(self, levels: np.ndarray) -> np.ndarray:
        """Quantiles of every row: (levels, rows); NaN where nothing was counted."""
        cumulative = np.cumsum(self.counts, axis=1)
        total = cumulative[:, -1]
        # One sorted array for all rows: each row starts above the end of the one before.
        lift = np.arange(len(total)) * (total.max() + 1.0)
        rising = (cumulative + lift[:, None]).ravel()
        wanted = levels[:, None] * (total - 1) + 0.5
        place = np.searchsorted(rising, wanted + lift) - np.arange(len(total)) * self.scale.bins
        place = np.clip(place, 0, self.scale.bins - 1)
        row = np.arange(len(total))
        inside = np.maximum(self.counts[row, place], 1)
        below = cumulative[row, place] - self.counts[row, place]
        found = self.scale.value(place + np.clip((wanted - below) / inside, 0.0, 1.0))
        return np.where(total > 0, found, np.nan)
