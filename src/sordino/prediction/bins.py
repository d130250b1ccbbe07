"""Bins of time for a visual predictive check."""

from __future__ import annotations

import itertools

import numpy as np

from sordino.errors import InputError
from sordino.events.table import Float64, Int64

NOMINAL_TIMES = 14
"""Up to so many distinct times are taken for a design: each is a bin."""

AUTO_BINS, AUTO_SIZE = 10, 20
"""Otherwise so many bins, but fewer when they would hold fewer observations than that."""

MOST_BINS = 100

AWAY = 0.9
"""By how much a gap counts less at the ends of the stretch where a bin may end."""


def bin_numbers(times: Float64, bins: int | str, where: str) -> Int64:
    """The bin of each observation, from 0, in the order of time.

    `bins`: how many bins, or "auto": one for each distinct time where there are few, else up to
    ten. Bins hold about as many observations each, and end at the widest gap near by, so that
    samples that were planned for one time stay together; equal times are never parted. Raises
    InputError where the observations do not give two bins.
    """
    distinct, place = np.unique(times, return_inverse=True)
    count = _count(len(distinct), len(times), bins)
    if count >= len(distinct):
        found = place
    else:
        found = np.searchsorted(_edges(np.sort(times), count), times, side="right")
    if found.max(initial=0) < 1:
        raise InputError(
            f"{len(times)} observations at {len(distinct)} different times give no two bins",
            where=where,
            allowed="observations at two times or more",
        )
    return found.astype(np.int64).reshape(-1)


def _edges(times: Float64, count: int) -> Float64:
    """The first time of every bin but the first, for sorted times."""
    gaps = np.diff(times)
    borders = np.linspace(0, len(times), 2 * count + 1).astype(int)[1::2]
    edges: list[float] = []
    for low, high in itertools.pairwise(borders):
        # A bin of equal size would end halfway: a gap far from there has to be the wider.
        away = np.abs(np.linspace(-1.0, 1.0, high - low))
        window = gaps[low:high] * (1.0 - AWAY * away)
        if len(window) and window.max() > 0:
            edges.append(float(times[low + int(np.argmax(window)) + 1]))
    return np.array(edges)


def check_bins(bins: int | str) -> None:
    """Raise InputError unless `bins` is "auto" or a possible number."""
    if bins != "auto" and (isinstance(bins, str) or not 2 <= bins <= MOST_BINS):
        raise InputError(f"{bins} bins", allowed=f"auto, or a whole number from 2 to {MOST_BINS}")


def _count(distinct: int, observations: int, bins: int | str) -> int:
    if not isinstance(bins, str):
        return bins
    if distinct <= NOMINAL_TIMES:
        return distinct
    return max(2, min(AUTO_BINS, observations // AUTO_SIZE))
