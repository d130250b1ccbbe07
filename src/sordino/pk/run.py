"""One system, one course, any number of patients: concentrations and effect sites."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from sordino.course import Administration
from sordino.errors import InputError
from sordino.library.expressions import parse_expression
from sordino.pk.dosing import (
    Gate,
    GateArrays,
    GatedDoses,
    build_inputs,
    event_hours,
    gate_arrays,
    gated_doses,
    targets,
    timed_channels,
)
from sordino.pk.exponential import SCALED_RATE_LIMIT, shift_rate
from sordino.pk.individual import individual_values, varying_names
from sordino.pk.lengths import to_hours, to_ticks
from sordino.pk.propagate import PlanArrays, plan_arrays, walk
from sordino.pk.system import System, Values
from sordino.pk.timeplan import TimePlan, time_plan

DRUGS_SEEN: dict[str, dict[str, float]] = {
    "S": {"esketamine": 1.0, "ketamine": 0.5},
    "R": {"esketamine": 0.0, "ketamine": 0.5},
    "total": {"esketamine": 1.0, "ketamine": 1.0},
}
"""Which part of a dose of each drug a moiety is; the racemate is half and half."""


VARYING_MARGIN = 8.0
"""How much faster than the typical patient the first attempt allows for, beside the reserve
of the base step; it costs three squarings."""

FASTEST_RETRY = 16.0**4
"""Patients this much faster than expected are not simulated."""


PARTS = (256, 128, 64, 32)
TABLE_BYTES = 1.2e6
"""Lanes that are walked together: as many of `PARTS` as keep their table of exponentials in
the cache of a core."""


@dataclass(frozen=True)
class Structure:
    """What compiled code is made for: everything but numbers and array sizes."""

    system: System
    gates: tuple[Gate, ...]
    moiety: str
    slots: int


@dataclass(frozen=True)
class PkRun:
    """A course through one system, ready to be run for lanes of patients.

    `times_h`: output times, sorted, hours from the first dose. `varying`: names of
    parameters, covariates and half-times that differ between lanes. `occasion_h`: times
    from which between-occasion etas change; empty when nothing varies between occasions.
    `typical`: one number for each name in use, which sets the base step.
    """

    system: System
    doses: tuple[Administration, ...]
    times_h: np.ndarray
    varying: frozenset[str]
    occasion_h: tuple[float, ...]
    typical: Mapping[str, float]
    dtype: jnp.dtype

    @cached_property
    def _gated(self) -> tuple[GatedDoses, ...]:
        return gated_doses(self.system, self.doses, self._shared_durations())

    @cached_property
    def _typical_values(self) -> dict[str, float]:
        numbers = {k: np.asarray(v, float) for k, v in self.typical.items()}
        values = individual_values(self.system.model, numbers, {}, numbers, xp=np)
        return {k: float(v) for k, v in values.items()}

    def _shared_durations(self) -> dict[str, float]:
        """Zero-order durations, hours, that no varying name enters."""
        per_hour = 60.0 if self.system.model.time_unit == "min" else 1.0
        values = self._typical_values
        varying = varying_names(self.system.model, self.varying)
        shared: dict[str, float] = {}
        for route in self.system.used_routes:
            for text in {i.duration for i in route.inputs if i.duration is not None}:
                expression = parse_expression(text)
                if not expression.names & varying:
                    shared[text] = float(expression.evaluate(values, np)) / per_hour
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
    def _doses(self) -> dict[tuple[float, str], tuple[GateArrays, ...]]:
        return {}

    def _plan(self, faster: float) -> tuple[TimePlan, PlanArrays]:
        """The plan for patients up to `faster` times as fast as expected."""
        if faster not in self._plans:
            timed = [d.start_h for g in self._gated if g.gate.mode == "timed" for d in g.doses]
            starts = [0.0, *self.occasion_h[1:], *timed]
            rate = self._fastest * faster
            plan = time_plan(
                self.times_h,
                event_hours(self._gated),
                starts,
                rate,
                states=self.system.size,
                outputs=len(self.system.outputs),
                offsets=not timed,
            )
            self._plans[faster] = plan, plan_arrays(plan, self.dtype)
        return self._plans[faster]

    def __call__(
        self, typical: Values, etas: Values, covariates: Values, moiety: str = "S"
    ) -> dict[str, Float[Array, "time lanes"]]:
        """Outputs of the system by name, ng/mL.

        `typical`, `covariates`: (lanes,) by name, half-times of effect sites (hours) among
        the covariates; `etas`: (lanes,), or with at least one row for each of
        `occasion_h`. `moiety` is "S", "R" or "total". Raises `InputError` when absorption
        outlasts the next doses or a rate constant is beyond all measure.
        """
        lanes = (dict(typical), dict(etas), dict(covariates))
        faster = 1.0
        while True:
            plan, read, overrun, scaled = self._run(faster, moiety, lanes)
            if bool(overrun):
                raise InputError(
                    "an absorption phase lasts beyond the three doses that follow it",
                    where=f"model {self.system.model.id}",
                    hint="space the doses further apart",
                )
            if float(scaled) <= SCALED_RATE_LIMIT:
                break
            if not faster < FASTEST_RETRY or not np.isfinite(float(scaled)):
                raise InputError(
                    "a rate constant is too large, or no number",
                    where=f"model {self.system.model.id}",
                    allowed=f"up to {FASTEST_RETRY:g} times that of the typical patient",
                )
            faster *= 16.0
        return dict(zip(self.system.outputs, read[:, : plan.reads], strict=True))

    def _run(
        self, faster: float, moiety: str, lanes: tuple[dict[str, Array], ...]
    ) -> tuple[TimePlan, Array, Array, Array]:
        plan, arrays = self._plan(faster)
        gates = tuple(g.gate for g in self._gated)
        if (faster, moiety) not in self._doses:
            self._doses[faster, moiety] = tuple(
                gate_arrays(g, plan, DRUGS_SEEN[moiety], self.dtype) for g in self._gated
            )
        doses = self._doses[faster, moiety]
        structure = Structure(self.system, gates, moiety, plan.lengths.slots)
        return plan, *_compiled(structure)(arrays, doses, self._eta_row(plan), *lanes)

    def _eta_row(self, plan: TimePlan) -> np.ndarray:
        """The row of the etas that is in force in each occasion of a plan.

        A plan has more occasions where timed inputs begin in between, and fewer where several
        begin at once: then the last of them counts.
        """
        begun = [to_hours(to_ticks(t)) for t in self.occasion_h]
        return np.clip(np.searchsorted(begun, plan.start_h, side="right") - 1, 0, None)


Compiled = Callable[..., tuple[Array, Bool[Array, ""], Float[Array, ""]]]


@lru_cache(maxsize=64)
def _compiled(structure: Structure) -> Compiled:
    def run(
        plan: PlanArrays,
        arrays: Sequence[GateArrays],
        eta_row: Int[Array, " occasion"],
        typical: dict[str, Array],
        etas: dict[str, Array],
        covariates: dict[str, Array],
    ) -> tuple[Array, Array, Array]:
        def part(lanes: tuple[dict[str, Array], ...]) -> tuple[Array, Array, Array]:
            return _walk_part(structure, plan, arrays, eta_row, *lanes)

        count = covariates["weight"].shape[0]
        part_lanes = _part_lanes(structure, count)
        parts = count // part_lanes
        read, overrun, scaled = jax.lax.map(part, _in_parts((typical, etas, covariates), parts))
        return _joined(read), jnp.any(overrun), jnp.max(scaled)

    return jax.jit(run)


def _walk_part(
    structure: Structure,
    plan: PlanArrays,
    arrays: Sequence[GateArrays],
    eta_row: Int[Array, " occasion"],
    typical: dict[str, Array],
    etas: dict[str, Array],
    covariates: dict[str, Array],
) -> tuple[Float[Array, "time outputs lanes"], Array, Array]:
    """Outputs of a part of the lanes, ng/mL, and what tells that a walk was not sound."""
    system, gates = structure.system, structure.gates
    moiety = "" if structure.moiety in ("S", "total") else structure.moiety
    weight = covariates["weight"]
    shape = (plan.start_h.shape[0], weight.shape[0])
    now = {k: v[eta_row] if jnp.ndim(v) == 2 else v for k, v in etas.items()}
    values = individual_values(system.model, typical, now, covariates, moiety)
    rates = system.rate_matrix(values, shape).astype(weight.dtype)
    inputs, overrun = build_inputs(
        system,
        gates,
        arrays,
        values,
        weight,
        (plan.node_h.shape[0], plan.node_h.shape[1]),
        shape[0],
    )
    scales = jnp.stack([jnp.broadcast_to(s, shape) for s in system.output_scales(values)], axis=1)
    read = walk(
        system,
        targets(system, gates),
        timed_channels(system, gates),
        structure.slots,
        plan,
        rates,
        scales.astype(weight.dtype),
        inputs,
    )
    return read, overrun, jnp.max(shift_rate(rates)) * plan.lengths.base_h


def _part_lanes(structure: Structure, count: int) -> int:
    """Lanes of a part; all of them where no smaller number divides them."""
    lane_bytes = structure.slots * structure.system.size**2 * 8
    fitting = [n for n in PARTS if n * lane_bytes <= TABLE_BYTES or n == PARTS[-1]]
    return next((n for n in fitting if count % n == 0), count)


def _in_parts(tree: object, parts: int) -> object:
    """Split the last axis, the lanes, of every array; the parts come first."""

    def split(a: Array) -> Array:
        return jnp.moveaxis(a.reshape(*a.shape[:-1], parts, -1), -2, 0)

    return jax.tree.map(split, tree)


def _joined(
    parts: Float[Array, "part time outputs part_lanes"],
) -> Float[Array, "outputs time lanes"]:
    """Put the lanes of all parts side by side again, and the outputs first."""
    return jnp.transpose(parts, (2, 1, 0, 3)).reshape(parts.shape[2], parts.shape[1], -1)
