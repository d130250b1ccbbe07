from __future__ import annotations

import copy
import json
import math
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

import sordino.library
from sordino.errors import DocumentError, UnknownName
from sordino.library.reader import PK_FOLDER, load_pk_model, pk_model_ids
from sordino.library.schema import Check, Parameter, PkModel, Residual, Variability, json_schema
from sordino.library.typical import typical_values

SCHEMA_FILE = Path(sordino.library.__file__).parents[1] / "schemas" / "pk-model.schema.json"


@pytest.fixture
def table() -> dict[str, Any]:
    return tomllib.loads((PK_FOLDER / "otto_2021.toml").read_text())


def refusal(table: dict[str, Any], tmp_path: Path) -> DocumentError:
    path = tmp_path / "model.json"
    path.write_text(json.dumps(table))
    with pytest.raises(DocumentError) as caught:
        load_pk_model(path)
    return caught.value


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("variance", 0.09, 0.3),
        ("sd_log", 0.3, 0.3),
        ("cv_percent", 100.0, math.sqrt(math.log(2.0))),
        ("sd_logit", 0.7, 0.7),
        ("variance", 0.0, 0.0),
    ],
)
def test_spread_of_the_eta(kind: Any, value: float, expected: float) -> None:
    assert Variability(value=value, kind=kind).sd_eta == pytest.approx(expected, rel=1e-15)


def test_cv_percent_is_the_cv_of_a_log_normal() -> None:
    sd = Variability(value=132.0, kind="cv_percent").sd_eta
    assert math.sqrt(math.exp(sd**2) - 1.0) == pytest.approx(1.32)


def test_standard_error_absolute_and_relative() -> None:
    common: dict[str, Any] = {"name": "a", "value": -4.0, "unit": "L", "origin": "estimated"}
    assert Parameter(**common).standard_error is None
    assert Parameter(**common, se=0.5).standard_error == 0.5
    assert Parameter(**common, rse_percent=25.0).standard_error == 1.0


def test_assumed_counts_the_spread_too() -> None:
    spread = Variability(value=0.1, kind="variance", origin="assumed")
    parameter = Parameter(name="a", value=1.0, unit="L", origin="estimated", iov=spread)
    assert parameter.assumed
    assert not Parameter(name="a", value=1.0, unit="L", origin="estimated").assumed


def test_residual_scales() -> None:
    common: dict[str, Any] = {"origin": "estimated", "source": "x"}
    variance = Residual(kind="proportional", scale="variance", proportional=0.04, **common)
    assert variance.proportional_sd == pytest.approx(0.2)
    both = Residual(
        kind="combined", scale="sd", proportional=0.1, additive=2.0, unit="nmol/mL", **common
    )
    assert (both.proportional_sd, both.additive_sd, both.log_sd) == (0.1, 2.0, 0.0)


