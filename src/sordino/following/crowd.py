"""The virtual people from whom a person is learned, and what a course does to them.

Each lane is another patient under another draw of what studies leave open: together they are the
prior. A course runs through the engine once for all of them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from sordino.course import Course
from sordino.following.likelihood import Response
from sordino.library.pd_schema import load_pd_model
from sordino.pd.pain import expectation, session_clock
from sordino.pk.lengths import to_hours, to_ticks
from sordino.pk.parts import side_by_side
from sordino.population import draw_all_typical, effect_values
from sordino.simulation.blocks import LANES, keep_freed_memory, thread_count
from sordino.simulation.engine import EFFECTS, CourseEngine, Readouts
from sordino.simulation.lanes import Lanes

Numbers = NDArray[np.float64]
Values = dict[str, Numbers]

DAY_H = 24.0
SHOWN = ("conc_ketamine", "conc_norketamine", "conc_hydroxynorketamine")


@dataclass(frozen=True, eq=False)
class Crowd:
    """So many virtual people, drawn with a seed; `given`: known covariates of the patient.

    `typical`: values (lane,) by effect file and parameter. `weight`: how much each lane counts,
    on the log scale, where something else than the diary was measured.
    """

    count: int
    seed: int
    typical: dict[str, Values]
    weight: Numbers

    def value(self, name: str, slow_clock: str = "lag") -> Numbers:
        """A parameter of the effects, lane by lane."""
        clock = "slow_turnover" if slow_clock == "turnover" else "slow_lag"
        files = (self.typical[clock], *self.typical.values())
        return next(values[name] for values in files if name in values)

    @cached_property
    def lanes(self) -> NDArray[np.int32]:
        """Numbers of all lanes."""
        return np.arange(self.count, dtype=np.int32)

    @cached_property
    def c50_fast(self) -> Numbers:
        """C50 of the fast effect of each person, ng/mL."""
        drawn = {name: jnp.asarray(v) for name, v in self.typical["fast_effect"].items()}
        fast = load_pd_model("fast_effect")
        values = effect_values(fast, drawn, jnp.asarray(self.lanes), self.seed)
        return np.asarray(values["c50_fast"])

    def top(self, slow_clock: str) -> Numbers:
        """The largest slow effect in fibromyalgia of a slow responder, a fraction."""
        emax = "emax_turnover" if slow_clock == "turnover" else "emax_slow"
        return self.value(emax, slow_clock) * self.value("transfer", slow_clock)

    def for_person(self, slow_clock: str) -> Values:
        """What a person's own values are drawn around."""
        return {"p_slow": self.value("p_slow", slow_clock), "day_sd": self.value("day_sd")}


def crowd(count: int, seed: int) -> Crowd:
    """People by the calibrated draws and, where these say nothing, by what the files say.

    Numbers are keyed by `seed` and lane: the first people of a larger crowd are those of a
    smaller one.
    """
    effects = (*EFFECTS, "slow_turnover")
    owners = {name: load_pd_model(name).parameter for name in effects}
    # One lane alone would take the values as published, without what studies leave open.
    drawn = draw_all_typical(owners, jnp.arange(max(count, 2)), seed)
    typical = {
        owner: {name: np.asarray(v)[:count] for name, v in values.items()}
        for owner, values in drawn.items()
    }
    return Crowd(count, seed, typical, np.zeros(count))


def response(
    crowd: Crowd, course: Course | None, time_h: Numbers, lanes: NDArray[np.int32] | None = None
) -> Response:
    """What a course does at some times, hours from its first session, to some lanes.

    Before the first session, and without a course, there is nothing. Raises what the engine
    raises.
    """
    return exposed(crowd, course, time_h, lanes)[0]


def exposed(
    crowd: Crowd,
    course: Course | None,
    time_h: Numbers,
    lanes: NDArray[np.int32] | None = None,
    sample_h: Numbers | None = None,
    *,
    venous: bool = False,
) -> tuple[Response, dict[str, Numbers]]:
    """`response`, and concentrations (sample, lanes), ng/mL, at the times of blood samples."""
    chosen = crowd.lanes if lanes is None else lanes
    clock = "lag" if course is None else course.models.slow_clock
    shape = (len(time_h), len(chosen))
    read = {"effect_fast": np.zeros(shape), "slow_fraction": np.zeros(shape)}
    concentrations: dict[str, Numbers] = {}
    sessions = np.zeros(0)
    after = time_h >= 0.0
    if course is not None:
        asked = np.zeros(0) if sample_h is None else sample_h
        engine = _engine(crowd, course, np.concatenate([time_h[after], asked]), venous=venous)
        sessions = engine.session_h
        found = _run(engine, chosen, (*read, *(SHOWN if len(asked) else ())))
        at = np.searchsorted(engine.times_h, _ticked(time_h[after]))
        for name, into in read.items():
            into[after] = found[name][at]
        at = np.searchsorted(engine.times_h, _ticked(asked))
        concentrations = {n: found[n][at] for n in SHOWN if n in found}
    made = Response(
        fast=jnp.asarray(read["effect_fast"]),
        slow=jnp.asarray(read["slow_fraction"]),
        envelope=_envelope(crowd, time_h, sessions, chosen),
        top=jnp.asarray(crowd.top(clock)[chosen]),
        **{k: jnp.asarray(crowd.value(k)[chosen]) for k in RELIEF},
    )
    return made, concentrations


RELIEF = ("relief_mean", "relief_sd", "relief_max")


def _ticked(times_h: Numbers) -> Numbers:
    """Times as the engine has them, in whole microseconds."""
    return np.array([to_hours(to_ticks(float(t))) for t in times_h])


def _engine(crowd: Crowd, course: Course, times_h: Numbers, *, venous: bool) -> CourseEngine:
    return CourseEngine(
        course=course,
        times_h=np.unique(np.append(_ticked(times_h), 0.0)),
        draws=crowd.count,
        seed=crowd.seed,
        typical=False,
        venous=venous,
        typical_draws=crowd.typical,
    )


def _run(
    engine: CourseEngine, lanes: NDArray[np.int32], names: tuple[str, ...]
) -> dict[str, Numbers]:
    """Readouts (time, lanes) of chosen lanes, block by block."""
    keep_freed_memory()
    filled = np.pad(lanes, (0, -len(lanes) % LANES), mode="edge")

    def copied(readouts: Readouts) -> dict[str, Numbers]:
        flat = {n: side_by_side(readouts[n]) for n in names if n in readouts}
        return {n: v.reshape(len(v), -1).copy() for n, v in flat.items()}

    def block(start: int) -> dict[str, Numbers]:
        own = filled[start : start + LANES]
        return engine.run(Lanes(own, own), copied)

    starts = range(0, len(filled), LANES)
    found = [block(starts[0])] if not engine.ready(LANES) else []
    with ThreadPoolExecutor(thread_count()) as pool:
        found += pool.map(block, starts[len(found) :])
    return {n: np.concatenate([f[n] for f in found], axis=1)[:, : len(lanes)] for n in found[0]}


def _envelope(
    crowd: Crowd, time_h: Numbers, session_h: Numbers, lanes: NDArray[np.int32]
) -> jnp.ndarray:
    if not len(session_h):
        return jnp.zeros((len(time_h), len(lanes)))
    since, running = session_clock(time_h, session_h)
    return expectation(
        jnp.asarray(since),
        jnp.asarray(running),
        jnp.asarray(crowd.value("half_time_expectation")[lanes]),
        jnp.asarray(crowd.value("half_time_course")[lanes] * DAY_H),
    )
