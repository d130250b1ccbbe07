"""Days and clock times of a record.

A moment is a `date`, or a `datetime` with or without a time zone. Times are kept as written:
with a zone they are instants, without one they are the clock on the wall.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time

from sordino.record.names import EARLIEST_YEAR, LATEST_YEAR

Moment = date | datetime

RATED_AT = time(20)
"""When a diary entry without a clock time was made, assumed: in the evening."""

TIME_ALLOWED = "year-month-day hour:minute, such as 2026-01-05 10:00"
DAY_ALLOWED = "year-month-day, such as 2026-01-05"

_MOMENT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[ T](?P<clock>[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_OTHER_ORDER = re.compile(r"[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}")


def parse_moment(text: str) -> Moment | None:
    """A day or a day with a clock time in ISO form; nothing for what is neither."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    try:
        day = date.fromisoformat(found["day"])
        if found["clock"] is None:
            return day
        return datetime.fromisoformat(f"{found['day']} {found['clock']}{found['zone'] or ''}")
    except ValueError:
        return None


def moment_hint(text: str) -> str:
    """What to write in place of a text that is no moment."""
    if _OTHER_ORDER.match(text):
        return "write the year first: 05/01/2026 could be January or May"
    return ""


def in_range(moment: Moment) -> bool:
    """Whether the year is one in which a patient of today can have been treated."""
    return EARLIEST_YEAR <= moment.year <= LATEST_YEAR


def moment_text(moment: Moment) -> str:
    """A moment as records write it; seconds only where there are any."""
    if not isinstance(moment, datetime):
        return moment.isoformat()
    fine = "auto" if moment.second or moment.microsecond else "minutes"
    return moment.isoformat(" ", fine)


def has_zone(moment: Moment) -> bool | None:
    """Whether a clock time has a time zone; nothing for a day."""
    return moment.tzinfo is not None if isinstance(moment, datetime) else None


def day_of(moment: Moment) -> date:
    """The day as written."""
    return moment.date() if isinstance(moment, datetime) else moment


def as_clock(moment: Moment, like: datetime | None) -> datetime:
    """A moment as a clock time, with the zone of `like` if it has none; a day is its evening."""
    if isinstance(moment, datetime):
        return moment
    zone = like.tzinfo if like is not None else None
    return datetime.combine(moment, RATED_AT, tzinfo=zone)


def sort_key(moment: Moment) -> float:
    """A number that grows with time, for moments with and without zones and for days.

    A day sorts as its first moment; without a zone the clock is taken as it stands.
    """
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
