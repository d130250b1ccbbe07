"""Rows: the one plain form that every file, import, export and store of records goes through.

A row is a set of cells by the names of `names.COLUMNS`, all text. `rows_of` gives the rows of a
record in one spelling, so that records that say the same give the same rows.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sordino.record.model import (
    DiaryEntry,
    Dose,
    Entry,
    OtherDrug,
    Record,
    Sample,
    Score,
    Session,
    SideEffect,
    Vital,
)
from sordino.record.names import COLUMNS, VITALS
from sordino.record.problems import Place
from sordino.record.times import Moment, moment_text

Cells = dict[str, str]

# Rates that differ by less are one rate that was written with rounding.
RATE_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it was read, and where it is written."""

    cells: Mapping[str, str]
    place: Place

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    @property
    def patient(self) -> str:
        """Whose record it is, or nothing where the row does not say."""
        return self["patient"]


def rows_of(record: Record) -> Iterator[Cells]:
    """The rows of a record, kind by kind, each in the order of time."""
    for entry in record.everything():
        for cells in rows_of_entry(entry):
            yield {"patient": record.patient, **cells}


@functools.singledispatch
def rows_of_entry(entry: Entry) -> list[Cells]:
    """The rows of one entry, without the patient; empty cells are left out."""
    raise TypeError(type(entry).__name__)


def key_of(entry: Entry) -> str:
    """What tells an entry from all others of a patient: its kind, time and name."""
    first = rows_of_entry(entry)[0]
    name = entry.instrument if isinstance(entry, Score) else first["name"]
    # A day has one answer to each item of the diary, whenever it was given.
    when = first["time"][:10] if isinstance(entry, DiaryEntry) else first["time"]
    return f"{first['kind']}|{when}|{name}"


def number_text(value: float) -> str:
    """A number so that reading it gives the same number."""
    text = repr(float(value))
    return text.removesuffix(".0")


def in_order(cells: Mapping[str, str]) -> tuple[str, ...]:
    """The cells of a row in the order of the columns."""
    return tuple(cells.get(column, "") for column in COLUMNS)


def _cells(kind: str, time: Moment, end: Moment | None = None, **others: str) -> Cells:
    cells = {"kind": kind, "time": moment_text(time)}
    if end is not None:
        cells["end"] = moment_text(end)
    return cells | {name: text for name, text in others.items() if text}


@rows_of_entry.register
def _(entry: Session) -> list[Cells]:
    instant = entry.end == entry.start
    return [
        _cells(
            "session",
            entry.start,
            None if instant else entry.end,
            name=entry.drug,
            value=number_text(entry.dose.value),
            unit=entry.dose.unit,
            planned=_planned(entry.planned, entry.dose),
            route=entry.route,
            salt=entry.salt if entry.salt != "base" else "",
            note=entry.note,
        ),
        *_inside(entry),
    ]


def _inside(session: Session) -> Iterator[Cells]:
    """The pauses of a session with one rate, or the steps of one whose rate changed."""
    lengths = [(part.end - part.start).total_seconds() for part in session.parts]
    if len(session.parts) < 2 and not session.pauses:
        return
    rates = [part.dose / length for part, length in zip(session.parts, lengths, strict=True)]
    if max(rates) - min(rates) <= RATE_TOLERANCE * max(rates):
        for start, end in session.pauses:
            yield _cells("pause", start, end)
        return
    for part in session.parts:
        value = number_text(part.dose)
        yield _cells("step", part.start, part.end, value=value, unit=session.dose.unit)


def _planned(planned: Dose | None, given: Dose) -> str:
    if planned is None:
        return ""
    number = number_text(planned.value)
    return number if planned.per_kg == given.per_kg else f"{number} {planned.unit}"


@rows_of_entry.register
def _(entry: Vital) -> list[Cells]:
    return [
        _cells(
            "vital",
            entry.time,
            name=entry.name,
            value=number_text(entry.value),
            unit=VITALS[entry.name].unit,
            note=entry.note,
        )
    ]


@rows_of_entry.register
def _(entry: Score) -> list[Cells]:
    parts = [("", entry.value)] if entry.value is not None else []
    parts += [(f".{item}", value) for item, value in entry.items]
    return [
        _cells(
            "score",
            entry.time,
            name=f"{entry.instrument}{suffix}",
            value=number_text(value),
            note=entry.note if not place else "",
        )
        for place, (suffix, value) in enumerate(parts)
    ]


@rows_of_entry.register
def _(entry: SideEffect) -> list[Cells]:
    return [
        _cells(
            "effect", entry.time, entry.end, name=entry.name, value=entry.severity, note=entry.note
        )
    ]


@rows_of_entry.register
def _(entry: OtherDrug) -> list[Cells]:
    return [
        _cells(
            "drug",
            entry.time,
            entry.end,
            name=entry.name,
            value=entry.dose,
            route=entry.route,
            note=entry.note,
        )
    ]


@rows_of_entry.register
def _(entry: DiaryEntry) -> list[Cells]:
    value = number_text(entry.value)
    return [_cells("diary", entry.time, name=entry.name, value=value, note=entry.note)]


@rows_of_entry.register
def _(entry: Sample) -> list[Cells]:
    return [
        _cells(
            "sample",
            entry.time,
            name=entry.analyte,
            value=("<" if entry.below else "") + number_text(entry.value),
            unit="ng/mL",
            route=entry.site,
            note=entry.note,
        )
    ]
