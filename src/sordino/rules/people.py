"""The virtual people of a rule study: those of `simulate`, by the same random numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from numpy.typing import NDArray

from sordino.course import Course
from sordino.pd.circulation import circulation_change
from sordino.pd.dissociation import cadss
from sordino.pd.gain import fast_effect, gain, slow_effect, slow_fraction
from sordino.pd.pain import expectation, pain_score, placebo_relief
from sordino.pk.lengths import room
from sordino.rules.bodies import Drug
from sordino.rules.body import DAY_H, SessionWalk, looks_h
from sordino.simulation.engine import DAYS, SESSIONS, CourseEngine
from sordino.simulation.lanes import LaneValues, lane_values

Numbers = NDArray[np.float64]
Values = dict[str, Numbers]

LANES = 512
"""People that are drawn together."""
LEAST = 128
"""The least room for people with a session on the same day."""
ANALYTES = ("ketamine",)
"""No effect that rules look at depends on a metabolite."""


@dataclass(frozen=True, eq=False)
class People:
    """Virtual people lane by lane: who is under which draw, and what is particular to them.

    `values`: parameters of the effects; `noise` (day, lane): of the days, on the logit.
    """

    patient: NDArray[np.int32]
    draw: NDArray[np.int32]
    values: Values
    drug: Drug
    weight: Numbers
    base_pain: Numbers
    slow_responder: Numbers
    placebo_z: Numbers
    noise: Numbers

    @property
    def count(self) -> int:
        """How many lanes there are."""
        return len(self.patient)

    def some(self, lanes: NDArray[np.int64]) -> People:
        """Some of them."""
        return jax.tree.map(
            lambda a: a[..., lanes],
            self,
            is_leaf=lambda a: isinstance(a, np.ndarray),
        )


jax.tree_util.register_dataclass(
    People,
    data_fields=[
        *("patient", "draw", "values", "drug", "weight", "base_pain"),
        *("slow_responder", "placebo_z", "noise"),
    ],
    meta_fields=[],
)
jax.tree_util.register_dataclass(
    Drug, data_fields=["typical", "etas", "covariates"], meta_fields=[]
)


def session_walk(session: Course, draws: int, seed: int, faster: float = 1.0) -> SessionWalk:
    """A day with the one session of a course, ready for people."""
    engine = CourseEngine(
        course=session,
        times_h=np.append(looks_h(session), DAY_H),
        draws=draws,
        seed=seed,
        typical=False,
        venous=False,
        analytes=ANALYTES,
    )
    return SessionWalk(engine, faster)


def people(walk: SessionWalk, patients: int, sessions: int, days: int) -> People:
    """`patients` people under every draw, draw by draw, for so many sessions and days."""
    engine = walk.engine
    kernel, arrays = engine.prepared(walk.faster)
    spec = replace(kernel.lanes, sessions=room(sessions, SESSIONS, 2), days=room(days + 1, DAYS, 3))
    patient = np.tile(np.arange(patients, dtype=np.int32), engine.draws)
    draw = np.repeat(np.arange(engine.draws, dtype=np.int32), patients)
    filled = [np.pad(a, (0, -len(a) % LANES), mode="edge") for a in (patient, draw)]
    found: list[LaneValues] = []
    for start in range(0, len(filled[0]), LANES):
        own = [jnp.asarray(a[start : start + LANES]) for a in filled]
        drawn = lane_values(spec, arrays.seed, arrays.draws, arrays.given, *own)
        found.append(jax.tree.map(np.asarray, drawn))

    def joined(*parts: Any) -> Numbers:
        full = [np.broadcast_to(p, (*p.shape[:-1], LANES)) if p.ndim else p for p in parts]
        return np.concatenate(full, axis=-1)[..., : len(patient)]

    every: LaneValues = jax.tree.map(joined, *found)
    model = kernel.driving[0].model_id
    absorption = arrays.driving[0].absorption
    given = {k: np.full(len(patient), float(v)) for k, v in absorption.items()}
    drug = every.drugs[model]
    return People(
        patient=patient,
        draw=draw,
        values={k: np.asarray(v) for k, v in every.values.items()},
        drug=Drug(
            {k: np.asarray(v) for k, v in drug.typical.items()},
            {k: np.asarray(v) for k, v in drug.etas.items()},
            {k: np.asarray(v) for k, v in {**every.person, **every.half_times, **given}.items()},
        ),
        weight=np.asarray(every.person["weight"]),
        base_pain=np.asarray(every.people.base_pain),
        slow_responder=np.asarray(every.people.slow_responder),
        placebo_z=np.asarray(every.people.placebo_z),
        noise=np.asarray(every.people.noise),
    )


FELT = (
    *("emax_fast", "c50_fast", "emax_slow", "c50_slow", "transfer"),
    *("half_time_expectation", "half_time_course", "relief_mean", "relief_sd", "relief_max"),
)
TOLERATED = (
    *("cadss_baseline", "cadss_rise", "cadss_reference", "c50_dissociation"),
    *("hill_dissociation", "cadss_max", "sbp_rise", "circulation_reference", "c50_circulation"),
)


def pain(
    who: People, fast: Numbers, slow: Numbers, since_h: Numbers, running_h: Numbers, day: int
) -> tuple[Numbers, Numbers]:
    """Pain, 0 to 10, of everybody with the drug and without it.

    `fast`, `slow`: effect sites in S-equivalents, ng/mL; `since_h`: hours since each person's
    latest session, infinite before any; `running_h`: since the first.
    """
    own = {name: who.values[name] for name in FELT}
    one = (who.base_pain, who.slow_responder, who.placebo_z, who.noise[day])
    found = _pain(own, one, fast, slow, since_h, running_h)
    return np.asarray(found[0]), np.asarray(found[1])


@jax.jit
def _pain(
    own: dict[str, Array],
    one: tuple[Array, ...],
    fast: Array,
    slow: Array,
    since_h: Array,
    running_h: Array,
) -> tuple[Array, Array]:
    base, responder, placebo_z, noise = one
    # Here every person has a clock of one's own, there all have the same one: people stand in
    # the place of times.
    there = expectation(
        since_h,
        running_h,
        own["half_time_expectation"][:, None],
        own["half_time_course"][:, None] * DAY_H,
    ).T
    effect = fast_effect(fast[None], own["emax_fast"], own["c50_fast"])
    fraction = slow_fraction(slow[None], own["c50_slow"])
    lasting = slow_effect(fraction, responder, own["transfer"], own["emax_slow"])
    relief = placebo_relief(
        there, placebo_z, own["relief_mean"], own["relief_sd"], own["relief_max"]
    )
    left = gain(effect, lasting)
    with_drug = pain_score(base, left * (1.0 - relief), noise[None])
    return with_drug[0], pain_score(base, 1.0 - relief, noise[None])[0]


def peaks(
    who: People, chosen: NDArray[np.int64], dissociation: Numbers, circulation: Numbers
) -> tuple[Numbers, Numbers]:
    """Largest CADSS total, and largest rise of systolic pressure, mmHg, of a session.

    `chosen`: who has one; then effect sites (time, person) in S-equivalents, ng/mL.
    """
    # Filled up to few sizes, for which code is compiled.
    count = len(chosen)
    spare = (0, room(count, LEAST, 2) - count)
    own = {name: np.pad(who.values[name][chosen], spare, mode="edge") for name in TOLERATED}
    sites = [np.pad(site, ((0, 0), spare), mode="edge") for site in (dissociation, circulation)]
    found = _peaks(own, *sites)
    return np.asarray(found[0])[:count], np.asarray(found[1])[:count]


@jax.jit
def _peaks(own: dict[str, Array], dissociation: Array, circulation: Array) -> tuple[Array, Array]:
    score = cadss(
        dissociation,
        own["cadss_baseline"],
        own["cadss_rise"],
        own["cadss_reference"],
        own["c50_dissociation"],
        own["hill_dissociation"],
        own["cadss_max"],
    )
    rise = circulation_change(
        circulation, own["sbp_rise"], own["circulation_reference"], own["c50_circulation"]
    )
    return score.max(axis=0), rise.max(axis=0)
