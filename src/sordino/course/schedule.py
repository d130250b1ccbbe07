"""When the doses of a treatment are given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING

from sordino.findings import Finding, shown
from sordino.units import Kind, parse_quantity

if TYPE_CHECKING:
    from sordino.course.treatment import Treatment

MIN_INTERVAL_H = Fraction(1, 60)
_CLOCK_ALLOWED = 'year-month-day hour:minute, such as "2026-01-05 10:00"'


class ScheduleKind(Enum):
    """How the doses of a treatment are placed in time."""

    NONE = "no schedule"
    DAYS = "days"
    CLOCK = "clock times"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Hours of all doses of one treatment, ascending, on the clock of its kind."""

    kind: ScheduleKind
    hours: tuple[Fraction, ...]


def schedule_kind(treatment: Treatment) -> ScheduleKind:
    """Which kind of schedule a treatment states."""
    if treatment.at is not None:
        return ScheduleKind.CLOCK
    stated = (treatment.days, treatment.every, treatment.start)
    return ScheduleKind.NONE if all(key is None for key in stated) else ScheduleKind.DAYS


def schedule_of(treatment: Treatment) -> Schedule:
    """The times of all doses, in hours: from day 0, or from a fixed instant for clock times.

    A treatment without a schedule is given once, at 0.
    """
    return Schedule(schedule_kind(treatment), tuple(sorted(_hours(treatment))))


def _hours(treatment: Treatment) -> Iterator[Fraction]:
    if treatment.at is not None:
        yield from (_clock_hours(text) for text in treatment.at)
    elif treatment.days is not None:
        yield from (Fraction(str(day)) * 24 for day in treatment.days)
    else:
        first = _time(treatment.start) if treatment.start is not None else Fraction(0)
        interval = _time(treatment.every) if treatment.every is not None else Fraction(0)
        yield from (first + k * interval for k in range(treatment.times or 1))


def schedule_findings(treatment: Treatment) -> list[Finding]:
    """What is wrong with the schedule of one treatment."""
    findings = [*_combination_findings(treatment), *_clock_findings(treatment.at or ())]
    if treatment.every is not None and _time(treatment.every) < MIN_INTERVAL_H:
        findings.append(
            Finding(("every",), f"the interval {treatment.every} is too short", "1 min or more")
        )
    if treatment.days is not None and len(set(treatment.days)) < len(treatment.days):
        findings.append(
            Finding(
                ("days",),
                "the same day stands twice",
                "each day once",
                "for two doses on one day write fractions, such as [0, 0.5]",
            )
        )
    return findings


def _combination_findings(treatment: Treatment) -> Iterator[Finding]:
    given = [key for key in ("days", "every", "at") if getattr(treatment, key) is not None]
    if len(given) > 1:
        yield Finding(
            (given[1],),
            f"{' and '.join(given)} are both given",
            "one schedule: days, or every and times, or at",
        )
    if treatment.every is not None and treatment.times is None:
        yield Finding(("times",), "this key is missing", "how often, together with every")
    if treatment.times is not None and treatment.every is None:
        allowed = 'the interval, together with times, such as "1 day"'
        yield Finding(("every",), "this key is missing", allowed)
    if treatment.start is not None and (treatment.days or treatment.at):
        yield Finding(
            ("start",),
            f"start does not go with {'days' if treatment.days else 'at'}",
            "start with every and times, or start alone for a single dose",
        )


def _clock_findings(times: Sequence[str]) -> list[Finding]:
    findings: list[Finding] = []
    aware: list[bool] = []
    for number, text in enumerate(times):
        moment = _clock(text)
        if moment is None:
            what = f"{shown(text)} is not a date with a clock time"
            findings.append(Finding(("at", number), what, _CLOCK_ALLOWED))
        else:
            aware.append(moment.tzinfo is not None)
    if len(set(aware)) > 1:
        findings.append(
            Finding(("at",), "some times have a time zone and some have none", "all or none")
        )
    elif not findings and len({_clock_hours(text) for text in times}) < len(times):
        findings.append(Finding(("at",), "the same time stands twice", "each time once"))
    return findings


def has_time_zone(treatment: Treatment) -> bool:
    """Whether the clock times of a treatment have a time zone."""
    first = _clock(treatment.at[0]) if treatment.at else None
    return first is not None and first.tzinfo is not None


def _clock(text: str) -> datetime | None:
    """A date with a clock time in ISO form, or nothing."""
    if ":" not in text or len(text) > 40:
        return None
    try:
        moment = datetime.fromisoformat(text)
        # Conversion to UTC can leave the years that a datetime can hold.
        return moment if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _clock_hours(text: str) -> Fraction:
    """Hours from a fixed instant; only differences have a meaning."""
    moment = _clock(text)
    if moment is None:
        raise ValueError(text)
    span = moment.replace(tzinfo=None) - datetime(2000, 1, 1)
    seconds = Fraction(span.days * 86400 + span.seconds) + Fraction(span.microseconds, 10**6)
    return seconds / 3600


def _time(text: str) -> Fraction:
    return parse_quantity(text, Kind.TIME).exact
