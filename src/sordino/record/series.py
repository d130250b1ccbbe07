"""The diary as arrays by day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sordino.record.model import Record
from sordino.record.times import day_of


@dataclass(frozen=True, slots=True)
class Diary:
    """Every day from the first entry to the last, without gaps.

    `days` counts from day zero of the record (`Record.first_day`), negative before it; `values`
    holds one array for each item that was answered at all, nan where a day has no answer.
    `time_h` is hours from time zero of the entry's clock time, or of 20:00 on that day (assumed);
    nan throughout in a record in which nothing was given.
    """

    first: date | None
    days: NDArray[np.int64]
    time_h: NDArray[np.float64]
    values: Mapping[str, NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.days)

    def answered(self, item: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The days with an answer to `item`, and the answers."""
        values = self.values.get(item)
        if values is None:
            return np.zeros(0, np.int64), np.zeros(0)
        known = ~np.isnan(values)
        return self.days[known], values[known]


def diary_of(record: Record) -> Diary:
    """The diary of a record; see `Diary`."""
    zero = record.first_day
    if not record.entries or zero is None:
        return Diary(None, np.zeros(0, np.int64), np.zeros(0), {})
    numbers = [(day_of(entry.time) - zero).days for entry in record.entries]
    first = min(numbers)
    days = np.arange(first, max(numbers) + 1, dtype=np.int64)
    values: dict[str, NDArray[np.float64]] = {}
    time_h = np.full(len(days), np.nan)
    if record.origin is not None:
        evenings = [date.fromordinal(zero.toordinal() + int(day)) for day in days]
        time_h[:] = [record.hours(evening) for evening in evenings]
    for number, entry in zip(numbers, record.entries, strict=True):
        column = values.setdefault(entry.name, np.full(len(days), np.nan))
        column[number - first] = entry.value
        if record.origin is not None:
            time_h[number - first] = record.hours(entry.time)
    return Diary(date.fromordinal(zero.toordinal() + first), days, time_h, values)
