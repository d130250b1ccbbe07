"""The drug in the bodies of many people, each with sessions on days of their own.

One day at a time: a day with a session is walked through the same systems, exponentials and
inputs as a whole course (`pk.propagate`), from the amounts that are there in the morning; a day
without one is a single step with the matrix of the last session. So the numbers are those of
`simulate` for the course that each person turns out to have.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from sordino.course import Course
from sordino.pk.dosing import build_inputs, timed_targets
from sordino.pk.exponential import (
    ChainArrays,
    apply,
    exponential_table,
    shift_rate,
)
from sordino.pk.individual import individual_values
from sordino.pk.lengths import length_chain, to_ticks
from sordino.pk.propagate import READ_TILE, Scratch, scratch_space, walk
from sordino.pk.run import RunArrays, Structure
from sordino.simulation.engine import CourseEngine

Numbers = NDArray[np.float64]
Lanes = NDArray[np.int64]

DAY_H = 24.0
EVENING_H = 10.0
"""From the hour of a session to the evening's rating: 10:00 to 20:00, as in `following`."""
BATCH = 128
"""People that are walked together; the last of them are filled up."""
AFTER_MIN = (5.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0)
"""Minutes after a session at which dissociation and pressure are looked at, beside its own."""
AT_ONCE_MIN = (10.0, 20.0, 30.0, 40.0, 60.0, 90.0, 120.0, 180.0, 240.0)
"""The same for what is given at once."""


class Day(NamedTuple):
    """A day with a session, one moiety: what `walk_day` gives.

    `looked`: effect sites (site, time, lanes), ng/mL, at the looks and in the evening; `state`:
    amounts the next morning (place, lanes); `matrix`: exponentials of the time to the evening and
    of a day (2, entry, lanes); `late`: something still enters the next morning.
    """

    looked: Array
    state: Array
    matrix: Array
    scaled_rate: Array
    late: Array


def looks_h(course: Course) -> Numbers:
    """Hours into a session at which its effects are looked at; the last one is the evening."""
    first = course.sessions()[0]
    length = first.end_h - first.start_h
    within = length * np.array([0.25, 0.5, 0.75, 1.0]) if length else np.zeros(0)
    after = length + np.array(AFTER_MIN if length else AT_ONCE_MIN) / 60.0
    return np.unique([*within, *after, EVENING_H])


@dataclass(frozen=True)
class SessionWalk:
    """A day with one session, ready for people.

    `engine`: the course of that session alone, read at `looks_h` and a day later.
    """

    engine: CourseEngine
    faster: float = 1.0

    @cached_property
    def structures(self) -> tuple[Structure, ...]:
        """What is compiled, for each moiety."""
        return self.engine.prepared(self.faster)[0].driving[0].structures

    @cached_property
    def runs(self) -> tuple[RunArrays, ...]:
        """The numbers of the session, for each moiety; doses are for a factor of 1."""
        runs = self.engine.prepared(self.faster)[1].driving[0].runs
        return tuple(_for_session(run, len(self.engine.times_h)) for run in runs)

    @cached_property
    def parts(self) -> tuple[tuple[float, float], ...]:
        """How much of each moiety is S- and R-ketamine."""
        return self.engine.prepared(self.faster)[0].driving[0].parts

    def new_scratch(self) -> list[Scratch]:
        """Space for `walk_day`, for each moiety."""
        return [
            scratch_space(
                s.system,
                (tuple(range(s.system.moving_states)),),
                run.plan,
                s.slots,
                BATCH,
                run.plan.node_h.dtype,
            )
            for s, run in zip(self.structures, self.runs, strict=True)
        ]

    @cached_property
    def chain(self) -> tuple[ChainArrays, tuple[int, int], int]:
        """The way to the exponentials of ten hours and of a day, their slots, the room."""
        base_h = float(self.runs[0].plan.lengths.base_h)
        made = length_chain([to_ticks(EVENING_H), to_ticks(DAY_H)], 0.5 / base_h)
        arrays = ChainArrays(
            jnp.asarray(made.base_h),
            jnp.asarray(made.short_h),
            jnp.asarray(made.shorts),
            jnp.asarray(made.chain),
            jnp.asarray(made.products),
            jnp.asarray(made.powers),
        )
        slots = made.slot_of[to_ticks(EVENING_H)], made.slot_of[to_ticks(DAY_H)]
        return arrays, slots, made.slots


def _for_session(run: RunArrays, times: int) -> RunArrays:
    """The same run without what fills up its times; doses are multiplied by a factor that is
    handed over in the place of the weight."""
    read = run.plan.reads[0]
    size = times + READ_TILE
    short = read._replace(
        node=read.node[:size], row=read.row[:size], first=jnp.minimum(read.first, times)
    )
    doses = tuple(
        d._replace(fixed_mg=jnp.zeros_like(d.fixed_mg), per_kg_mg=d.fixed_mg + d.per_kg_mg)
        for d in run.doses
    )
    return run._replace(plan=run.plan._replace(reads=(short,)), doses=doses)


@partial(jax.jit, static_argnames=("structure", "slots", "room"), donate_argnames=("scratch",))
def walk_day(
    structure: Structure,
    run: RunArrays,
    chain: ChainArrays,
    slots: tuple[int, int],
    room: int,
    own: tuple[dict[str, Array], dict[str, Array], dict[str, Array]],
    factor: Array,
    morning: Array,
    scratch: Scratch,
) -> tuple[Day, Scratch]:
    """A day with a session for some people, one moiety.

    `own`: typical values, etas and covariates (lanes,); `factor`: what a dose of 1 is multiplied
    by, mg or kg; `morning`: amounts (place, lanes).
    """
    system, gates, plan = structure.system, structure.gates, run.plan
    typical, etas, covariates = own
    moiety = "" if structure.moiety in ("S", "total") else structure.moiety
    values = individual_values(system.model, typical, etas, covariates, moiety)
    rates = system.rate_entries(values, (1, factor.shape[0]))
    nodes = plan.node_h.shape[0]
    inputs, overrun = build_inputs(system, gates, run.doses, values, factor, nodes, 1)
    inputs = inputs._replace(entering=inputs.entering.at[0].add(morning))
    every = tuple(range(system.moving_states))
    (read,), scratch = walk(
        system,
        (every,),
        timed_targets(system, gates),
        plan,
        jnp.moveaxis(rates, 0, 1),
        (jnp.ones((1, len(every), factor.shape[0])),),
        inputs,
        scratch,
    )
    fastest = jnp.max(shift_rate(system.pattern, rates))
    first = len(system.compartments)
    end = jnp.zeros_like(morning).at[: len(every)].set(read[:, -1])
    table = jnp.zeros((room, rates.shape[0], factor.shape[0]))
    table = exponential_table(system.pattern, rates[:, 0], chain, table)
    base_h = jnp.maximum(plan.lengths.base_h, chain.base_h)
    late = overrun | jnp.any((inputs.timed_rate > 0.0) & (inputs.timed_end_h > DAY_H))
    day = Day(read[first:, :-1], end, table[jnp.asarray(slots)], fastest * base_h, late)
    return day, scratch


@partial(jax.jit, static_argnames=("structure",))
def rest_day(structure: Structure, matrix: Array, state: Array) -> tuple[Array, Array]:
    """A day without a session: effect sites (site, lanes) in the evening, and the next morning."""
    system = structure.system
    evening, after = (apply(system.pattern, one, state) for one in matrix)
    first = len(system.compartments)
    return evening[first : first + len(system.sites)], after
