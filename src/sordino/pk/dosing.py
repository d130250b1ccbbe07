"""Doses of a course as inputs of a compartment system.

Every administration enters through each input of its route: as an amount at once, as a rate
that runs between times that all patients share, or as a zero-order input whose end differs
between patients (absorption durations vary).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from sordino.course import Administration
from sordino.library.schema import RouteInput
from sordino.pk.lengths import bucket, to_hours, to_ticks
from sordino.pk.propagate import Inputs
from sordino.pk.system import System, Values, evaluate
from sordino.pk.timeplan import TimePlan

COURSE_ROUTE_TO_MODEL = {"im": "depot", "sc": "depot"}
"""Routes whose absorption the course file gives, as they are called in model files."""

TIMED_WINDOW = 3
"""Zero-order inputs of one channel that may run into each other (this one and two earlier)."""

NEAR_H = to_hours(1) / 2
"""Times closer than this are the same node: nodes lie on whole microseconds."""

Mode = Literal["at_once", "running", "timed"]


def model_route(route: str) -> str:
    """The name that model files use for a route of a course file."""
    return COURSE_ROUTE_TO_MODEL.get(route, route)


@dataclass(frozen=True)
class Gate:
    """One way in: an input of a route, and how it acts."""

    entry: RouteInput
    mode: Mode


@dataclass(frozen=True)
class GatedDoses:
    """The doses of a course that pass one gate; hours as given or the same in everybody."""

    gate: Gate
    doses: tuple[Administration, ...]
    hours: tuple[float, ...]


class GateArrays(NamedTuple):
    """The doses of one gate as arrays, padded with empty doses.

    `schedule` (tile, node, dose) is 1 where a dose arrives at a node, or runs from it to the
    next. `latest`, `there` (occasion, window): the doses that a timed gate looks at.
    `gap_h`: time to the dose after which a timed input leaves the window.
    """

    fixed_mg: Float[Array, " dose"]
    per_kg_mg: Float[Array, " dose"]
    share: Float[Array, " dose"]
    occasion: Int[Array, " dose"]
    begin_h: Float[Array, " dose"]
    hours: Float[Array, " dose"]
    gap_h: Float[Array, " dose"]
    schedule: Float[Array, "tile node dose"]
    latest: Int[Array, "occasion window"]
    there: Bool[Array, "occasion window"]


def gated_doses(
    system: System,
    doses: Sequence[Administration],
    shared_durations_h: Mapping[str, float],
) -> tuple[GatedDoses, ...]:
    """Sort doses by the gate they pass.

    `shared_durations_h`: zero-order durations, by expression, that are the same in everybody.
    """
    found: dict[Gate, list[tuple[Administration, float]]] = {}
    for dose in doses:
        for entry in system.model.routes[model_route(dose.route)].inputs:
            if entry.to not in system.compartments:
                continue
            if entry.duration is None:
                hours = dose.duration_h
                mode: Mode = "running" if hours > 0 else "at_once"
            else:
                hours = shared_durations_h.get(entry.duration, 0.0)
                mode = "running" if hours > 0 else "timed"
            found.setdefault(Gate(entry, mode), []).append((dose, hours))
    return tuple(
        GatedDoses(gate, tuple(d for d, _ in rows), tuple(h for _, h in rows))
        for gate, rows in found.items()
    )


def event_hours(gated: Sequence[GatedDoses]) -> list[float]:
    """Times at which an input changes in everybody."""
    starts = [d.start_h for g in gated for d in g.doses]
    ends = [d.start_h + h for g in gated for d, h in zip(g.doses, g.hours, strict=True) if h > 0]
    return starts + ends


def gate_arrays(
    gated: GatedDoses, plan: TimePlan, share: Mapping[str, float], dtype: jnp.dtype
) -> GateArrays:
    """Arrays of one gate on a plan; `share` is the part of each drug that this system sees."""
    doses, size = gated.doses, bucket(len(gated.doses))
    # On the grid of the nodes: a dose that begins after its own node would miss it.
    begin = np.array([to_hours(to_ticks(d.start_h)) for d in doses])
    owner = _occasions(begin, plan)
    latest, there = _latest(owner, len(plan.end_h))

    def padded(numbers: Sequence[float] | np.ndarray, fill: float = 0.0) -> Array:
        full = np.full(size, fill)
        full[: len(doses)] = numbers
        return jnp.asarray(full, dtype)

    schedule = np.zeros((*plan.node_h.shape, size))
    if gated.gate.mode == "running":
        schedule[:, :, : len(doses)] = _running(begin, np.array(gated.hours), plan)
    elif gated.gate.mode == "at_once":
        schedule[:, :, : len(doses)] = _arriving(begin, owner, plan)
    gap = np.full(len(doses), np.inf)
    gap[:-TIMED_WINDOW] = begin[TIMED_WINDOW:] - begin[:-TIMED_WINDOW]
    return GateArrays(
        fixed_mg=padded([d.dose_mg for d in doses]),
        per_kg_mg=padded([d.dose_mg_per_kg for d in doses]),
        share=padded([share[d.drug] for d in doses]),
        occasion=jnp.asarray(np.pad(owner, (0, size - len(doses)))),
        begin_h=padded(begin),
        hours=padded(gated.hours, fill=1.0),
        gap_h=padded(gap, fill=np.inf),
        schedule=jnp.asarray(schedule, dtype),
        latest=jnp.asarray(latest),
        there=jnp.asarray(there),
    )


def targets(system: System, gates: Sequence[Gate]) -> tuple[int, ...]:
    """The state that each at-once gate leads into."""
    return tuple(system.state(g.entry.to) for g in gates if g.mode == "at_once")


def timed_channels(system: System, gates: Sequence[Gate]) -> tuple[int, ...]:
    """The channel of each timed input that an occasion keeps track of."""
    return tuple(
        _channel(system, g) for g in gates if g.mode == "timed" for _ in range(TIMED_WINDOW)
    )


def build_inputs(
    system: System,
    gates: Sequence[Gate],
    arrays: Sequence[GateArrays],
    values: Values,
    weight: Float[Array, " lanes"],
    shape: tuple[int, int],
    occasions: int,
) -> tuple[Inputs, Bool[Array, ""]]:
    """The inputs of every lane at the nodes of a plan of a shape (tiles, nodes).

    The flag tells that a timed input ran on past the window that is kept track of.
    """
    lanes = weight.shape[0]
    rates = jnp.zeros((*shape, lanes, len(system.channels)), weight.dtype)
    amounts: list[Array] = []
    timed: list[tuple[Array, Array, Array]] = []
    overrun = jnp.zeros((), bool)
    for gate, a in zip(gates, arrays, strict=True):
        entering = _entering(gate, a, values, weight)
        if gate.mode == "running":
            flow = jnp.einsum("tnd,dl->tnl", a.schedule, entering / a.hours[:, None])
            rates = rates.at[..., _channel(system, gate)].add(flow)
        elif gate.mode == "at_once":
            amounts.append(jnp.einsum("tnd,dl->tnl", a.schedule, entering))
        else:
            hours = _timed_hours(system, gate, a, values, weight)
            overrun = overrun | jnp.any(
                (hours > a.gap_h[:, None]) & (a.fixed_mg + a.per_kg_mg > 0)[:, None]
            )
            timed.extend(_windows(a, entering / hours, hours))
    nothing = jnp.zeros((*shape, lanes, 0), weight.dtype)
    stacked = jnp.stack(amounts, 3) if amounts else nothing
    if not timed:
        none = jnp.zeros((occasions, 0, lanes), weight.dtype)
        return Inputs(rates, stacked, none, jnp.zeros((occasions, 0), weight.dtype), none), overrun
    rate, begin, end = (jnp.stack(list(part), 1) for part in zip(*timed, strict=True))
    return Inputs(rates, stacked, rate, begin, end), overrun


def _entering(
    gate: Gate, a: GateArrays, values: Values, weight: Float[Array, " lanes"]
) -> Float[Array, "dose lanes"]:
    """mg that enter through the gate, for each dose and lane."""
    dose = a.fixed_mg[:, None] + a.per_kg_mg[:, None] * weight[None, :]
    namespace = {**_at_doses(values, a.occasion), "dose": dose}
    return dose * a.share[:, None] * evaluate(gate.entry.fraction, namespace)


def _timed_hours(
    system: System, gate: Gate, a: GateArrays, values: Values, weight: Float[Array, " lanes"]
) -> Float[Array, "dose lanes"]:
    per_hour = 60.0 if system.model.time_unit == "min" else 1.0
    hours = evaluate(str(gate.entry.duration), _at_doses(values, a.occasion)) / per_hour
    return jnp.broadcast_to(hours, (a.begin_h.shape[0], weight.shape[0]))


def _windows(
    a: GateArrays, rates: Float[Array, "dose lanes"], hours: Float[Array, "dose lanes"]
) -> list[tuple[Array, Array, Array]]:
    """For each place in the window: rate, begin and end in every occasion."""
    found: list[tuple[Array, Array, Array]] = []
    for back in range(TIMED_WINDOW):
        chosen, there = a.latest[:, back], a.there[:, back]
        begin = jnp.where(there, a.begin_h[chosen], jnp.inf)
        rate = jnp.where(there[:, None], rates[chosen], 0.0)
        found.append((rate, begin, a.begin_h[chosen][:, None] + hours[chosen]))
    return found


def _channel(system: System, gate: Gate) -> int:
    return system.channels.index((gate.entry.kind, gate.entry.to))


def _at_doses(values: Values, occasions: Int[Array, " dose"]) -> dict[str, Float[Array, "..."]]:
    """Values at the occasions of the doses; what does not vary over occasions is kept."""
    return {k: v[occasions] if jnp.ndim(v) == 2 else v for k, v in values.items()}


def _running(begin: np.ndarray, hours: np.ndarray, plan: TimePlan) -> np.ndarray:
    """Whether each dose runs from each node to the next: (tile, node, dose)."""
    flat = plan.node_h.ravel()
    end = plan.end_h[np.repeat(plan.tile_occasion, plan.node_h.shape[1])]
    following = np.append(flat[1:], np.inf)
    # Padding repeats the last node of an occasion; from there on it is the end that follows.
    following = np.where((following > flat) & (following < end), following, end)
    middle = ((flat + following) / 2)[:, None]
    return ((begin < middle) & (middle < begin + hours)).reshape(*plan.node_h.shape, -1)


def _arriving(begin: np.ndarray, owner: np.ndarray, plan: TimePlan) -> np.ndarray:
    """Whether each dose arrives at each node; padding nodes receive nothing."""
    flat = plan.node_h.ravel()
    occasion = np.repeat(plan.tile_occasion, plan.node_h.shape[1])
    new = (np.diff(flat, prepend=-np.inf) > 0) | (np.diff(occasion, prepend=-1) > 0)
    near = np.abs(flat[:, None] - begin) < NEAR_H
    arrives = near & new[:, None] & (occasion[:, None] == owner)
    return arrives.reshape(*plan.node_h.shape, -1)


def _occasions(begin: np.ndarray, plan: TimePlan) -> np.ndarray:
    """The occasion in which each dose begins."""
    found = np.searchsorted(plan.start_h, begin + NEAR_H, side="right") - 1
    return np.clip(found, 0, None)


def _latest(owner: np.ndarray, occasions: int) -> tuple[np.ndarray, np.ndarray]:
    """For each occasion the doses of its window, the latest first."""
    newest = np.searchsorted(owner, np.arange(occasions), side="right") - 1
    chosen = newest[:, None] - np.arange(TIMED_WINDOW)
    return np.clip(chosen, 0, None), chosen >= 0
