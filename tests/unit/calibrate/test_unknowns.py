"""Priors: where they come from, and that each unknown has its own prior."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from sordino.calibrate.unknowns import (
    ASSUMPTIONS,
    PRODUCTS,
    Unknown,
    constants,
    unknowns,
    values,
)
from sordino.library.pd_schema import load_pd_model
from sordino.library.posterior import assumptions

Z = scipy.stats.norm.ppf(np.linspace(0.0005, 0.9995, 1000))


def named(name: str) -> Unknown:
    return next(u for u in unknowns() if u.name == name)


@pytest.mark.parametrize("unknown", unknowns(), ids=lambda u: u.name)
def test_a_standard_normal_number_gives_the_prior(unknown: Unknown) -> None:
    found = np.asarray(unknown.value(jnp.asarray(Z)))
    prior, value = unknown.prior, unknown.parameter.value
    sd = prior.sd or 0.0
    low, high = prior.low or 0.0, prior.high or 0.0
    expected = {
        "normal": lambda: scipy.stats.norm(value, sd),
        "lognormal": lambda: scipy.stats.lognorm(sd, scale=value),
        "uniform": lambda: scipy.stats.uniform(low, high - low),
        "loguniform": lambda: scipy.stats.loguniform(low, high),
        "logit": lambda: scipy.stats.norm(np.log(value / (1.0 - value)), sd),
    }[prior.distribution]()
    seen = np.log(found / (1.0 - found)) if prior.distribution == "logit" else found
    np.testing.assert_allclose(seen, expected.ppf(scipy.stats.norm.cdf(Z)), rtol=1e-7)


def test_priors_are_those_of_the_effect_files() -> None:
    transfer = named("transfer")
    assert transfer.owner == "slow_lag"
    assert transfer.prior == load_pd_model("slow_lag").parameters["transfer"].prior
    assert (transfer.prior.low, transfer.prior.high) == (0.0, 1.0)


@pytest.mark.parametrize("name", ["cadss_rise", "sbp_rise", "relief_sd", "dbp_over_sbp"])
def test_a_prior_that_came_from_the_data_is_replaced(name: str) -> None:
    assert named(name).owner == ASSUMPTIONS


def test_all_that_the_calibration_adds_is_marked_as_assumed() -> None:
    assert all(p.origin == "assumed" and p.prior for p in assumptions().parameter)


def test_no_parameter_is_both_estimated_and_taken_as_it_is() -> None:
    names = [u.name for u in unknowns()]
    assert len(names) == len(set(names))
    assert not set(names) & set(constants())
    assert not set(PRODUCTS) & (set(names) | set(constants()))


def test_values_hold_every_parameter_of_the_effects() -> None:
    known = values(jnp.zeros(len(unknowns())))
    for effect in ("fast_effect", "slow_lag", "placebo", "dissociation", "circulation"):
        assert set(load_pd_model(effect).parameters) <= set(known)
    assert float(known["dbp_rise"]) == pytest.approx(
        float(known["sbp_rise"]) * float(known["dbp_over_sbp"])
    )
