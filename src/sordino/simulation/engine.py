"""A course prepared for simulation, and blocks of lanes run through it.

`CourseEngine` holds what all lanes share; `run` takes lanes and gives every readout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from sordino.course import Course
from sordino.library.pd_schema import PdModel, load_pd_model
from sordino.pd.pain import session_clock
from sordino.pd.readouts import Clocks, readouts
from sordino.pd.recovery import owning_session
from sordino.pd.turnover import TurnoverPlan, turnover_plan, turnover_state
from sordino.pk.lengths import bucket, to_hours, to_ticks
from sordino.pk.run import PkRun, Reads
from sordino.pk.system import EffectSite, ModelKey, system_for
from sordino.population import draw_all_typical, share_draws, typical_covariates
from sordino.simulation.lanes import (
    SITES,
    Block,
    Lanes,
    LaneSpec,
    LaneValues,
    half_times_h,
    lane_values,
)
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

DAY_TILE = 32
"""Days of noise are drawn in multiples of this, so that code serves courses of any length."""

Prepared = tuple[DoseGroup, PkRun]


@dataclass(frozen=True)
class CourseEngine:
    """One course, ready for any number of lanes.

    `times_h`: output times. `typical` runs the typical patient: no spread between patients,
    no change from day to day or session to session, a slow responder. `analytes`: whose
    concentrations are wanted.
    """

    course: Course
    times_h: np.ndarray
    draws: int
    seed: int
    typical: bool
    venous: bool
    analytes: tuple[str, ...] = ("ketamine", "norketamine")

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

    def run(self, lanes: Lanes) -> Block:
        """Every readout of a block of lanes: (time, lanes), `fit_to_leave` (session, lanes)."""
        own = lane_values(
            self._spec,
            jnp.asarray(self.seed),
            self._draws,
            self._given,
            lanes.patient,
            lanes.draw,
        )
        driving = self._through_models(self._runs["effects"], own)
        sites, ligands, measured = _combined(driving, own.values["potency_r"], self._filler)
        effects = readouts(
            self._clocks,
            own.people,
            own.values,
            ligands,
            sites,
            self._slow_state(own),
            turnover=self.turnover,
        )
        if self.venous:
            shown = self._through_models(self._runs["shown"], own)
            measured = _combined(shown, own.values["potency_r"], self._filler)[2]
        return {
            **measured,
            **effects,
            "weight": own.person["weight"],
            "base_pain": own.people.base_pain,
            "slow_responder": own.people.slow_responder,
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
            sessions=bucket(len(self.session_h)),
            days=days + -days % DAY_TILE,
        )

    @cached_property
    def _draws(self) -> dict[str, Block]:
        """Typical values in each draw, by owner and name."""
        return _all_draws(self._spec, self.draws, jnp.asarray(self.seed))

    @cached_property
    def _clocks(self) -> Clocks:
        since, running = session_clock(self.times_h, self.session_h)
        stay = load_pd_model("recovery").parameters
        shortest = [
            stay["stay_after_spray"].value / 60.0
            if s.route == "intranasal"
            else s.end_h - s.start_h + stay["stay_after_infusion"].value / 60.0
            for s in self.course.sessions()
        ]
        return Clocks(
            times_h=jnp.asarray(self.times_h),
            day=jnp.asarray((self.times_h / 24.0).astype(np.int32)),
            since_h=jnp.asarray(since),
            running_h=jnp.asarray(running),
            session_of_time=jnp.asarray(owning_session(self.times_h, self.session_h)),
            session_h=jnp.asarray(self.session_h),
            shortest_stay_h=jnp.asarray(shortest),
        )

    @cached_property
    def _turnover_plan(self) -> TurnoverPlan:
        doses = [d for g in self.groups for d in g.doses]
        changes = [*(d.start_h for d in doses), *(d.start_h + d.duration_h for d in doses)]
        jumps = [d.start_h for d in doses if d.duration_h == 0.0]
        return turnover_plan(self.times_h, changes, jumps)

    @cached_property
    def _filler(self) -> Float[Array, "time 1"]:
        return jnp.zeros((len(self.times_h), 1))

    @cached_property
    def _runs(self) -> dict[str, list[Prepared]]:
        """Prepared runs: what drives the effects, what is shown, what the turnover sees."""
        sites = tuple(EffectSite(s, "ketamine", f"half_time_{s}") for s in SITES)
        runs = {"effects": [self._prepared(g, sites, self.times_h) for g in self.groups]}
        if self.venous:
            runs["shown"] = [self._prepared(g, (), self.times_h) for g in self.measured_groups]
        if self.turnover:
            points = self._turnover_plan.times_h
            runs["turnover"] = [
                self._prepared(g, (), points, analytes=("ketamine",)) for g in self.groups
            ]
        return runs

    def _prepared(
        self,
        group: DoseGroup,
        sites: tuple[EffectSite, ...],
        times_h: np.ndarray,
        analytes: tuple[str, ...] | None = None,
    ) -> Prepared:
        model = group.model
        wanted = self.analytes if analytes is None else analytes
        middle = {n: p.value for e in self.effects.values() for n, p in e.parameters.items()}
        typical = {n: p.value for n, p in model.parameters.items()} | self._typical_person
        typical |= half_times_h(tuple(self.effects), middle) | _absorption(group)
        spread = not self.typical and any(p.iov is not None for p in model.parameter)
        system = system_for(model, group.routes, [a for a in wanted if a in model.analytes], sites)
        return group, PkRun(
            system=system,
            doses=group.doses,
            reads=(Reads(system.outputs, times_h),),
            varying=self._varying(group),
            occasion_h=tuple(self.session_h) if spread else (),
            typical=typical,
            dtype=jnp.dtype("float64"),
        )

    def _varying(self, group: DoseGroup) -> frozenset[str]:
        parameters = group.model.parameters.values()
        uncertain = {p.name for p in parameters if self.draws > 1 and p.standard_error}
        spread = {p.name for p in parameters if p.iiv is not None or p.iov is not None}
        people = set(self._typical_person) - set(self.course.patient_covariates())
        shared = {s.parameter for s in group.model.share if s.of in spread | uncertain}
        return frozenset(uncertain | shared | (set() if self.typical else spread | people))

    def _through_models(self, runs: list[Prepared], own: LaneValues) -> ModelOutputs:
        """Every output of every model, with the parts that are S- and R-ketamine."""
        found: list[tuple[tuple[float, float], Block]] = []
        for group, run in runs:
            drug = own.drugs[group.model.id]
            full = jnp.ones_like(own.person["weight"])
            given = {k: v * full for k, v in _absorption(group).items()}
            for moiety, part_s, part_r in group.moieties:
                people = {**own.person, **own.half_times, **given}
                read = run(drug.typical, drug.etas, people, moiety)[0]
                found.append(((part_s, part_r), read))
        return tuple(p for p, _ in found), [block for _, block in found]

    def _slow_state(self, own: LaneValues) -> Float[Array, "time lanes"] | None:
        if not self.turnover:
            return None
        parts, blocks = self._through_models(self._runs["turnover"], own)
        total = jnp.zeros(())
        for (part_s, part_r), block in zip(parts, blocks, strict=True):
            total = total + (part_s + own.values["potency_r"] * part_r) * block["ketamine"]
        values = own.values
        return turnover_state(
            self._turnover_plan, total, values["k_on"], values["k_off"], values["c50_turnover"]
        )


ModelOutputs = tuple[tuple[tuple[float, float], ...], list[Block]]


@partial(jax.jit, static_argnames=("spec", "draws"))
def _all_draws(spec: LaneSpec, draws: int, seed: Int[Array, ""]) -> dict[str, Block]:
    models = {key.model.id: key.model for key in spec.models}
    owners = {i: m.parameter for i, m in models.items()}
    owners |= {name: load_pd_model(name).parameter for name in spec.effects}
    drawn = draw_all_typical(owners, jnp.arange(draws), seed)
    return drawn | {i: share_draws(m, drawn[i]) for i, m in models.items()}


def _absorption(group: DoseGroup) -> dict[str, float]:
    """Absorption values that the course gives, in the time unit of the model."""
    if group.absorption_rate_per_h is None or group.bioavailability is None:
        return {}
    per_hour = 60.0 if group.model.time_unit == "min" else 1.0
    rate = group.absorption_rate_per_h / per_hour
    return {"ka_user": rate, "f_user": group.bioavailability}


def _combined(
    reads: ModelOutputs, potency_r: Float[Array, " lanes"], filler: Float[Array, "time 1"]
) -> tuple[Block, Block, Block]:
    """Effect sites in S-equivalents, ligands of the receptor, concentrations as shown."""
    parts, blocks = reads
    return _combine(parts, blocks, potency_r, filler)


@partial(jax.jit, static_argnames=("parts",))
def _combine(
    parts: tuple[tuple[float, float], ...],
    blocks: list[Block],
    potency_r: Float[Array, " lanes"],
    filler: Float[Array, "time 1"],
) -> tuple[Block, Block, Block]:
    nothing = jnp.broadcast_to(filler, (filler.shape[0], potency_r.shape[0]))
    total: dict[str, Block] = {"S": {}, "R": {}}
    for (part_s, part_r), block in zip(parts, blocks, strict=True):
        for name, course in block.items():
            for enantiomer, part in (("S", part_s), ("R", part_r)):
                if part:
                    before = total[enantiomer].get(name, nothing)
                    total[enantiomer][name] = before + part * course
    sites = {s: total["S"].get(s, nothing) + potency_r * total["R"].get(s, nothing) for s in SITES}
    ligands = {
        f"{e.lower()}_{a}": total[e][a]
        for e in ("S", "R")
        for a in ("ketamine", "norketamine")
        if a in total[e]
    }
    return sites, ligands, _concentrations(total, nothing)


def _concentrations(total: Mapping[str, Block], nothing: Float[Array, "time lanes"]) -> Block:
    """Concentrations by result name; an analyte that no model describes is NaN."""

    def both(analyte: str) -> Float[Array, "time lanes"]:
        there = [total[e][analyte] for e in ("S", "R") if analyte in total[e]]
        return sum(there, start=nothing) if there else nothing * jnp.nan

    return {
        "conc_ketamine": both("ketamine"),
        "conc_s_ketamine": total["S"].get("ketamine", nothing),
        "conc_r_ketamine": total["R"].get("ketamine", nothing),
        "conc_norketamine": both("norketamine"),
        "conc_hydroxynorketamine": both("hydroxynorketamine"),
    }
