"""Cutting a stream of records into pieces that hold whole individuals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from sordino.events.arrow import ArrowColumn, ArrowTable, Piece, texts_of
from sordino.events.arrow import compute as pc
from sordino.events.table import Int64


def whole_individuals(
    pieces: Iterator[Piece], id_column: str, chunk_rows: int, source: str
) -> Iterator[tuple[Piece, ArrowColumn]]:
    """Pieces of at most `chunk_rows` records, or one individual where that has more.

    Each comes with its IDs as text. An individual is a run of records with one ID, as in NONMEM:
    the same ID after another one begins a new individual. `source`: its name, for messages.
    """
    held: list[tuple[Piece, ArrowColumn]] = []
    starts = np.zeros(0, np.int64)
    count = 0
    last: str | None = None
    for piece in pieces:
        ids = _id_texts(piece.cells.column(id_column), id_column, source)
        held.append((piece, ids))
        starts = np.concatenate((starts, count + run_starts(ids, last)))
        count += len(piece.row)
        last = ids[-1].as_py()
        while count >= chunk_rows and (cut := _cut(starts, chunk_rows)):
            taken, rest = _split(held, cut)
            yield taken
            held, starts, count = [rest], starts[starts >= cut] - cut, count - cut
    while count:
        cut = count if count <= chunk_rows else _cut(starts, chunk_rows) or count
        taken, rest = _split(held, cut)
        yield taken
        held, starts, count = [rest], starts[starts >= cut] - cut, count - cut


def _id_texts(column: ArrowColumn, name: str, source: str) -> ArrowColumn:
    """IDs as text without spaces around them; the number 1.0 is "1"."""
    if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        column = pc.if_else(pc.is_nan(column.cast(pa.float64())), None, column.cast(pa.float64()))
    texts = texts_of(column, name, source)
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    if pc.any(pc.match_substring(texts, ".")).as_py():
        texts = pc.replace_substring_regex(texts, r"^([+-]?[0-9]+)\.0*$", r"\1")
    return texts


def run_starts(ids: ArrowColumn, previous: str | None) -> Int64:
    """Positions where the ID differs from the one before; `previous` came before the first."""
    if not len(ids):
        return np.zeros(0, np.int64)
    filled = pc.fill_null(ids, "")
    changed = np.ones(len(ids), bool)
    changed[1:] = pc.not_equal(filled[1:], filled[:-1]).to_numpy(zero_copy_only=False)
    changed[0] = previous is None or previous != filled[0].as_py()
    return np.flatnonzero(changed).astype(np.int64)


def _cut(starts: Int64, chunk_rows: int) -> int:
    """Where to cut: the last beginning of an individual that leaves a piece small enough."""
    inner = starts[starts > 0]
    fitting = inner[inner <= chunk_rows]
    if len(fitting):
        return int(fitting[-1])
    return int(inner[0]) if len(inner) else 0


def _split(
    held: list[tuple[Piece, ArrowColumn]], cut: int
) -> tuple[tuple[Piece, ArrowColumn], tuple[Piece, ArrowColumn]]:
    """The first `cut` records, and the others."""
    cells: ArrowTable = pa.concat_tables([piece.cells for piece, _ in held])
    row = np.concatenate([piece.row for piece, _ in held])
    ids = pa.concat_arrays([own for _, own in held])
    frame = held[0][0].frame
    return (
        (Piece(cells.slice(0, cut), row[:cut], frame), ids.slice(0, cut)),
        (Piece(cells.slice(cut), row[cut:], frame), ids.slice(cut)),
    )
