"""What no record may hold: rows that do not go together.

Every check sees pairs of a row and what it says, in the order of the source.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

from sordino.findings import shown
from sordino.record.instruments import scales
from sordino.record.model import DiaryEntry, OtherDrug, Sample, SideEffect, Vital
from sordino.record.names import MAX_SPAN_DAYS
from sordino.record.parse import PauseRow, Piece, ScoreRow, SessionRow, StepRow
from sordino.record.problems import Problems
from sordino.record.rows import Row
from sordino.record.times import Moment, day_of, has_zone, moment_text, sort_key

Pairs = Sequence[tuple[Row, Piece]]


def check_patient(rows: Iterable[Row], wanted: str | None, problems: Problems) -> str:
    """Whose record it is; rows of another patient are reported.

    `wanted` is whose record it must be; without it the first row that says decides.
    """
    found = wanted
    for row in rows:
        if not row.patient:
            continue
        found = found if found is not None else row.patient
        if row.patient != found:
            what = f"a row of another patient: {shown(row.patient)}"
            problems.add(row.place.of("patient"), what, f"one patient, here {shown(found)}")
    return found or ""


def check_zones(pairs: Pairs, problems: Problems) -> None:
    """Report clock times that have a zone where the first has none, or the other way round."""
    first: bool | None = None
    for row, piece in pairs:
        end: Moment | None = getattr(piece, "end", None)
        for column, moment in (("time", piece.time), ("end", end)):
            zone = has_zone(moment) if moment is not None else None
            first = zone if first is None else first
            if moment is not None and zone is not None and zone is not first:
                has, others = ("a", "none") if zone else ("no", "one")
                what = f"{moment_text(moment)} has {has} time zone, times before it have {others}"
                problems.add(row.place.of(column), what, "a time zone in all times, or in none")


def check_order(pairs: Pairs, problems: Problems) -> None:
    """Report rows that go back in time within their kind; the cell of a day stands once."""
    last: dict[str, Piece] = {}
    told: set[str] = set()
    for row, piece in pairs:
        before = last.get(row["kind"])
        if before is not None and _goes_back(before, piece):
            what = f"{moment_text(piece.time)} is before the {row['kind']} above it"
            allowed = f"{moment_text(before.time)} or later: rows of a kind in the order of time"
            where = row.place.of("time")
            if where not in told:
                problems.add(where, what, allowed)
            told.add(where)
        else:
            last[row["kind"]] = piece


def _goes_back(before: Piece, piece: Piece) -> bool:
    if type(before.time) is date or type(piece.time) is date:
        return day_of(piece.time) < day_of(before.time)
    return sort_key(piece.time) < sort_key(before.time)


def check_span(pairs: Pairs, problems: Problems) -> None:
    """Report rows that are years away from the others: a slip in the year."""
    days = sorted(day_of(piece.time) for _, piece in pairs if not isinstance(piece, OtherDrug))
    if not days:
        return
    middle = days[len(days) // 2]
    for row, piece in pairs:
        away = abs((day_of(piece.time) - middle).days)
        if away > MAX_SPAN_DAYS and not isinstance(piece, OtherDrug):
            what = f"{day_of(piece.time)} is {away} days from the middle of the record"
            problems.add(row.place.of("time"), what, f"at most {MAX_SPAN_DAYS} days")


def check_duplicates(pairs: Pairs, problems: Problems) -> None:
    """Report rows that say the same thing twice, or two things about one."""
    seen: dict[tuple[object, ...], Row] = {}
    for row, piece in pairs:
        what = _subject(piece)
        if what in seen:
            twice = seen[what].place.spot
            hint = ""
            if isinstance(piece, DiaryEntry):
                hint = "for ratings at several times of a day use a score, such as nrs_pain"
            name = row["name"] or row["kind"]
            text = f"{name} at {moment_text(piece.time)} stands twice, first in {twice}"
            problems.add(row.place.of(), text, "each once", hint)
        else:
            seen[what] = row


def _subject(piece: Piece) -> tuple[object, ...]:
    """What a piece is about; two pieces about the same cannot both hold."""
    kind = type(piece).__name__
    if isinstance(piece, DiaryEntry):
        return (kind, day_of(piece.time), piece.name)
    when = sort_key(piece.time)
    if isinstance(piece, ScoreRow):
        return (kind, when, piece.instrument, piece.item)
    if isinstance(piece, Sample):
        return (kind, when, piece.analyte)
    if isinstance(piece, Vital | SideEffect | OtherDrug):
        return (kind, when, piece.name)
    return (kind, when, piece.drug if isinstance(piece, SessionRow) else "")


def check_pressures(pairs: Pairs, problems: Problems) -> None:
    """Report diastolic pressures that are not below the systolic one of the same time."""
    vitals = [(row, piece) for row, piece in pairs if isinstance(piece, Vital)]
    upper = {sort_key(v.time): v.value for _, v in vitals if v.name == "systolic"}
    for row, piece in vitals:
        if piece.name == "diastolic":
            systolic = upper.get(sort_key(piece.time))
            if systolic is not None and piece.value >= systolic:
                what = f"the diastolic pressure {piece.value:g} is not below {systolic:g}"
                problems.add(row.place.of("value"), what, "less than the systolic pressure")


def check_sums(pairs: Pairs, problems: Problems) -> None:
    """Report scores that are not the sum of the answers that stand beside them."""
    answers: dict[tuple[float, str], float] = {}
    count: dict[tuple[float, str], int] = {}
    for _, piece in pairs:
        if isinstance(piece, ScoreRow) and piece.item:
            subject = (sort_key(piece.time), piece.instrument)
            answers[subject] = answers.get(subject, 0.0) + piece.value
            count[subject] = count.get(subject, 0) + 1
    for row, piece in pairs:
        if not isinstance(piece, ScoreRow) or piece.item:
            continue
        scale = scales()[piece.instrument]
        subject = (sort_key(piece.time), piece.instrument)
        complete = scale.is_sum and count.get(subject) == len(scale.items)
        if complete and answers[subject] != piece.value:
            what = f"the score is {piece.value:g}, the answers add up to {answers[subject]:g}"
            problems.add(row.place.of("value"), what, f"{answers[subject]:g}")


def check_overlaps(pairs: Pairs, problems: Problems) -> None:
    """Report sessions of a drug that overlap."""
    sessions = [(row, piece) for row, piece in pairs if isinstance(piece, SessionRow)]
    sessions.sort(key=lambda pair: sort_key(pair[1].time))
    for (_, before), (row, piece) in itertools.pairwise(sessions):
        if piece.drug == before.drug and sort_key(piece.time) < sort_key(before.end):
            what = f"this session begins before the one of {moment_text(before.time)} has ended"
            problems.add(row.place.of("time"), what, f"{moment_text(before.end)} or later")


CHECKS: tuple[Callable[[Pairs, Problems], None], ...] = (
    check_zones,
    check_span,
    check_pressures,
    check_sums,
    check_overlaps,
)


def inside(piece: StepRow | PauseRow, session: SessionRow) -> bool:
    """Whether a step or pause lies within a session."""
    start, end = sort_key(session.time), sort_key(session.end)
    return start <= sort_key(piece.time) and sort_key(piece.end) <= end


def longer_than_nothing(start: datetime, end: datetime) -> bool:
    """Whether time passes between two clock times."""
    return sort_key(end) > sort_key(start)
