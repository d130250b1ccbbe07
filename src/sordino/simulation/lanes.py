"""Everything that is particular to a lane, in one compiled function.

A lane is one patient under one draw of the parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr
from jaxtyping import Array, Float, Int

from sordino.library.pd_schema import load_pd_model
from sordino.pd.readouts import People
from sordino.pk.system import ModelKey
from sordino.population import (
    covariates,
    day_noise,
    effect_values,
    pk_iiv_etas,
    pk_iov_etas,
    standard_normal,
    typical_covariates,
)

SITES = ("fast", "slow", "dissociation", "circulation")
HOURS = {"min": 1.0 / 60.0, "h": 1.0, "day": 24.0}

Block = dict[str, Float[Array, "..."]]


@dataclass(frozen=True)
class Lanes:
    """Who is simulated: the number of the patient and of the draw of each lane."""

    patient: np.ndarray
    draw: np.ndarray


@dataclass(frozen=True)
class LaneSpec:
    """What the compiled function is made for.

    `given` names what the patient table fixes; `sessions` and `days` say how many changes
    within a patient are drawn.
    """

    effects: tuple[str, ...]
    models: tuple[ModelKey, ...]
    given: tuple[str, ...]
    typical: bool
    sessions: int
    days: int


class Drug(NamedTuple):
    """Typical values and etas of one drug model, lane by lane."""

    typical: Block
    etas: Block


class LaneValues(NamedTuple):
    """Parameters of the effects, covariates, half-times (h), people, and drugs by model."""

    values: Block
    person: Block
    half_times: Block
    people: People
    drugs: dict[str, Drug]


@partial(jax.jit, static_argnames=("spec",))
def lane_values(
    spec: LaneSpec,
    seed: Int[Array, ""],
    draws: Mapping[str, Block],
    given: Block,
    patient: Int[Array, " lanes"],
    draw: Int[Array, " lanes"],
) -> LaneValues:
    """Draw all that is particular to some lanes.

    `draws`: typical values (draw,) by owner and name; `given`: what the patient table fixes.
    """
    values = _effect_values(spec, seed, draws, patient, draw)
    person = _person(spec, seed, given, patient)
    drugs = {
        key.model.id: Drug(
            {k: v[draw] for k, v in draws[key.model.id].items()},
            {} if spec.typical else _drug_etas(key, spec, seed, patient),
        )
        for key in spec.models
    }
    people = _people(spec, seed, values, person, patient)
    return LaneValues(values, person, half_times_h(spec.effects, values), people, drugs)


Number = TypeVar("Number", float, Array)


def half_times_h(effects: tuple[str, ...], values: Mapping[str, Number]) -> dict[str, Number]:
    """Half-times of the effect sites in hours, by parameter name."""
    found: dict[str, Number] = {}
    for effect in effects:
        for name, parameter in load_pd_model(effect).parameters.items():
            if name.removeprefix("half_time_") in SITES:
                found[name] = values[name] * HOURS[parameter.unit]
    return found


def _effect_values(
    spec: LaneSpec, seed: Array, draws: Mapping[str, Block], patient: Array, draw: Array
) -> Block:
    values: Block = {}
    for name in spec.effects:
        drawn = {key: v[draw] for key, v in draws[name].items()}
        model = load_pd_model(name)
        middle = {key: drawn[key] for key in model.parameters}
        values |= middle if spec.typical else effect_values(model, drawn, patient, seed)
    return values


def _person(spec: LaneSpec, seed: Array, given: Block, patient: Array) -> Block:
    people = load_pd_model("virtual_patients")
    if not spec.typical:
        return covariates(people, given, patient, seed)
    full = jnp.ones(patient.shape)
    return {name: value * full for name, value in typical_covariates(people, given).items()}


def _drug_etas(key: ModelKey, spec: LaneSpec, seed: Array, patient: Array) -> Block:
    etas = dict(pk_iiv_etas(key.model, patient, seed))
    for name, eta in pk_iov_etas(key.model, patient, spec.sessions, seed).items():
        etas[name] = etas[name] + eta if name in etas else eta
    return etas


def _people(spec: LaneSpec, seed: Array, values: Block, person: Block, patient: Array) -> People:
    lanes = patient.shape[0]
    if spec.typical:
        zero = jnp.zeros(lanes)
        return People(person["pain"], zero + 1.0, zero, jnp.zeros((spec.days, lanes)))
    member = ndtr(standard_normal(seed, "patient/slow responder", patient))
    return People(
        base_pain=person["pain"],
        slow_responder=(member < values["p_slow"]) * 1.0,
        placebo_z=standard_normal(seed, "patient/placebo", patient),
        noise=day_noise(patient, spec.days, values["day_sd"], values["day_correlation"], seed),
    )
