"""Where a data set comes from: a text file, a Parquet file, a pandas frame or an Arrow table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from sordino.documents import reading
from sordino.errors import DocumentError
from sordino.events.arrow import ArrowColumn, ArrowTable, Piece, Source
from sordino.events.table import Int64
from sordino.events.textfile import TextFile
from sordino.findings import shown

if TYPE_CHECKING:
    import pandas as pd

BATCH_ROWS = 131_072
_PARQUET_MARK = b"PAR1"


def open_source(data: object) -> Source:
    """A data set that can be read: the path of a file, a pandas DataFrame or an Arrow table.

    A file is Parquet when it begins like one, otherwise text. Raises DocumentError for files
    that are not there, are no regular files, or cannot be read, and for anything else.
    """
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        return FrameSource(data)
    if isinstance(data, pa.Table):
        return TableSource(data)
    if isinstance(data, str | Path):
        return _open_file(Path(data))
    raise DocumentError(
        f"a value of type {type(data).__name__} is no data set",
        where="data",
        allowed="the path of a file, a pandas DataFrame or a pyarrow Table",
    )


def _open_file(path: Path) -> Source:
    with reading(path):
        with path.open("rb") as file:
            mark = file.read(len(_PARQUET_MARK))
        return ParquetSource(path) if mark == _PARQUET_MARK else TextFile(path, str(path))


class ParquetSource:
    """A Parquet file; its records are numbered from 1."""

    def __init__(self, path: Path) -> None:
        self.name = str(path)
        self._path = path
        with self._open() as file:
            self.names = tuple(str(name) for name in file.schema_arrow.names)

    def _open(self) -> Any:
        try:
            return parquet.ParquetFile(self._path)
        except (pa.ArrowException, OSError) as error:
            raise _not_parquet(error, self.name) from None

    def pieces(self, columns: frozenset[str]) -> Iterator[Piece]:
        """The records in batches, every column."""
        done = 0
        with self._open() as file:
            batches = file.iter_batches(batch_size=BATCH_ROWS)
            while (cells := self._next(batches)) is not None:
                yield Piece(cells, _numbered(done, cells.num_rows), None)
                done += cells.num_rows

    def _next(self, batches: Iterator[Any]) -> ArrowTable | None:
        try:
            batch = next(batches, None)
            return None if batch is None else pa.Table.from_batches([batch])
        except (pa.ArrowException, OSError) as error:
            raise _not_parquet(error, self.name) from None


class TableSource:
    """An Arrow table; its records are numbered from 1."""

    name = "data"

    def __init__(self, table: ArrowTable) -> None:
        self._table = table
        self.names = tuple(str(name) for name in table.column_names)

    def pieces(self, columns: frozenset[str]) -> Iterator[Piece]:
        """All records at once."""
        yield Piece(self._table, _numbered(0, self._table.num_rows), None)


class FrameSource:
    """A pandas frame; its records are numbered from 1, whatever its index says."""

    name = "data"

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self.names = tuple(str(name) for name in frame.columns)

    def pieces(self, columns: frozenset[str]) -> Iterator[Piece]:
        """All records at once, with the cells of `columns` only."""
        wanted = [place for place, name in enumerate(self.names) if name in columns]
        arrays = [_column(self._frame.iloc[:, place]) for place in wanted]
        cells = pa.Table.from_arrays(arrays, names=[self.names[place] for place in wanted])
        yield Piece(cells, _numbered(0, len(self._frame)), self._frame)


def _column(series: pd.Series) -> ArrowColumn:
    """A column of a frame in Arrow's memory; what mixes numbers and texts becomes text."""
    try:
        return _whole(pa.array(series, from_pandas=True))
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        missing = series.isna()
        texts = [None if gap else _text(value) for value, gap in zip(series, missing, strict=True)]
        return pa.array(texts, pa.string())


def _text(value: object) -> str:
    """A cell of any kind as text; broken Unicode is escaped, so that Arrow can hold it."""
    return str(value).encode(errors="backslashreplace").decode()


def _whole(column: ArrowColumn) -> ArrowColumn:
    """One array, also where pandas keeps a column in parts."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _numbered(done: int, count: int) -> Int64:
    return np.arange(done + 1, done + count + 1, dtype=np.int64)


def _not_parquet(error: Exception, name: str) -> DocumentError:
    return DocumentError(
        "cannot be read as Parquet", where=name, hint=f"the reader says {shown(str(error), 120)}"
    )
