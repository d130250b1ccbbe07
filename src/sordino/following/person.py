"""What is particular to the person who keeps a diary, beside what is in the blood.

Each coordinate is a standard normal number beforehand, so that one sampler scale fits all.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import jax.numpy as jnp
from jax.scipy.special import expit, logit, ndtr
from jaxtyping import Array, Float

from sordino.library.pd_schema import PdModel, load_pd_model, read_pd_model
from sordino.pd.pain import SCALE
from sordino.population import from_prior

FILE = Path(__file__).parent / "person.toml"

COORDINATES = (
    "base_pain",
    "placebo",
    "slow_responder",
    "drift",
    "day_sd",
    "day_correlation",
    "habit_wait",
    "habit_shift",
)
"""The coordinates of a person, in the order of the last axis of `z`."""

Coordinates = Float[Array, "*lanes coordinate"]
Lanes = Float[Array, "*lanes"]


class Person(NamedTuple):
    """One value for each lane.

    `base_pain`: untreated pain, 0 to 10; `placebo_z`: standard score of the placebo response;
    `slow_responder`: 1 or 0; `drift`: logit per week; `day_sd`: logit; `day_correlation`;
    `habit_wait`: days from the first day of the diary; `habit_shift`: logit.
    """

    base_pain: Array
    placebo_z: Array
    slow_responder: Array
    drift: Array
    day_sd: Array
    day_correlation: Array
    habit_wait: Array
    habit_shift: Array


@functools.lru_cache(maxsize=1)
def diary_model() -> PdModel:
    """What a diary holds beside the effects of the library.

    Raises `DocumentError` for a file that cannot be used.
    """
    return read_pd_model(FILE, f"sordino/following/{FILE.name}")


def constant(name: str) -> float:
    """A number of the diary model that is taken as it is."""
    return diary_model().parameters[name].value


def person(
    z: Coordinates,
    typical: Mapping[str, Lanes],
    span: float | Array = 0.0,
    share: float | Array = 0.0,
) -> Person:
    """The person at some coordinates.

    `typical` holds `p_slow` and `day_sd` of each lane: what studies say of everybody. With a
    `span` (days) the part `share` of normal coordinates has another habit of rating begin in it,
    more than there are; `log_odds` says how much each then counts.
    """
    people = load_pd_model("virtual_patients").parameters
    at = {name: z[..., k] for k, name in enumerate(COORDINATES)}
    middle = logit(jnp.asarray(people["pain"].value / SCALE))
    return Person(
        base_pain=SCALE * expit(middle + people["pain_sd_logit"].value * at["base_pain"]),
        placebo_z=at["placebo"],
        slow_responder=(ndtr(at["slow_responder"]) < typical["p_slow"]) * 1.0,
        drift=_value("drift", at["drift"]),
        day_sd=typical["day_sd"] * _value("day_sd", at["day_sd"]),
        day_correlation=_value("day_correlation", at["day_correlation"]),
        habit_wait=_wait(at["habit_wait"], jnp.asarray(span), jnp.asarray(share)),
        habit_shift=_value("habit_shift", at["habit_shift"]),
    )


def log_odds(wait: Array, span: float | Array, share: float | Array) -> Array:
    """Logarithm of the prior of a wait over how often `person` gives it for normal coordinates."""
    part = jnp.asarray(span) / _longest_wait()
    early, late = jnp.log(part / share), jnp.log((1.0 - part) / (1.0 - jnp.asarray(share)))
    return jnp.where(wait < span, early, late)


def _wait(z: Array, span: Array, share: Array) -> Array:
    """Uniform up to the longest wait, with the part `share` of it moved into the span."""
    place = ndtr(z)
    early = span * place / jnp.where(share > 0.0, share, 1.0)
    late = span + (_longest_wait() - span) * (place - share) / (1.0 - share)
    return jnp.where(place < share, early, late)


def _longest_wait() -> float:
    prior = diary_model().parameters["habit_wait"].prior
    assert prior is not None
    assert prior.high is not None
    return prior.high


def _value(name: str, z: Array) -> Array:
    parameter = diary_model().parameters[name]
    assert parameter.prior is not None
    return from_prior(parameter.prior, parameter.value, z)
