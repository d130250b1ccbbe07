"""What a record says on the morning after it ends, as the judge reads it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from sordino.course.amounts import BASE_PER_HYDROCHLORIDE
from sordino.errors import InputError
from sordino.record import Record, Session
from sordino.record.times import day_of
from sordino.rules.board import Board, empty_board
from sordino.rules.policy import Policy

Numbers = NDArray[np.float64]

WEEK = 7
ENOUGH_RATINGS = 4
"""Ratings of the week before the first session that make up the pain before treatment: more than
half of them (assumed)."""
BEFORE = timedelta(hours=24)
"""A pressure older than this is not the one before a session (assumed)."""
AFTER = timedelta(hours=4)
"""A pressure later than this after a session is not of it (assumed)."""
SHORT = 0.99
"""A session that gave less than this part of what was planned was stopped early."""
SEVERE = ("severe", "life_threatening")


@dataclass(frozen=True, eq=False)
class Read:
    """A record on a morning.

    `zero`: the day of the first session, given or still to come; `dose_unit`: of doses;
    `base_from`: where the pain before treatment is from; `held_by`: why the last session speaks
    against a larger dose.
    """

    board: Board
    zero: date
    sessions: tuple[Session, ...]
    dose_unit: str
    base_from: str
    held_by: str

    def date_of(self, day: int) -> date:
        """The date of a day from the first session."""
        return self.zero + timedelta(days=int(day))


def last_day(record: Record) -> date:
    """The last day with a rating of pain or a session.

    Raises InputError for a record with neither.
    """
    days = [day_of(e.time) for e in record.entries if e.name == "pain"]
    days += [s.end.date() for s in record.given]
    if not days:
        raise InputError(
            "the record has no rating of pain and no session",
            where="record",
            allowed="at least one of them",
            hint="sordino record template shows both",
        )
    return max(days)


def read_board(
    policy: Policy, record: Record, today: date, ahead: Mapping[date, float] | None = None
) -> Read:
    """The board of one person on a morning; `ahead`: pain that is forecast, by day."""
    given = tuple(s for s in record.given if s.start.date() < today)
    zero = given[0].start.date() if given else today
    rated = {day_of(e.time): e.value for e in record.entries if e.name == "pain"}
    rated = {day: pain for day, pain in rated.items() if day < today} | dict(ahead or {})
    first = min([*rated, zero])
    last = max([*rated, today])
    board = empty_board(1, len(given), (first - zero).days, (last - first).days + 1)
    board.today = board.rated_until = (today - zero).days
    for day, pain in rated.items():
        board.ratings[(day - first).days, 0] = pain
    board.weight[0] = _weight(policy, record)
    board.base[0], base_from = _before(policy, rated, zero if given else today)
    for number, session in enumerate(given):
        board.days[number, 0] = (session.start.date() - zero).days
        board.doses[number, 0] = _dose(policy, session, float(board.weight[0]))
        following = given[number + 1].start if number + 1 < len(given) else None
        for name, value in _peaks(policy, record, session, following):
            board.peaks[name][number, 0] = value
    board.count[0] = len(given)
    held_by = _held(record, given[-1]) if given else ""
    board.held[0] = bool(held_by)
    return Read(board, zero, given, policy.unit, base_from, held_by)


def _weight(policy: Policy, record: Record) -> float:
    measured = [v.value for v in record.vitals if v.name == "weight"]
    known = policy.course.patient.weight_kg
    return known if known is not None else measured[-1] if measured else np.nan


def _before(policy: Policy, rated: Mapping[date, float], first: date) -> tuple[float, str]:
    """Pain before treatment, and where it is from."""
    week = [rated[d] for k in range(1, WEEK + 1) if (d := first - timedelta(days=k)) in rated]
    if len(week) >= ENOUGH_RATINGS:
        return float(np.mean(week)), f"mean of {len(week)} ratings of the week before"
    stated = policy.course.patient.pain
    if stated is not None:
        return stated, "stated in the course"
    return np.nan, ""


def _dose(policy: Policy, session: Session, weight: float) -> float:
    """The dose of a session as the course weighs its doses."""
    base = float(BASE_PER_HYDROCHLORIDE) if session.salt == "hydrochloride" else 1.0
    dose = session.dose.value * base / policy.base
    if session.dose.per_kg == policy.per_kg:
        return dose
    return dose * weight if session.dose.per_kg else dose / weight


def _peaks(
    policy: Policy, record: Record, session: Session, following: datetime | None
) -> Iterator[tuple[str, float]]:
    """What a session did beside relief, by the names that rules have for it."""
    scores = [
        s.value
        for s in record.scores
        if s.instrument == "cadss" and s.value is not None and _of(s.time, session, following)
    ]
    if scores:
        yield "cadss", max(scores)
    pressures = [(v.time, v.value) for v in record.vitals if v.name == "systolic"]
    during = [p for time, p in pressures if session.start < time <= session.end + AFTER]
    before = [p for time, p in pressures if session.start - BEFORE <= time <= session.start]
    stated = policy.course.patient.baseline_sbp
    if during:
        yield "systolic", max(during)
    if during and (before or stated is not None):
        yield "systolic_rise", max(during) - (before[-1] if before else stated or 0.0)


def _of(time: date, session: Session, following: datetime | None) -> bool:
    """Whether a score is of a session: on its day, from its start on, before the next one."""
    if not isinstance(time, datetime):
        return time == session.start.date()
    soon = session.start <= time < session.start + BEFORE
    return soon and (following is None or time < following)


def _held(record: Record, session: Session) -> str:
    """Why the last session speaks against a larger dose; empty where it does not."""
    planned = session.planned
    if (
        planned is not None
        and planned.per_kg == session.dose.per_kg
        and session.dose.value < SHORT * planned.value
    ):
        return "less was given than was planned"
    found = [
        e.name.replace("_", " ")
        for e in record.effects
        if e.severity in SEVERE and _of(e.time, session, None)
    ]
    return f"severe side effects: {', '.join(found)}" if found else ""
