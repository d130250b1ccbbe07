"""The cells of some records as numbers; what cannot be read is reported with its row."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from sordino.events.arrow import ArrowColumn, ArrowTable
from sordino.events.arrow import compute as pc
from sordino.events.columns import Columns
from sordino.events.problems import Problems, near_name, number_text
from sordino.events.table import Bool, Float64, Int64
from sordino.findings import shown

LARGEST = 1e15
"""Larger numbers are taken for mistakes: no amount, time or value comes near."""

MISSING = ("", ".", "NA", "NaN", "nan")
"""Texts that stand for a missing cell."""

_BELOW = ("BLQ", "BQL", "BLOQ", "LLOQ", "ND")
NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"


class Cells:
    """The columns of some records, asked for by their meaning.

    Columns that the data set lacks read as missing throughout. In the results nan is missing.
    """

    def __init__(self, cells: ArrowTable, columns: Columns, problems: Problems) -> None:
        self.columns = columns
        self.problems = problems
        self._cells = cells
        self.count = len(problems.row)

    def has(self, meaning: str) -> bool:
        """Whether the data set has this column."""
        return meaning in self.columns.known

    def column(self, name: str) -> ArrowColumn:
        """The cells of a column by its own name: numbers, or texts without what is missing."""
        column = self._cells.column(name)
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if is_text(column):
            return without_missing(column)
        if pa.types.is_null(column.type):
            return column.cast(pa.float64())
        return column

    def numbers(self, meaning: str) -> Float64:
        """A column of numbers by its meaning."""
        if not self.has(meaning):
            return np.full(self.count, np.nan)
        return self.named(self.columns.known[meaning])

    def named(self, name: str) -> Float64:
        """A column of numbers by its own name."""
        return self.as_numbers(self.column(name), name)

    def as_numbers(self, column: ArrowColumn, name: str) -> Float64:
        """Numbers of a column as `column()` gives it."""
        if is_text(column):
            values, missing = self._from_text(column, name)
        elif not is_number(column):
            self.refuse_type(column, name)
            return np.full(self.count, np.nan)
        else:
            values = to_floats(column)
            missing = np.isnan(values)
        wrong = ~missing & ~(np.abs(values) <= LARGEST)
        self.problems.add_rows(
            wrong,
            name,
            lambda i: f"{number_text(values[i])} is out of range",
            allowed="a finite number of ordinary size",
            unreadable=True,
        )
        return np.where(wrong, np.nan, values)

    def whole(
        self, meaning: str, low: int, high: int, *, absent: int = 0, hint: str = "", words: str = ""
    ) -> Int64:
        """A column of whole numbers from `low` to `high`; `absent` where it is missing."""
        values = self.numbers(meaning)
        name = self.columns.known.get(meaning, meaning)
        return self.to_whole(values, name, low, high, absent=absent, hint=hint, words=words)

    def to_whole(
        self,
        values: Float64,
        name: str,
        low: int,
        high: int,
        *,
        absent: int = 0,
        hint: str = "",
        words: str = "",
    ) -> Int64:
        """Numbers as whole numbers from `low` to `high`."""
        given = ~np.isnan(values)
        wrong = given & ~((values >= low) & (values <= high) & (np.round(values) == values))
        self.problems.add_rows(
            wrong,
            name,
            lambda i: f"found {number_text(values[i])}",
            allowed=words or f"a whole number from {low} to {high:,}",
            hint=hint,
            unreadable=True,
        )
        return np.where(given & ~wrong, values, absent).astype(np.int64)

    def codes(self, meaning: str, names: Sequence[str], allowed: str) -> Float64:
        """A column that holds numbers or `names`; a name reads as its place, counted from 1."""
        if not self.has(meaning):
            return np.full(self.count, np.nan)
        own = self.columns.known[meaning]
        column = self.column(own)
        if not is_text(column):
            return self.as_numbers(column, own)
        values = self._looked_up(column, names)
        wrong = np.isnan(values) & column.is_valid().to_numpy(zero_copy_only=False)
        self.problems.add_rows(
            wrong,
            own,
            lambda i: f"found {shown(column[i].as_py(), 40)}",
            allowed=allowed,
            hint=_first_hint(wrong, lambda i: near_name(column[i].as_py(), names)),
            unreadable=True,
        )
        return values

    def _looked_up(self, column: ArrowColumn, names: Sequence[str]) -> Float64:
        encoded = column.dictionary_encode()
        place = {name.lower(): float(i) for i, name in reversed(list(enumerate(names, start=1)))}
        meant = np.full(len(encoded.dictionary) + 1, np.nan)
        for i, text in enumerate(encoded.dictionary.to_pylist()):
            bare = text.strip()
            number = _number(bare)
            meant[i] = place.get(bare.lower(), np.nan) if number is None else number
        return meant[pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)]

    def _from_text(self, column: ArrowColumn, name: str) -> tuple[Float64, Bool]:
        """Numbers from text, and what was missing; cells that are no numbers are reported."""
        try:
            return to_floats(pc.cast(column, pa.float64())), _nulls(column)
        except pa.ArrowInvalid:
            tidy = without_missing(pc.utf8_trim_whitespace(column))
        readable = pc.fill_null(pc.match_substring_regex(tidy, NUMBER), True)
        wrong = ~readable.to_numpy(zero_copy_only=False)
        self.problems.add_rows(
            wrong,
            name,
            lambda i: f"{shown(column[i].as_py(), 40)} is no number",
            allowed='a number with a decimal point; "." or nothing for what is missing',
            hint=_first_hint(wrong, lambda i: _number_hint(tidy[i].as_py())),
            unreadable=True,
        )
        numbers = pc.cast(pc.if_else(readable, tidy, None), pa.float64())
        return to_floats(numbers), _nulls(tidy) | wrong

    def refuse_type(self, column: ArrowColumn, name: str) -> None:
        """Report a column of a type that cannot be used."""
        self.problems.spoiled[:] = True
        self.problems.add(
            f"the column {shown(name)} is of type {column.type}", allowed="numbers or texts"
        )


def is_text(column: ArrowColumn) -> bool:
    """Whether a column holds text."""
    kind = column.type
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or _is_view(kind)


def _is_view(kind: object) -> bool:
    return pa.types.is_string_view(kind)


def is_number(column: ArrowColumn) -> bool:
    """Whether a column holds numbers, or true and false."""
    kind = column.type
    return (
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_boolean(kind)
    )


def without_missing(column: ArrowColumn) -> ArrowColumn:
    """A column of text, null where a cell says that it is missing."""
    text = column.cast(pa.string())
    return pc.if_else(pc.is_in(text, pa.array(MISSING)), None, text)


def to_floats(column: ArrowColumn) -> Float64:
    """A column of numbers as floats, nan where it is null."""
    floats = pc.cast(column, pa.float64(), safe=False)
    return np.array(floats.to_numpy(zero_copy_only=False), np.float64)


def _nulls(column: ArrowColumn) -> Bool:
    return pc.is_null(column).to_numpy(zero_copy_only=False)


def _number(text: str) -> float | None:
    if not text.isascii():
        return None
    try:
        return None if "_" in text else float(text)
    except ValueError:
        return None


def _number_hint(text: str) -> str:
    """A hint for numbers such as 0,5, and for values below a limit of quantification."""
    plain = text.replace(",", ".", 1)
    if plain != text and _number(plain) is not None:
        return f"write {plain}"
    if text.startswith("<") or text.upper() in _BELOW:
        return 'leave what is below the limit of quantification missing: "."'
    return ""


def _first_hint(wrong: Bool, make: Callable[[int], str]) -> str:
    return make(int(np.argmax(wrong))) if wrong.any() else ""
