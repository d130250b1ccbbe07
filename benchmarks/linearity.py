"""What the reference job costs with more patients, more doses and more output times."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import nnls

if TYPE_CHECKING:
    from job import Job

PATIENTS = (1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
DOSES = (1, 2, 5, 10, 20, 40, 60)
SPACINGS = ((720, 6), (360, 5), (60, 2), (15, 1), (5, 1), (2, 1), (1, 1), (0.75, 1))
"""Minutes between outputs for 6 h after a session, and days between the others."""

MICROSECOND = 1e-6
LANES_AT_ONCE = 4_096


@dataclass(frozen=True)
class Fit:
    """How cost grows: `exponent` of the straight line through the logarithms, and a constant
    plus so much for each: `fixed` + `each` x, neither below 0."""

    exponent: float
    fixed: float
    each: float


def fit(x: Sequence[float], y: Sequence[float]) -> Fit:
    """Fit both; the second weighs relative misses, as its points span decades."""
    xs, ys = np.asarray(x, float), np.asarray(y, float)
    exponent = np.polyfit(np.log(xs), np.log(ys), 1)[0]
    weighted = np.stack([np.ones_like(xs), xs], axis=1) / ys[:, None]
    fixed, each = nnls(weighted, np.ones_like(ys))[0]
    return Fit(float(exponent), float(fixed), float(each))


def with_doses(job: Job, count: int) -> Job:
    """An infusion every day, outputs at the times of the reference job."""
    table = {**job.table, "time": {**job.table["time"], "sessions_day": list(range(count))}}
    return replace(job, table=table, asked_h=tuple(job.times_h))


def with_spacing(job: Job, minutes: float, days: int) -> Job:
    """The six infusions, with outputs so far apart."""
    near = np.arange(0.0, 6.0 * 60.0 + minutes / 2.0, minutes)
    near = near[near <= 6.0 * 60.0]
    every = np.arange(0, job.times_h[-1] * 60.0 + 1.0, days * 24 * 60.0)
    asked = np.unique(np.concatenate([every, *(60.0 * start + near for start in job.session_h)]))
    return replace(job, asked_h=tuple(asked / 60.0))


def microseconds(job: Job, count: int, repeats: int) -> float:
    """Microseconds a patient on one core: results in memory, compiling apart, the best run."""
    from sordino_job import SordinoJob

    ready = SordinoJob(job)
    people = job.population(count)
    ready.trajectories({name: values[: ready.lanes] for name, values in people.items()}, 1)
    seconds: list[float] = []
    for _ in range(repeats):
        start = time.perf_counter()
        ready.trajectories(people, 1)
        seconds.append(time.perf_counter() - start)
    return min(seconds) / count / MICROSECOND


def measure(job: Job, repeats: int, largest: int) -> dict[str, Any]:
    """Each of the three alone; populations of at most `largest`."""
    some = min(LANES_AT_ONCE, largest)
    counts = [count for count in PATIENTS if count <= largest]
    spaced = [with_spacing(job, *spacing) for spacing in SPACINGS]
    return {
        "patients": {
            "x": counts,
            "y": [microseconds(job, n, repeats) * n * MICROSECOND for n in counts],
        },
        "doses": {
            "x": list(DOSES),
            "y": [microseconds(with_doses(job, n), some, repeats) for n in DOSES],
        },
        "times": {
            "x": [len(one.times_h) for one in spaced],
            "y": [microseconds(one, some, repeats) for one in spaced],
        },
    }


DECADES = [10.0**k for k in range(-2, 6)]
AS_WRITTEN = "datum.value < 1 ? format(datum.value, '~f') : format(datum.value, ',')"
"""Axis labels with all their digits: 0.01, 10,000."""

TITLES = {
    "patients": ("patients", "seconds"),
    "doses": ("doses", "µs a patient"),
    "times": ("output times", "µs a patient"),
}


def chart(found: Mapping[str, Mapping[str, Sequence[float]]]) -> Any:
    """Three panels with logarithmic axes: points, and the line of a constant plus so much each."""
    import altair as alt
    import pandas as pd

    from sordino.report.panels import DRUG, MUTED, PLAIN_DASH, WIDE, styled

    panels: list[Any] = []
    for name, points in found.items():
        across, up = TITLES[name]
        fitted = fit(points["x"], points["y"])
        line = np.geomspace(points["x"][0], points["x"][-1], 60)
        measured = pd.DataFrame({"x": points["x"], "y": points["y"]})
        drawn = pd.DataFrame({"x": line, "y": fitted.fixed + fitted.each * line})
        scale, axis = alt.Scale(type="log"), alt.Axis(values=DECADES, labelExpr=AS_WRITTEN)
        x = alt.X("x:Q", title=across, scale=scale, axis=axis)
        y = alt.Y("y:Q", title=up, scale=scale, axis=axis)
        panels.append(
            alt.layer(
                alt.Chart(drawn).mark_line(color=MUTED, strokeDash=PLAIN_DASH).encode(x, y),
                alt.Chart(measured).mark_point(color=DRUG, filled=True, size=45).encode(x, y),
            ).properties(width=WIDE.share(3, 60), height=150)
        )
    return styled(alt.hconcat(*panels).properties(background="white"), WIDE)
