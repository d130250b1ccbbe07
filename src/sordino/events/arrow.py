"""What readers of data sets hand on: pieces of a table in Arrow's memory.

Arrow comes without types for a type checker, so its tables and columns are `Any` here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import pyarrow as pa
import pyarrow.compute

from sordino.errors import DocumentError
from sordino.events.table import Int64
from sordino.findings import shown

if TYPE_CHECKING:
    import pandas as pd

compute: Any = pyarrow.compute
"""Arrow's functions; most are made when Arrow is imported, so a type checker cannot know them."""

ArrowTable = Any
"""A `pyarrow.Table`."""

ArrowColumn = Any
"""A `pyarrow.ChunkedArray` or `pyarrow.Array`."""


class Piece(NamedTuple):
    """Some records: their cells, their row numbers, and the frame they came from, if any."""

    cells: ArrowTable
    row: Int64
    frame: pd.DataFrame | None


def texts_of(column: ArrowColumn, name: str, source: str) -> ArrowColumn:
    """A column as text without spaces around it, whatever its type.

    Raises DocumentError for types that have no text.
    """
    try:
        return compute.utf8_trim_whitespace(column.cast(pa.string()))
    except pa.ArrowException:
        raise DocumentError(
            f"the column {shown(name)} is of type {column.type}",
            where=source,
            allowed="numbers or texts",
        ) from None


class Source(Protocol):
    """A data set that can be read piece by piece."""

    name: str
    names: tuple[str, ...]

    def pieces(self, columns: frozenset[str]) -> Iterator[Piece]:
        """The records in order; at least the cells of `columns`."""
        ...
