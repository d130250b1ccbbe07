"""Walk a system along a time plan: exact states at the nodes, exact outputs in between."""

from __future__ import annotations

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from sordino.pk.exponential import (
    ChainArrays,
    Entries,
    State,
    Table,
    advance_by_lane,
    apply,
    exponential_table,
)
from sordino.pk.lengths import NEAR_H, ROW_TILE
from sordino.pk.pattern import Pattern, Rows, sum_of_products
from sordino.pk.system import System
from sordino.pk.timeplan import TimePlan

READ_TILE = 16
"""Output times that are read together."""

ReadStates = tuple[tuple[int, ...], ...]
"""The states that each read set looks at."""


class ReadArrays(NamedTuple):
    """The arrays of a `ReadPlan`, with a tile more of times, and of its `RowChain`."""

    node: Int[Array, " time"]
    row: Int[Array, " time"]
    first: Int[Array, " occasion+1"]
    ops: Int[Array, "tile op 2"]
    tiles: Int[Array, ""]


class PlanArrays(NamedTuple):
    """The arrays of a `TimePlan`, as they travel into compiled code."""

    lengths: ChainArrays
    node_h: Float[Array, " node"]
    node_slot: Int[Array, " node"]
    reads: tuple[ReadArrays, ...]
    first_node: Int[Array, " occasion+1"]
    start_h: Float[Array, " occasion"]
    end_h: Float[Array, " occasion"]
    end_slot: Int[Array, " occasion"]
    occasions: Int[Array, ""]


class Scratch(NamedTuple):
    """Space that a walk writes over: it is handed on, so that nobody has to clear it."""

    table: Table
    states: Float[Array, "node place lanes"]
    rows: tuple[Float[Array, "row entry lanes"], ...]
    outputs: tuple[Float[Array, "_outputs _time lanes"], ...]


class Inputs(NamedTuple):
    """What enters.

    `entering`: what the state of each node gets beside what it had become: mg in the moving
    states, mg/h to the next node in the channels. `timed_*` are inputs whose times differ
    between patients: for each occasion and target that has them, the few that may act in it.
    They run at mg/h from begin to end, or give mg at once where they do not last.
    """

    entering: Float[Array, "node place lanes"]
    timed_rate: Float[Array, "occasion timed lanes"]
    timed_begin_h: Float[Array, "occasion timed lanes"]
    timed_end_h: Float[Array, "occasion timed lanes"]


class Timed(NamedTuple):
    """The state that a timed input enters: at once, or as the channel that it runs in.

    `late`: it begins at a time of its own in every patient.
    """

    state: int
    lasts: bool
    late: bool


def scratch_space(
    system: System,
    read_states: ReadStates,
    plan: PlanArrays,
    slots: int,
    lanes: int,
    dtype: jnp.dtype,
) -> Scratch:
    """Space for a walk of some lanes; `slots` of the plan's table of exponentials."""
    pattern = system.pattern
    row_slots = [1 + ROW_TILE * read.ops.shape[0] for read in plan.reads]
    return Scratch(
        jnp.zeros((slots, pattern.zero + 1, lanes), dtype),
        jnp.zeros((plan.node_h.shape[0], system.size + 1, lanes), dtype),
        tuple(
            jnp.zeros((count, pattern.rows(states).count + 1, lanes), dtype)
            for count, states in zip(row_slots, read_states, strict=True)
        ),
        tuple(
            jnp.zeros((len(states), read.node.shape[0], lanes), dtype)
            for read, states in zip(plan.reads, read_states, strict=True)
        ),
    )


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
        reads=tuple(
            ReadArrays(
                node=jnp.asarray(np.pad(read.node, (0, READ_TILE), mode="edge")),
                row=jnp.asarray(np.pad(read.row, (0, READ_TILE), mode="edge")),
                first=jnp.asarray(read.first),
                ops=jnp.asarray(read.chain.ops),
                tiles=jnp.asarray(read.chain.tiles),
            )
            for read in plan.reads
        ),
        first_node=jnp.asarray(plan.first_node),
        start_h=real(plan.start_h),
        end_h=real(plan.end_h),
        end_slot=jnp.asarray(plan.end_slot),
        occasions=jnp.asarray(plan.occasions),
    )


