"""`summarize`: a course to quantiles and answers, for populations of any size."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

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
from sordino.simulation.sketch import LinearScale, LogScale, Scale, Sketch
from sordino.simulation.variables import USUAL, VARIABLES

if TYPE_CHECKING:
    import xarray as xr

Progress = Callable[[int, int], None]
Keep = Callable[[CourseEngine, Block], None]


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
    count = 1 if patients == "typical" else int(patients)
    scales = {name: _scale(name) for name in USUAL}
    daily = daily_index(engine)
    collector = AnswerCollector(engine, looks(engine), daily)
    found = np.full((len(USUAL), draws, len(LEVELS), len(engine.times_h)), np.nan)

    def use(block: Block) -> tuple[Block, dict[str, np.ndarray], BlockAnswers]:
        readouts = block.readouts
        # An analyte that no model of the course describes is NaN throughout: nothing to count.
        known = {n: v for n, v in readouts.items() if n in scales and not np.isnan(v[0]).any()}
        places = {n: scales[n].place(v) for n, v in known.items()}
        return block, places, block_answers(readouts, collector.seen, daily, readouts["base_pain"])

    current, sketches = 0, _sketches(scales, engine)
    for block, places, answered in run_blocks(engine, count, use, progress):
        if block.draw != current:
            _read_quantiles(found, current, sketches)
            current, sketches = block.draw, _sketches(scales, engine)
        for name, place in places.items():
            sketches[name].add(place)
        collector.add(block.draw, answered)
        if keep is not None:
            keep(engine, block)
    _read_quantiles(found, current, sketches)
    return Summary(engine.course, _dataset(engine, found, patients), collector.answers())


def _scale(name: str) -> Scale:
    variable = VARIABLES[name]
    if variable.low is None or variable.high is None:
        return LogScale()
    return LinearScale(variable.low, variable.high, 1600)


def _sketches(scales: dict[str, Scale], engine: CourseEngine) -> dict[str, Sketch]:
    return {name: Sketch(len(engine.times_h), scale) for name, scale in scales.items()}


def _read_quantiles(found: np.ndarray, draw: int, sketches: dict[str, Sketch]) -> None:
    for k, sketch in enumerate(sketches.values()):
        found[k, draw] = sketch.quantiles(LEVELS)


def _dataset(engine: CourseEngine, found: np.ndarray, patients: int | str) -> xr.Dataset:
    import xarray as xr

    middle = int(np.flatnonzero(LEVELS == 0.5)[0])
    data: dict[str, Any] = {}
    for k, name in enumerate(USUAL):
        variable = VARIABLES[name]
        about = {"units": variable.unit, "long_name": variable.description}
        data[name] = (("quantile", "time"), np.median(found[k], axis=0), about)
        over_draws = np.quantile(found[k, :, middle], LEVELS, axis=0)
        data[f"{name}_median"] = (("quantile", "time"), over_draws, about)
    return xr.Dataset(
        data,
        coords={
            "time": ("time", engine.times_h, {"units": "h", "long_name": "time from first dose"}),
            "quantile": LEVELS,
        },
        attrs=provenance(engine, patients),
    )
