"""Individual histories of nonlinear models: Diffrax between the points of the same timelines.

Dopri8 with a step-size control, to a relative error of 1e-9 in each step and an absolute one
of 1e-12 of the largest dose. Steady states are found as fixed points of one dosing interval by
Newton's method; one that is not found is an error, never a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

from sordino.errors import InputError
from sordino.events.table import EventTable
from sordino.pk.histories.doses import SteadyDoses
from sordino.pk.histories.dynamics import VectorField, vector_field
from sordino.pk.histories.lanes import Group, Lookup, bucket, groups, padded
from sordino.pk.histories.parameters import ParameterSets, place
from sordino.pk.histories.timeline import Timeline
from sordino.pk.system import ModelKey

RELATIVE, OF_DOSE = 1e-9, 1e-12
MAX_STEPS = 100_000
WARM_UP = 5
NEWTON_STEPS = 20
CONVERGED = 1e-8
"""How far a steady state may move in one more interval, relative to what an interval brings.

Relative to the amounts themselves the gap would also be small while they grow without end.
"""

LIMIT = 1e5
"""Amounts beyond so many times what an interval brings count as growing without end."""

CONSTANT_PERIOD_H = 24.0
"""An infusion without end repeats itself after any time; this one is taken."""

STEADY_LANES = (8, 64)

State = Float[Array, " compartment"]
Values = Mapping[str, Float[Array, ""]]
Solved = tuple[Float[Array, "lane compartment"], Bool[Array, " lane"]]


def integrate(
    table: EventTable, sets: ParameterSets, timeline: Timeline, steady: SteadyDoses
) -> Float[np.ndarray, "row compartment"]:
    """Amounts, mg, after every record of a nonlinear model.

    Raises `InputError` where the solver fails, where there is no steady state, and for steady
    states that need superposition (SS = 2, several inputs of one dose).
    """
    solve = _solver(ModelKey(sets.model), vector_field(sets.model))
    scale = float(np.max(np.concatenate([table.amt, table.rate, [1e-6]])))
    extra = _steady_amounts(table, sets, steady, solve, scale)
    amounts = np.empty_like(extra)
    lookup = Lookup.of(timeline, extra)
    for group in groups(timeline, STEADY_LANES):
        walked = _walk(table, sets, lookup, group, solve, scale)
        rows = lookup.rows[group.points]
        seen = rows >= 0
        amounts[rows[seen]] = walked[group.steps[seen], group.lanes[seen]]
    return amounts


@lru_cache(maxsize=32)
def _solver(key: ModelKey, field: VectorField) -> Callable[..., Solved]:
    """A compiled step of all lanes for a vector field.

    The step runs over a scaled time from 0 to 1, so that every lane has its own length.
    """

    def one(
        start_h: Float[Array, ""],
        length_h: Float[Array, ""],
        amounts: State,
        inflow: State,
        values: Values,
        scale: Float[Array, ""],
    ) -> tuple[State, Bool[Array, ""]]:
        def change(s: Any, y: State, _: Any) -> State:
            return length_h * (field(start_h + s * length_h, y, values) + inflow)

        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(change),
            diffrax.Dopri8(),
            t0=0.0,
            t1=1.0,
            dt0=None,
            y0=amounts,
            stepsize_controller=diffrax.PIDController(rtol=RELATIVE, atol=OF_DOSE * scale),
            max_steps=MAX_STEPS,
            throw=False,
            adjoint=diffrax.ForwardMode(),
        )
        assert solution.ys is not None
        return solution.ys[-1], solution.result == diffrax.RESULTS.successful

    return jax.jit(jax.vmap(one, in_axes=(0, 0, 0, 0, 0, None)))


def _values(sets: ParameterSets, chosen: np.ndarray) -> dict[str, np.ndarray]:
    return {name: value[chosen] for name, value in sets.values.items()}


def _walk(
    table: EventTable,
    sets: ParameterSets,
    lookup: Lookup,
    group: Group,
    solve: Callable[..., Solved],
    scale: float,
) -> Float[np.ndarray, "step lane compartment"]:
    """Amounts after every step of a group."""
    count, width, length = len(sets.model.compartment), group.width, group.length
    board = padded(lookup, group, length, count)
    end_h = np.zeros((length, width))
    end_h[group.steps, group.lanes] = lookup.timeline.time_h[group.points]
    inflow = np.zeros((length, count, width))
    inflow[:, list(lookup.timeline.channels)] = board.inflow
    walked = np.empty((length, width, count))
    here = np.zeros((width, count))
    for j in range(length):
        if board.length_h[j].any():
            moved, good = solve(
                end_h[j] - board.length_h[j],
                board.length_h[j],
                here,
                inflow[j].T,
                _values(sets, board.parameters[j]),
                scale,
            )
            bad = ~np.asarray(good) | ~np.isfinite(np.asarray(moved)).all(axis=1)
            if bad.any():
                _refuse_step(table, lookup.rows, group, j, int(np.flatnonzero(bad)[0]))
            here = np.asarray(moved)
        here = here * board.keep[j][:, None] + board.added[j].T
        walked[j] = here
    return walked


def _refuse_step(
    table: EventTable, row_of_point: np.ndarray, group: Group, step: int, lane: int
) -> None:
    there = group.points[(group.lanes == lane) & (group.steps >= step)]
    rows = row_of_point[there]
    row = int(rows[rows >= 0][0])
    raise InputError(
        "the differential equations cannot be solved up to this record",
        where=place(table, row),
        hint="the amounts run away or change too fast; check the parameters of this individual",
    )


def _steady_amounts(
    table: EventTable,
    sets: ParameterSets,
    steady: SteadyDoses,
    solve: Callable[..., Solved],
    scale: float,
) -> Float[np.ndarray, "row compartment"]:
    """What steady-state records bring, without their own dose."""
    amounts = np.zeros((len(table.row), len(sets.model.compartment)))
    if not len(steady.row):
        return amounts
    _refuse_superposition(table, steady)
    for begin in range(0, len(steady.row), STEADY_LANES[-1]):
        part = SteadyDoses(*(column[begin : begin + STEADY_LANES[-1]] for column in steady))
        found, good = _periodic(sets, part, solve, scale)
        if not good.all():
            raise InputError(
                "no steady state was found",
                where=place(table, int(part.row[np.flatnonzero(~good)[0]]), "SS"),
                hint="the doses may exceed what can be eliminated in an interval",
            )
        amounts[part.row] = found
    return amounts


def _refuse_superposition(table: EventTable, steady: SteadyDoses) -> None:
    added = table.ss[steady.row] == 2
    if added.any():
        raise InputError(
            "SS 2 adds a steady state to what is there, which a nonlinear model does not allow",
            where=place(table, int(steady.row[np.flatnonzero(added)[0]]), "SS"),
            allowed="SS 1",
        )
    order = np.sort(steady.row)
    twice = order[1:][order[1:] == order[:-1]]
    if len(twice):
        raise InputError(
            "a steady state of a nonlinear model with several inputs of one dose",
            where=place(table, int(twice[0]), "SS"),
            allowed="one input",
            hint="write the doses out with ADDL",
        )


def _periodic(
    sets: ParameterSets, steady: SteadyDoses, solve: Callable[..., Solved], scale: float
) -> tuple[Float[np.ndarray, "dose compartment"], Bool[np.ndarray, " dose"]]:
    """Amounts at the records of repeated doses, without those doses; and whether found."""
    some, count = len(steady.row), len(sets.model.compartment)
    width = bucket(some, STEADY_LANES)
    lanes = np.concatenate([np.arange(some), np.zeros(width - some, int)])
    constant = steady.constant[lanes]
    values = _values(sets, sets.row_set[steady.row][lanes])
    into = np.zeros((width, count))
    into[np.arange(width), steady.compartment[lanes]] = 1.0
    period = np.where(constant, CONSTANT_PERIOD_H, steady.period_h[lanes])
    always = np.where(constant, 1.0, np.floor(steady.duration_h[lanes] / period))
    extra_h = np.where(constant, 0.0, steady.duration_h[lanes] - always * period)
    rate, lag = steady.rate[lanes], steady.lag_h[lanes]
    bolus = into * steady.amount_mg[lanes][:, None]
    more, less = into * ((always + 1) * rate)[:, None], into * (always * rate)[:, None]

    def run(amounts: Any, until_h: np.ndarray) -> tuple[Array, Array]:
        first = np.minimum(extra_h, until_h)
        zero = np.zeros(width)
        middle, good1 = solve(zero, first, amounts, more, values, scale)
        last, good2 = solve(first, until_h - first, middle, less, values, scale)
        return last, good1 & good2

    def after_interval(amounts: Any) -> Array:
        return run(amounts, period)[0] + bolus

    given = steady.amount_mg[lanes] + rate * np.where(constant, period, steady.duration_h[lanes])
    start = jnp.asarray(bolus)
    for _ in range(WARM_UP):
        start = after_interval(start)
    lost = np.zeros(width, bool)
    for _ in range(NEWTON_STEPS):
        lost |= ~np.asarray(jnp.max(start, axis=1) < LIMIT * given)
        start = jnp.where(lost[:, None], bolus, start)
        gap = after_interval(start) - start
        near = jnp.max(jnp.abs(gap), axis=1) <= 0.1 * CONVERGED * given
        if bool(jnp.all(near | lost)):
            break
        start = jnp.maximum(start + _newton(after_interval, start, gap), 0.0)
    off = jnp.max(jnp.abs(after_interval(start) - start), axis=1)
    at_record, good = run(start, period - lag)
    found = np.asarray(at_record)
    fine = ~lost & np.asarray(good & (off <= CONVERGED * given)) & np.isfinite(found).all(axis=1)
    return found[:some], fine[:some]


def _newton(
    after_interval: Callable[[Any], Array],
    amounts: Float[Array, "lane compartment"],
    gap: Float[Array, "lane compartment"],
) -> Float[Array, "lane compartment"]:
    """The step of Newton's method for amounts that an interval does not change."""
    count = amounts.shape[1]

    def along(unit: Array) -> Array:
        tangent = jnp.broadcast_to(unit, amounts.shape)
        return jax.jvp(after_interval, (amounts,), (tangent,))[1]

    columns = jnp.stack([along(unit) for unit in jnp.eye(count)], axis=-1)
    return jnp.linalg.solve(jnp.eye(count) - columns, gap[..., None])[..., 0]