class _Part(NamedTuple):
    """What an input with times of its own gives at the node that it reaches."""

    arrival: Int[Array, " lanes"]
    amounts: State


class _TimedRun(NamedTuple):
    """A timed input during one occasion.

    It runs at `rate` from each node of `on_from` to `on_until` to the next. What it gave
    before the first of them and after the last is in `parts`, as it is at the node that
    follows. Nothing is taken back, so nothing cancels.
    """

    state: int
    rate: Float[Array, " lanes"]
    on_from: Int[Array, " lanes"]
    on_until: Int[Array, " lanes"]
    parts: tuple[_Part, ...]


def walk(
    system: System,
    read_states: ReadStates,
    timed: tuple[Timed, ...],
    plan: PlanArrays,
    rates: Float[Array, "occasion entry lanes"],
    scales: tuple[Float[Array, "occasion _outputs lanes"], ...],
    inputs: Inputs,
    scratch: Scratch,
) -> tuple[tuple[Float[Array, "_outputs _time lanes"], ...], Scratch]:
    """Outputs of a system for each read set of a plan: states times `scales`.

    `timed`: the target of each timed input.
    """
    lanes = rates.shape[2]
    pattern, moving = system.pattern, system.moving_states
    kept = (jnp.arange(system.size + 1) < moving).astype(rates.dtype)[:, None]
    put = jax.lax.dynamic_update_index_in_dim
    slots = plan.node_slot
    readers = [pattern.rows(states) for states in read_states]

    def occasion(k: Array, carry: _Walked) -> _Walked:
        start, (table, states, rows, outputs) = carry
        table = exponential_table(pattern, rates[k], plan.lengths, table)
        running = [
            _timed_run(pattern, moving, plan, table, rates[k], inputs, k, place, one)
            for place, one in enumerate(timed)
        ]
        rows = tuple(
            _row_table(reader, read, table, before, scale[k])
            for reader, read, before, scale in zip(readers, plan.reads, rows, scales, strict=True)
        )

        def step(slot: Array, full: State, node: Array) -> State:
            """Advance to a node; timed inputs add what they gave on the way."""
            moved = apply(pattern, table[slot], full)
            for part in (part for one in running for part in one.parts):
                moved = moved + jnp.where(part.arrival == node, part.amounts, 0.0)
            return moved

        def node(number: Array, walked: tuple[State, Array]) -> tuple[State, Array]:
            full, states = walked
            state = kept * step(slots[number], full, number) + inputs.entering[number]
            for one in running:
                on = (one.on_from <= number) & (number < one.on_until)
                state = state.at[one.state].add(jnp.where(on, one.rate, 0.0))
            return state, put(states, state, number, 0)

        first, beyond = plan.first_node[k], plan.first_node[k + 1]
        last, states = jax.lax.fori_loop(first, beyond, node, (start, states))
        end = step(plan.end_slot[k], last, beyond)
        outputs = tuple(
            _read(reader, read, states, own, before, k)
            for reader, read, own, before in zip(readers, plan.reads, rows, outputs, strict=True)
        )
        return end, Scratch(table, states, rows, outputs)

    begin = jnp.zeros((system.size + 1, lanes), rates.dtype)
    if rates.shape[0] == 1:
        _, scratch = occasion(jnp.asarray(0), (begin, scratch))
    else:
        _, scratch = jax.lax.fori_loop(0, plan.occasions, occasion, (begin, scratch))
    return tuple(found[:, :-READ_TILE] for found in scratch.outputs), scratch


_Walked = tuple[State, Scratch]


def _row_table(
    reader: Rows,
    read: ReadArrays,
    table: Table,
    rows: Float[Array, "row kept lanes"],
    scales: Float[Array, "outputs lanes"],
) -> Float[Array, "row kept lanes"]:
    """Scaled rows of the exponentials at all offsets of a read set, written over `rows`."""
    put = jax.lax.dynamic_update_slice_in_dim

    def tile(k: Array, rows: Array) -> Array:
        ops = read.ops[k]
        grown = sum_of_products(reader.products, rows[ops[:, 0]], table[ops[:, 1]])
        return put(rows, grown, 1 + ROW_TILE * k, 0)

    rows = put(rows, (table[0, reader.picked] * scales[reader.output])[None], 0, 0)
    return jax.lax.fori_loop(0, read.tiles, tile, rows)


