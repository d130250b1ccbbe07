"""Groups of people with and without the drug, against every trajectory."""

from __future__ import annotations

import numpy as np
import pytest

from sordino import simulate
from sordino.credibility.arms import Setting, run_arms
from sordino.library.protocols import load_protocol
from sordino.simulation.answers import estimate

SETTING = Setting(patients=40, draws=3, seed=5)
DAYS = (1, 7, 28)


def test_means_are_those_of_the_trajectories() -> None:
    course = load_protocol("six_infusions")
    arms = run_arms(course, DAYS, SETTING, relief_until_h=240.0)
    times = sorted({24.0 * d for d in (1, *range(1, 11), *range(22, 29))})
    whole = simulate(course, SETTING.patients, SETTING.draws, SETTING.seed, times)
    for arm, name in enumerate(("pain", "pain_placebo")):
        day = whole[name].sel(time=24.0)
        week = whole[name].sel(time=[24.0 * d for d in range(22, 29)]).mean("time")
        np.testing.assert_allclose(arms.pain[:, arm, 0], day.mean("patient"), rtol=1e-9)
        np.testing.assert_allclose(arms.pain[:, arm, 2], week.mean("patient"), rtol=1e-9)
        np.testing.assert_allclose(arms.spread[:, arm, 2], week.std("patient"), rtol=1e-6)
        # The patient of this course is given, so the pain before treatment is 7 for everybody.
        relief = 1.0 - whole[name].sel(time=[24.0 * d for d in range(1, 11)]) / 7.0
        days = (relief >= 0.3).sum("time").mean("patient")
        np.testing.assert_allclose(arms.relief_days[:, arm], days, rtol=1e-9)
    np.testing.assert_allclose(arms.baseline, 7.0)


def test_without_an_effect_there_is_no_difference() -> None:
    course = load_protocol("six_infusions")
    none = {
        "slow_lag": {"transfer": np.zeros(SETTING.draws)},
        "fast_effect": {"emax_fast": np.zeros(SETTING.draws)},
    }
    arms = run_arms(course, DAYS, SETTING, typical_draws=none)
    np.testing.assert_allclose(arms.pain_effect, 0.0, atol=1e-12)
    np.testing.assert_array_equal(arms.responder_effect, 0.0)


def test_looks_can_count_from_the_end_of_the_course() -> None:
    course = load_protocol("single_s_ketamine")
    late = run_arms(course, [1], SETTING, from_h=48.0)
    early = run_arms(course, [3], SETTING)
    np.testing.assert_allclose(late.pain, early.pain, rtol=1e-12)


def test_an_estimate_is_the_mean_and_the_middle_90_percent() -> None:
    found = estimate(np.arange(101.0))
    assert (found.value, found.low, found.high) == pytest.approx((50.0, 5.0, 95.0))
