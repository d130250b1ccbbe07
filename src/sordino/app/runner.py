"""Run courses for a page that waits: the first answer at once, exact ones while nobody waits.

A background run goes in small blocks, so that it can make way for a first answer within
milliseconds.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Literal

import numpy as np

from sordino.app.grid import first_times_h
from sordino.course import Course
from sordino.pk.parts import PART
from sordino.simulation.blocks import Block, keep_freed_memory, thread_count
from sordino.simulation.dataset import Sampling, course_engine
from sordino.simulation.engine import CourseEngine
from sordino.simulation.lanes import Lanes
from sordino.simulation.summary import Part, Progress, Summary, summarize_engine
from sordino.simulation.variables import USUAL

LANES = PART
"""Lanes of a block of a background run: one part, some milliseconds of work."""
FIRST_PATIENTS = 200
"""People behind a first answer."""
FIRST_LANES = FIRST_PATIENTS // 2
"""Lanes of a block of a first answer: the blocks keep two cores equally busy."""
AHEAD = 2
"""Blocks of a background run that are under way at once."""

People = int | Literal["typical"]


class Stopped(Exception):
    """A background run was stopped because nobody waits for it any more."""


@dataclass(frozen=True)
class Run:
    """How a course is run: `summarize` with the same numbers gives the same result."""

    patients: People = 2000
    draws: int = 20
    seed: int = 1
    sampling: Sampling = "arterial"


@dataclass
class Runner:
    """The one place where courses are run; safe to use from several threads."""

    _pool: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(thread_count(), "sordino-block")
    )
    _waiting: int = 0
    _last: float = -math.inf
    _free: threading.Condition = field(default_factory=threading.Condition)

    def first(self, course: Course, asked: Run, variables: tuple[str, ...] = USUAL) -> Summary:
        """The answer of a few people, each under one draw of what studies leave open.

        It holds quantiles of `variables` alone, and is looked at less often than `summarize` does.
        Its middle is that of all draws, so it moves little when the exact answer comes. It says
        nothing about how sure that is. Raises what `summarize` raises.
        """
        count: People = "typical" if asked.patients == "typical" else _first_people(asked.patients)
        with self.ahead():
            engine = _engine(course, asked)
            times_h = first_times_h(course.sessions(), course.until_h)
            engine = replace(engine, times_h=times_h)
            return summarize_engine(
                replace(engine, draws=1),
                count,
                run=_Mixed(engine, self._pool).run,
                variables=variables,
            )

    def exact(
        self, course: Course, asked: Run, progress: Progress, stop: threading.Event
    ) -> Summary:
        """What `summarize` gives for the same course and numbers, in the background.

        Stands still while a first answer is being made; raises `Stopped` soon after `stop`
        is set.
        """
        engine = _engine(course, asked)
        background = _InBackground(self._pool, lambda: self.make_way(stop))
        return summarize_engine(engine, asked.patients, progress, run=background.run)

    def make_way(self, stop: threading.Event) -> None:
        """Wait while a first answer is being made; raises `Stopped` once `stop` is set."""
        with self._free:
            while self._waiting and not stop.is_set():
                self._free.wait(1.0)
        if stop.is_set():
            raise Stopped

    @property
    def quiet_s(self) -> float:
        """For how many seconds nobody has waited for a first answer."""
        return 0.0 if self._waiting else time.monotonic() - self._last

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(cancel_futures=True)

    @contextmanager
    def ahead(self) -> Generator[None]:
        """While this lasts, background runs begin no new block."""
        with self._free:
            self._waiting += 1
        try:
            yield
        finally:
            with self._free:
                self._waiting -= 1
                self._last = time.monotonic()
                self._free.notify_all()


def _engine(course: Course, asked: Run) -> CourseEngine:
    keep_freed_memory()
    return course_engine(course, asked.patients, asked.draws, asked.seed, None, asked.sampling)


def _first_people(patients: int) -> int:
    return min(patients, FIRST_PATIENTS)


def _starts(patients: int, lanes: int) -> Iterator[np.ndarray]:
    for start in range(0, patients, lanes):
        yield np.arange(start, min(start + lanes, patients))


def _filled(numbers: np.ndarray, lanes: int) -> np.ndarray:
    """The numbers of a block, filled up with its last patient."""
    return np.pad(numbers.astype(np.int32), (0, lanes - len(numbers)), mode="edge")


@dataclass(frozen=True)
class _Mixed:
    """Every patient under one draw, the draws in turn."""

    engine: CourseEngine
    pool: ThreadPoolExecutor

    def run(
        self,
        engine: CourseEngine,
        patients: int,
        use: Callable[[Block], Part],
        progress: Progress | None = None,
    ) -> Iterator[Part]:
        def work(numbers: np.ndarray) -> Part:
            filled = _filled(numbers, FIRST_LANES)
            lanes = Lanes(filled, filled % self.engine.draws)
            return self.engine.run(lanes, lambda found: use(Block(0, numbers, found)))

        blocks = _starts(patients, FIRST_LANES)
        if not self.engine.ready(FIRST_LANES):
            yield work(next(blocks))  # alone: it compiles, and fills what the engine keeps
        yield from self.pool.map(work, blocks)


@dataclass(frozen=True)
class _InBackground:
    """Every patient under every draw, few blocks at a time; `pause` comes before each."""

    pool: ThreadPoolExecutor
    pause: Callable[[], None]

    def run(
        self,
        engine: CourseEngine,
        patients: int,
        use: Callable[[Block], Part],
        progress: Progress | None = None,
    ) -> Iterator[Part]:
        def work(draw: int, numbers: np.ndarray) -> Part:
            filled = _filled(numbers, LANES)
            lanes = Lanes(filled, np.full_like(filled, draw))
            return engine.run(lanes, lambda found: use(Block(draw, numbers, found)))

        todo = ((d, numbers) for d in range(engine.draws) for numbers in _starts(patients, LANES))
        total = engine.draws * -(-patients // LANES)
        self.pause()
        yield work(*next(todo))
        waiting: list[Future[Part]] = []
        for done in range(1, total):
            self.pause()
            more = islice(todo, AHEAD - len(waiting))
            waiting.extend(self.pool.submit(work, *block) for block in more)
            yield waiting.pop(0).result()
            if progress is not None:
                progress(done + 1, total)
