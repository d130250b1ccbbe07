"""Courses of every kind run: routes, models, clocks, comparators, and awkward schedules."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sordino.library.pd_schema import load_pd_model
from sordino.library.protocols import load_protocol
from sordino.library.reader import load_pk_model
from sordino.simulation import simulate, summarize
from sordino.simulation.answers import daily_index, looks
from sordino.simulation.applicability import extrapolations
from sordino.simulation.dataset import course_engine
from sordino.simulation.variables import USUAL

if TYPE_CHECKING:
    import xarray as xr

Build = Callable[..., dict[str, Any]]
ROUTES = ("intranasal", "oral", "sublingual", "buccal", "im", "sc")
DEPOT = {"absorption_rate": "3 1/h", "bioavailability": 0.9}


def one(route: str, day: int, **more: Any) -> dict[str, Any]:
    depot = DEPOT if route in ("im", "sc") else {}
    return {"drug": "ketamine", "route": route, "dose": "50 mg", "days": [day], **depot, **more}


@pytest.fixture(scope="module")
def all_routes() -> xr.Dataset:
    treatments = [one(route, day) for day, route in enumerate(ROUTES)]
    return simulate({"treatment": treatments, "observe": {"until": "6 days"}}, 6, 2)


@pytest.mark.parametrize(("session", "route"), list(enumerate(ROUTES)))
def test_every_route_reaches_the_blood(session: int, route: str, all_routes: xr.Dataset) -> None:
    day = all_routes.sel(time=slice(24.0 * session, 24.0 * session + 23.0))
    before, peak = day["conc_ketamine"].isel(time=0), day["conc_ketamine"].max("time")
    assert (peak > 3.0 * before + 1.0).all(), route
    assert (day["conc_ketamine"].isel(time=-1) < peak / 2).all(), route
    for name in USUAL:
        assert np.isfinite(day[name]).all(), name


def test_the_models_in_use_are_named(all_routes: xr.Dataset) -> None:
    assert all_routes.attrs["pk_models"] == "perezruixo_2021, simons_2022"
    assert "the sampling site of perezruixo_2021" in all_routes.attrs["extrapolating"]


def test_a_course_of_s_ketamine_has_no_r_ketamine(build: Build) -> None:
    found = simulate(build(drug="esketamine"), "typical", 1)
    assert not found["conc_r_ketamine"].values.any()
    assert np.array_equal(found["conc_ketamine"], found["conc_s_ketamine"])
    assert "R-ketamine" not in found.attrs["extrapolating"]


def test_overlapping_infusions_add(build: Build) -> None:
    long = {"drug": "esketamine", "dose": "20 mg", "duration": "4 h"}
    times = [1.0, 3.0, 5.0, 7.0, 24.0]
    watched = {"observe": {"until": "30 h"}}
    once = simulate(build(watched, **long, days=[0]), "typical", 1, times_h=times)
    twice = build(watched, **long)
    del twice["treatment"][0]["days"]
    twice["treatment"][0] |= {"every": "2 h", "times": 2}
    both = simulate(twice, "typical", 1, times_h=times)
    for name in ("conc_ketamine", "conc_norketamine"):
        single, sum_ = once[name].values[0, 0], both[name].values[0, 0]
        np.testing.assert_allclose(sum_[1:4], single[1:4] + single[0:3], rtol=1e-10)
        assert sum_[0] == pytest.approx(single[0], rel=1e-10)


def test_a_model_of_the_total_gives_no_norketamine(build: Build) -> None:
    found = simulate(build({"models": {"pk": "kamp_2020"}}), "typical", 1)
    assert np.isnan(found["conc_norketamine"]).all()
    known = [n for n in USUAL if n != "conc_norketamine"]
    assert all(np.isfinite(found[n]).all() for n in known)
    np.testing.assert_allclose(found["conc_s_ketamine"], found["conc_ketamine"] / 2, rtol=1e-12)
    assert "its patients do not differ" in found.attrs["extrapolating"]
    summary = summarize(build({"models": {"pk": "kamp_2020"}}), "typical", 1)
    assert np.isnan(summary.quantiles["conc_norketamine"]).all()
    assert np.isfinite(summary.quantiles["conc_ketamine"]).all()


def test_the_turnover_clock_follows_its_equation(build: Build) -> None:
    """Against the trapezoid rule on the concentrations that the result itself shows."""
    # Small steps while concentrations bend most: 5 seconds, then 1 minute, then 10.
    parts = np.arange(0, 45, 1 / 12), np.arange(45, 240), np.arange(240, 1441, 10)
    times = np.concatenate(parts) / 60.0
    course = build(
        {"models": {"slow_clock": "turnover"}, "observe": {"until": "1 day"}},
        drug="esketamine",
        days=[0],
    )
    found = simulate(course, "typical", 1, times_h=times)
    assert found.attrs["slow_clock"] == "turnover"
    assert 0.0 < found["effect_slow"].values.max() < 1.0
    rate = {n: p.value for n, p in load_pd_model("slow_turnover").parameters.items()}
    bound = found["conc_ketamine"].values[0, 0]
    bound = bound / (bound + rate["c50_turnover"])
    state, states = 0.0, [0.0]
    for k, step in enumerate(np.diff(times)):
        before, after = rate["k_on"] * bound[k], rate["k_on"] * bound[k + 1]
        half = state + step / 2 * (before * (1 - state) - rate["k_off"] * state)
        state = (half + step / 2 * after) / (1 + step / 2 * (after + rate["k_off"]))
        states.append(state)
    fraction = found["slow_fraction"].values[0, 0]
    np.testing.assert_allclose(fraction, states, rtol=1e-4, atol=1e-5)


@pytest.fixture(scope="module")
def beside() -> dict[str, Any]:
    """Duloxetine from the start, and ketamine three and a half days later."""
    return {
        "treatment": [
            {"drug": "duloxetine", "dose": "60 mg", "days": [0]},
            {
                "drug": "ketamine",
                "route": "iv",
                "dose": "35 mg",
                "duration": "40 min",
                "days": [3.5],
            },
        ],
        "observe": {"until": "11 days"},
    }


def test_a_comparator_is_named_as_not_simulated(beside: dict[str, Any]) -> None:
    found = simulate(beside, "typical", 1)
    assert found.attrs["not_simulated"] == "duloxetine"
    note = "duloxetine is named in the course but not simulated"
    assert note in found.attrs["extrapolating"].split("; ")
    assert list(found["session_start"].values) == [84.0]
    early = found.sel(time=slice(0.0, 83.99))
    assert early.sizes["time"] >= 4
    assert not early["conc_ketamine"].values.any()
    assert np.array_equal(early["pain"], early["pain_placebo"])
    # Nothing is hoped for before the first session has begun.
    baseline = load_pd_model("virtual_patients").parameters["pain"].value
    np.testing.assert_allclose(early["pain"], baseline)
    during = found.sel(time=slice(84.01, 84.6))
    assert (during["pain_placebo"] < baseline).all()
    assert (during["pain"] < during["pain_placebo"]).all()


def test_days_of_the_answers_count_from_the_first_session(
    beside: dict[str, Any],
) -> None:
    late = summarize(beside, "typical", 1).answers
    alone = {**beside, "treatment": [beside["treatment"][1] | {"days": [0]}]}
    alone["observe"] = {"until": "180 h"}
    early = summarize(alone, "typical", 1).answers
    assert [p.label for p in late.pain] == [p.label for p in early.pain]
    assert [p.time_h - 84.0 for p in late.pain] == pytest.approx([p.time_h for p in early.pain])
    for a, b in zip(late.pain, early.pain, strict=True):
        assert a.with_drug.value == pytest.approx(b.with_drug.value, rel=1e-9)
    assert late.relief_window_days == early.relief_window_days == 7


def test_a_dose_at_the_last_moment(build: Build) -> None:
    course = build({"observe": {"until": "48 h"}}, dose="35 mg")
    del course["treatment"][0]["duration"]
    found = simulate(course, "typical", 1)
    last = found.isel(time=-1)
    assert float(last["time"]) == 48.0
    assert float(last["cumulative_dose"].max()) == 70.0
    assert (last["conc_ketamine"] > found.isel(time=-2)["conc_ketamine"]).all()
    # Watching ends before the second stay does.
    assert np.isfinite(found["fit_to_leave"].values[0, 0, 0])


def notes(course: dict[str, Any]) -> list[str]:
    return extrapolations(course_engine(course, 6, 2, 1, None, "arterial"))


def test_people_outside_the_data_of_a_model_are_named(build: Build) -> None:
    about = load_pk_model("simons_2022").applicability
    assert about.weight is not None
    limits = f"{about.weight[0]:g} to {about.weight[1]:g} kg of simons_2022"
    heavy = build({"patient": {"weight": "150 kg"}})
    assert f"weight 150 kg is outside the {limits}" in notes(heavy)
    assert not [note for note in notes(build()) if note.startswith("weight")]


def test_models_used_for_what_they_were_not_made_for_are_named(build: Build) -> None:
    venous = notes(build({"models": {"pk": "otto_2021"}}))
    assert "otto_2021 gives venous concentrations, and the effects expect arterial ones" in venous
    total = notes(build({"models": {"pk": "kamp_2020"}}, drug="esketamine"))
    assert "kamp_2020 knows no enantiomers, and S-ketamine runs on it unchanged" in total
    assert not [n for n in notes(build(drug="esketamine")) if "enantiomers" in n or "venous" in n]


def test_every_comparator_is_named_once(build: Build) -> None:
    course = build()
    tablets = {"drug": "duloxetine", "dose": "30 mg"}
    course["treatment"] += [tablets, tablets | {"start": "7 days"}, {"drug": "exercise"}]
    found = [note for note in notes(course) if note.endswith("not simulated")]
    assert [note.split()[0] for note in found] == ["duloxetine", "exercise"]


@pytest.mark.parametrize("times", [None, [2400.0]])
def test_answers_do_not_look_beyond_the_observation(
    times: list[float] | None, build: Build
) -> None:
    engine = course_engine(build(), 6, 2, 1, times, "arterial")
    assert engine.times_h[-1] == (192.0 if times is None else 2400.0)
    assert [look.label for look in looks(engine)][-1] == "week 1"
    assert list(engine.times_h[daily_index(engine)] / 24.0) == list(range(1, 9))


def test_a_course_with_rules_says_that_its_plan_is_what_runs() -> None:
    played = extrapolations(course_engine(load_protocol("by_response"), 1, 1, 1, None, "arterial"))
    plain = extrapolations(course_engine(load_protocol("six_infusions"), 1, 1, 1, None, "arterial"))
    assert [note for note in played if "rules" in note]
    assert not [note for note in plain if "rules" in note]
