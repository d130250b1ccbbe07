"""Times of records: plain numbers, clock times, dates, and both in one cell."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from sordino.events.arrow import ArrowColumn
from sordino.events.arrow import compute as pc
from sordino.events.cells import Cells, is_text, to_floats
from sordino.events.columns import DATES
from sordino.events.table import Bool, Float64, Int64
from sordino.findings import shown

LAST_OF_2000S = 50
"""Years of two digits up to this one are in the 2000s (NM-TRAN's LAST20)."""

CLOCK = (
    r"^\s*(?P<sign>[+-]?)(?P<h>[0-9]{1,6}):(?P<m>[0-5]?[0-9])"
    r"(?::(?P<s>[0-5]?[0-9](?:\.[0-9]*)?))?\s*$"
)
_SPLIT = r"^\s*(?P<a>[+-]?[0-9]{1,7})(?:[^0-9](?P<b>[0-9]{1,4})(?:[^0-9](?P<c>[0-9]{1,4}))?)?\s*$"
_DATE_AND_CLOCK = r"^\s*(?P<date>[0-9]{4}-[0-9]{1,2}-[0-9]{1,2})[T ]\s*(?P<clock>[0-9:.]+)Z?\s*$"
_CLOCK_WORDS = "hours as a number, or a clock time such as 14:45 or 14:45:30"
_ORDERS = {"DATE": "mdy", "DAT1": "dmy", "DAT2": "ymd", "DAT3": "ydm"}
_MICROSECONDS_PER_HOUR = 3_600_000_000


def hours_of_time(cells: Cells, starts: Int64, time_unit: str) -> Float64:
    """The times of the records in hours, nan where a time is missing or unreadable.

    Plain numbers count `time_unit` and stay as they are. In individuals with a clock time, and
    everywhere when there is a column of dates, times count from their first record, as NM-TRAN
    does it; a plain number there is a time of day in hours. `starts`: first records.
    """
    own = cells.columns.known["TIME"]
    column = cells.column(own)
    dates = cells.columns.one_of(DATES)
    if dates is None and not is_text(column) and not _is_moment(column):
        return in_hours(cells.as_numbers(column, own), time_unit)
    hours, clock, days = _read_times(cells, column, own)
    if dates is not None:
        days = np.where(np.isnan(days), _read_dates(cells, dates), days)
    dated = ~np.isnan(days)
    count = np.diff(starts, append=len(hours))
    relative = np.repeat(np.logical_or.reduceat(clock | dated, starts), count)
    _refuse_half_dated(cells, own, relative, dated, np.logical_or.reduceat(dated, starts), count)
    if not relative.any():
        return in_hours(hours, time_unit)
    _refuse_other_units(cells, own, time_unit)
    day = np.where(dated, days, 0.0)
    since = (day - np.repeat(day[starts], count)) * 24.0 + (hours - np.repeat(hours[starts], count))
    return np.where(relative, since, in_hours(hours, time_unit))


def hours_of_span(cells: Cells, meaning: str, time_unit: str) -> Float64:
    """A column of spans such as II: numbers that count `time_unit`, or hours as hh:mm."""
    if not cells.has(meaning):
        return np.full(cells.count, np.nan)
    own = cells.columns.known[meaning]
    column = cells.column(own)
    if not is_text(column):
        return in_hours(cells.as_numbers(column, own), time_unit)
    clock_hours = _clock_hours(column)
    clock = ~np.isnan(clock_hours)
    plain = pc.if_else(pa.array(clock), None, column) if clock.any() else column
    numbers = in_hours(cells.as_numbers(plain, own), time_unit)
    return np.where(clock, clock_hours, numbers)


def in_hours(values: Float64, time_unit: str) -> Float64:
    """Times or spans in hours from those in "h", "min" or "day"."""
    if time_unit == "min":
        return values / 60.0
    return values * 24.0 if time_unit == "day" else values


def _read_times(cells: Cells, column: ArrowColumn, own: str) -> tuple[Float64, Bool, Float64]:
    """Hours of each cell, whether it is a clock time, and its day where it names one."""
    none = np.full(cells.count, np.nan)
    if _is_moment(column):
        days, hours = _from_moments(column)
        return hours, np.zeros(cells.count, bool), days
    if not is_text(column):
        return cells.as_numbers(column, own), np.zeros(cells.count, bool), none
    if not pc.any(pc.match_substring_regex(column, "[-:TZ/]")).as_py():
        return cells.as_numbers(column, own), np.zeros(cells.count, bool), none
    parts = pc.extract_regex(column, _DATE_AND_CLOCK)
    days = _calendar_days(pc.struct_field(parts, "date"), "ymd")
    both = ~np.isnan(days)
    clock_text = pc.if_else(pa.array(both), pc.struct_field(parts, "clock"), column)
    hours = _clock_hours(clock_text)
    clock = ~np.isnan(hours)
    # A day without a readable time of day stays with what cannot be read.
    days[~clock] = np.nan
    numbers = cells.as_numbers(pc.if_else(pa.array(clock), None, column), own)
    return np.where(clock, hours, numbers), clock, days


def _clock_hours(column: ArrowColumn) -> Float64:
    """Hours of clock times hh:mm or hh:mm:ss; nan for anything else."""
    parts = pc.extract_regex(column, CLOCK)
    if not parts.is_valid().true_count:
        return np.full(len(column), np.nan)
    hours = _part(parts, "h") + _part(parts, "m") / 60.0
    hours = hours + np.nan_to_num(_part(parts, "s")) / 3600.0
    negative = pc.fill_null(pc.equal(pc.struct_field(parts, "sign"), "-"), False)
    return np.where(negative.to_numpy(zero_copy_only=False), -hours, hours)


def _read_dates(cells: Cells, label: str) -> Float64:
    """Days of the date column; cells that are no dates are reported."""
    own = cells.columns.known[label]
    column = cells.column(own)
    if _is_moment(column):
        days, hours = _from_moments(column)
        days = np.where(hours == 0, days, np.nan)
    elif is_text(column):
        days = _calendar_days(column, _ORDERS[label])
    else:
        return cells.as_numbers(column, own)
    cells.problems.add_rows(
        np.isnan(days),
        own,
        lambda i: f"{_cell(column, i)} is no date",
        allowed=f"{_order_words(label)}, or 2024-01-31, or a number that counts days",
        unreadable=True,
    )
    return days


def _calendar_days(column: ArrowColumn, order: str) -> Float64:
    """Days since 1970 of dates with one, two or three parts; nan for what is no date.

    One part is a number of days; two are day and month in their order, in a year that is no
    leap year; a first part of four digits is a year, and the month follows it, unless the
    order is year, day, month.
    """
    parts = pc.extract_regex(column, _SPLIT)
    first, second, third = (_part(parts, name) for name in "abc")
    long = pc.fill_null(pc.match_substring_regex(column, r"^\s*[0-9]{4}[^0-9]"), False)
    iso = long.to_numpy(zero_copy_only=False) & (order != "ydm")
    short = order.replace("y", "")
    three = {name: np.zeros(len(first)) for name in "ymd"}
    for i, part in enumerate((first, second, third)):
        own = np.where(iso, ord("ymd"[i]), ord(order[i]))
        for name in "ymd":
            three[name] = np.where(own == ord(name), part, three[name])
    two = dict(zip(short, (first, second), strict=True))
    dated = _days(_full_year(three["y"]), three["m"], three["d"])
    # NM-TRAN takes year 0 for a missing year, and no leap year; nor is 2001.
    yearless = _days(np.full(len(first), 2001.0), two["m"], two["d"])
    days = np.where(np.isnan(third), yearless, dated)
    return np.where(np.isnan(second), first, days)


def _days(year: Float64, month: Float64, day: Float64) -> Float64:
    """Days since 1970; nan for a date that does not exist."""
    possible = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & ~np.isnan(year)
    whole = [np.where(possible, part, 1).astype(np.int64) for part in (year, month, day)]
    months = ((whole[0] - 1970) * 12 + whole[1] - 1).astype("datetime64[M]")
    dates = months.astype("datetime64[D]") + (whole[2] - 1)
    possible &= dates.astype("datetime64[M]") == months
    return np.where(possible, dates.astype(np.int64), np.nan)


def _full_year(year: Float64) -> Float64:
    """Years of one or two digits in their century."""
    century = np.where(year <= LAST_OF_2000S, 2000.0, 1900.0)
    return np.where(year < 100, year + century, year)


def _part(parts: ArrowColumn, name: str) -> Float64:
    """One named part of cells that a pattern took apart, as numbers; nan where there is none."""
    text = pc.struct_field(parts, name)
    return to_floats(pc.cast(pc.if_else(pc.equal(text, ""), None, text), pa.float64()))


def _from_moments(column: ArrowColumn) -> tuple[Float64, Float64]:
    """Days and hours of a column of dates or of dates with times."""
    stamps = pc.cast(column, pa.timestamp("us"), safe=False)
    missing = stamps.is_null().to_numpy(zero_copy_only=False)
    micros = pc.fill_null(pc.cast(stamps, pa.int64()), 0).to_numpy(zero_copy_only=False)
    days, rest = np.divmod(micros, 24 * _MICROSECONDS_PER_HOUR)
    hours = rest / _MICROSECONDS_PER_HOUR
    return np.where(missing, np.nan, days), np.where(missing, np.nan, hours)


def _is_moment(column: ArrowColumn) -> bool:
    return pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)


