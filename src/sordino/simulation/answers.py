"""The questions a course answers: counts out of 100, sessions, relief, what to expect.

Every count is made within one parameter draw, over its patients and their days; the
interval is over draws, so it holds what studies leave open and nothing else.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sordino.simulation.engine import CourseEngine
from sordino.simulation.sketch import LinearScale, LogScale, Sketch

DAYS = (1, 7, 14, 28, 56, 84)
THRESHOLDS = (30, 50)
SOON_H = 2.0
LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])


@dataclass(frozen=True)
class Estimate:
    """A number, the mean over parameter draws, and their 90 percent interval.

    With one draw there is no interval. Means add up: with the drug less without it is the
    difference.
    """

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Response:
    """Who responds at one time, out of 100, with the drug, without it, and because of it."""

    label: str
    time_h: float
    threshold_percent: int
    with_drug: Estimate
    without_drug: Estimate
    difference: Estimate


@dataclass(frozen=True)
class PainAt:
    """Mean pain at one time, with and without the drug."""

    label: str
    time_h: float
    with_drug: Estimate
    without_drug: Estimate
    difference: Estimate


@dataclass(frozen=True)
class Spread:
    """How much people differ: median and the middle 90 of 100, over patients and draws."""

    median: float
    low: float
    high: float
    unit: str
    description: str


@dataclass(frozen=True)
class Answers:
    """All answers of one course."""

    responses: tuple[Response, ...]
    pain: tuple[PainAt, ...]
    relief_days: Estimate
    relief_days_without: Estimate
    relief_window_days: int
    peaks: dict[str, Spread]
    fit_to_leave_min: tuple[Spread, ...]
    slow_responders: Estimate

    def as_dict(self) -> dict[str, Any]:
        """The answers as plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Look:
    """One look at pain: the output times that are averaged."""

    label: str
    time_h: float
    index: np.ndarray


def looks(engine: CourseEngine) -> tuple[Look, ...]:
    """Two hours after the first session, the next day, then weekly means.

    Days count from the start of the first session; what lies beyond the observation of the
    course is not looked at.
    """
    times, until = engine.times_h, engine.course.until_h + 1e-9
    first = engine.course.sessions()[0]
    soon = first.end_h + SOON_H
    found: list[Look] = []
    if soon <= until:
        at = int(np.argmin(np.abs(times - soon)))
        label = f"{SOON_H:g} hours after the first session"
        found.append(Look(label, float(times[at]), np.array([at])))
    for day in DAYS:
        at_h = first.start_h + 24.0 * day
        if at_h > until:
            continue
        days = np.array([0]) if day < 7 else np.arange(-6, 1)
        index = np.searchsorted(times, at_h + 24.0 * days - 1e-9)
        label = "day 1" if day == 1 else f"week {day // 7}"
        found.append(Look(label, at_h, index))
    return tuple(found)


def daily_index(engine: CourseEngine) -> np.ndarray:
    """Where the output times hold one look a day, from the day after the first session on."""
    start = engine.course.sessions()[0].start_h
    days = np.arange(start + 24.0, engine.course.until_h + 1e-9, 24.0)
    return np.searchsorted(engine.times_h, days - 1e-9)


PEAKS = {
    "conc_ketamine": ("ng/mL", "highest blood level of ketamine"),
    "cadss": ("CADSS points", "highest dissociation score"),
    "sbp_change": ("mmHg", "largest rise of systolic pressure"),
    "dbp_change": ("mmHg", "largest rise of diastolic pressure"),
    "heart_rate_change": ("1/min", "largest rise of heart rate"),
    "nmda_block": ("fraction", "largest NMDA block (receptor model)"),
}


@dataclass(frozen=True)
class BlockAnswers:
    """What one block contributes: sums over its patients, and peaks as they are."""

    count: int
    responders: np.ndarray  # (arm, look, threshold)
    pain: np.ndarray  # (arm, look)
    relief_days: np.ndarray  # (arm,)
    peaks: dict[str, np.ndarray]
    fit_to_leave: np.ndarray  # (session, patient)
    slow_responders: float


