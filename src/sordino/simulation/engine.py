"""A course prepared for simulation, and blocks of lanes run through it.

A lane is one patient under one draw of the parameters. `CourseEngine` holds what all lanes
share; `run` takes lanes and gives every readout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr
from jaxtyping import Array, Float, Int

from sordino.course import Course
from sordino.errors import InputError
from sordino.library.pd_schema import PdModel, load_pd_model
from sordino.pd.pain import session_clock
from sordino.pd.readouts import Clocks, People, readouts
from sordino.pd.recovery import owning_session
from sordino.pd.turnover import TurnoverPlan, turnover_plan, turnover_state
from sordino.pk.lengths import to_hours, to_ticks
from sordino.pk.run import PkRun
from sordino.pk.system import EffectSite, system_for
from sordino.population import (
    covariates,
    day_noise,
    draw_pk_typical,
    draw_typical,
    iiv_etas,
    pk_iiv_etas,
    pk_iov_etas,
    standard_normal,
    typical_covariates,
)
from sordino.simulation.models import DoseGroup, dose_groups

SITES = ("fast", "slow", "dissociation", "circulation")
ANALYTES = ("ketamine", "norketamine", "hydroxynorketamine")
HOURS = {"min": 1.0 / 60.0, "h": 1.0, "day": 24.0}

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

Block = dict[str, Float[Array, "..."]]


@dataclass(frozen=True)
class Lanes:
    """Who is simulated: the number of the patient and of the draw of each lane."""

    patient: Int[Array, " lanes"]
    draw: Int[Array, " lanes"]


@dataclass(frozen=True)
class CourseEngine:
    """One course, ready for any number of lanes.

    `times_h`: output times. `typical` runs the typical patient: no spread between patients,
    no change from day to day or session to session, a slow responder.
    """

    course: Course
    times_h: np.ndarray
    draws: int
    seed: int
    typical: bool
    venous: bool

    @cached_property
    def effects(self) -> dict[str, PdModel]:
        """The effect files in use, by name."""
        names = [*EFFECTS, "slow_turnover"] if self.turnover else EFFECTS
        return {name: load_pd_model(name) for name in names}

    @property
    def turnover(self) -> bool:
        return self.course.models.slow_clock == "turnover"

    @cached_property
    def people(self) -> PdModel:
        """The file that says who the virtual patients are."""
        return load_pd_model("virtual_patients")

    @cached_property
    def groups(self) -> tuple[DoseGroup, ...]:
        """The doses by the model that drives the effects."""
        if not self.course.administrations():
            raise InputError(
                "this course has no ketamine or esketamine treatment to simulate",
                where="treatment",
                allowed='at least one treatment with drug "ketamine" or "esketamine"',
            )
        return dose_groups(self.course)

    @cached_property
    def measured_groups(self) -> tuple[DoseGroup, ...]:
        """The doses by the model whose concentrations are shown."""
        return dose_groups(self.course, venous=True) if self.venous else self.groups

    @cached_property
    def session_h(self) -> np.ndarray:
        return np.array([to_hours(to_ticks(s.start_h)) for s in self.course.sessions()])

    @cached_property
    def _typical_person(self) -> dict[str, float]:
        return typical_covariates(self.people, self.course.patient_covariates())

    @cached_property
    def _draws(self) -> dict[str, dict[str, Float[Array, " draw"]]]:
        """Typical values in each draw, by owner and name."""
        numbers = jnp.arange(self.draws)
        models = {g.model.id: g.model for g in (*self.groups, *self.measured_groups)}
        drawn = {i: draw_pk_typical(m, numbers, self.seed) for i, m in models.items()}
        for name, effect in self.effects.items():
            drawn[name] = draw_typical(name, effect.parameter, numbers, self.seed)
        return drawn

    def _effect_values(self, lanes: Lanes) -> Block:
        """Parameters of all effects for each lane, with the spread between patients."""
        values: Block = {}
        for name, effect in self.effects.items():
            etas = (
                {} if self.typical else iiv_etas(name, effect.parameters, lanes.patient, self.seed)
            )
            for parameter, drawn in self._draws[name].items():
                value = drawn[lanes.draw]
                values[parameter] = value * jnp.exp(etas[parameter]) if parameter in etas else value
        return values

    def _half_times_h(self, values: Block) -> Block:
        found: Block = {}
        for effect in self.effects.values():
            for name, parameter in effect.parameters.items():
                if name.removeprefix("half_time_") in SITES:
                    found[name] = values[name] * HOURS[parameter.unit]
        return found

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
        switches = [d.start_h for g in self.groups for d in g.doses]
        ends = [d.start_h + d.duration_h for g in self.groups for d in g.doses]
        return turnover_plan(self.times_h, [*switches, *ends])

    @cached_property
    def _runs(self) -> dict[str, list[tuple[DoseGroup, PkRun]]]:
        """Prepared runs: what drives the effects, what is shown, what the turnover sees."""
        sites = tuple(EffectSite(s, "ketamine", f"half_time_{s}") for s in SITES)
        runs = {
            "effects": [(g, self._prepared(g, sites, self.times_h)) for g in self.groups],
        }
        if self.venous:
            runs["shown"] = [(g, self._prepared(g, (), self.times_h)) for g in self.measured_groups]
        if self.turnover:
            points = self._turnover_plan.times_h
            runs["turnover"] = [
                (g, self._prepared(g, (), points, analytes=("ketamine",))) for g in self.groups
            ]
        return runs

    def _prepared(
        self,
        group: DoseGroup,
        sites: tuple[EffectSite, ...],
        times_h: np.ndarray,
        analytes: tuple[str, ...] = ANALYTES,
    ) -> PkRun:
        model = group.model
        read = [a for a in analytes if a in model.analytes]
        half_times = self._half_times_h(
            {
                n: jnp.asarray(p.value)
                for e in self.effects.values()
                for n, p in e.parameters.items()
            }
        )
        typical = {n: p.value for n, p in model.parameters.items()} | self._typical_person
        typical |= {n: float(v) for n, v in half_times.items()} | self._absorption(group)
        return PkRun(
            system=system_for(model, group.routes, read, sites),
            doses=group.doses,
            times_h=times_h,
            varying=self._varying(group),
            occasion_h=() if self.typical or not _has_iov(group) else tuple(self.session_h),
            typical=typical,
            dtype=jnp.dtype("float64"),
        )

    def _varying(self, group: DoseGroup) -> frozenset[str]:
        parameters = group.model.parameters.values()
        uncertain = {p.name for p in parameters if self.draws > 1 and p.standard_error}
        spread = {p.name for p in parameters if p.iiv is not None or p.iov is not None}
        people = set(self._typical_person) - set(self.course.patient_covariates())
        shared = {s.parameter for s in group.model.share if s.of in spread}
        return frozenset(uncertain | (set() if self.typical else spread | people | shared))

    def _absorption(self, group: DoseGroup) -> dict[str, float]:
        if group.absorption_rate_per_h is None or group.bioavailability is None:
            return {}
        per_hour = 60.0 if group.model.time_unit == "min" else 1.0
        rate = group.absorption_rate_per_h / per_hour
        return {"ka_user": rate, "f_user": group.bioavailability}

    def _person(self, lanes: Lanes) -> Block:
        if self.typical:
            full = jnp.ones(lanes.patient.shape)
            return {name: value * full for name, value in self._typical_person.items()}
        given = self.course.patient_covariates()
        return covariates(self.people, given, lanes.patient, self.seed)

    def _etas(self, group: DoseGroup, lanes: Lanes) -> Mapping[str, Float[Array, "..."]]:
        if self.typical:
            return {}
        etas = dict(pk_iiv_etas(group.model, lanes.patient, self.seed))
        sessions = len(self.session_h)
        for name, eta in pk_iov_etas(group.model, lanes.patient, sessions, self.seed).items():
            etas[name] = etas[name] + eta if name in etas else eta
        return etas

    def _through_models(
        self, runs: list[tuple[DoseGroup, PkRun]], lanes: Lanes, person: Block, half_times: Block
    ) -> dict[str, Block]:
        """Sum over models of every output, for the S and the R enantiomer."""
        found: dict[str, Block] = {"S": {}, "R": {}}
        for group, run in runs:
            drawn = {k: v[lanes.draw] for k, v in self._draws[group.model.id].items()}
            full = jnp.ones(lanes.patient.shape)
            given = {k: v * full for k, v in self._absorption(group).items()}
            etas = self._etas(group, lanes)
            for moiety, part_s, part_r in group.moieties:
                read = run(drawn, etas, {**person, **half_times, **given}, moiety)
                for name, course in read.items():
                    for enantiomer, part in (("S", part_s), ("R", part_r)):
                        if part:
                            total = found[enantiomer].get(name, 0.0)
                            found[enantiomer][name] = total + part * course
        return found

    def run(self, lanes: Lanes) -> Block:
        """Every readout of a block of lanes: (time, lanes), `fit_to_leave` (session, lanes)."""
        values = self._effect_values(lanes)
        person = self._person(lanes)
        half_times = self._half_times_h(values)
        driving = self._through_models(self._runs["effects"], lanes, person, half_times)
        nothing = jnp.zeros((len(self.times_h), lanes.patient.shape[0]))
        sites = {
            s: driving["S"].get(s, nothing) + values["potency_r"] * driving["R"].get(s, nothing)
            for s in SITES
        }
        ligands = {
            f"{e.lower()}_{a}": driving[e][a]
            for e in ("S", "R")
            for a in ("ketamine", "norketamine")
            if a in driving[e]
        }
        people = self._people(lanes, values, person)
        effects = readouts(
            self._clocks,
            people,
            values,
            ligands,
            sites,
            self._slow_state(lanes, values, person),
            turnover=self.turnover,
        )
        shown = driving
        if self.venous:
            shown = self._through_models(self._runs["shown"], lanes, person, {})
        return {
            **_concentrations(shown, nothing),
            **effects,
            "weight": person["weight"],
            "base_pain": people.base_pain,
            "slow_responder": people.slow_responder,
        }

    def _people(self, lanes: Lanes, values: Block, person: Block) -> People:
        days = int(self.times_h[-1] / 24.0) + 1
        lane_count = lanes.patient.shape[0]
        if self.typical:
            zero = jnp.zeros(lane_count)
            return People(person["pain"], zero + 1.0, zero, jnp.zeros((days, lane_count)))
        noise = self.effects["day_to_day"].parameters
        member = ndtr(standard_normal(self.seed, "patient/slow responder", lanes.patient))
        return People(
            base_pain=person["pain"],
            slow_responder=(member < values["p_slow"]) * 1.0,
            placebo_z=standard_normal(self.seed, "patient/placebo", lanes.patient),
            noise=day_noise(
                lanes.patient,
                days,
                noise["day_sd"].value,
                noise["day_correlation"].value,
                self.seed,
            ),
        )

    def _slow_state(
        self, lanes: Lanes, values: Block, person: Block
    ) -> Float[Array, "time lanes"] | None:
        if not self.turnover:
            return None
        read = self._through_models(self._runs["turnover"], lanes, person, {})
        equivalent = read["S"]["ketamine"]
        if "ketamine" in read["R"]:
            equivalent = equivalent + values["potency_r"] * read["R"]["ketamine"]
        return turnover_state(
            self._turnover_plan, equivalent, values["k_on"], values["k_off"], values["c50_turnover"]
        )


def _has_iov(group: DoseGroup) -> bool:
    return any(p.iov is not None for p in group.model.parameter)


def _concentrations(read: dict[str, Block], nothing: Float[Array, "time lanes"]) -> Block:
    """Concentrations by result name; an analyte that no model describes is NaN."""

    def total(analyte: str) -> Float[Array, "time lanes"]:
        parts = [read[e][analyte] for e in ("S", "R") if analyte in read[e]]
        return sum(parts, start=nothing) if parts else nothing * jnp.nan

    return {
        "conc_ketamine": total("ketamine"),
        "conc_s_ketamine": read["S"].get("ketamine", nothing),
        "conc_r_ketamine": read["R"].get("ketamine", nothing),
        "conc_norketamine": total("norketamine"),
        "conc_hydroxynorketamine": total("hydroxynorketamine"),
    }
