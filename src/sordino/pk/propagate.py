"""Walk a system along a time plan: exact states at the nodes, exact outputs in between."""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from sordino.pk.exponential import Table, advance_by_lane, apply_entries, exponential_table
from sordino.pk.system import System
from sordino.pk.timeplan import TimePlan


class PlanArrays(NamedTuple):
    """The arrays of a `TimePlan`, as they travel into compiled code."""

    base_h: Float[Array, ""]
    short_h: Float[Array, " short"]
    chain: Int[Array, "op 3"]
    powers: Int[Array, " power"]
    node_h: Float[Array, "occasion node"]
    node_slot: Int[Array, "occasion node"]
    end_h: Float[Array, " occasion"]
    end_slot: Int[Array, " occasion"]
    output_node: Int[Array, "occasion output"]
    output_slot: Int[Array, "occasion output"]


class Inputs(NamedTuple):
    """What enters, per occasion.

    `rates`: mg/h of each channel from each node to the next; `amounts`: mg added to each
    moving state at each node. `timed_*` are zero-order inputs whose end differs between
    patients: for each channel that has them, the few that may run in an occasion.
    """

    rates: Float[Array, "occasion node channel lanes"]
    amounts: Float[Array, "occasion node target lanes"]
    timed_rate: Float[Array, "occasion timed lanes"]
    timed_begin_h: Float[Array, "occasion timed"]
    timed_end_h: Float[Array, "occasion timed lanes"]


def plan_arrays(plan: TimePlan, dtype: jnp.dtype) -> PlanArrays:
    """A plan as arrays, times in the given floating-point type."""
    chain = plan.lengths

    def real(numbers: float | np.ndarray) -> Array:
        return jnp.asarray(numbers, dtype)

    return PlanArrays(
        base_h=real(chain.base_h),
        short_h=real(chain.short_h),
        chain=jnp.asarray(chain.chain),
        powers=jnp.asarray(chain.powers),
        node_h=real(plan.node_h),
        node_slot=jnp.asarray(plan.node_slot),
        end_h=real(plan.end_h),
        end_slot=jnp.asarray(plan.end_slot),
        output_node=jnp.asarray(plan.output_node),
        output_slot=jnp.asarray(plan.output_slot),
    )


class _Occasion(NamedTuple):
    """One occasion's slice of everything."""

    values: tuple[Float[Array, " lanes"], ...]
    scales: tuple[Float[Array, " lanes"], ...]
    node_h: Float[Array, " node"]
    node_slot: Int[Array, " node"]
    end_h: Float[Array, ""]
    end_slot: Int[Array, ""]
    output_node: Int[Array, " output"]
    output_slot: Int[Array, " output"]
    inputs: Inputs


def walk(
    system: System,
    targets: tuple[int, ...],
    timed_channels: tuple[int, ...],
    slots: int,
    plan: PlanArrays,
    rate_values: tuple[Float[Array, "occasion lanes"], ...],
    scales: tuple[Float[Array, "occasion lanes"], ...],
    inputs: Inputs,
) -> Float[Array, "occasion outputs output lanes"]:
    """Outputs of a system at the output times of a plan, ng/mL.

    `targets`: the state that each column of `inputs.amounts` enters; `timed_channels`: the
    channel of each timed input; `slots`: size of the table of exponentials.
    """
    lanes = rate_values[0].shape[-1]

    def occasion(
        carry: tuple[Array, ...], now: _Occasion
    ) -> tuple[tuple[Array, ...], Float[Array, "outputs output lanes"]]:
        table = exponential_table(
            system.closed, system.rates, now.values, plan.short_h, plan.chain, slots
        )
        states, carry = _walk_nodes(system, targets, timed_channels, plan, table, carry, now)
        return carry, _read(system, table, states, now)

    start = tuple(jnp.zeros(lanes, rate_values[0].dtype) for _ in range(system.moving_states))
    per_occasion = _Occasion(
        rate_values,
        scales,
        plan.node_h,
        plan.node_slot,
        plan.end_h,
        plan.end_slot,
        plan.output_node,
        plan.output_slot,
        inputs,
    )
    return jax.lax.scan(occasion, start, per_occasion)[1]


