"""People with and without the drug: what a course does to groups of virtual patients.

The same people are in both arms and in every draw, so a difference is the drug alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from sordino.course import Course
from sordino.simulation.answers import (
    AnswerCollector,
    BlockAnswers,
    Look,
    block_answers,
)
from sordino.simulation.blocks import Block, run_blocks
from sordino.simulation.engine import CourseEngine, TypicalDraws
from sordino.simulation.grid import snapped

DAY_H = 24.0
WEEK_DAYS = 7
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Arms:
    """What the arms of a course show, draw by draw; `baseline` (draw,) is mean pain before it.

    Arms are with the drug (0) and without it (1). `pain` (draw, arm, look): means over patients,
    0 to 10; `spread` (draw, arm, look): their standard deviation; `responders` (draw, arm, look,
    threshold): out of 100, pain down by 30 or by 50 percent; `relief_days` (draw, arm): days
    per patient with 30 percent relief.
    """

    days: tuple[float, ...]
    baseline: np.ndarray
    pain: np.ndarray
    spread: np.ndarray
    responders: np.ndarray
    relief_days: np.ndarray

    @property
    def pain_effect(self) -> np.ndarray:
        """Mean pain with the drug less without it, (draw, look); negative is relief."""
        return self.pain[:, 0] - self.pain[:, 1]

    @property
    def responder_effect(self) -> np.ndarray:
        """Responders because of the drug, out of 100, (draw, look, threshold)."""
        return self.responders[:, 0] - self.responders[:, 1]


@dataclass(frozen=True)
class Setting:
    """How many people and draws a run takes, and its seed.

    `progress` is called with blocks done and blocks in all, anew for each run; what it raises
    ends the work.
    """

    patients: int
    draws: int
    seed: int
    progress: Progress | None = field(default=None, compare=False, repr=False)

    def pause(self) -> None:
        """Let whoever looks at the progress end the work, where a piece of it has no blocks."""
        if self.progress is not None:
            self.progress(0, 1)


def run_arms(
    course: Course,
    days: Sequence[float],
    setting: Setting,
    *,
    from_h: float = 0.0,
    relief_until_h: float | None = None,
    typical_draws: TypicalDraws | None = None,
) -> Arms:
    """Run a course and look at pain on some days after `from_h`.

    From day 7 on a look is the mean over the week that ends there; before, it is that moment.
    With `relief_until_h` days with relief are counted, from a day after `from_h` to then.
    """
    engine = arms_engine(course, days, setting, from_h, relief_until_h, typical_draws)
    looks = tuple(_look(engine.times_h, from_h, day) for day in days)
    daily = np.searchsorted(engine.times_h, _daily_h(from_h, relief_until_h) - 1e-9)
    collector = AnswerCollector(engine, looks, daily)
    squares = np.zeros((setting.draws, 2, len(looks)))
    baseline = np.zeros(setting.draws)

    def use(block: Block) -> tuple[int, BlockAnswers, np.ndarray, float]:
        found = {name: block.readout(name) for name in NEEDED}
        answers = block_answers(found, looks, daily, found["base_pain"])
        return block.draw, answers, _squares(found, looks), float(found["base_pain"].sum())

    parts = run_blocks(engine, setting.patients, use, setting.progress)
    for draw, answers, squared, base in parts:
        collector.add(draw, answers)
        squares[draw] += squared
        baseline[draw] += base
    count = collector.count[:, None, None]
    mean = collector.pain / count
    return Arms(
        days=tuple(days),
        baseline=baseline / collector.count,
        pain=mean,
        spread=np.sqrt(np.maximum(squares / count - mean**2, 0.0)),
        responders=100.0 * collector.responders / count[..., None],
        relief_days=collector.relief_days / collector.count[:, None],
    )


NEEDED = (
    "pain",
    "pain_placebo",
    "base_pain",
    "fit_to_leave",
    "slow_responder",
    "conc_ketamine",
    "cadss",
    "sbp_change",
    "dbp_change",
    "heart_rate_change",
    "nmda_block",
)


def arms_engine(
    course: Course,
    days: Sequence[float],
    setting: Setting,
    from_h: float = 0.0,
    relief_until_h: float | None = None,
    typical_draws: TypicalDraws | None = None,
) -> CourseEngine:
    """The engine of `run_arms`, which reads nothing but the times that are looked at."""
    wanted = [from_h + DAY_H * d for day in days for d in _days_of(day)]
    times = snapped([0.0, *wanted, *_daily_h(from_h, relief_until_h)])
    return CourseEngine(
        course=course,
        times_h=times,
        draws=setting.draws,
        seed=setting.seed,
        typical=False,
        venous=False,
        analytes=("ketamine",),
        typical_draws=typical_draws,
    )


def _days_of(day: float) -> list[float]:
    return [day] if day < WEEK_DAYS else [day - k for k in range(WEEK_DAYS)]


def _look(times_h: np.ndarray, from_h: float, day: float) -> Look:
    wanted = from_h + DAY_H * np.sort(_days_of(day))
    return Look(f"day {day:g}", from_h + DAY_H * day, np.searchsorted(times_h, wanted - 1e-9))


def _daily_h(from_h: float, until_h: float | None) -> np.ndarray:
    return np.array([]) if until_h is None else np.arange(from_h + DAY_H, until_h + 1e-9, DAY_H)


def _squares(found: dict[str, np.ndarray], looks: tuple[Look, ...]) -> np.ndarray:
    arms = (found["pain"], found["pain_placebo"])
    return np.array([[(arm[k.index].mean(axis=0) ** 2).sum() for k in looks] for arm in arms])
