"""A course prepared for simulation, and blocks of lanes run through it.

`CourseEngine` holds what all lanes share; `run` takes lanes and gives every readout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int

from sordino.course import Course
from sordino.library.pd_schema import PdModel, load_pd_model
from sordino.pd.pain import session_clock
from sordino.pd.readouts import Clocks
from sordino.pd.recovery import owning_session
from sordino.pd.turnover import TurnoverPlan, panel_arrays, turnover_plan
from sordino.pk.compiled import make_room
from sordino.pk.lengths import room, to_hours, to_ticks
from sordino.pk.run import FASTER, PkRun, Reads, check_soundness
from sordino.pk.system import EffectSite, ModelKey, system_for
from sordino.population import (
    draw_from_files,
    share_draws,
    typical_covariates,
    with_posterior,
)
from sordino.simulation.kernel import (
    CourseArrays,
    Found,
    Kernel,
    Source,
    SourceArrays,
    kernel_spaces,
    run_kernel,
)
from sordino.simulation.lanes import SITES, Block, Lanes, LaneSpec, half_times_h
from sordino.simulation.models import DoseGroup, dose_groups

EFFECTS = (
    "equivalence",
    "fast_effect",
    "slow_lag",
    "placebo",
    "day_to_day",
    "nmda_block",
    "dissociation",
    "circulation",
    "recovery",
)

DAYS, SESSIONS = 128, 8
"""The least room for days of noise and for sessions, so that code serves many courses."""

TIME_TILE = 128
"""Output times are filled up to a multiple of this, for the same reason."""

Readouts = Mapping[str, np.ndarray]
"""Readouts by name, parts first: (part, time, lanes), (part, session, lanes), (part, lanes)."""

TypicalDraws = Mapping[str, Mapping[str, np.ndarray]]
"""Typical values (draw,) by the name of the effect file or drug model, and of the parameter."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class CourseEngine:
    """One course, ready for any number of lanes.

    `times_h`: output times. `typical` runs the typical patient: no spread between patients,
    no change from day to day or session to session, a slow responder. `analytes`: whose
    concentrations are wanted. `typical_draws` replaces typical values that would be drawn from
    the calibration or from what the library says about them: one number for each draw.
    """

    course: Course
    times_h: np.ndarray
    draws: int
    seed: int
    typical: bool
    venous: bool
    analytes: tuple[str, ...] = ("ketamine", "norketamine")
    typical_draws: TypicalDraws | None = None

    @property
    def turnover(self) -> bool:
        """Whether the slow clock is the turnover state."""
        return self.course.models.slow_clock == "turnover"

    @cached_property
    def effects(self) -> dict[str, PdModel]:
        """The effect files in use, by name."""
        names = [*EFFECTS, "slow_turnover"] if self.turnover else EFFECTS
        return {name: load_pd_model(name) for name in names}

    @cached_property
    def groups(self) -> tuple[DoseGroup, ...]:
        """The doses by the model that drives the effects."""
        return dose_groups(self.course)

    @cached_property
    def measured_groups(self) -> tuple[DoseGroup, ...]:
        """The doses by the model whose concentrations are shown."""
        return dose_groups(self.course, venous=True) if self.venous else self.groups

    @cached_property
    def session_h(self) -> np.ndarray:
        """Start of each session, hours from the first dose."""
        return np.array([to_hours(to_ticks(s.start_h)) for s in self.course.sessions()])

    def run(self, lanes: Lanes, use: Callable[[Readouts], Result]) -> Result:
        """Hand every readout of a block of lanes to `use`, and give what that returns.

        The arrays are written over afterwards. Raises `InputError` when absorption outlasts
        the next doses or a rate constant is beyond all measure.
        """
        faster = 1.0
        while True:
            kernel, arrays = self.prepared(faster)
            spaces = kernel_spaces(kernel, arrays, len(lanes.patient))
            space = run_kernel(kernel, arrays, lanes.patient, lanes.draw, spaces.take())
            found: Found = space.found
            if self._sound(kernel, found, faster):
                result = use(self._trimmed(found))
                spaces.give(space)
                return result
            spaces.give(space)
            faster *= FASTER

    def ready(self, lanes: int) -> bool:
        """Whether a block of so many lanes has been run: by this engine, or one of its shape."""
        kernel, arrays = self.prepared(1.0)
        return kernel_spaces(kernel, arrays, lanes).used

    def _sound(self, kernel: Kernel, found: Found, faster: float) -> bool:
        sources = (*kernel.driving, *kernel.shown)
        models = [source.model_id for source in sources for _ in source.structures]
        checked = [
            check_soundness(sound, faster, model)
            for model, sound in zip(models, found.sound, strict=True)
        ]
        return all(checked)

    def _trimmed(self, found: Found) -> Readouts:
        """Readouts without what fills up times and sessions."""
        times, sessions = len(self.times_h), len(self.session_h)
        read = {name: np.asarray(values) for name, values in found.readouts.items()}
        return {
            name: values
            if values.ndim == 2
            else values[:, : sessions if name == "fit_to_leave" else times]
            for name, values in read.items()
        }

    @cached_property
    def _typical_person(self) -> dict[str, float]:
        people = load_pd_model("virtual_patients")
        return typical_covariates(people, self.course.patient_covariates())

    @cached_property
    def _given(self) -> Block:
        given = self.course.patient_covariates()
        used = {k: v for k, v in given.items() if k in self._typical_person}
        return {k: jnp.asarray(v) for k, v in used.items()}

    @cached_property
    def _spec(self) -> LaneSpec:
        days = int(self.times_h[-1] / 24.0) + 1
        models = {g.model.id: g.model for g in (*self.groups, *self.measured_groups)}
        return LaneSpec(
            effects=tuple(self.effects),
            models=tuple(ModelKey(m) for m in models.values()),
            given=tuple(self._given),
            typical=self.typical,
            sessions=room(len(self.session_h), SESSIONS, 2),
            days=room(days, DAYS, 3),
        )

    @cached_property
    def _draws(self) -> dict[str, Block]:
        """Typical values (draw,) by owner and name."""
        drawn = _all_draws(self._spec.effects, self._spec.models, self.draws, self.seed)
        own = self.typical_draws or {}
        return {
            owner: values | {n: jnp.asarray(v) for n, v in own.get(owner, {}).items()}
            for owner, values in drawn.items()
        }

    @cached_property
    def _filled_times_h(self) -> np.ndarray:
        return np.pad(self.times_h, (0, -len(self.times_h) % TIME_TILE), mode="edge")

    @cached_property
    def _clocks(self) -> Clocks:
        """Clocks of the output times; times and sessions are filled up to common sizes."""
        times = self._filled_times_h
        since, running = session_clock(times, self.session_h)
        stay = load_pd_model("recovery").parameters
        shortest = [
            stay["stay_after_spray"].value / 60.0
            if s.route == "intranasal"
            else s.end_h - s.start_h + stay["stay_after_infusion"].value / 60.0
            for s in self.course.sessions()
        ]
        spare = (0, room(len(shortest), SESSIONS, 2) - len(shortest))
        return Clocks(
            times_h=jnp.asarray(times),
            day=jnp.asarray((times / 24.0).astype(np.int32)),
            since_h=jnp.asarray(since),
            running_h=jnp.asarray(running),
            session_of_time=jnp.asarray(owning_session(times, self.session_h)),
            session_h=jnp.asarray(np.pad(self.session_h, spare, constant_values=np.inf)),
            shortest_stay_h=jnp.asarray(np.pad(shortest, spare)),
        )

    @cached_property
    def _turnover_plan(self) -> TurnoverPlan:
        doses = [d for g in self.groups for d in g.doses]
        changes = [*(d.start_h for d in doses), *(d.start_h + d.duration_h for d in doses)]
        jumps = [d.start_h for d in doses if d.duration_h == 0.0]
        return turnover_plan(self._filled_times_h, changes, jumps)

    @cached_property
    def _driving(self) -> tuple[PkRun, ...]:
        sites = tuple(EffectSite(s, "ketamine", f"half_time_{s}") for s in SITES)
        return tuple(self._pk_run(g, sites, turnover=self.turnover) for g in self.groups)

    @cached_property
    def _shown(self) -> tuple[PkRun, ...]:
        """Runs of the models whose concentrations are shown, where these are others."""
        if not self.venous:
            return ()
        return tuple(self._pk_run(g, (), turnover=False) for g in self.measured_groups)

    def _pk_run(self, group: DoseGroup, sites: tuple[EffectSite, ...], *, turnover: bool) -> PkRun:
        model = group.model
        middle = {n: p.value for e in self.effects.values() for n, p in e.parameters.items()}
        typical = {n: p.value for n, p in model.parameters.items()} | self._typical_person
        typical |= half_times_h(tuple(self.effects), middle) | _absorption(group)
        spread = not self.typical and any(p.iov is not None for p in model.parameter)
        analytes = [a for a in self.analytes if a in model.analytes]
        system = system_for(model, group.routes, analytes, sites)
        reads = [Reads(system.outputs, self._filled_times_h)]
        if turnover:
            reads.append(Reads(("ketamine",), self._turnover_plan.times_h))
        return PkRun(
            system=system,
            doses=group.doses,
            reads=tuple(reads),
            varying=self._varying(group),
            occasion_h=tuple(self.session_h) if spread else (),
            typical=typical,
            dtype=jnp.dtype("float64"),
        )

    @cached_property
    def _kernels(self) -> dict[float, tuple[Kernel, CourseArrays]]:
        return {}

    def prepared(self, faster: float = 1.0) -> tuple[Kernel, CourseArrays]:
        """Compiled code and its numbers, for patients up to `faster` times as fast as expected."""
        if faster not in self._kernels:
            make_room()
            driving = _sources(self.groups, self._driving, faster)
            shown = _sources(self.measured_groups, self._shown, faster) if self.venous else []
            kernel = Kernel(
                lanes=self._spec,
                driving=tuple(source for source, _ in driving),
                shown=tuple(source for source, _ in shown),
                turnover=self.turnover,
            )
            arrays = CourseArrays(
                seed=jnp.asarray(self.seed),
                draws=self._draws,
                given=self._given,
                clocks=self._clocks,
                panels=panel_arrays(self._turnover_plan) if self.turnover else None,
                driving=tuple(numbers for _, numbers in driving),
                shown=tuple(numbers for _, numbers in shown),
            )
            self._kernels[faster] = kernel, arrays
        return self._kernels[faster]

    def _varying(self, group: DoseGroup) -> frozenset[str]:
        parameters = group.model.parameters.values()
        uncertain = {p.name for p in parameters if self.draws > 1 and p.standard_error}
        uncertain |= set((self.typical_draws or {}).get(group.model.id, {}))
        spread = {p.name for p in parameters if p.iiv is not None or p.iov is not None}
        people = set(self._typical_person) - set(self.course.patient_covariates())
        shared = {s.parameter for s in group.model.share if s.of in spread | uncertain}
        return frozenset(uncertain | shared | (set() if self.typical else spread | people))