@pytest.mark.parametrize(
    "numbers",
    [
        {"kind": "proportional"},
        {"kind": "proportional", "proportional": 0.1, "log": 0.1},
        {"kind": "combined", "proportional": 0.1},
        {"kind": "additive", "proportional": 0.1},
    ],
)
def test_residual_numbers_must_fit_its_kind(numbers: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Residual(scale="sd", origin="estimated", source="x", **numbers)


CHECK: dict[str, Any] = {
    "name": "c", "kind": "peak", "place": "p", "source": "s", "value": 100.0, "unit": "ng/mL",
    "tolerance_percent": 5.0, "tolerance_reason": "r", "dose_mg_per_kg": 0.5, "weight": 60.0,
}  # fmt: skip


def test_check_bounds_dose_and_person() -> None:
    check = Check(**CHECK)
    assert check.bounds == (95.0, 105.0)
    assert check.dose == 30.0
    assert check.covariates["weight"] == 60.0


@pytest.mark.parametrize(
    "change",
    [
        {"dose_mg": 3.0},
        {"dose_mg_per_kg": None},
        {"time_min": 3.0},
        {"kind": "concentration"},
        {"kind": "parameter"},
        {"expression": "CL"},
        {"low": 90.0},
        {"low": 90.0, "high": 110.0},
        {"tolerance_percent": None},
        {"known_miss": "why"},
        {"known_value": 3.0},
    ],
)
def test_check_fields_must_fit_its_kind(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Check(**{**CHECK, **change})


def test_unknown_key_offers_the_nearest(table: dict[str, Any], tmp_path: Path) -> None:
    table["parameter"][0]["vlaue"] = 3.0
    (found,) = refusal(table, tmp_path).findings
    assert isinstance(found, UnknownName)
    assert "value" in found.hint
    assert "parameter[1]" in found.where


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda t: t.pop("id"), "id"),
        (lambda t: t["parameter"][0].update(name="lambda"), "no word of Python"),
        (lambda t: t["flow"][0].pop("rate"), "flow[1]: a flow needs a rate"),
        (lambda t: t["flow"][0].update(vmax="V1"), "needs vmax, km and volume"),
        (lambda t: t["flow"][0].update(vmax="V1", km="V1", volume="V1"), "either rate, or vmax"),
        (lambda t: t["analyte"][0].update(unit="mg"), "do not fit"),
        (lambda t: t["analyte"][0].pop("volume"), "do not fit"),
        (lambda t: t["analyte"][0].update(unit="mol"), "analyte[1].unit"),
        (lambda t: t["parameter"][0].update(value="133"), "parameter[1].value"),
        (lambda t: t["parameter"][0].update(name="a b"), "parameter[1].name"),
        (lambda t: t["parameter"][0].update(name="exp"), "parameter[1].name"),
        (lambda t: t["parameter"][0].update(origin="guessed"), "parameter[1].origin"),
        (lambda t: t["parameter"][0].update(low=200.0), "outside its range"),
        (lambda t: t["parameter"][0]["iiv"].update(value=-0.1), "iiv.value"),
        (lambda t: t["flow"][0].update(rate="ka_user["), "flow[1].rate"),
        (lambda t: t["flow"][0].update(rate="open(1)"), "this call is not allowed"),
        (lambda t: t["route"][0].update(name="by mouth"), "route[1].name"),
        (lambda t: t["route"][0].update(inputs=[]), "route[1].inputs"),
        (lambda t: t["route"][0]["inputs"][0].update(kind="zero_order"), "duration"),
        (lambda t: t.update(schema=2), "schema"),
        (lambda t: t.update(time_unit="s"), "time_unit"),
        (lambda t: t.update(adult="yes"), "adult"),
    ],
)
def test_refused_with_the_place(change: Any, word: str, table: dict[str, Any], tmp_path) -> None:
    change(table)
    assert word in str(refusal(table, tmp_path))


def test_all_problems_at_once(table: dict[str, Any], tmp_path: Path) -> None:
    table["parameter"][0]["value"] = "x"
    table["analyte"][1]["volume"] = ""
    assert len(refusal(table, tmp_path).findings) == 2


