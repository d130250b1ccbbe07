"""Time after dose."""

from __future__ import annotations

import numpy as np

from sordino.events import EventTable
from sordino.events.table import Float64, Int64


def time_after_dose(table: EventTable) -> Float64:
    """Hours since the last dose of the individual at each record, nan before the first.

    Additional doses (ADDL) count, lags do not. A reset forgets the doses before it.
    """
    begins = (np.diff(table.individual, prepend=-1) != 0) | table.is_reset
    stretch = np.cumsum(begins)
    owner, time = _doses(table, stretch)
    records = np.arange(len(table))
    # At equal times additional doses come before the records, which stay in their order.
    marks = np.concatenate([owner, records])
    times = np.concatenate([time, table.time_h])
    place = np.where(np.arange(len(marks)) < len(owner), -1, marks)
    is_dose = np.concatenate([np.ones(len(owner), bool), table.is_dose])
    order = np.lexsort([place, times, stretch[marks]])
    last = np.maximum.accumulate(np.where(is_dose[order], np.arange(len(order)), -1))
    found = np.full(len(table), np.nan)
    same = (last >= 0) & (stretch[marks[order[last]]] == stretch[marks[order]])
    wanted = (place[order] >= 0) & same
    rows = marks[order[wanted]]
    found[rows] = table.time_h[rows] - times[order[last[wanted]]]
    return found


def _doses(table: EventTable, stretch: Int64) -> tuple[Int64, Float64]:
    """Record and time of every additional dose up to the last record of its stretch."""
    end = np.zeros(int(stretch.max()) + 1)
    np.maximum.at(end, stretch, table.time_h)
    rows = np.flatnonzero(table.is_dose & (table.addl > 0) & (table.ii_h > 0))
    left = (end[stretch[rows]] - table.time_h[rows]) / table.ii_h[rows]
    copies = np.minimum(table.addl[rows], np.maximum(left, 0.0).astype(np.int64))
    owner = np.repeat(rows, copies)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(copies) - copies, copies) + 1
    return owner, table.time_h[owner] + number * table.ii_h[owner]
