"""`summarize`: a course to quantiles and answers, for populations of any size."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np

from sordino.course import Course
from sordino.simulation.answers import (
    LEVELS,
    AnswerCollector,
    Answers,
    BlockAnswers,
    block_answers,
    daily_index,
    looks,
)
from sordino.simulation.blocks import Block, run_blocks
from sordino.simulation.dataset import Sampling, course_engine, provenance
from sordino.simulation.engine import CourseEngine
from sordino.simulation.sketch import LinearScale, LogScale, Scale, Sketch, sorted_quantiles
from sordino.simulation.variables import USUAL, VARIABLES

if TYPE_CHECKING:
    import xarray as xr

Progress = Callable[[int, int], None]
Keep = Callable[[CourseEngine, Block], None]
Part = tuple[Block, dict[str, np.ndarray], BlockAnswers]
"""A block, what its quantiles are made from, and its answers."""


class RunBlocks(Protocol):
    """Runs all blocks of a population and hands each to `use`, as `run_blocks` does."""

    def __call__(
        self,
        engine: CourseEngine,
        patients: int,
        use: Callable[[Block], Part],
        progress: Progress | None = None,
    ) -> Iterable[Part]:
        """Results in the order of the blocks, draw by draw."""
        ...


MOST_SORTED = 4096
"""Up to this many patients quantiles are exact; beyond, values are counted in bins."""


@dataclass(frozen=True)
class Summary:
    """What a course does, summed up.

    `quantiles` has, for each variable, `NAME` (quantile, time): the spread between patients,
    as the median over draws of each quantile; and `NAME_median` (quantile, time): quantiles
    over draws of the median patient, which is what studies leave open. `answers` are counts
    out of 100 and the like.
    """

    course: Course
    quantiles: xr.Dataset
    answers: Answers


def summarize(
    course: Course | str | Path | Mapping[str, Any],
    patients: int | Literal["typical"] = 1000,
    draws: int = 20,
    seed: int = 1,
    times_h: Sequence[float] | np.ndarray | None = None,
    sampling: Sampling = "arterial",
    progress: Progress | None = None,
    keep: Keep | None = None,
) -> Summary:
    """Simulate a course and keep quantiles over time and answers, not trajectories.

    Arguments are those of `simulate`. Memory does not grow with `patients`. `progress` is
    called with blocks done and blocks in all; `keep` sees every block in order, to write
    trajectories away. Raises what `simulate` raises.

        summary = summarize("course.toml", patients=1000, draws=20)
        summary.answers.responses[0].with_drug
    """
    engine = course_engine(course, patients, draws, seed, times_h, sampling)
    return summarize_engine(engine, patients, progress, keep)


def summarize_engine(
    engine: CourseEngine,
    patients: int | Literal["typical"],
    progress: Progress | None = None,
    keep: Keep | None = None,
    run: RunBlocks = run_blocks,
    variables: Sequence[str] = USUAL,
) -> Summary:
    """What `summarize` does with a course that is prepared.

    `run` may run the blocks otherwise; `variables` are those whose quantiles are kept.
    """
    count = 1 if patients == "typical" else int(patients)
    daily = daily_index(engine)
    collector = AnswerCollector(engine, looks(engine), daily)
    spread = (_Sorted if count <= MOST_SORTED else _Counted)(engine, tuple(variables))

    def use(block: Block) -> Part:
        readouts = block.readouts
        # An analyte that no model of the course describes is NaN throughout: nothing to count.
        known = {n: readouts[n] for n in variables if not np.isnan(readouts[n][0]).any()}
        answered = block_answers(readouts, collector.seen, daily, readouts["base_pain"])
        return block, spread.prepared(known), answered

    for block, known, answered in run(engine, count, use, progress):
        spread.add(block.draw, known)
        collector.add(block.draw, answered)
        if keep is not None:
            keep(engine, block)
    quantiles = _dataset(engine, dict(zip(variables, spread.quantiles(), strict=True)), patients)
    return Summary(engine.course, quantiles, collector.answers())


class _Spread(ABC):
    """Quantiles over patients of each draw; blocks come draw by draw."""

    def __init__(self, engine: CourseEngine, variables: tuple[str, ...]) -> None:
        self._variables = variables
        self._times = len(engine.times_h)
        self._draw = 0
        shape = (len(variables), engine.draws, len(LEVELS), self._times)
        self._found = np.full(shape, np.nan)

    def prepared(self, readouts: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What `add` takes: made where the block was made, by several threads."""
        return readouts

    def add(self, draw: int, prepared: dict[str, np.ndarray]) -> None:
        """Add one block."""
        if draw != self._draw:
            self._close()
            self._draw = draw
        for name, values in prepared.items():
            self._add(name, values)

    def quantiles(self) -> np.ndarray:
        """(variable, draw, level, time)."""
        self._close()
        return self._found

    def _close(self) -> None:
        for k, name in enumerate(self._variables):
            self._found[k, self._draw] = self._read(name)

    @abstractmethod
    def _add(self, name: str, values: np.ndarray) -> None: ...

    @abstractmethod
    def _read(self, name: str) -> np.ndarray:
        """The quantiles of the draw that ends, (level, time); forget it."""