def test_files_also_load_by_path(table: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(json.dumps(table))
    assert load_pk_model(str(path)) == load_pk_model("otto_2021")
    assert load_pk_model(path).digest == load_pk_model("otto_2021").digest


def test_digest_follows_the_numbers(table: dict[str, Any]) -> None:
    before = PkModel.model_validate(copy.deepcopy(table)).digest
    table["parameter"][0]["value"] += 1e-9
    assert PkModel.model_validate(table).digest != before


SMALL: dict[str, Any] = {
    "schema": 1,
    "id": "small",
    "parameter": [{"name": "k", "value": 0.1}],
    "compartment": [{"name": "gut"}, {"name": "body"}],
    "flow": [{"from": "gut", "to": "body", "rate": "k"}, {"from": "body", "rate": "k"}],
    "analyte": [{"name": "amount", "compartment": "body", "unit": "mg"}],
}


def test_what_a_small_file_leaves_out() -> None:
    model = PkModel.model_validate(SMALL)
    assert model.default_dose == "gut"
    assert model.default_observation == "amount"
    assert model.parameter[0].origin == "assumed"
    assert model.completeness == "typical"
    assert model.covariate_names == ()
    assert model.is_linear


def test_defaults_follow_routes_and_keys() -> None:
    routes = [{"name": "vein", "inputs": [{"to": "body"}]}]
    model = PkModel.model_validate({**SMALL, "route": routes})
    assert model.default_dose == "body"
    analytes = [*SMALL["analyte"], {"name": "rest", "compartment": "gut", "unit": "mg"}]
    keys = {"default_dose": "gut", "default_observation": "rest"}
    model = PkModel.model_validate({**SMALL, "route": routes, "analyte": analytes, **keys})
    assert (model.default_dose, model.default_observation) == ("gut", "rest")


@pytest.mark.parametrize(("unit", "scale"), [("ng/mL", 1000.0), ("mg/L", 1.0), ("mg", 1.0)])
def test_scale_of_an_analyte(unit: str, scale: float) -> None:
    volume = {} if unit == "mg" else {"volume": "1"}
    analyte = {"name": "a", "compartment": "body", "unit": unit, **volume}
    model = PkModel.model_validate({**SMALL, "analyte": [analyte]})
    assert model.analytes["a"].scale == scale


def test_saturable_flows_and_vector_fields_are_not_linear() -> None:
    saturable = {"from": "body", "vmax": "k", "km": "k", "volume": "k"}
    model = PkModel.model_validate({**SMALL, "flow": [*SMALL["flow"], saturable]})
    assert not model.is_linear
    table = {**SMALL, "dynamics": "mine"}
    assert not PkModel.model_validate({k: v for k, v in table.items() if k != "flow"}).is_linear


def test_covariates_in_use_with_their_typical_values() -> None:
    own = [{"name": "crcl", "unit": "mL/min", "typical": 90.0}, {"name": "spare", "typical": 1.0}]
    own.append({"name": "weight", "unit": "kg", "typical": 82.0})
    rule = {"parameter": "k", "expression": "k * weight / 70"}
    compartments = [{"name": "gut", "bioavailability": "crcl / 90"}, {"name": "body"}]
    table = {**SMALL, "covariate": own, "individual": [rule], "compartment": compartments}
    model = PkModel.model_validate(table)
    assert model.covariate_names == ("weight", "crcl")
    assert model.typical_covariates == {"weight": 82.0, "crcl": 90.0}
    assert typical_values(model, {"weight": 70.0})["k"] == pytest.approx(0.1)


def test_a_check_takes_the_first_route_and_analyte_and_other_covariates() -> None:
    routes = [{"name": "vein", "inputs": [{"to": "body"}]}]
    check = {**CHECK, "covariates": {"crcl": 30.0}}
    model = PkModel.model_validate({**SMALL, "route": routes, "check": [check]})
    assert (model.check[0].route, model.check[0].analyte) == ("vein", "amount")
    assert model.check[0].covariates["crcl"] == 30.0


def test_unknown_model_offers_the_nearest() -> None:
    with pytest.raises(UnknownName) as caught:
        load_pk_model("simons_2021")
    assert "simons_2022" in caught.value.hint


@pytest.mark.parametrize("name", ["", "../pk/otto_2021", "/etc/passwd", "otto_2021\0"])
def test_a_name_is_never_a_path(name: str) -> None:
    with pytest.raises(UnknownName):
        load_pk_model(name)


def test_missing_file() -> None:
    with pytest.raises(DocumentError, match="no such file"):
        load_pk_model("nowhere.toml")


def test_typical_values_in_their_order() -> None:
    model = load_pk_model("perezruixo_2021")
    person = {"weight": 70.0, "age": 80.0, "asian": 1.0, "japanese": 1.0}
    found = typical_values(model, person)
    assert found["Qh"] == pytest.approx(151.0 - 2.19 * 20.0)
    assert found["kel"] == pytest.approx(1.11 * 0.36)
    assert found["FRn"] == pytest.approx(0.54 * 1.34)
    assert found["intrinsic_clearance"] == pytest.approx(101.0 * (1.11 * 0.36 + 2.77))


def test_typical_values_of_the_other_enantiomer() -> None:
    model = load_pk_model("simons_2022")
    measured = typical_values(model, {"weight": 90.0})
    other = typical_values(model, {"weight": 90.0}, moiety="R")
    assert other["CLK1"] == pytest.approx(measured["CLK1"] / 1.1)
    assert {k: v for k, v in other.items() if k != "CLK1"} == {
        k: v for k, v in measured.items() if k != "CLK1"
    }


def test_unknown_moiety_and_missing_covariate() -> None:
    with pytest.raises(UnknownName):
        typical_values(load_pk_model("kamp_2020"), {"weight": 70.0}, moiety="R")
    with pytest.raises(DocumentError, match="weight"):
        typical_values(load_pk_model("kamp_2020"), {})


def test_json_schema_file_is_current() -> None:
    assert json.loads(SCHEMA_FILE.read_text()) == json_schema()


def test_json_schema_accepts_the_library_and_refuses_a_stray_key(table: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    for name in pk_model_ids():
        validator.validate(tomllib.loads((PK_FOLDER / f"{name}.toml").read_text()))
    table["parameter"][0]["vlaue"] = 3.0
    assert not validator.is_valid(table)
