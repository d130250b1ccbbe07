from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sordino
from sordino.errors import DocumentError, InputError, UnknownName
from sordino.library.reader import load_pk_model, pk_model_ids
from sordino.library.schema import PkModel
from sordino.prediction import make_job, predictions

# What pandas gives for a column is a column or a frame, if one asks its annotations.
predict: Any = sordino.predict

TWO = """
schema = 1
id = "two"
structure = "one_compartment_iv_metabolite"
parameter = [
  { name = "CL", value = 20.0, unit = "L/h" },
  { name = "V", value = 50.0, unit = "L" },
  { name = "FM", value = 0.5, unit = "fraction" },
  { name = "CLM", value = 10.0, unit = "L/h" },
  { name = "VM", value = 30.0, unit = "L" },
]
compartment = [{ name = "bag", collects = true }]
flow = [{ from = "central", to = "bag", rate = "0.01" }]
"""


def closed_form(t: np.ndarray, cl: float = 5.0, v: float = 50.0, ka: float = 1.0) -> np.ndarray:
    """One compartment with first-order absorption, 100 mg: the Bateman function."""
    k = cl / v
    return 100.0 * ka / (v * (ka - k)) * (np.exp(-k * t) - np.exp(-ka * t))


def test_the_typical_individual(model: PkModel, data: Any) -> None:
    found = predict(model, data)
    assert list(found.columns) == [*data.columns, "IPRED", "central"]
    pd.testing.assert_frame_equal(found[data.columns], data)
    expected = closed_form(data["TIME"].to_numpy())
    np.testing.assert_allclose(found["IPRED"], expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(found["central"], found["IPRED"])


def test_parameters_and_etas(model: PkModel, data: Any) -> None:
    etas = pd.DataFrame({"ID": [3, 1, 2], "ETA_CL": [0.3, 0.1, 0.2], "V": [0.0, -0.1, 0.4]})
    found = predict(model, data, parameters={"CL": 6.0}, etas=etas)
    for number, cl, v in ((1, 0.1, -0.1), (2, 0.2, 0.4), (3, 0.3, 0.0)):
        own = found[found["ID"] == number]
        expected = closed_form(own["TIME"].to_numpy(), 6.0 * np.exp(cl), 50.0 * np.exp(v))
        np.testing.assert_allclose(own["IPRED"], expected, rtol=1e-12, atol=1e-15)


def test_a_record_gets_the_analyte_that_it_asks_for(tmp_path: Path) -> None:
    path = tmp_path / "two.toml"
    path.write_text(TWO)
    asked = pd.DataFrame(
        [
            (1, 0, 100, 1, "central", 0),
            (1, 2, 0, 0, "metabolite", 0),
            (1, 2, 0, 0, "metabolite", 1),
            (1, 2, 0, 2, "metabolite", 0),
            (1, 3, 0, 0, 0, 2),
            (1, 3, 0, 0, 0, 0),
        ],
        columns=["ID", "TIME", "AMT", "EVID", "CMT", "DVID"],
    )
    found = predict(path, asked)
    expected = ["central", "metabolite", "central", "central", "metabolite", "central"]
    assert (found["central"] != found["metabolite"]).all()
    for row, name in enumerate(expected):
        assert found["IPRED"][row] == found[name][row]
    asked["CMT"] = [1, 2, 3, 0, 0, 0]
    asked["DVID"] = 0
    with pytest.raises(DocumentError, match="compartment 3 \\(bag\\)") as error:
        predict(path, asked)
    assert "row 3, column CMT" in str(error.value)
    assert "1 central, 2 metabolite" in str(error.value)


def test_records_that_are_no_observations_ask_by_pcmt(tmp_path: Path) -> None:
    # NONMEM help, PCMT: ignored on observations; elsewhere the compartment of F, 0 the default.
    path = tmp_path / "two.toml"
    path.write_text(TWO)
    asked = pd.DataFrame(
        [
            (1, 0, 100, 1, 1, "metabolite"),
            (1, 1, 50, 1, 1, "."),
            (1, 2, 0, 0, 1, "metabolite"),
            (1, 2, 0, 2, 0, "2"),
            (1, 3, 0, 2, 0, "0"),
            (1, 3, 0, 3, 0, "central"),
        ],
        columns=["ID", "TIME", "AMT", "EVID", "CMT", "PCMT"],
    )
    found = predict(path, asked)
    expected = ["metabolite", "central", "central", "metabolite", "central", "central"]
    for row, name in enumerate(expected):
        assert found["IPRED"][row] == found[name][row]
    assert (found["central"] != found["metabolite"])[:5].all()
    asked["PCMT"] = [0, 3, 3, 0, 0, 0]
    with pytest.raises(DocumentError, match="compartment 3 \\(bag\\)") as error:
        predict(path, asked)
    assert "row 2, column PCMT" in str(error.value), "an observation does not ask by PCMT"


def test_a_file_comes_back_with_numbers_as_numbers(model: PkModel, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(
        "ID,time,Dv,AMT,note\n1,0,.,100,first\n# a comment\n1,1.5,0.9,.,007\n2,0,.,50,.\n"
    )
    found = predict(model, path)
    assert list(found.columns) == ["ID", "time", "Dv", "AMT", "note", "IPRED", "central"]
    assert found["ID"].tolist() == [1, 1, 2]
    assert found["time"].tolist() == [0.0, 1.5, 0.0]
    assert found["AMT"].isna().tolist() == [False, True, False]
    assert found["note"].tolist() == ["first", "007", "."]


@pytest.mark.parametrize("name", ["IPRED", "Central"])
def test_a_taken_name_is_refused(name: str, model: PkModel, data: Any) -> None:
    with pytest.raises(DocumentError, match=f"column '{name}' already"):
        predict(model, data.assign(**{name: 1.0}))


def test_rep_is_only_taken_when_simulating(model: PkModel, data: Any) -> None:
    taken = data.assign(REP=5)
    assert predict(model, taken)["REP"].tolist() == [5] * len(data)
    with pytest.raises(DocumentError, match="'REP' already"):
        predict(model, taken, simulate=1)


def test_covariates_carry(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text(
        'schema = 1\nid = "c"\nstructure = "one_compartment_iv"\n'
        'parameter = [{ name = "CL", value = 1.0, unit = "L/h" },'
        ' { name = "V", value = 10.0, unit = "L" }]\n'
        'individual = [{ parameter = "CL", expression = "CL * (weight / 70)" }]\n'
    )
    data = pd.DataFrame(
        {"ID": 1, "TIME": [0, 5], "AMT": [100, 0], "EVID": [1, 0], "weight": [70.0, 140.0]}
    )
    after = predict(path, data)["IPRED"][1]
    before = predict(path, data, carry="last")["IPRED"][1]
    np.testing.assert_allclose([after, before], 10.0 * np.exp([-1.0, -0.5]), rtol=1e-12)
    minutes = predict(path, data, carry="last", time_unit="min")["IPRED"][1]
    np.testing.assert_allclose(minutes, 10.0 * np.exp(-0.5 / 60.0), rtol=1e-12)


def test_nonlinear_models_and_replicates_of_them(tmp_path: Path) -> None:
    path = tmp_path / "mm.toml"
    path.write_text(
        'schema = 1\nid = "mm"\n'
        'parameter = [{ name = "VMAX", value = 40.0, unit = "mg/h",'
        ' iiv = { value = 0.04, kind = "variance" } },'
        ' { name = "KM", value = 2.0, unit = "mg/L" }, { name = "V", value = 50.0, unit = "L" }]\n'
        'compartment = [{ name = "central" }]\n'
        'flow = [{ from = "central", vmax = "VMAX", km = "KM", volume = "V" }]\n'
        'analyte = [{ name = "drug", compartment = "central", volume = "V", unit = "mg/L",'
        ' residual = { kind = "additive", scale = "sd", additive = 0.1 } }]\n'
    )
    data = pd.DataFrame({"ID": 1, "TIME": [0, 3], "AMT": [200, 0], "EVID": [1, 0]})
    c = predict(path, data)["IPRED"][1]
    # The integrated equation: km ln(c0/c) + (c0 - c) = vmax t / V.
    assert 2.0 * np.log(4.0 / c) + 4.0 - c == pytest.approx(40.0 * 3.0 / 50.0, rel=1e-7)
    many = predict(path, data, simulate=5)
    assert many[many["TIME"] == 3]["IPRED"].nunique() == 5


@pytest.mark.parametrize("name", pk_model_ids())
def test_every_library_model_predicts_a_bolus(name: str) -> None:
    model = load_pk_model(name)
    data = pd.DataFrame({"ID": 1, "TIME": [0.0, 1.0], "AMT": [20.0, 0.0], "EVID": [1, 0]})
    route = "iv" if "iv" in model.routes else next(iter(model.routes))
    data = data.assign(ROUTE=[route, ""], **model.typical_covariates)
    found = predict(name, data)
    assert found["IPRED"][1] > 0
    np.testing.assert_array_equal(found["IPRED"], found[model.default_observation])


def test_absorption_that_a_model_leaves_open_has_to_be_given() -> None:
    data = pd.DataFrame(
        {"ID": 1, "TIME": [0, 1], "AMT": [20, 0], "EVID": [1, 0], "ROUTE": ["depot", ""]}
    ).assign(weight=70)
    with pytest.raises(DocumentError, match="no absorption of its own") as error:
        predict("simons_2022", data)
    assert "row 1, column ROUTE" in str(error.value)
    given = {"ka_user": 1.0, "f_user": 0.5}
    half = predict("simons_2022", data, parameters=given)
    whole = predict("simons_2022", data, parameters=given | {"f_user": 1.0})
    np.testing.assert_allclose(2.0 * half["ketamine"], whole["ketamine"], rtol=1e-12)
    by_number = data.drop(columns="ROUTE").assign(
        CMT=list(load_pk_model("simons_2022").compartments).index("depot") + 1
    )
    by_number.loc[1, "CMT"] = 0
    with pytest.raises(DocumentError, match="column CMT"):
        predict("simons_2022", by_number)


def test_bad_arguments(model: PkModel, data: Any) -> None:
    with pytest.raises(UnknownName, match="unknown parameter 'CLX'"):
        predict(model, data, parameters={"CLX": 1.0})
    with pytest.raises(InputError, match="value of CL is nan"):
        predict(model, data, parameters={"CL": float("nan")})
    with pytest.raises(InputError, match="-1 replicates"):
        predict(model, data, simulate=-1)
    with pytest.raises(InputError, match="the seed is -1"):
        predict(model, data, simulate=1, seed=-1)
    with pytest.raises(InputError, match="unknown unit of time 'weeks'"):
        predict(model, data, time_unit="weeks")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ({"CL": [0.1]}, "column ID is missing"),
        ({"ID": [1, 1, 2, 3], "CL": [0.1] * 4}, "the ID '1' stands more than once"),
        ({"ID": [1, 2], "CL": [0.1] * 2}, "no etas for ID '3'"),
        ({"ID": [1, 2, 3], "CLX": [0.1] * 3}, "'CLX' belongs to no parameter"),
        ({"ID": [1, 2, 3], "CL": [0.1, "high", 0.2]}, "the eta is 'high' in record 2"),
        ({"ID": [1, 2, 3], "CL": [0.1, None, 0.2]}, "in record 2"),
    ],
)
def test_bad_etas(table: dict[str, list[object]], what: str, model: PkModel, data: Any) -> None:
    with pytest.raises(DocumentError, match=what):
        predict(model, data, etas=pd.DataFrame(table))


def test_an_error_of_the_engine_names_the_data_set(model: PkModel, tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("ID,TIME,AMT,EVID\n1,0,100,1\n1,1,.,0\n")
    with pytest.raises(InputError, match="flow from central to nowhere") as error:
        list(predictions(make_job(model, path, parameters={"V": -50.0})))
    assert (
        error.value.what == "rate of the flow from central to nowhere of model small is -0.1 here"
    )
    assert error.value.where.startswith(f"{path}: row 2 (ID 1)")
