"""Walk a system along a time plan: exact states at the nodes, exact outputs in between."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from sordino.pk.exponential import (
    ChainArrays,
    Matrix,
    State,
    Table,
    advance_by_lane,
    apply,
    exponential_table,
)
from sordino.pk.system import System
from sordino.pk.timeplan import TILE, TimePlan


class PlanArrays(NamedTuple):
    """The arrays of a `TimePlan`, as they travel into compiled code."""

    lengths: ChainArrays
    node_h: Float[Array, "tile node"]
    node_slot: Int[Array, "tile node"]
    offset_slot: Int[Array, " offset"]
    read_node: Int[Array, " time"]
    read_offset: Int[Array, " time"]
    read_occasion: Int[Array, " time"]
    first_tile: Int[Array, " occasion+1"]
    start_h: Float[Array, " occasion"]
    end_h: Float[Array, " occasion"]
    end_slot: Int[Array, " occasion"]
    occasions: Int[Array, ""]


class Inputs(NamedTuple):
    """What enters.

    `rates`: mg/h of each channel from each node to the next; `amounts`: mg added to each
    moving state at each node. `timed_*` are zero-order inputs whose end differs between
    patients: for each occasion and channel that has them, the few that may run in it.
    """

    rates: Float[Array, "tile node lanes channel"]
    amounts: Float[Array, "tile node lanes target"]
    timed_rate: Float[Array, "occasion timed lanes"]
    timed_begin_h: Float[Array, "occasion timed"]
    timed_end_h: Float[Array, "occasion timed lanes"]


def plan_arrays(plan: TimePlan, dtype: jnp.dtype) -> PlanArrays:
    """A plan as arrays, times in the given floating-point type."""
    lengths = plan.lengths

    def real(numbers: float | np.ndarray) -> Array:
        return jnp.asarray(numbers, dtype)

    return PlanArrays(
        lengths=ChainArrays(
            base_h=real(lengths.base_h),
            short_h=real(lengths.short_h),
            shorts=jnp.asarray(lengths.shorts),
            chain=jnp.asarray(lengths.chain),
            products=jnp.asarray(lengths.products),
            powers=jnp.asarray(lengths.powers),
        ),
        node_h=real(plan.node_h),
        node_slot=jnp.asarray(plan.node_slot),
        offset_slot=jnp.asarray(plan.offset_slot),
        read_node=jnp.asarray(plan.read_node),
        read_offset=jnp.asarray(plan.read_offset),
        read_occasion=jnp.asarray(plan.read_occasion),
        first_tile=jnp.asarray(plan.first_tile),
        start_h=real(plan.start_h),
        end_h=real(plan.end_h),
        end_slot=jnp.asarray(plan.end_slot),
        occasions=jnp.asarray(plan.occasions),
    )


class _Timed(NamedTuple):
    """A timed input during one occasion.

    Its rate and span; the node at which its end has been passed; and what it gave between the
    node before and that one, as it is there. Nothing is taken back, so nothing cancels.
    """

    channel: int
    rate: Float[Array, " lanes"]
    begin_h: Float[Array, ""]
    end_h: Float[Array, " lanes"]
    arrival: Int[Array, " lanes"]
    last_part: State


def walk(
    system: System,
    targets: tuple[int, ...],
    timed_channels: tuple[int, ...],
    slots: int,
    plan: PlanArrays,
    rates: Float[Array, "occasion lanes state state"],
    scales: Float[Array, "occasion outputs lanes"],
    inputs: Inputs,
) -> Float[Array, "time outputs lanes"]:
    """Outputs of a system at the output times of a plan: states times `scales`.

    `targets`: the state that each column of `inputs.amounts` enters; `timed_channels`: the
    channel of each timed input; `slots`: size of the table of exponentials.
    """
    lanes = rates.shape[1]
    outputs = jnp.asarray(system.output_states)
    moving = system.moving_states

    def occasion(k: Array, carry: _Walked) -> _Walked:
        start, states, rows = carry
        table = exponential_table(rates[k], plan.lengths, slots)
        timed = [
            _timed_input(system, plan, table, rates[k], inputs, k, place, channel)
            for place, channel in enumerate(timed_channels)
        ]
        read_off = jnp.moveaxis(table[plan.offset_slot][:, :, outputs], 1, -1)
        rows = rows.at[k].set(read_off * scales[k][None, :, None])

        def step(slot: Array, full: State, node: Array) -> State:
            """Advance to a node; timed inputs that ended on the way add their last part."""
            moved = apply(table[slot], full)
            for one in timed:
                moved = moved + jnp.where((one.arrival == node)[:, None], one.last_part, 0.0)
            return moved

        def node(j: Array, walked: tuple[State, Array], tile: Array) -> tuple[State, Array]:
            full, states = walked
            moved = step(plan.node_slot[tile, j], full, tile * TILE + j)
            for column, target in enumerate(targets):
                moved = moved.at[:, target].add(inputs.amounts[tile, j, :, column])
            running = inputs.rates[tile, j]
            for one in timed:
                on = (one.begin_h <= plan.node_h[tile, j]) & (one.end_h > plan.node_h[tile, j])
                on = on & (one.arrival != tile * TILE + j + 1)
                running = running.at[:, one.channel].add(jnp.where(on, one.rate, 0.0))
            state = jnp.concatenate([moved[:, :moving], running], axis=1)
            return state, states.at[j].set(state)

        def tile(k: Array, walked: tuple[State, Array]) -> tuple[State, Array]:
            full, states = walked
            here = jnp.zeros((TILE, lanes, system.size), rates.dtype)
            full, here = jax.lax.fori_loop(0, TILE, lambda j, w: node(j, w, k), (full, here))
            return full, states.at[k].set(jnp.moveaxis(here, 1, 2))

        last, states = jax.lax.fori_loop(
            plan.first_tile[k], plan.first_tile[k + 1], tile, (start, states)
        )
        end = step(plan.end_slot[k], last, plan.first_tile[k + 1] * TILE)
        return end, states, rows

    begin = jnp.zeros((lanes, system.size), rates.dtype)
    states = jnp.zeros((*plan.node_h.shape, system.size, lanes), rates.dtype)
    shape = (rates.shape[0], plan.offset_slot.shape[0], outputs.shape[0], system.size, lanes)
    walked = (begin, states, jnp.zeros(shape, rates.dtype))
    _, states, rows = jax.lax.fori_loop(0, plan.occasions, occasion, walked)
    return _read(plan, states.reshape(-1, *states.shape[2:]), rows)


_Walked = tuple[State, Array, Array]


def _timed_input(
    system: System,
    plan: PlanArrays,
    table: Table,
    rates: Matrix,
    inputs: Inputs,
    occasion: Array,
    place: int,
    channel: int,
) -> _Timed:
    """One timed input as occasion number `occasion` sees it."""
    rate = inputs.timed_rate[occasion, place]
    begin = inputs.timed_begin_h[occasion, place]
    end = inputs.timed_end_h[occasion, place]
    nodes = plan.node_h.reshape(-1)
    beyond = plan.first_tile[occasion + 1] * TILE
    passed = jnp.minimum(jnp.searchsorted(nodes, end, side="left"), beyond)
    border = jnp.where(
        passed < beyond, nodes[jnp.minimum(passed, nodes.shape[0] - 1)], plan.end_h[occasion]
    )
    ends_here = (end > plan.start_h[occasion]) & (end < plan.end_h[occasion]) & (begin <= end)
    running = jnp.where(ends_here, end - nodes[jnp.maximum(passed - 1, 0)], 0.0)
    over = jnp.where(ends_here, border - end, 0.0)
    unit = jnp.zeros((rate.shape[0], system.size), rates.dtype)
    unit = unit.at[:, system.channel_state(channel)].set(1.0)
    given = advance_by_lane(rates, table, plan.lengths, running, unit)
    given = given.at[:, system.moving_states :].set(0.0)
    given = advance_by_lane(rates, table, plan.lengths, over, given)
    last_part = jnp.where(ends_here, rate, 0.0)[:, None] * given
    arrival = jnp.where(ends_here, passed, -1)
    return _Timed(channel, rate, begin, end, arrival, last_part)


def _read(
    plan: PlanArrays,
    states: Float[Array, "node state lanes"],
    rows: Float[Array, "occasion offset outputs state lanes"],
) -> Float[Array, "time outputs lanes"]:
    """Rows of the exponentials at the offsets, applied to the states of the nodes."""

    def one(_: None, at: tuple[Array, Array, Array]) -> tuple[None, Array]:
        node, offset, occasion = at
        return None, jnp.sum(rows[occasion, offset] * states[node], axis=1)

    return jax.lax.scan(one, None, (plan.read_node, plan.read_offset, plan.read_occasion))[1]
