"""Cut a population into blocks of lanes and run them, a few at a time."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import TypeVar

import numpy as np

from sordino.pk.lengths import bucket
from sordino.pk.parts import PART, side_by_side
from sordino.simulation.engine import CourseEngine, Readouts
from sordino.simulation.lanes import Lanes

LANES = 512
"""Lanes of a full block."""

BLOCKS = 4
"""Blocks that a population is cut into at least, where each still fills a part."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Block:
    """One block: patients of one draw, and the readouts of exactly these patients.

    The arrays are written over when the block is done.
    """

    draw: int
    patients: np.ndarray
    parts: Readouts

    @cached_property
    def readouts(self) -> dict[str, np.ndarray]:
        """Copies of all readouts: (time, patient), (session, patient) or (patient,)."""
        return {name: self.readout(name) for name in self.parts}

    def readout(self, name: str) -> np.ndarray:
        """A copy of one readout, patients last."""
        values = side_by_side(self.parts[name])
        copy = np.empty((*values.shape[:-2], values.shape[-2] * values.shape[-1]), values.dtype)
        copy.reshape(values.shape)[...] = values
        return copy[..., : len(self.patients)]

    def write(self, name: str, into: np.ndarray, times: np.ndarray | slice) -> None:
        """Write some times of one readout to the places of the patients: (time, patient)."""
        values = side_by_side(self.parts[name])[times]
        start, count = int(self.patients[0]), len(self.patients)
        place = into[:, start : start + count]
        if count == values.shape[1] * values.shape[2]:
            place.reshape(values.shape)[...] = values
        else:
            place[...] = values.reshape(len(values), -1)[:, :count]


THREADS_PER_CORE = 2
"""While one block waits for its numbers, another one computes."""


def thread_count() -> int:
    """Threads to run blocks in, for the cores that this process may use."""
    usable = getattr(os, "sched_getaffinity", None)
    cores = len(usable(0)) if usable is not None else os.cpu_count() or 1
    return THREADS_PER_CORE * cores


@lru_cache(maxsize=1)
def keep_freed_memory() -> None:
    """Let the C library keep freed blocks of up to 256 MB for the next ones.

    Every block allocates the same large arrays again. By default glibc hands such memory back
    to the system each time, and fetching it anew cost a tenth of the run. Elsewhere than with
    glibc nothing is changed.
    """
    mmap_threshold, trim_threshold = -3, -1  # M_MMAP_THRESHOLD, M_TRIM_THRESHOLD of malloc.h
    if sys.platform == "linux":
        adjust = getattr(ctypes.CDLL(None), "mallopt", None)
        if adjust is not None:
            adjust(mmap_threshold, 256 * 2**20)
            adjust(trim_threshold, 512 * 2**20)


def block_lanes(patients: int) -> int:
    """Lanes of each block of a population: whatever the machine, so numbers stay the same."""
    return min(LANES, max(min(bucket(patients), PART), bucket(-(-patients // BLOCKS))))


def blocks(engine: CourseEngine, patients: int) -> Iterator[tuple[int, np.ndarray]]:
    """(draw, numbers of patients) of every block, draw by draw."""
    size = block_lanes(patients)
    for draw in range(engine.draws):
        for start in range(0, patients, size):
            yield draw, np.arange(start, min(start + size, patients))


def run_blocks(
    engine: CourseEngine,
    patients: int,
    use: Callable[[Block], Result],
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Result]:
    """Run all blocks and hand each to `use`; results come in the order of the blocks.

    Only a few blocks are alive at a time, whatever the size of the population. `use` is
    called from several threads; what it returns must not look at the arrays of its block.
    """
    keep_freed_memory()
    lanes = block_lanes(patients)
    todo = blocks(engine, patients)
    total = engine.draws * -(-patients // lanes)

    def work(draw: int, numbers: np.ndarray) -> Result:
        # Filled up with copies of the last patient.
        filled = np.pad(numbers.astype(np.int32), (0, lanes - len(numbers)), mode="edge")
        everybody = Lanes(filled, np.full_like(filled, draw))
        return engine.run(everybody, lambda found: use(Block(draw, numbers, found)))

    done = 0
    if not engine.ready(lanes):
        done = 1
        yield work(*next(todo))  # alone: it compiles, and fills what the engine keeps
        if progress is not None:
            progress(done, total)
    threads = thread_count()
    pool = ThreadPoolExecutor(threads)
    try:
        waiting: list[Future[Result]] = [pool.submit(work, *b) for b in islice(todo, threads + 1)]
        while waiting:
            result = waiting.pop(0).result()
            waiting.extend(pool.submit(work, *b) for b in islice(todo, 1))
            done += 1
            if progress is not None:
                progress(done, total)
            yield result
    finally:
        # After a failure or an interrupt, blocks that have not begun never begin.
        pool.shutdown(cancel_futures=True)
