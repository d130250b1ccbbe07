"""Reading a data set for a model: cells become event tables of whole individuals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

from sordino.errors import DocumentError, InputError
from sordino.events.arrow import Piece, Source, texts_of
from sordino.events.arrow import compute as pc
from sordino.events.cells import Cells
from sordino.events.checks import check_events
from sordino.events.columns import COMMENT, Columns, find_columns
from sordino.events.fill import Carry
from sordino.events.individuals import whole_individuals
from sordino.events.problems import Problems
from sordino.events.records import TimeUnit, event_table
from sordino.events.sources import open_source
from sordino.events.table import EventTable
from sordino.findings import shown

if TYPE_CHECKING:
    import pandas as pd

    from sordino.library.schema import PkModel

CHUNK_ROWS = 200_000


def read_events(
    data: object,
    model: PkModel,
    *,
    time_unit: TimeUnit = "h",
    carry: Carry = "next",
    chunk_rows: int = CHUNK_ROWS,
) -> Iterator[EventTable]:
    """Read a NONMEM-style data set as event tables of whole individuals, one after the other.

    `data`: the path of a text or Parquet file, a pandas DataFrame or a pyarrow Table.
    `time_unit`: what TIME, II, DUR and RATE count ("h", "min" or "day"). `carry`: how gaps of
    covariates are filled. `chunk_rows`: records in a table; an individual with more is kept whole.
    Header and columns are looked at before this returns, records when they are read.

    Raises DocumentError with all problems of a table when the data set cannot be used.

        for table in read_events("data.csv", model):
            print(table.ids, table.amt.sum())
    """
    if time_unit not in ("h", "min", "day"):
        raise InputError(f"unknown unit of time {time_unit!r}", allowed="h, min, day")
    if carry not in ("next", "last"):
        raise InputError(f"unknown way to carry covariates {carry!r}", allowed="next, last")
    if chunk_rows < 1:
        raise InputError(f"tables of {chunk_rows} records", allowed="1 or more")
    source = open_source(data)
    columns = find_columns(source.names, model, source.name)
    return _tables(source, columns, model, time_unit, carry, chunk_rows)


def read_table(
    data: object, model: PkModel, *, time_unit: TimeUnit = "h", carry: Carry = "next"
) -> EventTable:
    """Read a whole data set as one event table; arguments and errors as for `read_events`."""
    everything = read_events(data, model, time_unit=time_unit, carry=carry, chunk_rows=2**62)
    return next(everything)


def _tables(
    source: Source,
    columns: Columns,
    model: PkModel,
    time_unit: TimeUnit,
    carry: Carry,
    chunk_rows: int,
) -> Iterator[EventTable]:
    needed = frozenset((*columns.known.values(), *columns.covariates.values()))
    records = _without_comments(source, needed, columns)
    before = 0
    for piece, ids in whole_individuals(records, columns.known["ID"], chunk_rows, source.name):
        problems = Problems(source.name, piece.row)
        cells = Cells(piece.cells, columns, problems)
        table = event_table(cells, _frame(piece, source.name), ids, model, before, time_unit, carry)
        check_events(table, model, columns, problems)
        problems.raise_any()
        yield table
        before += len(table.ids)
    if not before:
        raise DocumentError(
            "the data set has no records", where=source.name, allowed="at least one record"
        )


def _without_comments(source: Source, needed: frozenset[str], columns: Columns) -> Iterator[Piece]:
    """The pieces without the records whose cell in a column called C is "C"."""
    name = columns.known.get(COMMENT)
    for piece in source.pieces(needed):
        if name is not None:
            marks = texts_of(piece.cells.column(name), name, source.name)
            kept = pc.invert(pc.is_in(marks, pa.array(["C", "c"])))
            mask = pa.chunked_array([kept]) if isinstance(kept, pa.Array) else kept
            cells = piece.cells.filter(mask)
            piece = Piece(cells, piece.row[mask.to_numpy()], piece.frame)
        if len(piece.row):
            yield piece


def _frame(piece: Piece, source: str) -> pd.DataFrame:
    """The records as given."""
    if piece.frame is not None:
        # Row numbers of a frame count from 1.
        return piece.frame.iloc[piece.row - 1]
    try:
        return piece.cells.to_pandas()
    except (pa.ArrowException, ValueError, OverflowError) as error:
        raise DocumentError(
            "pandas cannot hold one of the columns",
            where=source,
            hint=f"it says {shown(str(error), 120)}",
        ) from None