def _timed_run(
    pattern: Pattern,
    moving: int,
    plan: PlanArrays,
    table: Table,
    rates: Entries,
    inputs: Inputs,
    occasion: Array,
    place: int,
    timed: Timed,
) -> _TimedRun:
    """One timed input as occasion number `occasion` sees it."""
    rate = inputs.timed_rate[occasion, place]
    begun, ended = inputs.timed_begin_h[occasion, place], inputs.timed_end_h[occasion, place]
    start, end = plan.start_h[occasion], plan.end_h[occasion]
    nodes, beyond = plan.node_h, plan.first_node[occasion + 1]
    unit = jnp.zeros((pattern.size + 1, rate.shape[0]), rates.dtype).at[timed.state].set(1.0)

    def passed(time_h: Array) -> tuple[Array, Array]:
        """The node that a time is reached with, and its own time."""
        number = jnp.minimum(jnp.searchsorted(nodes, time_h, side="left"), beyond)
        own = nodes[jnp.minimum(number, nodes.shape[0] - 1)]
        return number, jnp.where(number < beyond, own, end)

    def advance(hours: Array, state: State) -> State:
        return advance_by_lane(pattern, rates, table, plan.lengths, hours, state)

    def part(number: Array, given: State, acts: Array) -> _Part:
        return _Part(jnp.where(acts, number, -1), jnp.where(acts, rate, 0.0) * given)

    if not timed.lasts:
        # An output at the very time sees it, also where that ends the last occasion.
        first, first_h = passed(jnp.maximum(begun - NEAR_H, start))
        at_the_end = (occasion == plan.occasions - 1) & (first < beyond)
        acts = (start <= begun) & ((begun < end) | at_the_end)
        given = advance(jnp.where(acts, jnp.maximum(first_h - begun, 0.0), 0.0), unit)
        return _TimedRun(timed.state, rate, first, first, (part(first, given, acts),))
    begin, stop = jnp.maximum(begun, start), jnp.minimum(ended, end)
    first, first_h = passed(begin)
    acts = begin < stop
    last, last_h = passed(stop)
    since = jnp.maximum(begin, nodes[jnp.maximum(last - 1, 0)])
    ending = advance(jnp.where(acts, stop - since, 0.0), unit).at[moving:].set(0.0)
    ending = advance(jnp.where(acts, last_h - stop, 0.0), ending)
    parts = [part(last, ending, acts)]
    if not timed.late:
        return _TimedRun(timed.state, rate, first, jnp.where(acts, last - 1, -1), tuple(parts))
    earlier = acts & (first < last)
    beginning = advance(jnp.where(earlier, first_h - begin, 0.0), unit).at[moving:].set(0.0)
    parts.append(part(first, beginning, earlier))
    return _TimedRun(timed.state, rate, first, jnp.where(acts, last - 1, -1), tuple(parts))


def _read(
    reader: Rows,
    read: ReadArrays,
    states: Float[Array, "node state lanes"],
    rows: Float[Array, "row entry lanes"],
    outputs: Float[Array, "outputs time lanes"],
    occasion: Array,
) -> Float[Array, "outputs time lanes"]:
    """Rows of the exponentials at the offsets, applied to the states of the nodes.

    The times of one occasion are written, a tile at a time. What the last tile writes beyond
    them, the next occasion writes over.
    """
    first, beyond = read.first[occasion], read.first[occasion + 1]

    def tile(k: Array, outputs: Array) -> Array:
        at = first + k * READ_TILE
        row = jax.lax.dynamic_slice_in_dim(read.row, at, READ_TILE)
        node = jax.lax.dynamic_slice_in_dim(read.node, at, READ_TILE)
        found = jnp.stack(
            [
                functools.reduce(
                    jnp.add,
                    (rows[:, entry][row] * states[:, state][node] for entry, state in terms),
                )
                for terms in reader.outputs
            ]
        )
        return jax.lax.dynamic_update_slice_in_dim(outputs, found, at, 1)

    return jax.lax.fori_loop(0, -((first - beyond) // READ_TILE), tile, outputs)
