"""Fewer points for a line on a screen: what one pixel column cannot show is left out."""

from __future__ import annotations

import numpy as np

from sordino.report.frames import Rows

COLUMNS = 240
"""Pixel columns that a time axis is cut into."""


def thinned(rows: Rows, by: str, end: float) -> Rows:
    """Of each pixel column the first, the last, the lowest and the highest point of `by`.

    A line through these covers the same pixels (Jugel and others 2014,
    doi 10.14778/2732951.2732953). Few points are left as they are.
    """
    values, times = rows[by], rows["time"]
    if len(times) <= COLUMNS:
        return rows
    column = np.minimum((times / end * COLUMNS).astype(int), COLUMNS - 1)
    kept: set[int] = set()
    for number in np.unique(column):
        own = np.flatnonzero(column == number)
        kept |= {own[0], own[-1], own[values[own].argmin()], own[values[own].argmax()]}
    places = np.array(sorted(kept))
    return {name: found[places] for name, found in rows.items()}
