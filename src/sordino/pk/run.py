"""One system, one course, any number of patients: concentrations and effect sites."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float

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
from sordino.pk.individual import individual_values
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

    def _typical_values(self) -> dict[str, Float[Array, "..."]]:
        numbers = {k: jnp.asarray(v, float) for k, v in self.typical.items()}
        return individual_values(self.system.model, numbers, {}, numbers)

    def _shared_durations(self) -> dict[str, float]:
        """Zero-order durations, hours, that no varying name enters."""
        per_hour = 60.0 if self.system.model.time_unit == "min" else 1.0
        values = self._typical_values()
        shared: dict[str, float] = {}
        for route in self.system.used_routes:
            for text in {i.duration for i in route.inputs if i.duration is not None}:
                expression = parse_expression(text)
                if not expression.names & self.varying:
                    shared[text] = float(expression.evaluate(values, jnp)) / per_hour
        return shared

    @cached_property
    def _fastest(self) -> float:
        """The largest rate to expect, 1/h: that of the typical patient, with a margin."""
        values = self.system.rate_values(self._typical_values())
        margin = VARYING_MARGIN if self.varying else 1.0
        return float(shift_rate(self.system.rates, values)) * margin

    @cached_property
    def _plans(self) -> dict[float, tuple[TimePlan, PlanArrays]]:
        return {}

    def _plan(self, faster: float) -> tuple[TimePlan, PlanArrays]:
        """The plan for patients up to `faster` times as fast as expected."""
        if faster not in self._plans:
            timed = any(g.gate.mode == "timed" for g in self._gated)
            starts = self.occasion_h if self.occasion_h else (0.0,)
            rate = self._fastest * faster
            plan = time_plan(
                self.times_h, event_hours(self._gated), starts, rate, offsets=not timed
            )
            self._plans[faster] = plan, plan_arrays(plan, self.dtype)
        return self._plans[faster]

    def __call__(
        self, typical: Values, etas: Values, covariates: Values, moiety: str = "S"
    ) -> dict[str, Float[Array, "time lanes"]]:
        """Outputs of the system by name, ng/mL.

        `typical`, `covariates`: (lanes,) by name, half-times of effect sites (hours) among
        the covariates; `etas`: (lanes,) or (occasion, lanes). `moiety` is "S", "R" or
        "total". Raises `InputError` when absorption outlasts the next doses or a rate constant
        is beyond all measure.
        """
        lanes = (dict(typical), dict(etas), dict(covariates))
        faster = 1.0
        while True:
            plan, outputs, overrun, scaled = self._run(faster, moiety, lanes)
            if bool(overrun):
                raise InputError(
                    "an absorption phase lasts beyond the three doses that follow it",
                    where=f"model {self.system.model.id}",
                    hint="space the doses further apart",
                )
            if float(scaled) <= SCALED_RATE_LIMIT:
                break
            if not faster < FASTEST_RETRY:
                raise InputError(
                    "a rate constant is too large, or no number",
                    where=f"model {self.system.model.id}",
                    allowed=f"up to {FASTEST_RETRY:g} times that of the typical patient",
                )
            faster *= 16.0
        read = outputs.reshape(outputs.shape[0], -1, outputs.shape[-1])[:, plan.output_index]
        return dict(zip(self.system.outputs, read, strict=True))

    def _run(
        self, faster: float, moiety: str, lanes: tuple[dict[str, Array], ...]
    ) -> tuple[TimePlan, Array, Array, Array]:
        plan, arrays = self._plan(faster)
        gates = tuple(g.gate for g in self._gated)
        doses = tuple(gate_arrays(g, plan, DRUGS_SEEN[moiety], self.dtype) for g in self._gated)
        structure = Structure(self.system, gates, moiety, plan.lengths.slots)
        return plan, *_compiled(structure)(arrays, doses, *lanes)


Compiled = Callable[..., tuple[Array, Bool[Array, ""], Float[Array, ""]]]


@lru_cache(maxsize=64)
def _compiled(structure: Structure) -> Compiled:
    system, gates = structure.system, structure.gates

    def run(
        plan: PlanArrays,
        arrays: Sequence[GateArrays],
        typical: dict[str, Array],
        etas: dict[str, Array],
        covariates: dict[str, Array],
    ) -> tuple[Array, Array, Array]:
        moiety = "" if structure.moiety in ("S", "total") else structure.moiety
        values = individual_values(system.model, typical, etas, covariates, moiety)
        weight = covariates["weight"]
        shape = (plan.node_h.shape[0], plan.node_h.shape[1])
        full = (shape[0], weight.shape[0])
        rates = tuple(_filled(v, full, weight.dtype) for v in system.rate_values(values))
        scales = tuple(_filled(v, full, weight.dtype) for v in system.output_scales(values))
        inputs, overrun = build_inputs(system, gates, arrays, values, weight, shape)
        read = walk(
            system,
            targets(system, gates),
            timed_channels(system, gates),
            structure.slots,
            plan,
            rates,
            scales,
            inputs,
        )
        scaled = jnp.max(shift_rate(system.rates, rates)) * plan.base_h
        return jnp.moveaxis(read, 1, 0), overrun, scaled

    return jax.jit(run)


def _filled(value: Array, shape: tuple[int, int], dtype: jnp.dtype) -> Array:
    return jnp.broadcast_to(value, shape).astype(dtype)
