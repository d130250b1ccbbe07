"""Writing predictions part by part, whole or not at all, in memory that does not grow."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sordino.documents import check_output, whole_file
from sordino.errors import DocumentError, OutputError
from sordino.events.arrow import ArrowTable, compute
from sordino.events.cells import is_text
from sordino.prediction.columns import whole_frame
from sordino.prediction.job import CHUNK_ROWS, Job
from sordino.prediction.parquet_file import write_parquet
from sordino.prediction.stream import predictions

if TYPE_CHECKING:
    from sordino.prediction.stream import Predicted

SUFFIXES = (".csv", ".parquet")
IN_MEMORY = 64 << 20
"""Bytes of output that wait in memory for the last record to be read."""

LINES = 65_536
"""Records that are put into words together."""

_MARKS = '[",\r\n]'


def write_predictions(
    job: Job,
    target: Path | IO[bytes],
    *,
    simulate: int = 0,
    seed: int = 1,
    chunk_rows: int = CHUNK_ROWS,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Predict a data set into a .csv or .parquet file, or as CSV into an open stream.

    Nothing appears before the last record is done; a file that is there already is replaced
    then. Cells of a text file are written to CSV as they were; in Parquet a column of numbers
    holds numbers. Returns the number of rows; `progress` hears it as it grows. Raises what
    `predict` raises, and OutputError when the file cannot be written.
    """
    parts = predictions(job, simulate=simulate, seed=seed, chunk_rows=chunk_rows)
    tables = _tables(parts, job, progress)
    if not isinstance(target, Path):
        with tempfile.SpooledTemporaryFile(IN_MEMORY) as waiting:
            count = _write_csv(tables, waiting)
            waiting.seek(0)
            shutil.copyfileobj(waiting, target)
        return count
    check_target(target, job)
    with whole_file(target, overwrite=True) as part:
        if target.suffix.lower() == ".parquet":
            return write_parquet(tables, part)
        with part.open("wb") as file:
            return _write_csv(tables, file)


def check_target(target: Path, job: Job) -> None:
    """Raise OutputError for a file that predictions cannot be written to."""
    check_output(target, SUFFIXES)
    read = {"the data set": job.data, "the table of etas": job.etas and job.etas.source}
    for what, file in read.items():
        if not isinstance(file, str | Path) or not target.exists():
            continue
        if Path(file).exists() and target.samefile(file):
            raise OutputError(
                f"this is {what} itself", where=str(target), hint="choose another name"
            )


def _tables(
    parts: Iterator[Predicted], job: Job, progress: Callable[[int], None] | None
) -> Iterator[ArrowTable]:
    done = 0
    for part in parts:
        frame = whole_frame(part, job.name)
        try:
            yield pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
        except (pa.ArrowException, TypeError, ValueError) as error:
            raise DocumentError(
                "a column mixes texts and numbers",
                where=job.name,
                hint=f"the writer says {str(error).splitlines()[0][:120]}",
            ) from None
        done += len(frame)
        if progress is not None:
            progress(done)


def _write_csv(tables: Iterator[ArrowTable], file: IO[bytes]) -> int:
    count = 0
    for table in tables:
        if not count:
            file.write(",".join(_quoted(name) for name in table.column_names).encode() + b"\n")
        for batch in table.to_batches(LINES):
            file.write(_lines(batch))
        count += table.num_rows
    return count


def _lines(batch: Any) -> bytes:
    """Records as lines of text; only texts that have to stand in quotes do."""
    columns = [_cells(column) for column in batch.columns]
    columns[-1] = compute.binary_join_element_wise(columns[-1], "", "\n")
    joined = compute.binary_join_element_wise(*columns, ",")
    # The texts of a column lie one after the other in memory: that is the file.
    offsets = np.frombuffer(joined.buffers()[1], np.int32)
    return memoryview(joined.buffers()[2])[offsets[0] : offsets[len(joined)]].tobytes()


def _cells(column: Any) -> Any:
    text = is_text(column)
    cells = compute.fill_null(column.cast(pa.string()), "")
    if not text or not compute.any(compute.match_substring_regex(cells, _MARKS)).as_py():
        return cells
    doubled = compute.replace_substring(cells, '"', '""')
    quoted = compute.binary_join_element_wise('"', doubled, '"', "")
    return compute.if_else(compute.match_substring_regex(cells, _MARKS), quoted, cells)


def _quoted(name: str) -> str:
    marked = any(mark in name for mark in '",\r\n')
    return '"' + name.replace('"', '""') + '"' if marked else name
