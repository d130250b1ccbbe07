"""From schedules and amounts to administrations and sessions on one clock."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from sordino.course.administration import Administration, ComparatorUse, Session
from sordino.course.amounts import Part, absorption_rate_per_h, bioavailability, parts_of
from sordino.course.schedule import ScheduleKind, schedule_kind, schedule_of

if TYPE_CHECKING:
    from sordino.course.treatment import Treatment


@dataclass(frozen=True, slots=True)
class _Occasion:
    """One session before it is numbered, in exact hours from the first dose."""

    start_h: Fraction
    index: int
    treatment: Treatment
    parts: tuple[Part, ...]

    @property
    def end_h(self) -> Fraction:
        return self.start_h + sum((part.duration_h for part in self.parts), Fraction(0))


@functools.lru_cache(maxsize=256)
def administrations(treatments: tuple[Treatment, ...]) -> tuple[Administration, ...]:
    """All administrations of drugs, sorted by start; see `Administration`."""
    found = [
        administration
        for session, occasion in enumerate(_occasions(treatments))
        for administration in _administrations(occasion, session)
    ]
    return tuple(sorted(found, key=lambda a: (a.start_h, a.session)))


@functools.lru_cache(maxsize=256)
def sessions(treatments: tuple[Treatment, ...]) -> tuple[Session, ...]:
    """All sessions of drugs, sorted by start."""
    return tuple(
        Session(
            float(o.start_h), float(o.end_h), o.index, o.treatment.drug, o.treatment.route or ""
        )
        for o in _occasions(treatments)
    )


def comparators(treatments: Sequence[Treatment]) -> tuple[ComparatorUse, ...]:
    """All comparators, sorted by start; one without a schedule starts with the course."""
    origin = _origin(treatments)
    uses = [
        ComparatorUse(
            t.drug, t.dose or "", float(schedule_of(t).hours[0] - origin) if _placed(t) else 0.0
        )
        for t in treatments
        if t.is_comparator
    ]
    return tuple(sorted(uses, key=lambda use: (use.start_h, use.name)))


def last_hours(treatments: Sequence[Treatment]) -> Iterator[tuple[int, Fraction]]:
    """Index of each treatment and the end of its last dose, in hours from the first dose."""
    origin = _origin(treatments)
    for index, treatment in enumerate(treatments):
        if treatment.is_comparator:
            lasts = schedule_of(treatment).hours[-1] - origin if _placed(treatment) else Fraction(0)
        else:
            parts = parts_of(treatment)
            length = sum((part.duration_h for part in parts), Fraction(0))
            lasts = schedule_of(treatment).hours[-1] - origin + length
        yield index, lasts


def _occasions(treatments: Sequence[Treatment]) -> list[_Occasion]:
    """All sessions in time order; at the same time the earlier treatment comes first."""
    origin = _origin(treatments)
    found: list[_Occasion] = []
    for index, treatment in enumerate(treatments):
        if not treatment.is_comparator:
            parts = parts_of(treatment)
            hours = schedule_of(treatment).hours
            found += [_Occasion(hour - origin, index, treatment, parts) for hour in hours]
    return sorted(found, key=lambda o: (o.start_h, o.index))


def _administrations(occasion: _Occasion, session: int) -> Iterator[Administration]:
    treatment = occasion.treatment
    start = occasion.start_h
    for part in occasion.parts:
        if part.amount:
            yield Administration(
                treatment=occasion.index,
                session=session,
                drug=treatment.drug,
                route=treatment.route or "",
                start_h=float(start),
                duration_h=float(part.duration_h),
                dose_mg=0.0 if part.per_kg else float(part.amount),
                dose_mg_per_kg=float(part.amount) if part.per_kg else 0.0,
                absorption_rate_per_h=absorption_rate_per_h(treatment),
                bioavailability=bioavailability(treatment),
            )
        start += part.duration_h


def _origin(treatments: Sequence[Treatment]) -> Fraction:
    """The earliest hour of the course, on the clock of its schedules."""
    return min((schedule_of(t).hours[0] for t in treatments if _placed(t)), default=Fraction(0))


def _placed(treatment: Treatment) -> bool:
    """Whether a treatment has a time of its own; a bare comparator starts with the course."""
    return not treatment.is_comparator or schedule_kind(treatment) is not ScheduleKind.NONE
