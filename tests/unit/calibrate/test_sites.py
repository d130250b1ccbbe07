"""Effect sites as weights, against closed forms and against the exact ones of the engine."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sordino.calibrate.exposure import exposures
from sordino.calibrate.rows import Row, arm_course, evidence
from sordino.calibrate.sites import nodes_h, site_weights
from sordino.library.pd_schema import load_pd_model
from sordino.simulation import simulate

NODES = np.array([0.0, 0.3, 0.5, 1.1, 2.0, 5.0, 9.0])


@pytest.mark.parametrize("half_time_h", [0.01, 0.2, 3.0, 260.0, 1e6])
def test_a_constant_concentration_fills_a_site_exponentially(half_time_h: float) -> None:
    weights = np.asarray(site_weights(NODES, NODES[[2, 4, 6]], jnp.asarray(half_time_h)))
    expected = -np.expm1(-np.log(2.0) / half_time_h * NODES[[2, 4, 6]])
    np.testing.assert_allclose(weights.sum(axis=1), expected, rtol=1e-9)


@pytest.mark.parametrize("half_time_h", [0.05, 1.0, 300.0])
def test_a_rising_concentration_has_its_closed_form(half_time_h: float) -> None:
    # dCe/dt = k (a t - Ce) gives Ce = a (t - (1 - e^-kt) / k).
    rate, at_h = np.log(2.0) / half_time_h, NODES[[3, 6]]
    found = np.asarray(site_weights(NODES, at_h, jnp.asarray(half_time_h))) @ (7.0 * NODES)
    np.testing.assert_allclose(found, 7.0 * (at_h + np.expm1(-rate * at_h) / rate), rtol=1e-8)


def test_what_comes_after_a_reading_does_not_count() -> None:
    weights = np.asarray(site_weights(NODES, NODES[[2]], jnp.asarray(0.7)))
    assert not weights[0, 3:].any()
    assert (weights[0, :3] > 0.0).all()


def test_weights_have_the_slope_of_a_difference_quotient() -> None:
    concentration = np.array([0.0, 5.0, 9.0, 4.0, 2.0, 1.0, 0.5])

    def site(half_time_h: jax.Array) -> jax.Array:
        return (site_weights(NODES, NODES[[4]], half_time_h) @ concentration)[0]

    # Both sides of the length from which on a series is used.
    for half_time_h in (0.4, 400.0, 693.0):
        step = 1e-4 * half_time_h
        quotient = (
            site(jnp.asarray(half_time_h + step)) - site(jnp.asarray(half_time_h - step))
        ) / (2.0 * step)
        slope = jax.grad(site)(jnp.asarray(half_time_h))
        np.testing.assert_allclose(slope, quotient, rtol=1e-5)


def test_nodes_hold_switches_readings_and_the_end() -> None:
    nodes = nodes_h(np.array([0.0, 0.5]), 100.0, np.array([0.75, 30.0]))
    assert {0.0, 0.5, 0.75, 30.0, 100.0} <= set(nodes.tolist())
    assert (np.diff(nodes) > 0.0).all()
    assert nodes[-1] == 100.0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("study", "arm"), [("noppers_2011_fm", "s_ketamine"), ("sigtermans_2009_crps", "s_ketamine")]
)
def test_sites_are_those_of_the_engine(study: str, arm: str) -> None:
    """The typical patient of the engine has exact sites; here they come from straight lines."""
    rows: list[Row] = [r for r in evidence().fitted if (r.study, r.clock) == (study, arm)]
    rows = [r for r in rows if r.treated]
    at_h = np.unique(np.concatenate([r.at_h.ravel() for r in rows]))
    read = simulate(
        arm_course(study, arm),
        "typical",
        draws=1,
        times_h=at_h,
        variables=["effect_fast", "slow_fraction", "conc_s_ketamine"],
    )
    blood = next(iter(exposures(rows, 64).values()))
    ours = blood.nodes_h
    typical = simulate(
        arm_course(study, arm), "typical", draws=1, times_h=ours, variables=["conc_s_ketamine"]
    )["conc_s_ketamine"].values[0, 0]
    fast, slow = (load_pd_model(n).parameters for n in ("fast_effect", "slow_lag"))
    exact_slow = read["slow_fraction"].values[0, 0]
    exact_slow = fast_to_site(exact_slow, 1.0, slow["c50_slow"].value)
    weights = site_weights(ours, at_h, jnp.asarray(slow["half_time_slow"].value * 24.0))
    np.testing.assert_allclose(np.asarray(weights) @ typical, exact_slow, rtol=2e-3, atol=1e-3)
    exact_fast = read["effect_fast"].values[0, 0]
    exact_fast = fast_to_site(exact_fast, fast["emax_fast"].value, fast["c50_fast"].value)
    weights = site_weights(ours, at_h, jnp.asarray(fast["half_time_fast"].value / 60.0))
    np.testing.assert_allclose(np.asarray(weights) @ typical, exact_fast, rtol=2e-3, atol=1e-3)


def fast_to_site(effect: np.ndarray, emax: float, c50: float) -> np.ndarray:
    """The concentration that gives an effect, emax C / (C + c50) turned round."""
    return c50 * effect / (emax - effect)
