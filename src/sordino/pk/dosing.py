"""Doses of a course as inputs of a compartment system.

Every administration enters through each input of its route: as an amount at once or a rate
that runs between times, shared by all patients or their own (lags and absorption durations vary).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from sordino.course import Administration
from sordino.library.schema import RouteInput
from sordino.pk.lengths import NEAR_H, room, to_hours, to_ticks
from sordino.pk.propagate import Inputs, Timed
from sordino.pk.system import System, Values, evaluate
from sordino.pk.timeplan import TimePlan

COURSE_ROUTE_TO_MODEL = {"im": "depot", "sc": "depot"}
"""Routes whose absorption the course file gives, as they are called in model files."""

TIMED_WINDOW = 3
"""Inputs with times of their own that may act at once (this one and two earlier)."""

DOSES = 8
"""The least room for doses."""

Mode = Literal["at_once", "running", "timed"]
"""At once and running are at times that all patients share; timed are at their own."""


def model_route(route: str) -> str:
    """The name that model files use for a route of a course file."""
    return COURSE_ROUTE_TO_MODEL.get(route, route)


@dataclass(frozen=True)
class Gate:
    """One way in: an input of a route, and how it acts. `lasts` unless it is given at once."""

    entry: RouteInput
    mode: Mode
    lasts: bool
    late: bool


@dataclass(frozen=True)
class GatedDoses:
    """The doses of a course that pass one gate.

    `begin_h`: after a lag that is the same in everybody; `hours` as given or the same in everybody.
    """

    gate: Gate
    doses: tuple[Administration, ...]
    begin_h: tuple[float, ...]
    hours: tuple[float, ...]


class GateArrays(NamedTuple):
    """The doses of one gate as arrays, padded with empty doses.

    `schedule` (node, dose) is 1 where a dose arrives at a node, or runs from it to the
    next. `latest`, `there` (occasion, window): the doses that a timed gate looks at.
    `last_h`: start of the dose after which a timed input leaves the window.
    """

    fixed_mg: Float[Array, " dose"]
    per_kg_mg: Float[Array, " dose"]
    share: Float[Array, " dose"]
    occasion: Int[Array, " dose"]
    begin_h: Float[Array, " dose"]
    hours: Float[Array, " dose"]
    last_h: Float[Array, " dose"]
    schedule: Float[Array, "node dose"]
    latest: Int[Array, "occasion window"]
    there: Bool[Array, "occasion window"]


def gated_doses(
    system: System, doses: Sequence[Administration], shared_h: Mapping[str, float]
) -> tuple[GatedDoses, ...]:
    """Sort doses by the gate they pass.

    `shared_h`: lags and durations, by expression, that are the same in everybody, hours.
    """
    found: dict[Gate, list[tuple[Administration, float, float]]] = {}
    for dose in doses:
        for entry in system.model.routes[model_route(dose.route)].inputs:
            if entry.to not in system.compartments:
                continue
            hours = dose.duration_h
            if entry.duration is not None:
                hours = shared_h.get(entry.duration, np.nan)
            lag = shared_h.get(entry.lag, np.nan)
            mode: Mode = "running" if hours > 0 else "at_once"
            if np.isnan(hours + lag):
                mode = "timed"
            gate = Gate(entry, mode, lasts=hours != 0, late=bool(np.isnan(lag)))
            begin = dose.start_h + (0.0 if gate.late else lag)
            found.setdefault(gate, []).append((dose, begin, hours))
    return tuple(
        GatedDoses(
            gate, tuple(r[0] for r in rows), tuple(r[1] for r in rows), tuple(r[2] for r in rows)
        )
        for gate, rows in found.items()
    )


def event_hours(gated: Sequence[GatedDoses]) -> list[float]:
    """Times at which an input changes in everybody."""
    starts = [begin for g in gated for begin in g.begin_h]
    ends = [b + h for g in gated for b, h in zip(g.begin_h, g.hours, strict=True) if h > 0]
    return starts + ends


def gate_arrays(
    gated: GatedDoses, plan: TimePlan, share: Mapping[str, float], dtype: jnp.dtype
) -> GateArrays:
    """Arrays of one gate on a plan; `share` is the part of each drug that this system sees."""
    doses, size = gated.doses, room(len(gated.doses), DOSES, 2)
    # On the grid of the nodes: a dose that begins after its own node would miss it.
    begin = np.array([to_hours(to_ticks(b)) for b in gated.begin_h])
    owner = _occasions(begin, plan)
    # What a dose is like is decided when it is given, not when it arrives.
    given = _occasions(np.array([d.start_h for d in doses]), plan)
    latest, there = _latest(owner, len(plan.end_h))

    def padded(numbers: Sequence[float] | np.ndarray, fill: float = 0.0) -> np.ndarray:
        full = np.full(size, fill, dtype)
        full[: len(doses)] = numbers
        return full

    schedule = np.zeros((len(plan.node_h), size))
    if gated.gate.mode == "running":
        schedule[:, : len(doses)] = _running(begin, np.array(gated.hours), plan)
    elif gated.gate.mode == "at_once":
        schedule[:, : len(doses)] = _arriving(begin, owner, plan)
    last = np.full(len(doses), np.inf)
    last[:-TIMED_WINDOW] = begin[TIMED_WINDOW:]
    found = {
        "fixed_mg": padded([d.dose_mg for d in doses]),
        "per_kg_mg": padded([d.dose_mg_per_kg for d in doses]),
        "share": padded([share[d.drug] for d in doses]),
        "occasion": np.pad(given, (0, size - len(doses))),
        "begin_h": padded(begin),
        "hours": padded(np.nan_to_num(gated.hours), fill=1.0),
        "last_h": padded(last, fill=np.inf),
        "schedule": schedule.astype(dtype),
        "latest": latest,
        "there": there,
    }
    return GateArrays(**jax.device_put(found))


def timed_targets(system: System, gates: Sequence[Gate]) -> tuple[Timed, ...]:
    """The target of each timed input that an occasion keeps track of."""
    return tuple(
        Timed(_target(system, g), g.lasts, g.late)
        for g in gates
        if g.mode == "timed"
        for _ in range(TIMED_WINDOW)
    )


def build_inputs(
    system: System,
    gates: Sequence[Gate],
    arrays: Sequence[GateArrays],
    values: Values,
    weight: Float[Array, " lanes"],
    nodes: int,
    occasions: int,
) -> tuple[Inputs, Bool[Array, ""]]:
    """The inputs of every lane at the nodes of a plan.

    The flag tells that a timed input ran on past the window that is kept track of.
    """
    lanes = weight.shape[0]
    full = jnp.zeros((nodes, system.size + 1, lanes), weight.dtype)
    timed: list[tuple[Array, Array, Array]] = []
    overrun = jnp.zeros((), bool)
    for gate, a in zip(gates, arrays, strict=True):
        entering = _entering(gate, a, values, weight)
        if gate.mode == "running":
            flow = a.schedule @ (entering / a.hours[:, None])
            full = full.at[:, _target(system, gate)].add(flow)
        elif gate.mode == "at_once":
            full = full.at[:, _target(system, gate)].add(a.schedule @ entering)
        else:
            begin, hours = _own_times(system, gate, a, values, lanes)
            late = (begin + hours > a.last_h[:, None]) & (a.fixed_mg + a.per_kg_mg > 0)[:, None]
            overrun = overrun | jnp.any(late)
            timed.extend(_windows(a, entering / hours if gate.lasts else entering, begin, hours))
    if not timed:
        none = jnp.zeros((occasions, 0, lanes), weight.dtype)
        return Inputs(full, none, none, none), overrun
    rate, begin, end = (jnp.stack(list(part), 1) for part in zip(*timed, strict=True))
    return Inputs(full, rate, begin, end), overrun


def _entering(
    gate: Gate, a: GateArrays, values: Values, weight: Float[Array, " lanes"]
) -> Float[Array, "dose lanes"]:
    """mg that enter through the gate, for each dose and lane."""
    dose = a.fixed_mg[:, None] + a.per_kg_mg[:, None] * weight[None, :]
    namespace = {**_at_doses(values, a.occasion), "dose": dose}
    return dose * a.share[:, None] * evaluate(gate.entry.fraction, namespace)


def _own_times(
    system: System, gate: Gate, a: GateArrays, values: Values, lanes: int
) -> tuple[Float[Array, "dose lanes"], Float[Array, "dose lanes"]]:
    """Begin and duration of the timed doses, hours."""
    per_hour = system.model.time_units_per_hour
    there = _at_doses(values, a.occasion)
    shape = (a.begin_h.shape[0], lanes)
    begin, hours = a.begin_h[:, None], a.hours[:, None]
    if gate.late:
        begin = begin + evaluate(gate.entry.lag, there) / per_hour
    if gate.entry.duration is not None:
        hours = evaluate(gate.entry.duration, there) / per_hour
    return jnp.broadcast_to(begin, shape), jnp.broadcast_to(hours, shape)


def _windows(
    a: GateArrays,
    rates: Float[Array, "dose lanes"],
    begin_h: Float[Array, "dose lanes"],
    hours: Float[Array, "dose lanes"],
) -> list[tuple[Array, Array, Array]]:
    """For each place in the window: rate, begin and end in every occasion."""
    found: list[tuple[Array, Array, Array]] = []
    for back in range(TIMED_WINDOW):
        chosen, there = a.latest[:, back], a.there[:, back, None]
        begin = jnp.where(there, begin_h[chosen], jnp.inf)
        rate = jnp.where(there, rates[chosen], 0.0)
        found.append((rate, begin, begin + hours[chosen]))
    return found


def _target(system: System, gate: Gate) -> int:
    """The state that a gate leads into: a channel for what lasts."""
    if not gate.lasts:
        return system.state(gate.entry.to)
    return system.channel_state(system.channels.index((gate.entry.kind, gate.entry.to)))


def _at_doses(values: Values, occasions: Int[Array, " dose"]) -> dict[str, Float[Array, "..."]]:
    """Values at the occasions of the doses; what does not vary over occasions is kept."""
    return {k: v[occasions] if jnp.ndim(v) == 2 else v for k, v in values.items()}


def _running(begin: np.ndarray, hours: np.ndarray, plan: TimePlan) -> np.ndarray:
    """Whether each dose runs from each node to the next: (node, dose)."""
    end = plan.end_h[plan.node_occasion]
    following = np.append(plan.node_h[1:], np.inf)
    # The last node of an occasion, and padding, reach to its end.
    following = np.where((following > plan.node_h) & (following < end), following, end)
    middle = ((plan.node_h + following) / 2)[:, None]
    return (begin < middle) & (middle < begin + hours)


def _arriving(begin: np.ndarray, owner: np.ndarray, plan: TimePlan) -> np.ndarray:
    """Whether each dose arrives at each node; padding nodes receive nothing."""
    time_h, occasion = plan.node_h, plan.node_occasion
    new = (np.diff(time_h, prepend=-np.inf) > 0) | (np.diff(occasion, prepend=-1) > 0)
    near = np.abs(time_h[:, None] - begin) < NEAR_H
    return near & new[:, None] & (occasion[:, None] == owner)


def _occasions(begin: np.ndarray, plan: TimePlan) -> np.ndarray:
    """The occasion in which each dose begins."""
    found = np.searchsorted(plan.start_h, begin + NEAR_H, side="right") - 1
    return np.clip(found, 0, None)


def _latest(owner: np.ndarray, occasions: int) -> tuple[np.ndarray, np.ndarray]:
    """For each occasion the doses of its window, the latest first."""
    newest = np.searchsorted(owner, np.arange(occasions), side="right") - 1
    chosen = newest[:, None] - np.arange(TIMED_WINDOW)
    return np.clip(chosen, 0, None), chosen >= 0
