"""What the numbers of `simulate` are, and what they do not depend on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sordino.library.pd_schema import load_pd_model
from sordino.simulation import simulate
from sordino.simulation.blocks import Block, run_blocks
from sordino.simulation.dataset import course_engine
from sordino.simulation.variables import USUAL, VARIABLES

if TYPE_CHECKING:
    import xarray as xr

Build = Callable[..., dict[str, Any]]
SIX = np.arange(6)
EFFECTS = (
    "effect_fast",
    "effect_slow",
    "gain",
    "pain",
    "pain_placebo",
    "cadss",
    "sbp_change",
    "dbp_change",
    "heart_rate_change",
    "nmda_block",
)


@pytest.fixture(scope="module")
def venous(build: Build) -> xr.Dataset:
    return simulate(build(), 6, 2, sampling="venous")


@pytest.fixture(scope="module")
def typical(build: Build) -> xr.Dataset:
    return simulate(build(), "typical", 1)


@pytest.fixture(scope="module")
def others(build: Build) -> xr.Dataset:
    """The same six people among twelve, looked at other times, also after the observation."""
    times = [0.0, 0.1234, 2 / 3, 24.0, 48.25, 100.7, 192.0, 1000.0]
    return simulate(build(), 12, 2, times_h=times)


def test_values_are_within_their_scales(usual: xr.Dataset) -> None:
    for name in USUAL:
        values, about = usual[name].values, VARIABLES[name]
        assert np.isfinite(values).all(), name
        assert values.min() >= (0.0 if about.low is None else about.low), name
        assert values.max() <= (np.inf if about.high is None else about.high), name
    assert usual["pain"].values.min() > 0.0
    assert usual["pain"].values.max() < 10.0


def test_before_the_first_dose_there_is_no_drug(usual: xr.Dataset) -> None:
    start = usual.isel(time=0)
    for name in ("conc_ketamine", "conc_norketamine", "effect_fast", "nmda_block", "sbp_change"):
        assert not start[name].values.any(), name
    assert np.all(start["gain"].values == 1.0)
    assert np.array_equal(start["pain"], start["pain_placebo"])
    assert np.all(
        start["cadss"] == load_pd_model("dissociation").parameters["cadss_baseline"].value
    )


def test_the_gain_is_what_both_clocks_leave(usual: xr.Dataset) -> None:
    left = (1.0 - usual["effect_fast"]) * (1.0 - usual["effect_slow"])
    np.testing.assert_allclose(usual["gain"], left, rtol=1e-12)
    assert (usual["pain"] <= usual["pain_placebo"] + 1e-12).all()
    later = usual.isel(time=slice(1, None))
    assert (later["pain"] < later["pain_placebo"]).any("time").all()


def test_enantiomers_add_up(usual: xr.Dataset) -> None:
    both = usual["conc_s_ketamine"] + usual["conc_r_ketamine"]
    np.testing.assert_allclose(usual["conc_ketamine"], both, rtol=1e-12)
    assert (usual["conc_r_ketamine"].max("time") > 0).all()


def test_the_cumulative_dose_counts_infusions_as_they_run(usual: xr.Dataset) -> None:
    given = usual["cumulative_dose"].sel(
        time=[0.0, 20 / 60, 40 / 60, 24.0, 48.0, 192.0], method="nearest"
    )
    assert given.shape == (6, 6)
    np.testing.assert_allclose(given, np.tile([0.0, 17.5, 35.0, 35.0, 35.0, 70.0], (6, 1)))


def test_a_patient_is_fit_to_leave_after_the_shortest_stay(usual: xr.Dataset) -> None:
    stay = load_pd_model("recovery").parameters["stay_after_infusion"].value
    assert usual["fit_to_leave"].shape == (2, 6, 2)
    assert (usual["fit_to_leave"] >= 40.0 + stay - 1e-9).all()
    limit = load_pd_model("recovery").parameters["cadss_fit"].value
    for session in (0, 1):
        for draw, patient in np.ndindex(2, 6):
            one = usual.isel(draw=draw, patient=patient)
            leaves = one["session_start"][session] + one["fit_to_leave"][session] / 60.0
            end = 48.0 - 1e-6 if session == 0 else 192.0
            assert (one["cadss"].sel(time=slice(leaves - 1e-9, end)) <= limit).all()


def people(course: dict[str, Any]) -> dict[str, np.ndarray]:
    """Readouts of six patients under one draw."""

    def readouts(block: Block) -> dict[str, np.ndarray]:
        assert np.array_equal(block.patients, SIX)
        return block.readouts

    return next(run_blocks(course_engine(course, 6, 1, 1, None, "arterial"), 6, readouts))


def test_what_the_patient_table_says_is_the_same_in_everybody(build: Build) -> None:
    given = people(build())
    assert np.all(given["weight"] == 70.0)
    np.testing.assert_allclose(given["base_pain"], 7.0)
    free = people(build({"patient": {}}))
    assert len(np.unique(free["weight"])) == 6
    assert len(np.unique(free["base_pain"])) == 6


def test_venous_sampling_changes_concentrations_and_nothing_else(
    usual: xr.Dataset, venous: xr.Dataset
) -> None:
    assert venous.attrs["sampling"] == "venous"
    assert venous.attrs["pk_models"] == "otto_2021, simons_2022"
    for name in (*EFFECTS, "fit_to_leave", "cumulative_dose"):
        assert np.array_equal(venous[name], usual[name]), name
    peaks = venous["conc_ketamine"].max("time"), usual["conc_ketamine"].max("time")
    assert (peaks[0].median("patient") < 0.8 * peaks[1].median("patient")).all()


def test_one_draw_takes_the_published_values(typical: xr.Dataset) -> None:
    slow = load_pd_model("slow_lag").parameters
    top = slow["transfer"].value * slow["emax_slow"].value
    np.testing.assert_allclose(typical["effect_slow"], top * typical["slow_fraction"], rtol=1e-12)
    placebo = load_pd_model("placebo").parameters
    hours = typical["time"].sel(time=slice(0.01, 48.0)).values
    level = 1.0 - 2.0 ** -(hours / 24.0 / placebo["half_time_course"].value)
    lift = 2.0 ** -(hours / placebo["half_time_expectation"].value)
    left = 1.0 - placebo["relief_mean"].value * (level + (1.0 - level) * lift)
    seen = typical["pain_placebo"].sel(time=hours).values[0, 0]
    np.testing.assert_allclose(seen, 7.0 * left, rtol=1e-9)


def test_the_same_seed_gives_the_same_bits(usual: xr.Dataset, build: Build) -> None:
    again = simulate(build(), 6, 2)
    for name in usual.data_vars:
        assert np.array_equal(again[name], usual[name]), name
    assert again.attrs == usual.attrs


def test_another_seed_gives_other_people_and_draws(usual: xr.Dataset, build: Build) -> None:
    other = simulate(build(), 6, 2, seed=2)
    peak, before = other["conc_ketamine"].max("time"), usual["conc_ketamine"].max("time")
    assert not np.isclose(peak, before).any()
    assert other.attrs["course_digest"] == usual.attrs["course_digest"]


def test_more_draws_leave_the_first_ones_as_they_are(usual: xr.Dataset, build: Build) -> None:
    more = simulate(build(), 6, 5)
    for name in usual.data_vars:
        first = more[name].isel(draw=slice(2)) if "draw" in more[name].dims else more[name]
        assert np.array_equal(first, usual[name]), name


def test_other_people_and_times_do_not_change_a_patient(
    usual: xr.Dataset, others: xr.Dataset
) -> None:
    shared = [0.0, 2 / 3, 24.0, 192.0]
    for name in USUAL:
        found = (
            others[name].isel(patient=slice(6)).sel(time=shared, method="nearest", tolerance=1e-9)
        )
        before = usual[name].sel(time=shared, method="nearest", tolerance=1e-9)
        # Other times mean another base step, and rounding grows with their number. The engine
        # holds 1e-9 relative down to 1e-12 of the peak.
        floor = 1e-12 * float(abs(usual[name]).max())
        np.testing.assert_allclose(found, before, rtol=1e-9, atol=floor, err_msg=name)


def test_times_come_back_as_they_were_asked_for(others: xr.Dataset) -> None:
    assert list(others["time"].values) == [0.0, 0.1234, 2 / 3, 24.0, 48.25, 100.7, 192.0, 1000.0]
    late = others.sel(time=1000.0)
    assert (late["conc_ketamine"] < 1e-3).all()
    assert (late["effect_slow"] < others["effect_slow"].sel(time=192.0) + 1e-12).all()


def test_only_the_named_variables(build: Build) -> None:
    found = simulate(build(), 6, 2, variables=["gain", "fit_to_leave", "pain", "gain"])
    assert set(found.data_vars) == {"gain", "pain", "fit_to_leave", "cumulative_dose"}


def test_pain_of_zero_stays_there(build: Build) -> None:
    none = simulate(build({"patient": {"weight": "70 kg", "pain": 0.0}}), 6, 2)
    assert none["pain"].values.max() < 1e-3
    assert np.isfinite(none["pain"]).all()


def test_pain_of_ten_stays_on_the_scale(build: Build) -> None:
    full = simulate(build({"patient": {"weight": "70 kg", "pain": 10.0}}), 6, 2)
    assert 0.0 < full["pain"].values.min() <= full["pain"].values.max() < 10.0