def _refuse_half_dated(
    cells: Cells, own: str, relative: Bool, dated: Bool, some: Bool, count: Int64
) -> None:
    mixed = np.repeat(some, count) & ~dated & relative
    cells.problems.add_rows(
        mixed,
        own,
        "this time has no date, others of the same individual have one",
        allowed="a date for every record of an individual, or for none",
        unreadable=True,
    )


def _refuse_other_units(cells: Cells, own: str, time_unit: str) -> None:
    if time_unit != "h":
        cells.problems.add(
            f"the column {shown(own)} has clock times or dates, but times count {time_unit!r}",
            allowed=_CLOCK_WORDS,
            hint='leave the unit of time at "h"',
        )


def _order_words(label: str) -> str:
    words = {"y": "year", "m": "month", "d": "day"}
    return (
        f"{label}: {', '.join(words[part] for part in _ORDERS[label])}, such as "
        + (
            {"DATE": "1/31/2024", "DAT1": "31/1/2024", "DAT2": "2024/1/31", "DAT3": "2024/31/1"}[
                label
            ]
        )
    )


def _cell(column: ArrowColumn, place: int) -> str:
    """A cell as it is shown; Arrow writes it, because Python cannot hold every date."""
    text = pc.cast(column.slice(place, 1), pa.string())[0].as_py()
    return "a missing cell" if text is None else shown(text, 40)
