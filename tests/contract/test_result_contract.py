"""What others may rely on in a result: names, dimensions, units, coordinates, attributes."""

from __future__ import annotations

import inspect
import json
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import xarray as xr

import sordino
from sordino.simulation.answers import Answers

if TYPE_CHECKING:
    from sordino.simulation.summary import Summary

UNITS = {
    "conc_ketamine": "ng/mL",
    "conc_s_ketamine": "ng/mL",
    "conc_r_ketamine": "ng/mL",
    "conc_norketamine": "ng/mL",
    "nmda_block": "fraction",
    "effect_fast": "fraction",
    "effect_slow": "fraction",
    "slow_fraction": "fraction",
    "gain": "fraction",
    "pain": "0-10",
    "pain_placebo": "0-10",
    "cadss": "0-92",
    "sbp_change": "mmHg",
    "dbp_change": "mmHg",
    "heart_rate_change": "1/min",
}
ATTRIBUTES = {
    "title": str,
    "course_digest": str,
    "seed": int,
    "patients": str,
    "draws": int,
    "sampling": str,
    "pk_models": str,
    "pk_model_digests": str,
    "effects": str,
    "slow_clock": str,
    "sordino_version": str,
    "jax_version": str,
    "not_simulated": str,
    "extrapolating": str,
    "intervals": str,
}
COURSE: dict[str, Any] = {
    "title": "Two infusions",
    "patient": {"weight": "70 kg", "pain": 7.0},
    "treatment": [
        {
            "drug": "ketamine",
            "route": "iv",
            "dose": "0.5 mg/kg",
            "duration": "40 min",
            "days": [0, 2],
        }
    ],
    "observe": {"until": "8 days"},
}


@pytest.fixture(scope="module")
def result() -> xr.Dataset:
    return sordino.simulate(COURSE, patients=6, draws=2, seed=3)


@pytest.fixture(scope="module")
def summary() -> Summary:
    return sordino.summarize(COURSE, patients=6, draws=2, seed=3)


def test_the_variables_over_time(result: xr.Dataset) -> None:
    over_time = {n for n, v in result.data_vars.items() if v.dims == ("draw", "patient", "time")}
    assert over_time == set(UNITS)
    assert set(result.data_vars) == {*UNITS, "fit_to_leave", "cumulative_dose"}
    assert result["fit_to_leave"].dims == ("draw", "patient", "session")
    assert result["cumulative_dose"].dims == ("patient", "time")


def test_every_variable_has_a_unit_and_a_meaning(result: xr.Dataset) -> None:
    units = UNITS | {"fit_to_leave": "min", "cumulative_dose": "mg"}
    assert {str(n): v.attrs["units"] for n, v in result.data_vars.items()} == units
    assert all(v.attrs["long_name"] for v in result.data_vars.values())
    assert all(v.dtype == np.float64 for v in result.data_vars.values())


def test_the_coordinates(result: xr.Dataset) -> None:
    assert dict(result.sizes) == {"draw": 2, "patient": 6, "time": 81, "session": 2}
    assert list(result["draw"].values) == [0, 1]
    assert list(result["patient"].values) == list(range(6))
    assert list(result["session_start"].values) == [0.0, 48.0]
    assert result["time"].attrs["units"] == result["session_start"].attrs["units"] == "h"
    assert "first dose" in result["time"].attrs["long_name"]
    assert result["time"].values[0] == 0.0
    assert result["time"].values[-1] == 192.0


def test_the_provenance(result: xr.Dataset) -> None:
    attrs = result.attrs
    assert {name: type(value) for name, value in attrs.items()} == ATTRIBUTES
    assert (attrs["title"], attrs["seed"], attrs["patients"]) == ("Two infusions", 3, "6")
    assert attrs["course_digest"] == sordino.load_course(COURSE).digest()
    assert attrs["sordino_version"] == sordino.__version__
    digests = json.loads(attrs["pk_model_digests"])
    assert digests == {"simons_2022": sordino.load_model("simons_2022").digest}
    assert "no person with fibromyalgia" in attrs["extrapolating"]
    assert attrs["not_simulated"] == ""


def test_what_is_computed_on_request() -> None:
    name = "conc_hydroxynorketamine"
    found = sordino.simulate(COURSE, patients="typical", draws=1, variables=[name])
    assert found[name].attrs["units"] == "ng/mL"
    assert found[name].values.max() > 0.0
    assert found.attrs["patients"] == "typical"
    assert found.sizes["patient"] == 1


def test_a_result_survives_a_file(result: xr.Dataset, tmp_path: Path) -> None:
    result.to_netcdf(tmp_path / "result.nc")
    again = xr.load_dataset(tmp_path / "result.nc")
    xr.testing.assert_equal(again, result)
    assert again["pain"].attrs == result["pain"].attrs
    assert again.attrs["course_digest"] == result.attrs["course_digest"]


def test_the_quantiles_of_a_summary(summary: Summary, result: xr.Dataset) -> None:
    found = summary.quantiles
    assert set(found.data_vars) == {*UNITS, *(f"{name}_median" for name in UNITS)}
    assert all(v.dims == ("quantile", "time") for v in found.data_vars.values())
    assert list(found["quantile"].values) == [0.05, 0.25, 0.5, 0.75, 0.95]
    assert np.array_equal(found["time"], result["time"])
    assert {n: found[n].attrs["units"] for n in UNITS} == UNITS
    assert found.attrs == result.attrs
    assert (found.diff("quantile") >= 0).all().to_array().all()


def test_the_answers_of_a_summary(summary: Summary) -> None:
    assert [field.name for field in fields(Answers)] == [
        "responses",
        "pain",
        "relief_days",
        "relief_days_without",
        "relief_window_days",
        "peaks",
        "fit_to_leave_min",
        "slow_responders",
    ]
    plain = json.loads(json.dumps(summary.answers.as_dict(), allow_nan=False))
    assert set(plain["responses"][0]) == {
        "label",
        "time_h",
        "threshold_percent",
        "with_drug",
        "without_drug",
        "difference",
    }
    assert set(plain["peaks"]) == {
        "conc_ketamine",
        "cadss",
        "sbp_change",
        "dbp_change",
        "heart_rate_change",
        "nmda_block",
    }
    for response in plain["responses"]:
        for arm in ("with_drug", "without_drug"):
            found = response[arm]
            assert 0.0 <= found["low"] <= found["value"] <= found["high"] <= 100.0


@pytest.mark.parametrize("function", [sordino.simulate, sordino.summarize])
def test_both_functions_take_the_same_arguments(function: Any) -> None:
    parameters = inspect.signature(function).parameters
    shared = ["course", "patients", "draws", "seed", "times_h", "sampling"]
    assert list(parameters)[: len(shared)] == shared
    defaults = [parameters[name].default for name in shared[1:]]
    assert defaults == [1000, 20, 1, None, "arterial"]
