"""The cells of one row as values; what cannot be read is reported with its place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable
from datetime import datetime

from sordino.errors import UnitError
from sordino.findings import shown
from sordino.record.model import Dose
from sordino.record.names import MAX_NAME, MAX_NOTE, NAME, tidy_name
from sordino.record.problems import Problems
from sordino.record.rows import Row, number_text
from sordino.record.times import (
    DAY_ALLOWED,
    TIME_ALLOWED,
    Moment,
    in_range,
    moment_hint,
    parse_moment,
)
from sordino.units import Kind, parse_quantity

_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]+")
_LARGEST = 1e9
NUMBER_ALLOWED = "a number with a decimal point"


class Reader:
    """Reads the cells of one row. Every fault goes to `problems`, and the value is None."""

    def __init__(self, row: Row, problems: Problems) -> None:
        self.row = row
        self.problems = problems
        self._before = len(problems.found)

    @property
    def fine(self) -> bool:
        """Whether nothing was wrong with this row so far."""
        return len(self.problems.found) == self._before

    def refuse(self, column: str, what: str, allowed: str = "", hint: str = "") -> None:
        """Report a problem with one cell, or with the row as a whole."""
        self.problems.add(self.row.place.of(column), what, allowed, hint)

    def filled(self, column: str, allowed: str, hint: str = "") -> str:
        """The text of a cell that must not be empty."""
        text = self.row[column]
        if not text:
            self.refuse(column, "this cell is empty", allowed, hint)
        return text

    def moment(self, column: str, *, needed: bool = True) -> Moment | None:
        """A day, or a day with a clock time."""
        text = self.row[column]
        allowed = f"{DAY_ALLOWED}, or with a clock time"
        if not text and not needed:
            return None
        return self._moment(column, self.filled(column, allowed), allowed)

    def clock(self, column: str, *, needed: bool = True) -> datetime | None:
        """A day with a clock time."""
        if not self.row[column] and not needed:
            return None
        text = self.filled(column, TIME_ALLOWED)
        moment = self._moment(column, text, TIME_ALLOWED)
        if moment is None or isinstance(moment, datetime):
            return moment
        self.refuse(column, f"{text} has no clock time", TIME_ALLOWED)
        return None

    def _moment(self, column: str, text: str, allowed: str) -> Moment | None:
        if not text:
            return None
        moment = parse_moment(text)
        if moment is None:
            self.refuse(column, f"{shown(text)} cannot be read", allowed, moment_hint(text))
        elif not in_range(moment):
            self.refuse(column, f"the year {moment.year} is not plausible", allowed)
            return None
        return moment

    def number(
        self, column: str, low: float, high: float, words: str = "", hint: str = ""
    ) -> float | None:
        """A number from `low` to `high`."""
        allowed = words or f"a number from {number_text(low)} to {number_text(high)}"
        text = self.filled(column, allowed)
        return self.to_number(column, text, low, high, allowed, hint) if text else None

    def to_number(
        self, column: str, text: str, low: float, high: float, allowed: str, hint: str = ""
    ) -> float | None:
        """The number that a text of this column holds."""
        if _COMMA.fullmatch(text):
            plain = text.replace(",", ".")
            self.refuse(
                column, f"{shown(text)} has a decimal comma", NUMBER_ALLOWED, f"write {plain}"
            )
            return None
        if not _NUMBER.fullmatch(text) or abs(float(text)) > _LARGEST:
            self.refuse(column, f"{shown(text)} is no number", allowed)
            return None
        value = float(text)
        if not low <= value <= high:
            self.refuse(column, f"{shown(text)} is outside the allowed range", allowed, hint)
            return None
        return value

    def dose(self, column: str, unit: str) -> Dose | None:
        """An amount, or an amount per body weight; the unit stands behind it or is `unit`."""
        text = self.row[column]
        bare = _NUMBER.fullmatch(text) or _COMMA.fullmatch(text)
        try:
            whole = f"{text} {unit}" if bare else text
            found = parse_quantity(whole, Kind.DOSE_PER_WEIGHT, Kind.DOSE)
        except UnitError as error:
            at_unit = bare and not _COMMA.fullmatch(text) and not text.startswith("-")
            place = "unit" if at_unit and column == "value" else column
            self.refuse(place, error.what, error.allowed, error.hint)
            return None
        return Dose(found.value, found.kind is Kind.DOSE_PER_WEIGHT)

    def one_of(self, column: str, names: Collection[str], what: str) -> str | None:
        """A name from a closed list."""
        text = self.filled(column, ", ".join(names))
        if not text:
            return None
        name = tidy_name(text)
        if name in names:
            return name
        self.refuse(column, f"unknown {what} {shown(text)}", ", ".join(names), near(name, names))
        return None

    def name(self, column: str = "name") -> str | None:
        """A name that is free: letters, digits and signs such as _ and -."""
        allowed = f"a name of letters and digits, at most {MAX_NAME} characters"
        name = tidy_name(self.filled(column, allowed))
        if name and (len(name) > MAX_NAME or not NAME.fullmatch(name)):
            self.refuse(column, f"{shown(self.row[column])} cannot be used as a name", allowed)
            return None
        return name or None

    def note(self) -> str:
        """The remark, on one line."""
        text = " ".join(self.row["note"].split())
        if not text.isprintable():
            self.refuse("note", "the note holds control characters", "plain text")
        if len(text) > MAX_NOTE:
            self.refuse("note", f"the note has {len(text)} characters", f"at most {MAX_NOTE}")
        return text

    def unit(self, spellings: Iterable[str]) -> None:
        """Report a unit that is none of `spellings`; an empty cell is fine."""
        text = self.row["unit"]
        names = tuple(spellings)
        if text and text not in names:
            self.refuse("unit", f"unit {shown(text)} does not fit", ", ".join(filter(None, names)))


def near(name: str, known: Iterable[str]) -> str:
    """A hint with the nearest known name, if there is one."""
    found = difflib.get_close_matches(name[:60], list(known), n=1, cutoff=0.5)
    return f"did you mean {found[0]}?" if found else ""
