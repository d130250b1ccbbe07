"""What is estimated, and what is known of it beforehand.

Priors come from the effect files of the library. `library/posterior/assumptions.toml` replaces
those that were made from the data fitted here, and adds what only a calibration needs.
Every unknown is a transformed standard normal number: its prior is then the same for all of
them, and how far the data moved it can be read on one scale.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from sordino.library.pd_schema import PdModel, PdParameter, Prior, load_pd_model
from sordino.library.posterior import assumptions
from sordino.population import from_prior

Value = Float[Array, "..."]

EFFECTS = (
    "equivalence",
    "fast_effect",
    "slow_lag",
    "placebo",
    "dissociation",
    "circulation",
    "mood",
    "fatigue",
)
"""Effects whose unknowns are estimated, in this order."""

ASSUMPTIONS = "calibration"
"""The owner of what the effect files do not hold."""


PRODUCTS = {
    "dbp_rise": ("sbp_rise", "dbp_over_sbp"),
    "heart_rate_rise": ("sbp_rise", "heart_rate_over_sbp"),
}
"""Parameters that are the product of two unknowns. Cohorts tell the ratios well even where they
differ in size, so the ratios are what is estimated."""

Block = Literal["drug", "mood", "fatigue"]
"""Unknowns of different blocks share no data, so that blocks are fitted one by one."""


@dataclass(frozen=True)
class Unknown:
    """One number to be estimated: its name, the file that owns it, its prior."""

    name: str
    owner: str
    parameter: PdParameter

    @property
    def prior(self) -> Prior:
        """What is known beforehand."""
        assert self.parameter.prior is not None
        return self.parameter.prior

    @property
    def block(self) -> Block:
        """The block that the unknown belongs to."""
        if self.owner == "mood" or self.name == "spread_mood":
            return "mood"
        return "fatigue" if self.owner == "fatigue" else "drug"

    def value(self, z: Value | np.ndarray) -> Value:
        """The unknown where its standard normal number is `z`."""
        numbers = jnp.asarray(z)
        return from_prior(self.prior, self.parameter.value, numbers.ravel()).reshape(numbers.shape)


@functools.lru_cache(maxsize=1)
def unknowns() -> tuple[Unknown, ...]:
    """All unknowns, in the order of their standard normal numbers."""
    own = assumptions().parameters
    found = [
        Unknown(p.name, effect, p)
        for effect in EFFECTS
        for p in load_pd_model(effect).parameter
        if p.prior is not None and p.name not in {*own, *PRODUCTS}
    ]
    return (*found, *(Unknown(p.name, ASSUMPTIONS, p) for p in own.values()))


@functools.lru_cache(maxsize=1)
def constants() -> Mapping[str, float]:
    """Parameters of the effects that are taken as they are."""
    named = {u.name for u in unknowns()} | set(PRODUCTS)
    files: list[PdModel] = [load_pd_model(effect) for effect in EFFECTS]
    return {p.name: p.value for f in files for p in f.parameter if p.name not in named}


def values(z: Float[Array, " unknown"]) -> dict[str, Value]:
    """All parameters by name, in the units of their files, from the standard normal numbers."""
    fixed = {name: jnp.asarray(value) for name, value in constants().items()}
    return with_products(fixed | {u.name: u.value(z[k]) for k, u in enumerate(unknowns())})


def with_products(known: dict[str, Value]) -> dict[str, Value]:
    """Parameters with those that are the product of two unknowns."""
    return known | {name: known[a] * known[b] for name, (a, b) in PRODUCTS.items()}
