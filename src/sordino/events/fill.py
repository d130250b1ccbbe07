"""Filling single gaps of a covariate within an individual."""

from __future__ import annotations

from typing import Literal

import numpy as np

from sordino.events.table import Bool, Float64, Int64

Carry = Literal["next", "last"]
"""Which records a covariate holds for: the time up to its record, or the time from it on."""


def fill_gaps(values: Float64, starts: Int64, carry: Carry) -> tuple[Float64, Bool]:
    """Values without gaps, and which individuals have no value at all (nan stays there).

    "next": a gap takes the next value that is known, after the last one that one. "last": a gap
    takes the last value that is known, before the first one that one. So a gap changes nothing in
    how long a value holds. `starts`: first records of the individuals.
    """
    known = ~np.isnan(values)
    never = ~np.logical_or.reduceat(known, starts)
    if known.all():
        return values, never
    count = np.diff(starts, append=len(values))
    first = np.repeat(starts, count)
    place = np.arange(len(values))
    before = np.maximum.accumulate(np.where(known, place, -1))
    after = np.minimum.accumulate(np.where(known, place, len(values))[::-1])[::-1]
    has_before, has_after = before >= first, after < first + np.repeat(count, count)
    preferred = ~has_after if carry == "next" else has_before
    source = np.where(preferred, before, after)
    source = np.where(has_before | has_after, source, place)
    return values[source], never
