"""What is wrong with a record: everything that was found, as one error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sordino.errors import DocumentError, SordinoError
from sordino.findings import document_error


@dataclass(frozen=True, slots=True)
class Place:
    """Where one row of a record is written.

    `spot` is a row of a table ("row 7") or an entry of a document ("session[2]"). `names` holds
    what the source calls a column where that differs from the name in a record.
    """

    source: str
    spot: str
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    table: bool = True

    def of(self, column: str = "") -> str:
        """The place of a cell, or of the whole row."""
        if not column:
            return f"{self.source}: {self.spot}"
        name = self.names.get(column, column)
        if self.table:
            return f"{self.source}: {self.spot}, column {name}"
        return f"{self.source}: {self.spot}.{name}"


class Problems:
    """Collects findings, and raises them together."""

    def __init__(self, source: str, kind: str = "record") -> None:
        self.source = source
        self.kind = kind
        self.found: list[SordinoError] = []

    def add(self, where: str, what: str, allowed: str = "", hint: str = "") -> None:
        """Report one problem at `where`."""
        self.found.append(DocumentError(what, where=where, allowed=allowed, hint=hint))

    def add_error(self, error: SordinoError) -> None:
        """Report an error that was raised elsewhere; a document brings all of its findings."""
        inner = error.findings if isinstance(error, DocumentError) else ()
        self.found.extend(inner or (error,))

    def raise_any(self) -> None:
        """Raise DocumentError with all findings, if there are any."""
        if self.found:
            raise document_error(self.source, self.found, kind=self.kind)
