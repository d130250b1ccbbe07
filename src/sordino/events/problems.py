"""What is wrong with a data set: many problems, one error."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable

import numpy as np

from sordino.errors import DocumentError
from sordino.events.table import Bool, Int64
from sordino.findings import shown

MAX_SHOWN = 20
"""Problems that one error describes; the others are only counted."""

ROWS_SHOWN = 3
"""Rows that are named for one kind of problem."""


class Problems:
    """Problems of a piece of a data set.

    `row` holds the row numbers of the records at hand. `spoiled` marks records with a cell that
    could not be read: what they lack says nothing.
    """

    def __init__(self, source: str, row: Int64 | None = None) -> None:
        self.source = source
        self.row = np.zeros(0, np.int64) if row is None else row
        self.spoiled: Bool = np.zeros(len(self.row), bool)
        self._found: list[tuple[int, DocumentError]] = []
        self._count = 0

    def add(
        self, what: str, *, row: int = 0, column: str = "", allowed: str = "", hint: str = ""
    ) -> None:
        """Report one problem: of a row, of a column, or of the data set as a whole."""
        self._count += 1
        if len(self._found) < MAX_SHOWN:
            place = [f"row {row}"] * (row > 0) + [f"column {column}"] * bool(column)
            where = f"{self.source}: {', '.join(place)}" if place else self.source
            error = DocumentError(what, where=where, allowed=allowed, hint=hint)
            self._found.append((row, error))

    def add_rows(
        self,
        wrong: Bool,
        column: str,
        what: Callable[[int], str] | str,
        *,
        allowed: str = "",
        hint: str = "",
        unreadable: bool = False,
    ) -> None:
        """Report the records where `wrong`, the first few with their row numbers.

        `what` is the message, or makes it for a position. `unreadable` spoils the records.
        """
        if not wrong.any():
            return
        if not unreadable:
            wrong = wrong & ~self.spoiled
        positions = np.flatnonzero(wrong)
        if unreadable:
            self.spoiled |= wrong
        for position in positions[:ROWS_SHOWN]:
            text = what if isinstance(what, str) else what(int(position))
            row = int(self.row[position])
            self.add(text, row=row, column=column, allowed=allowed, hint=hint)
        more = len(positions) - ROWS_SHOWN
        if more > 0:
            self._count += more
            self._mark_more(more)

    def _mark_more(self, more: int) -> None:
        """Say at the last row that is named how many others have the same problem."""
        if len(self._found) == MAX_SHOWN:
            return
        others = "1 more row" if more == 1 else f"{more:,} more rows"
        self._found[-1][1].what += f" (and {others} like this)"

    def error(self) -> DocumentError | None:
        """All problems as one error, or None."""
        if not self._count:
            return None
        number = "1 problem" if self._count == 1 else f"{self._count:,} problems"
        part = " (some of them are shown)" if len(self._found) < self._count else ""
        return DocumentError(
            f"this data set cannot be used: {number}{part}",
            where=self.source,
            findings=[error for _, error in sorted(self._found, key=lambda entry: entry[0])],
        )

    def raise_any(self) -> None:
        """Raise DocumentError when there was a problem."""
        error = self.error()
        if error is not None:
            raise error


def number_text(value: float) -> str:
    """A number as people write it."""
    return f"{value:.15g}"


def near_name(name: str, known: Iterable[str]) -> str:
    """A hint that names the nearest of `known`, or nothing."""
    by_case = {other.lower(): other for other in known}
    near = difflib.get_close_matches(name[:60].lower(), list(by_case), n=1, cutoff=0.5)
    return f"did you mean {shown(by_case[near[0]])}?" if near else ""
