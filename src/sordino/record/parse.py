"""One row as what it says: an entry of the record, or a piece of one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sordino.course import DRUGS, ROUTES
from sordino.course.names import INFUSED_ROUTES, ROUTE_WORDS
from sordino.findings import shown
from sordino.record.cells import Reader, near
from sordino.record.instruments import range_words, scales
from sordino.record.model import DiaryEntry, Dose, OtherDrug, Sample, SideEffect, Vital
from sordino.record.names import (
    ANALYTES,
    DIARY,
    LARGEST_SAMPLE_NG_ML,
    MAX_NAME,
    NG_PER_ML,
    SALTS,
    SEVERITIES,
    SITES,
    USED,
    VITALS,
    Measure,
    tidy_name,
)
from sordino.record.problems import Problems
from sordino.record.rows import Row
from sordino.record.times import Moment, in_range, parse_moment, sort_key


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session before its steps and pauses are known."""

    time: datetime
    end: datetime
    drug: str
    route: str
    dose: Dose
    planned: Dose | None
    salt: str
    note: str


@dataclass(frozen=True, slots=True)
class StepRow:
    """A part of a session."""

    time: datetime
    end: datetime
    dose: Dose


@dataclass(frozen=True, slots=True)
class PauseRow:
    """An interruption of a session."""

    time: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """A score, or the answer to one item."""

    time: Moment
    instrument: str
    item: str
    value: float
    note: str


Piece = (
    SessionRow
    | StepRow
    | PauseRow
    | ScoreRow
    | Vital
    | SideEffect
    | OtherDrug
    | DiaryEntry
    | Sample
)


def parse_row(row: Row, problems: Problems) -> Piece | None:
    """What a row says; what is wrong with it goes to `problems`, and nothing comes back."""
    cells = Reader(row, problems)
    kind = cells.one_of("kind", tuple(USED), "kind of row")
    if kind is None:
        return None
    for column, text in row.cells.items():
        if text and column not in (*USED[kind], "kind", "patient"):
            allowed = f"{', '.join(USED[kind])} in a row of kind {kind}"
            cells.refuse(column, f"{column} does not go with {kind}", allowed)
        if not text.isprintable() and column != "note":
            cells.refuse(column, f"{shown(text)} holds control characters", "plain text")
    piece = _PARSERS[kind](cells)
    return piece if cells.fine else None


def day_of_diary(row: Row) -> DiaryEntry | None:
    """Day and item of a diary row whose rating is refused, to see whether it is in its place."""
    when = parse_moment(row["time"])
    if row["kind"] != "diary" or when is None or not in_range(when):
        return None
    return DiaryEntry(when, row["name"], math.nan)


def _session(cells: Reader) -> SessionRow | None:
    start, end = cells.clock("time"), cells.clock("end", needed=False)
    drug = cells.one_of("name", DRUGS, "drug")
    route = _route(cells)
    salt = cells.one_of("salt", SALTS, "salt") if cells.row["salt"] else "base"
    dose, planned = _session_dose(cells)
    if end is not None and route is not None and route not in INFUSED_ROUTES:
        hint = "a spray, lozenge or swallowed dose is taken at once; give its time alone"
        cells.refuse("end", f"end does not go with route {route}", "", hint)
    _in_order(cells, start, end)
    if start is None or drug is None or route is None or salt is None or dose is None:
        return None
    return SessionRow(start, end or start, drug, route, dose, planned, salt, cells.note())


def _session_dose(cells: Reader) -> tuple[Dose | None, Dose | None]:
    unit = cells.row["unit"]
    allowed = 'the amount that was given, such as 35 with the unit mg, or "0" for nothing'
    if not cells.row["value"]:
        cells.refuse("value", "a session without a dose", allowed)
        return None, None
    dose = cells.dose("value", unit)
    planned = cells.dose("planned", unit) if cells.row["planned"] else None
    return dose, planned


def _route(cells: Reader) -> str | None:
    word = cells.row["route"].lower().replace(".", "").strip()
    name = ROUTE_WORDS.get(word)
    if name is not None:
        what = f"unknown route {shown(cells.row['route'])}"
        cells.refuse("route", what, ", ".join(ROUTES), f"write {name}")
        return None
    return cells.one_of("route", ROUTES, "route")


def _in_order(cells: Reader, start: Moment | None, end: Moment | None) -> None:
    if start is None or end is None:
        return
    if type(start) is date or type(end) is date:
        backwards = (end.year, end.month, end.day) < (start.year, start.month, start.day)
    else:
        backwards = sort_key(end) < sort_key(start)
    if backwards:
        cells.refuse("end", "the end is before the begin", f"{cells.row['time']} or later")


