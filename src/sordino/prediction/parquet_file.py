"""Writing tables to Parquet when only the last record tells which columns hold numbers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet

from sordino.events.arrow import ArrowTable
from sordino.events.arrow import compute as pc
from sordino.events.cells import MISSING, NUMBER, is_text

WHOLE = r"^[+-]?[0-9]{1,15}$"
"""Whole numbers; what has more digits may be a code, and stays as exact as a text can be."""


class _Column:
    """A column of texts: whether all so far are whole numbers, or numbers."""

    def __init__(self) -> None:
        self.whole = True
        self.number = True

    def see(self, column: Any) -> None:
        if not self.number:
            return
        tidy = pc.utf8_trim_whitespace(column)
        missing = pc.is_in(tidy, pa.array(MISSING, tidy.type))
        self.whole &= _all(pc.match_substring_regex(tidy, WHOLE))
        self.number &= self.whole or _all(pc.or_(missing, pc.match_substring_regex(tidy, NUMBER)))

    @property
    def type(self) -> Any:
        return pa.int64() if self.whole else pa.float64()


def write_parquet(tables: Iterator[ArrowTable], path: Path) -> int:
    """Write tables of one form; columns of texts that are all numbers become numbers.

    Returns the number of rows. The file is written a second time where columns change.
    """
    columns: dict[str, _Column] = {}
    writer: Any = None
    count = 0
    try:
        for table in tables:
            if writer is None:
                writer = parquet.ParquetWriter(path, table.schema, compression="zstd")
                columns = {n: _Column() for n in table.column_names if is_text(table.column(n))}
            for name, seen in columns.items():
                seen.see(table.column(name))
            writer.write_table(table.cast(writer.schema))
            count += table.num_rows
    finally:
        if writer is not None:
            writer.close()
    turned = {name: seen.type for name, seen in columns.items() if seen.number}
    if turned:
        _turn(path, turned)
    return count


def _turn(path: Path, types: dict[str, Any]) -> None:
    """Write a file again with some columns of texts as numbers."""
    again = path.with_name(f"{path.name}.again")
    try:
        with parquet.ParquetFile(path) as file:
            fields = [pa.field(f.name, types.get(f.name, f.type)) for f in file.schema_arrow]
            schema = pa.schema(fields)
            with parquet.ParquetWriter(again, schema, compression="zstd") as writer:
                for group in range(file.num_row_groups):
                    table = file.read_row_group(group)
                    cells = [_cast(table.column(f.name), f.type) for f in schema]
                    writer.write_table(pa.table(cells, schema=schema))
        os.replace(again, path)
    finally:
        again.unlink(missing_ok=True)


def _cast(column: Any, kind: Any) -> Any:
    if column.type == kind:
        return column
    tidy = pc.utf8_trim_whitespace(column)
    missing = pc.is_in(tidy, pa.array(MISSING, tidy.type))
    return pc.cast(pc.if_else(missing, None, tidy), kind)


def _all(flags: Any) -> bool:
    return pc.all(pc.fill_null(flags, True), min_count=0).as_py()
