"""Every patient's course as a Parquet file, written block by block."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from sordino.simulation.blocks import Block
from sordino.simulation.engine import CourseEngine
from sordino.simulation.variables import VARIABLES


class TrajectoryFile:
    """Rows (draw, patient, time_h, every variable), sorted in this order within a draw.

    Memory does not grow with the population: a block is one row group. Units are in the
    metadata of each column.

        with TrajectoryFile(path) as file:
            summarize(course, keep=file.add)
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: Any = None
        self._names: tuple[str, ...] = ()

    def __enter__(self) -> TrajectoryFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._writer is not None:
            self._writer.close()

    def add(self, engine: CourseEngine, block: Block) -> None:
        """Write one block; this is a `keep` of `summarize`."""
        import pyarrow as pa

        writer = self._writer = self._writer or self._opened(block)
        patients, times = len(block.patients), len(engine.times_h)
        columns: list[np.ndarray] = [
            np.full(patients * times, block.draw, np.int32),
            np.repeat(block.patients.astype(np.int32), times),
            np.tile(engine.times_h, patients),
            *(np.ascontiguousarray(block.readouts[name].T).ravel() for name in self._names),
        ]
        writer.write_table(pa.table(columns, schema=writer.schema))

    def _opened(self, block: Block) -> Any:
        """The first block says which variables this engine computes."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._names = tuple(name for name in VARIABLES if name in block.readouts)
        fields = [("draw", "int32", ""), ("patient", "int32", ""), ("time_h", "double", "h")]
        fields += [(name, "double", VARIABLES[name].unit) for name in self._names]
        schema = pa.schema(
            [pa.field(n, t, metadata={"unit": u} if u else None) for n, t, u in fields]
        )
        return pq.ParquetWriter(self._path, schema, compression="zstd")