@lru_cache(maxsize=8)
def _all_draws(
    effects: tuple[str, ...], models: tuple[ModelKey, ...], draws: int, seed: int
) -> dict[str, Block]:
    """Typical values in each draw, by owner and name."""
    drawn = _drawn(effects, models, draws, jnp.asarray(seed))
    return with_posterior(drawn, jnp.arange(draws), seed)


@partial(jax.jit, static_argnames=("effects", "models", "draws"))
def _drawn(
    effects: tuple[str, ...], models: tuple[ModelKey, ...], draws: int, seed: Int[Array, ""]
) -> dict[str, Block]:
    known = {key.model.id: key.model for key in models}
    owners = {i: m.parameter for i, m in known.items()}
    owners |= {name: load_pd_model(name).parameter for name in effects}
    drawn = draw_from_files(owners, jnp.arange(draws), seed)
    return drawn | {i: share_draws(m, drawn[i]) for i, m in known.items()}


def _sources(
    groups: tuple[DoseGroup, ...], runs: tuple[PkRun, ...], faster: float
) -> list[tuple[Source, SourceArrays]]:
    found: list[tuple[Source, SourceArrays]] = []
    for group, run in zip(groups, runs, strict=True):
        prepared = [run.prepared(moiety, faster) for moiety, _, _ in group.moieties]
        source = Source(
            group.model.id,
            tuple((part_s, part_r) for _, part_s, part_r in group.moieties),
            tuple(structure for structure, _ in prepared),
        )
        absorption = {name: jnp.asarray(v) for name, v in _absorption(group).items()}
        found.append((source, SourceArrays(tuple(a for _, a in prepared), absorption)))
    return found


def _absorption(group: DoseGroup) -> dict[str, float]:
    """Absorption values that the course gives, in the time unit of the model."""
    if group.absorption_rate_per_h is None or group.bioavailability is None:
        return {}
    per_hour = group.model.time_units_per_hour
    rate = group.absorption_rate_per_h / per_hour
    return {"ka_user": rate, "f_user": group.bioavailability}