def _walk_nodes(
    system: System,
    targets: tuple[int, ...],
    timed_channels: tuple[int, ...],
    plan: PlanArrays,
    table: Table,
    carry: tuple[Array, ...],
    now: _Occasion,
) -> tuple[Float[Array, "node state lanes"], tuple[Array, ...]]:
    timed = [
        _timed_input(system, plan, table, now, k, channel)
        for k, channel in enumerate(timed_channels)
    ]
    moving = system.moving_states

    def step(slot: Array, full: tuple[Array, ...], k: Array) -> list[Array]:
        """Advance to node k, where timed inputs that ended on the way are corrected."""
        moved = list(apply_entries(system.closed, tuple(table[slot]), full)[:moving])
        for _, arrival, correction in timed:
            here = arrival == k
            moved = [m + jnp.where(here, c, 0.0) for m, c in zip(moved, correction, strict=True)]
        return moved

    def node(
        full: tuple[Array, ...], at: tuple[Array, Array, Array, Array]
    ) -> tuple[tuple[Array, ...], Array]:
        k, slot, amounts, rates = at
        moved = step(slot, full, k)
        for column, target in enumerate(targets):
            moved[target] = moved[target] + amounts[column]
        running = [rates[c] for c in range(len(system.channels))]
        for (on, _, _), channel in zip(timed, timed_channels, strict=True):
            running[channel] = running[channel] + on[k]
        state = (*moved, *running)
        return state, jnp.stack(state)

    nodes = now.node_slot.shape[0]
    zero = jnp.zeros_like(carry[0])
    first = (*carry, *(zero for _ in system.channels))
    last, states = jax.lax.scan(
        node, first, (jnp.arange(nodes), now.node_slot, now.inputs.amounts, now.inputs.rates)
    )
    return states, tuple(step(now.end_slot, last, jnp.asarray(nodes)))


def _timed_input(
    system: System, plan: PlanArrays, table: Table, now: _Occasion, k: int, channel: int
) -> tuple[Float[Array, "node lanes"], Int[Array, " lanes"], tuple[Array, ...]]:
    """A zero-order input that ends at a time of its own in every lane.

    Returns its rate from each node on, the node at which its end has been passed, and what
    the state there has to be corrected by: the input is taken to run on to that node, so
    what it gave after its end is taken back.
    """
    rate, begin, end = (
        now.inputs.timed_rate[k],
        now.inputs.timed_begin_h[k],
        now.inputs.timed_end_h[k],
    )
    on = (begin <= now.node_h)[:, None] & (end[None, :] > now.node_h[:, None])
    borders = jnp.concatenate([now.node_h, now.end_h[None]])
    passed = jnp.sum(now.node_h[:, None] < end[None, :], axis=0)
    ends_here = (end > borders[0]) & (end < borders[-1]) & (begin <= end)
    too_long = jnp.where(ends_here, borders[passed] - end, 0.0)
    unit = [jnp.zeros_like(rate) for _ in range(system.size)]
    unit[system.channel_state(channel)] = jnp.ones_like(rate)
    response = advance_by_lane(
        system.closed, system.rates, now.values, table, plan.powers, plan.base_h, too_long, unit
    )
    correction = tuple(
        jnp.where(ends_here, -rate * r, 0.0) for r in response[: system.moving_states]
    )
    return on * rate, jnp.where(ends_here, passed, -1), correction


def _read(
    system: System, table: Table, states: Float[Array, "node state lanes"], now: _Occasion
) -> Float[Array, "outputs output lanes"]:
    """Rows of the exponentials at the offsets, applied to the states of the nodes."""
    closed = system.closed
    read: list[Array] = []
    for row, scale in zip(system.output_states, now.scales, strict=True):
        terms = [
            table[now.output_slot, closed.index[(row, j)]] * states[now.output_node, j]
            for j in closed.columns[row]
        ]
        total = terms[0]
        for term in terms[1:]:
            total = total + term
        read.append(total * scale)
    return jnp.stack(read)
