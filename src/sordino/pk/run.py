"""One system, one course, any number of patients: concentrations and effect sites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from sordino.course import Administration
from sordino.errors import InputError
from sordino.library.drugs import drug_shares
from sordino.library.expressions import parse_expression
from sordino.pk.dosing import (
    Gate,
    GateArrays,
    GatedDoses,
    build_inputs,
    event_hours,
    gate_arrays,
    gated_doses,
    timed_targets,
)
from sordino.pk.exponential import SCALED_RATE_LIMIT, shift_rate
from sordino.pk.individual import individual_values, varying_names
from sordino.pk.lengths import to_hours, to_ticks
from sordino.pk.parts import new_space, over_parts, part_lanes
from sordino.pk.propagate import PlanArrays, Scratch, plan_arrays, scratch_space, walk
from sordino.pk.system import System, Values
from sordino.pk.timeplan import TimePlan, Work, time_plan

VARYING_MARGIN = 8.0
"""How much faster than the typical patient the first attempt allows for, beside the reserve
of the base step; it costs three squarings."""

FASTER = 16.0
FASTEST_RETRY = FASTER**4
"""Patients this much faster than expected are not simulated."""


class Reads(NamedTuple):
    """Outputs of a system and the times at which they are wanted: sorted, hours."""

    outputs: tuple[str, ...]
    times_h: np.ndarray


@dataclass(frozen=True)
class Structure:
    """What compiled code is made for: everything but numbers and array sizes."""

    system: System
    reads: tuple[tuple[str, ...], ...]
    gates: tuple[Gate, ...]
    moiety: str
    slots: int

    @property
    def read_states(self) -> tuple[tuple[int, ...], ...]:
        """The states that each read set looks at."""
        return tuple(tuple(map(self.system.output_state, outputs)) for outputs in self.reads)


class RunArrays(NamedTuple):
    """The numbers of a prepared run that all lanes share.

    `eta_row`: the row of the etas that is in force in each occasion.
    """

    plan: PlanArrays
    doses: tuple[GateArrays, ...]
    eta_row: Int[Array, " occasion"]


class Soundness(NamedTuple):
    """What tells that a walk was not sound, for each part; see `check_soundness`."""

    overrun: Bool[Array, "*part"]
    scaled_rate: Float[Array, "*part"]


LaneArrays = tuple[dict[str, Array], dict[str, Array], dict[str, Array]]
"""Typical values, etas and covariates by name: (lanes,), or (occasion, lanes) for etas."""


@dataclass(frozen=True)
class PkRun:
    """A course through one system, ready to be run for lanes of patients.

    `reads`: what is wanted when, hours from the first dose. `varying`: names of
    parameters, covariates and half-times that differ between lanes. `occasion_h`: times
    from which between-occasion etas change; empty when nothing varies between occasions.
    `typical`: one number for each name in use, which sets the base step.
    """

    system: System
    doses: tuple[Administration, ...]
    reads: tuple[Reads, ...]
    varying: frozenset[str]
    occasion_h: tuple[float, ...]
    typical: Mapping[str, float]
    dtype: jnp.dtype

    @cached_property
    def _gated(self) -> tuple[GatedDoses, ...]:
        return gated_doses(self.system, self.doses, self._shared_hours())

    @cached_property
    def _typical_values(self) -> dict[str, float]:
        numbers = {k: np.asarray(v, float) for k, v in self.typical.items()}
        values = individual_values(self.system.model, numbers, {}, numbers, xp=np)
        return {k: float(v) for k, v in values.items()}

    def _shared_hours(self) -> dict[str, float]:
        """Lags and zero-order durations, hours, that no varying name enters."""
        per_hour = self.system.model.time_units_per_hour
        values = self._typical_values
        varying = varying_names(self.system.model, self.varying)
        shared: dict[str, float] = {}
        for entry in (entry for route in self.system.used_routes for entry in route.inputs):
            for text in (entry.lag, entry.duration):
                expression = parse_expression(text) if text is not None else None
                if expression is not None and not expression.names & varying:
                    shared[expression.text] = float(expression.evaluate(values, np)) / per_hour
        return shared

    @cached_property
    def _fastest(self) -> float:
        """The largest rate to expect, 1/h: that of the typical patient, with a margin."""
        margin = VARYING_MARGIN if self.varying else 1.0
        return self.system.fastest_rate(self._typical_values) * margin

    @cached_property
    def _plans(self) -> dict[float, tuple[TimePlan, PlanArrays]]:
        return {}

    @cached_property
    def _prepared(self) -> dict[tuple[float, str], tuple[Structure, RunArrays]]:
        return {}

    def _plan(self, faster: float) -> tuple[TimePlan, PlanArrays]:
        """The plan for patients up to `faster` times as fast as expected."""
        if faster not in self._plans:
            timed = [b for g in self._gated if g.gate.mode == "timed" for b in g.begin_h]
            pattern = self.system.pattern
            rows = [
                pattern.rows([self.system.output_state(o) for o in read.outputs]).count
                for read in self.reads
            ]
            self._plans[faster] = _cached_plan(
                tuple(tuple(map(float, read.times_h)) for read in self.reads),
                tuple(event_hours(self._gated)),
                (0.0, *self.occasion_h[1:], *timed),
                self._fastest * faster,
                Work(pattern.zero, pattern.size, tuple(rows)),
                not timed,
                self.dtype,
            )
        return self._plans[faster]

    def prepared(self, moiety: str = "S", faster: float = 1.0) -> tuple[Structure, RunArrays]:
        """What `run_lanes` needs, for patients up to `faster` times as fast as expected.

        `moiety` is "S", "R" or "total".
        """
        if (faster, moiety) not in self._prepared:
            plan, arrays = self._plan(faster)
            share = drug_shares(moiety)
            structure = Structure(
                self.system,
                tuple(read.outputs for read in self.reads),
                tuple(g.gate for g in self._gated),
                moiety,
                plan.lengths.slots,
            )
            doses = tuple(gate_arrays(g, plan, share, self.dtype) for g in self._gated)
            rows = jnp.asarray(self._eta_row(plan))
            self._prepared[faster, moiety] = structure, RunArrays(arrays, doses, rows)
        return self._prepared[faster, moiety]

    def __call__(
        self, typical: Values, etas: Values, covariates: Values, moiety: str = "S"
    ) -> tuple[dict[str, Float[Array, "_time lanes"]], ...]:
        """Outputs by name, ng/mL, for each of `reads`.

        `typical`, `covariates`: (lanes,) by name, half-times of effect sites (hours) among
        the covariates; `etas`: (lanes,), or with at least one row for each of
        `occasion_h`. `moiety` is "S", "R" or "total". Raises `InputError` when absorption
        outlasts the next doses or a rate constant is beyond all measure.
        """
        lanes = (dict(typical), dict(etas), dict(covariates))
        faster = 1.0
        while True:
            structure, arrays = self.prepared(moiety, faster)
            found, sound = _in_parts(structure, arrays, lanes)
            if check_soundness(sound, faster, self.system.model.id):
                break
            faster *= FASTER
        return tuple(
            dict(zip(read.outputs, outputs[:, : len(read.times_h)], strict=True))
            for read, outputs in zip(self.reads, found, strict=True)
        )

    def _eta_row(self, plan: TimePlan) -> np.ndarray:
        """The row of the etas that is in force in each occasion of a plan.

        A plan has more occasions where timed inputs begin in between, and fewer where several
        begin at once: then the last of them counts.
        """
        begun = [to_hours(to_ticks(t)) for t in self.occasion_h]
        return np.clip(np.searchsorted(begun, plan.start_h, side="right") - 1, 0, None)


@lru_cache(maxsize=32)
def _cached_plan(
    read_h: tuple[tuple[float, ...], ...],
    event_h: tuple[float, ...],
    occasion_h: tuple[float, ...],
    fastest: float,
    work: Work,
    offsets: bool,
    dtype: jnp.dtype,
) -> tuple[TimePlan, PlanArrays]:
    """Plans depend on times and rates alone: another dose at the same times has the same."""
    plan = time_plan(read_h, event_h, occasion_h, fastest, work=work, offsets=offsets)
    return plan, plan_arrays(plan, dtype)


def check_soundness(sound: Soundness, faster: float, model_id: str) -> bool:
    """True when a walk is right; False when it must be repeated for faster patients.

    Raises `InputError` when absorption outlasts the next doses or a rate constant is beyond
    all measure.
    """
    if bool(np.any(sound.overrun)):
        raise InputError(
            "an absorption phase lasts beyond the three doses that follow it",
            where=f"model {model_id}",
            hint="space the doses further apart",
        )
    scaled = float(np.max(sound.scaled_rate))
    if scaled <= SCALED_RATE_LIMIT:
        return True
    if not faster < FASTEST_RETRY or not np.isfinite(scaled):
        raise InputError(
            "a rate constant is too large, or no number",
            where=f"model {model_id}",
            allowed=f"up to {FASTEST_RETRY:g} times that of the typical patient",
        )
    return False


def scratch_for(structure: Structure, arrays: RunArrays, lanes: int) -> Scratch:
    """Space for `run_lanes`."""
    plan = arrays.plan
    dtype = plan.node_h.dtype
    return scratch_space(
        structure.system, structure.read_states, plan, structure.slots, lanes, dtype
    )


def run_lanes(
    structure: Structure, arrays: RunArrays, lanes: LaneArrays, scratch: Scratch
) -> tuple[tuple[tuple[Float[Array, "_outputs _time lanes"], ...], Soundness], Scratch]:
    """Outputs of a part of the lanes for each read set, ng/mL; times are padded."""
    system, gates, plan = structure.system, structure.gates, arrays.plan
    typical, etas, covariates = lanes
    moiety = "" if structure.moiety in ("S", "total") else structure.moiety
    weight = covariates["weight"]
    shape = (plan.start_h.shape[0], weight.shape[0])
    now = {k: v[arrays.eta_row] if jnp.ndim(v) == 2 else v for k, v in etas.items()}
    values = individual_values(system.model, typical, now, covariates, moiety)
    rates = system.rate_entries(values, shape).astype(weight.dtype)
    nodes = plan.node_h.shape[0]
    inputs, overrun = build_inputs(system, gates, arrays.doses, values, weight, nodes, shape[0])
    scales = tuple(
        jnp.stack(
            [jnp.broadcast_to(system.output_scale(o, values), shape) for o in outputs], axis=1
        ).astype(weight.dtype)
        for outputs in structure.reads
    )
    read, scratch = walk(
        system,
        structure.read_states,
        timed_targets(system, gates),
        plan,
        jnp.moveaxis(rates, 0, 1),
        scales,
        inputs,
        scratch,
    )
    fastest = jnp.max(shift_rate(system.pattern, rates))
    return (read, Soundness(overrun, fastest * plan.lengths.base_h)), scratch


@partial(jax.jit, static_argnames=("structure",))
def _in_parts(
    structure: Structure, arrays: RunArrays, lanes: LaneArrays
) -> tuple[tuple[Float[Array, "_outputs _time lanes"], ...], Soundness]:
    def part(lanes: LaneArrays, scratch: Scratch) -> tuple[Any, Scratch]:
        return run_lanes(structure, arrays, lanes, scratch)

    count = lanes[2]["weight"].shape[0]
    scratch = scratch_for(structure, arrays, part_lanes(count))
    read, sound = over_parts(part, lanes, new_space(part, lanes, scratch)).found
    return jax.tree.map(_joined, read), sound


def _joined(parts: Float[Array, "part *any lanes"]) -> Float[Array, "*any all_lanes"]:
    moved = jnp.moveaxis(parts, 0, -2)
    return moved.reshape(*moved.shape[:-2], -1)
