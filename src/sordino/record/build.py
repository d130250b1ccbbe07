"""From rows to a record: every row is read, then all are held against each other."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import TypeVar

from sordino.record.checks import (
    CHECKS,
    Pairs,
    check_duplicates,
    check_order,
    check_patient,
    inside,
    longer_than_nothing,
)
from sordino.record.model import (
    DiaryEntry,
    OtherDrug,
    Part,
    Record,
    Sample,
    Score,
    Session,
    SideEffect,
    Vital,
)
from sordino.record.parse import (
    PauseRow,
    Piece,
    ScoreRow,
    SessionRow,
    StepRow,
    day_of_diary,
    parse_row,
)
from sordino.record.problems import Problems
from sordino.record.rows import Row
from sordino.record.times import moment_text, sort_key

# A dose that differs by less from the sum of its steps was written with rounding.
SUM_TOLERANCE = 1e-3
# Steps whose rates differ by less are one rate with pauses.
SAME_RATE = 1e-6
Kind = TypeVar("Kind", Vital, SideEffect, OtherDrug, DiaryEntry, Sample)


def build_record(
    rows: Sequence[Row],
    problems: Problems,
    *,
    patient: str | None = None,
    ordered: bool = True,
) -> Record:
    """The record that rows hold.

    `patient`: whose record it must be. `ordered`: rows of a kind must stand in the order of time,
    as where people write them; programs may write them in any order.

    Raises DocumentError with everything that was found, also what stood in `problems` before.
    """
    code = check_patient(rows, patient, problems)
    parsed = [(row, parse_row(row, problems)) for row in rows]
    read = [(row, piece) for row, piece in parsed if piece is not None]
    placed = [(row, found) for row, piece in parsed if (found := piece or day_of_diary(row))]
    if ordered:
        check_order(placed, problems)
    check_duplicates(placed, problems)
    for check in CHECKS:
        check(read, problems)
    sessions = _sessions(read, problems)
    problems.raise_any()
    return Record(
        patient=code,
        sessions=sessions,
        vitals=_of(read, Vital),
        scores=_scores(read),
        effects=_of(read, SideEffect),
        drugs=_of(read, OtherDrug),
        entries=_of(read, DiaryEntry),
        samples=_of(read, Sample),
    )


def _of(pairs: Pairs, kind: type[Kind]) -> tuple[Kind, ...]:
    found = [piece for _, piece in pairs if isinstance(piece, kind)]
    return tuple(sorted(found, key=lambda piece: (sort_key(piece.time), _name(piece))))


def _name(piece: Piece) -> str:
    return piece.analyte if isinstance(piece, Sample) else getattr(piece, "name", "")


def _scores(pairs: Pairs) -> tuple[Score, ...]:
    """Scores with the answers of the same time and instrument."""
    groups: dict[tuple[float, str], list[ScoreRow]] = {}
    for _, piece in pairs:
        if isinstance(piece, ScoreRow):
            groups.setdefault((sort_key(piece.time), piece.instrument), []).append(piece)
    return tuple(_score(groups[subject]) for subject in sorted(groups))


def _score(pieces: list[ScoreRow]) -> Score:
    totals = [piece.value for piece in pieces if not piece.item]
    items = sorted(
        ((piece.item, piece.value) for piece in pieces if piece.item), key=lambda i: _natural(i[0])
    )
    notes = [piece.note for piece in pieces if piece.note]
    return Score(
        time=pieces[0].time,
        instrument=pieces[0].instrument,
        value=totals[0] if totals else None,
        items=tuple(items),
        note="; ".join(dict.fromkeys(notes)),
    )


def _natural(name: str) -> tuple[int, str]:
    """Items by number, then those with names."""
    return (int(name), "") if name.isdigit() else (10**9, name)


def _sessions(pairs: Pairs, problems: Problems) -> tuple[Session, ...]:
    """Sessions with the steps and pauses that lie within them."""
    heads = [(row, piece) for row, piece in pairs if isinstance(piece, SessionRow)]
    steps: dict[int, list[StepRow]] = {}
    pauses: dict[int, list[PauseRow]] = {}
    for row, piece in pairs:
        if not isinstance(piece, StepRow | PauseRow):
            continue
        home = next((i for i, (_, head) in enumerate(heads) if inside(piece, head)), None)
        if home is None:
            what = f"no session is running from {moment_text(piece.time)}"
            problems.add(row.place.of("time"), what, "a time within a session of this record")
        elif isinstance(piece, StepRow):
            steps.setdefault(home, []).append(piece)
        else:
            pauses.setdefault(home, []).append(piece)
    found = [
        _session(row, head, steps.get(i, []), pauses.get(i, []), problems)
        for i, (row, head) in enumerate(heads)
    ]
    return tuple(sorted(found, key=lambda session: (sort_key(session.start), session.drug)))


def _session(
    row: Row,
    head: SessionRow,
    steps: list[StepRow],
    pauses: list[PauseRow],
    problems: Problems,
) -> Session:
    steps.sort(key=lambda step: sort_key(step.time))
    pauses.sort(key=lambda pause: sort_key(pause.time))
    if steps and pauses:
        where = row.place.of()
        problems.add(where, "this session has steps and pauses", "one of the two", _HINT)
    _refuse_overlap(row, [*steps, *pauses], problems)
    if steps:
        parts = _of_steps(row, head, steps, problems)
    else:
        parts = _of_pauses(row, head, pauses, problems)
    return Session(
        start=head.time,
        end=head.end,
        drug=head.drug,
        route=head.route,
        dose=head.dose,
        planned=head.planned,
        salt=head.salt,
        parts=parts,
        note=head.note,
    )


_HINT = "steps alone say all: between two of them nothing runs"


def _refuse_overlap(row: Row, pieces: Sequence[StepRow | PauseRow], problems: Problems) -> None:
    for before, after in itertools.pairwise(pieces):
        if sort_key(after.time) < sort_key(before.end) and type(before) is type(after):
            what = f"its parts of {moment_text(before.time)} and {moment_text(after.time)} overlap"
            problems.add(row.place.of(), what, "steps or pauses one after the other")
    for piece in pieces:
        if not longer_than_nothing(piece.time, piece.end):
            what = f"its part of {moment_text(piece.time)} has no length"
            problems.add(row.place.of(), what, "an end after the begin")


def _of_pauses(
    row: Row, head: SessionRow, pauses: list[PauseRow], problems: Problems
) -> tuple[Part, ...]:
    """The dose spread over the time that was not paused."""
    edges = [head.time]
    for pause in pauses:
        edges += [pause.time, pause.end]
    edges.append(head.end)
    spans = list(zip(edges[::2], edges[1::2], strict=True))
    if pauses:
        spans = [(a, b) for a, b in spans if longer_than_nothing(a, b)]
        if not spans:
            problems.add(row.place.of(), "the pauses fill this session", "some time between them")
    return _spread(spans, head.dose.value)


def _spread(spans: Sequence[tuple[datetime, datetime]], dose: float) -> tuple[Part, ...]:
    """A dose over spans at one rate."""
    if not dose or not spans:
        return ()
    if len(spans) == 1:
        return (Part(*spans[0], dose),)
    lengths = [_seconds(start, end) for start, end in spans]
    total = sum(lengths)
    if not total:
        return ()
    shares = [float(Fraction(dose) * length / total) for length in lengths]
    return tuple(Part(a, b, share) for (a, b), share in zip(spans, shares, strict=True))


def _seconds(start: datetime, end: datetime) -> Fraction:
    """The length of a span; where one end alone has a zone, which is refused, the clocks' own."""
    if (start.tzinfo is None) != (end.tzinfo is None):
        start, end = start.replace(tzinfo=None), end.replace(tzinfo=None)
    return Fraction((end - start).total_seconds())


def _of_steps(
    row: Row, head: SessionRow, steps: list[StepRow], problems: Problems
) -> tuple[Part, ...]:
    total = sum(step.dose.value for step in steps)
    if any(step.dose.per_kg != head.dose.per_kg for step in steps):
        what = "a step and its session are on different bases, one per kg and the other not"
        problems.add(row.place.of("unit"), what, "both per kg, or neither")
    elif abs(total - head.dose.value) > SUM_TOLERANCE * head.dose.value:
        what = f"the steps add up to {total:.6g} {head.dose.unit}, not {head.dose.value:.6g}"
        problems.add(row.place.of("value"), what, "the sum of the steps within 0.1 percent")
    parts = tuple(Part(step.time, step.end, step.dose.value) for step in steps if step.dose.value)
    lengths = [(part.end - part.start).total_seconds() for part in parts]
    if problems.found or not all(lengths):
        return parts
    rates = [part.dose / length for part, length in zip(parts, lengths, strict=True)]
    if rates and max(rates) - min(rates) <= SAME_RATE * max(rates):
        return _spread([(part.start, part.end) for part in parts], head.dose.value)
    return parts