class _Sorted(_Spread):
    """Exact, by keeping and sorting all values of a draw."""

    def __init__(self, engine: CourseEngine, variables: tuple[str, ...]) -> None:
        super().__init__(engine, variables)
        self._values: dict[str, list[np.ndarray]] = {name: [] for name in variables}

    def _add(self, name: str, values: np.ndarray) -> None:
        self._values[name].append(values)

    def _read(self, name: str) -> np.ndarray:
        blocks, self._values[name] = self._values[name], []
        if not blocks:
            return np.full((len(LEVELS), self._times), np.nan)
        return sorted_quantiles(np.sort(np.concatenate(blocks, axis=1), axis=1), LEVELS)


class _Counted(_Spread):
    """For populations of any size, by counting values in bins."""

    def __init__(self, engine: CourseEngine, variables: tuple[str, ...]) -> None:
        super().__init__(engine, variables)
        self._scales = {name: _scale(name) for name in variables}
        self._sketches: dict[str, Sketch] = {}

    def prepared(self, readouts: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {name: self._scales[name].place(values) for name, values in readouts.items()}

    def _add(self, name: str, values: np.ndarray) -> None:
        if name not in self._sketches:
            self._sketches[name] = Sketch(self._times, self._scales[name])
        self._sketches[name].add(values)

    def _read(self, name: str) -> np.ndarray:
        if name not in self._sketches:
            return np.full((len(LEVELS), self._times), np.nan)
        return self._sketches.pop(name).quantiles(LEVELS)


def _scale(name: str) -> Scale:
    variable = VARIABLES[name]
    if variable.low is None or variable.high is None:
        return LogScale()
    return LinearScale(variable.low, variable.high, 1600)


def _dataset(
    engine: CourseEngine, found: Mapping[str, np.ndarray], patients: int | str
) -> xr.Dataset:
    """`found`: quantiles over patients by variable, (draw, level, time)."""
    import xarray as xr

    middle = int(np.flatnonzero(LEVELS == 0.5)[0])
    data: dict[str, Any] = {}
    for name, quantiles in found.items():
        variable = VARIABLES[name]
        about = {"units": variable.unit, "long_name": variable.description}
        # With one draw nothing is left to sum up.
        single = engine.draws == 1
        of_people = quantiles[0] if single else np.median(quantiles, axis=0)
        drawn = quantiles[:, middle]
        over_draws = np.repeat(drawn, len(LEVELS), 0) if single else np.quantile(drawn, LEVELS, 0)
        data[name] = (("quantile", "time"), of_people, about)
        data[f"{name}_median"] = (("quantile", "time"), over_draws, about)
    return xr.Dataset(
        data,
        coords={
            "time": ("time", engine.times_h, {"units": "h", "long_name": "time from first dose"}),
            "quantile": LEVELS,
        },
        attrs=provenance(engine, patients),
    )