def block_answers(
    readouts: dict[str, np.ndarray],
    seen: tuple[Look, ...],
    daily: np.ndarray,
    base: np.ndarray,
) -> BlockAnswers:
    """Answers of one block; `base` is the baseline pain of its patients.

    Where it is 0 nothing can be relieved.
    """
    base = np.where(base > 0.0, base, np.nan)  # a comparison with NaN is false
    arms = [readouts["pain"], readouts["pain_placebo"]]
    means = [[arm[look.index].mean(axis=0) for look in seen] for arm in arms]
    pain = np.array(means).reshape(len(arms), len(seen), len(base))  # also when there is no look
    relief = 1.0 - pain / base
    hit = np.stack([relief >= level / 100 for level in THRESHOLDS], axis=2)
    days = [((1.0 - arm[daily] / base) >= 0.3).sum() for arm in arms]
    return BlockAnswers(
        count=len(base),
        responders=hit.sum(axis=3),
        pain=pain.sum(axis=2),
        relief_days=np.array(days, float),
        peaks={name: readouts[name].max(axis=0) for name in PEAKS},
        fit_to_leave=readouts["fit_to_leave"],
        slow_responders=float((readouts["slow_responder"] > 0).sum()),
    )


class AnswerCollector:
    """Adds up the answers of blocks, draw by draw."""

    def __init__(self, engine: CourseEngine, seen: tuple[Look, ...], daily: np.ndarray) -> None:
        shape = (engine.draws, 2, len(seen))
        self.seen = seen
        self.daily = daily
        self.count = np.zeros(engine.draws)
        self.responders = np.zeros((*shape, len(THRESHOLDS)))
        self.pain = np.zeros(shape)
        self.relief_days = np.zeros((engine.draws, 2))
        self.slow = np.zeros(engine.draws)
        self.peaks = {name: Sketch(1, _peak_scale(name)) for name in PEAKS}
        self.leave = Sketch(len(engine.session_h), LinearScale(0.0, 20160.0, 20160))

    def add(self, draw: int, block: BlockAnswers) -> None:
        """Add one block."""
        self.count[draw] += block.count
        self.responders[draw] += block.responders
        self.pain[draw] += block.pain
        self.relief_days[draw] += block.relief_days
        self.slow[draw] += block.slow_responders
        for name, values in block.peaks.items():
            sketch = self.peaks[name]
            sketch.add(sketch.scale.place(values[None, :]))
        # A patient who is not fit before the next session counts at the end of the scale.
        self.leave.add(self.leave.scale.place(np.nan_to_num(block.fit_to_leave, nan=np.inf)))

    def answers(self) -> Answers:
        """The answers over all draws."""
        per = self.count[:, None, None]
        share = 100.0 * self.responders / per[..., None]
        mean = self.pain / per
        relief = self.relief_days / self.count[:, None]
        return Answers(
            responses=tuple(
                Response(look.label, look.time_h, level, *_arms(share[:, :, i, j]))
                for i, look in enumerate(self.seen)
                for j, level in enumerate(THRESHOLDS)
            ),
            pain=tuple(
                PainAt(look.label, look.time_h, *_arms(mean[:, :, i]))
                for i, look in enumerate(self.seen)
            ),
            relief_days=estimate(relief[:, 0]),
            relief_days_without=estimate(relief[:, 1]),
            relief_window_days=len(self.daily),
            peaks={n: _spread(s, *PEAKS[n]) for n, s in self.peaks.items()},
            fit_to_leave_min=_leave(self.leave),
            slow_responders=estimate(100.0 * self.slow / self.count),
        )


def _peak_scale(name: str) -> LogScale | LinearScale:
    return LinearScale(0.0, 1.0, 2000) if PEAKS[name][0] == "fraction" else LogScale()


def _arms(per_draw: np.ndarray) -> tuple[Estimate, Estimate, Estimate]:
    with_drug, without = per_draw[:, 0], per_draw[:, 1]
    return estimate(with_drug), estimate(without), estimate(with_drug - without)


def estimate(per_draw: np.ndarray) -> Estimate:
    """The mean over draws and their 90 percent interval; none for a single draw."""
    if len(per_draw) == 1:
        return Estimate(float(per_draw[0]), None, None)
    low, high = np.quantile(per_draw, [0.05, 0.95])
    return Estimate(float(per_draw.mean()), float(low), float(high))


def _spread(sketch: Sketch, unit: str, description: str) -> Spread:
    low, middle, high = sketch.quantiles(np.array([0.05, 0.5, 0.95]))[:, 0]
    return Spread(float(middle), float(low), float(high), unit, description)


def _leave(sketch: Sketch) -> tuple[Spread, ...]:
    about = "minutes from the start of the session until fit to leave"
    levels = sketch.quantiles(np.array([0.05, 0.5, 0.95]))
    return tuple(Spread(float(m), float(lo), float(hi), "min", about) for lo, m, hi in levels.T)
