"""The people of a comparison, and their pain without any drug.

They are those of the course simulations: the same baseline pain, the same placebo response and
the same good and bad days, by the same random numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np

from sordino.compare.tally import DAYS
from sordino.library.pd_schema import load_pd_model
from sordino.pd.pain import expectation, pain_score, placebo_relief
from sordino.population import covariates, day_noise, draw_typical, standard_normal


@dataclass(frozen=True)
class WithoutDrug:
    """Pain of everybody under one draw: (day, patient), days 0 to `DAYS`; and their baseline."""

    draw: int
    base: np.ndarray
    pain: np.ndarray


def without_drug(
    given: Mapping[str, float], patients: int, draws: int, seed: int
) -> Iterator[WithoutDrug]:
    """Pain on placebo tablets, draw by draw.

    It is the placebo model of the courses without what a session adds to it: tablets have none.
    `given`: what is known of the patient, as `Course.patient_covariates` gives it.
    """
    number = jnp.arange(patients)
    people = load_pd_model("virtual_patients")
    known = {k: v for k, v in given.items() if k in ("pain", "age", "weight", "height", "female")}
    base = covariates(people, known, number, seed)["pain"]
    day = load_pd_model("day_to_day")
    spread = draw_typical("day_to_day", day.parameter, jnp.arange(draws), seed)["day_sd"]
    noise = day_noise(number, DAYS + 1, 1.0, day.parameters["day_correlation"].value, seed)
    z = standard_normal(seed, "patient/placebo", number)
    hours = jnp.arange(DAYS + 1) * 24.0
    never = jnp.full(hours.shape, jnp.inf)
    drawn = draw_typical("placebo", load_pd_model("placebo").parameter, jnp.arange(draws), seed)
    for k in range(draws):
        value = {name: jnp.full(number.shape, v[k]) for name, v in drawn.items()}
        there = expectation(
            never, hours, value["half_time_expectation"], value["half_time_course"] * 24.0
        )
        relief = placebo_relief(
            there, z, value["relief_mean"], value["relief_sd"], value["relief_max"]
        )
        pain = pain_score(base, 1.0 - relief, spread[k] * noise)
        yield WithoutDrug(k, np.asarray(base), np.asarray(pain))
