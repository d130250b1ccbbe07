"""Cut a population into blocks of lanes and run them, a few at a time."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TypeVar

import jax.numpy as jnp
import numpy as np

from sordino.pk.lengths import bucket
from sordino.simulation.engine import CourseEngine
from sordino.simulation.lanes import Lanes

LANES = 512
"""Lanes of a full block."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Block:
    """One block: patients of one draw, and the readouts of exactly these patients."""

    draw: int
    patients: np.ndarray
    readouts: dict[str, np.ndarray]


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


def blocks(engine: CourseEngine, patients: int) -> Iterator[tuple[int, np.ndarray]]:
    """(draw, numbers of patients) of every block, draw by draw."""
    size = min(LANES, bucket(patients))
    for draw in range(engine.draws):
        for start in range(0, patients, size):
            yield draw, np.arange(start, min(start + size, patients))


def run_block(engine: CourseEngine, draw: int, patients: np.ndarray, lanes: int) -> Block:
    """Run some patients of one draw; the block is filled up with copies of the last one."""
    filled = np.pad(patients, (0, lanes - len(patients)), mode="edge")
    numbers = jnp.asarray(filled, jnp.int32)
    read = engine.run(Lanes(numbers, jnp.full_like(numbers, draw)))
    kept = {k: np.asarray(v)[..., : len(patients)] for k, v in read.items()}
    return Block(draw, patients, kept)


def run_blocks(
    engine: CourseEngine,
    patients: int,
    use: Callable[[Block], Result],
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Result]:
    """Run all blocks and hand each to `use`; results come in the order of the blocks.

    Only a few blocks are alive at a time, whatever the size of the population.
    """
    keep_freed_memory()
    lanes = min(LANES, bucket(patients))
    todo = blocks(engine, patients)
    total = engine.draws * -(-patients // lanes)
    first = next(todo)

    def work(draw: int, numbers: np.ndarray) -> Result:
        return use(run_block(engine, draw, numbers, lanes))

    done = 1
    yield work(*first)  # alone: it compiles, and fills what the engine keeps
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