def _step(cells: Reader) -> StepRow | None:
    start, end = cells.clock("time"), cells.clock("end")
    _in_order(cells, start, end)
    if not cells.row["value"]:
        cells.refuse("value", "a step without a dose", "the amount that was given in this step")
        return None
    dose = cells.dose("value", cells.row["unit"])
    return StepRow(start, end, dose) if start and end and dose else None


def _pause(cells: Reader) -> PauseRow | None:
    start, end = cells.clock("time"), cells.clock("end")
    _in_order(cells, start, end)
    return PauseRow(start, end) if start and end else None


def _measured(cells: Reader, known: dict[str, Measure], what: str) -> tuple[str, float] | None:
    name = cells.one_of("name", known, what)
    if name is None:
        return None
    measure = known[name]
    if "unit" in USED[cells.row["kind"]]:
        cells.unit(filter(None, (measure.unit, *measure.spellings)))
    unit = f" {measure.unit}" if measure.unit else ""
    words = f"{name} from {measure.low:g} to {measure.high:g}{unit}"
    hint = "is the scale from 0 to 10, and the unit right?"
    value = cells.number("value", measure.low, measure.high, words, hint)
    return None if value is None else (name, value)


def _vital(cells: Reader) -> Vital | None:
    time, found = cells.clock("time"), _measured(cells, VITALS, "vital sign")
    return Vital(time, *found, cells.note()) if time and found else None


def _diary(cells: Reader) -> DiaryEntry | None:
    time, found = cells.moment("time"), _measured(cells, DIARY, "diary item")
    return DiaryEntry(time, *found, cells.note()) if time and found else None


def _score(cells: Reader) -> ScoreRow | None:
    time = cells.moment("time")
    text = cells.filled("name", "the name of an instrument: see sordino evidence instruments")
    name, _, item = tidy_name(text).partition(".")
    scale = scales().get(name)
    if scale is None:
        if name:
            what = f"unknown instrument {shown(name)}"
            cells.refuse("name", what, ", ".join(scales()), near(name, scales()))
        return None
    if item and item not in scale.items:
        allowed = ", ".join(scale.items) or "the score alone"
        cells.refuse("name", f"unknown item {shown(item)} of {name}", allowed)
        return None
    limits = scale.items[item] if item else scale.total
    words = range_words(f"{name}.{item}" if item else name, limits)
    value = cells.number("value", *limits, words)
    if value is not None and scale.is_sum and value != round(value):
        cells.refuse("value", f"{cells.row['value']} is not whole", words)
    if time is None or value is None:
        return None
    return ScoreRow(time, name, item, value, cells.note())


def _effect(cells: Reader) -> SideEffect | None:
    time, end = cells.moment("time"), cells.moment("end", needed=False)
    _in_order(cells, time, end)
    name, severity = cells.name(), cells.one_of("value", SEVERITIES, "severity")
    note = cells.note()
    return SideEffect(time, name, severity, end, note) if time and name and severity else None


def _drug(cells: Reader) -> OtherDrug | None:
    time, end = cells.moment("time"), cells.moment("end", needed=False)
    _in_order(cells, time, end)
    name = cells.name()
    dose = " ".join(f"{cells.row['value']} {cells.row['unit']}".split())
    if len(dose) > MAX_NAME:
        cells.refuse("value", "the dose is too long", f"at most {MAX_NAME} characters")
    route = tidy_name(cells.row["route"])
    if len(route) > MAX_NAME:
        cells.refuse("route", "the route is too long", f"at most {MAX_NAME} characters")
    return OtherDrug(time, name, dose, route, end, cells.note()) if time and name else None


def _sample(cells: Reader) -> Sample | None:
    time, analyte = cells.clock("time"), cells.one_of("name", ANALYTES, "analyte")
    cells.unit(NG_PER_ML)
    if not cells.row["unit"]:
        cells.refuse("unit", "a concentration without a unit", ", ".join(NG_PER_ML))
    site = cells.one_of("route", SITES, "site") if cells.row["route"] else ""
    factor = NG_PER_ML.get(cells.row["unit"], 1.0)
    words = "a concentration, or < and the limit that it was below"
    text = cells.filled("value", words)
    below = text.startswith("<")
    bare = text.removeprefix("<").strip()
    top = LARGEST_SAMPLE_NG_ML / factor
    value = cells.to_number("value", bare, 0.0, top, f"{words}; at most {top:g}") if text else None
    if time is None or analyte is None or value is None:
        return None
    return Sample(time, analyte, value * factor, below, site or "", cells.note())


_PARSERS: dict[str, Callable[[Reader], Piece | None]] = {
    "session": _session,
    "step": _step,
    "pause": _pause,
    "vital": _vital,
    "score": _score,
    "effect": _effect,
    "drug": _drug,
    "diary": _diary,
    "sample": _sample,
}
