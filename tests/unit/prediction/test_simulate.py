from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sordino
from sordino.errors import DocumentError
from sordino.library.reader import load_pk_model
from sordino.library.schema import PkModel
from sordino.prediction import make_job, predictions
from sordino.prediction.columns import whole_frame

# What pandas gives for a column is a column or a frame, if one asks its annotations.
predict: Any = sordino.predict


def cohort(people: int) -> Any:
    """One dose and one observation for each of many people."""
    ids = np.repeat(np.arange(people) + 1, 2)
    return pd.DataFrame(
        {"ID": ids, "TIME": np.tile([0.0, 2.0], people), "AMT": np.tile([100.0, 0.0], people)}
    ).assign(EVID=np.tile([1, 0], people))


def variant(tmp_path: Path, **parts: str) -> PkModel:
    """A bolus of 100 mg into 10 L without elimination to speak of: C is 10 mg/L at all times."""
    lines = {
        "cl": "",
        "residual": "",
        "unit": "mg/L",
        "molar_mass": "",
    } | parts
    path = tmp_path / "variant.toml"
    path.write_text(f"""
schema = 1
id = "variant"
parameter = [
  {{ name = "CL", value = 1e-9, unit = "L/h" }},
  {{ name = "V", value = 10.0, unit = "L" {lines["cl"]} }},
]
compartment = [{{ name = "central" }}]
flow = [{{ from = "central", rate = "CL / V" }}]

[[analyte]]
name = "drug"
compartment = "central"
volume = "V"
unit = "{lines["unit"]}"
{lines["molar_mass"]}
{lines["residual"]}
""")
    return load_pk_model(path)


def test_the_shape_of_replicates(model: PkModel, data: Any) -> None:
    found = predict(model, data, simulate=3, seed=5)
    assert list(found.columns) == ["REP", *data.columns, "IPRED", "central", "DV"]
    assert found["REP"].tolist() == [1] * 12 + [2] * 12 + [3] * 12
    pd.testing.assert_frame_equal(found[data.columns][12:24].reset_index(drop=True), data)
    seen = found["EVID"] == 0
    assert found["DV"].notna().equals(seen)
    assert (found["DV"] != found["IPRED"])[seen].all()
    assert found[found["TIME"] == 4]["IPRED"].nunique() == 9


def test_dv_is_replaced_where_it_is_an_observation(model: PkModel, data: Any) -> None:
    given = data.assign(dv=np.arange(12.0))
    found = predict(model, given, simulate=1)
    same = found["dv"] == given["dv"]
    assert same.tolist() == (given["EVID"] == 1).tolist()
    texts = data.assign(DV=".")
    found = predict(model, texts, simulate=1)
    assert (found["DV"] == ".").tolist() == (data["EVID"] == 1).tolist()


def test_numbers_belong_to_ids_not_to_places(model: PkModel, data: Any) -> None:
    columns = ["REP", "ID", "TIME", "IPRED", "DV"]
    found = predict(model, data, simulate=4, seed=5)[columns]
    turned = pd.concat([data[data["ID"] == k] for k in (3, 1)], ignore_index=True)
    other = predict(model, turned, simulate=2, seed=5)[columns]
    expected = found[(found["REP"] <= 2) & (found["ID"] != 2)]
    pd.testing.assert_frame_equal(
        other.sort_values(["REP", "ID", "TIME"], ignore_index=True),
        expected.reset_index(drop=True),
        rtol=1e-13,
    )
    again = predict(model, data, simulate=4, seed=5)[columns]
    pd.testing.assert_frame_equal(found, again)
    assert not predict(model, data, simulate=4, seed=6)["DV"].equals(found["DV"])


def test_chunks_change_nothing(model: PkModel, data: Any) -> None:
    again = pd.concat([data, data[data["ID"] == 1]], ignore_index=True)
    found: list[Any] = [
        pd.concat(
            [
                whole_frame(part, "data")
                for part in predictions(make_job(model, again), simulate=3, chunk_rows=size)
            ],
            ignore_index=True,
        )
        for size in (1000, 4, 9, 30)
    ]
    for other in found[1:]:
        pd.testing.assert_frame_equal(found[0], other, rtol=1e-13)
    # The ID that begins anew is another individual.
    first = found[0][found[0]["REP"] == 1]
    assert first["IPRED"].iloc[1] != first["IPRED"].iloc[13]


def test_etas_have_the_covariance_of_the_model(model: PkModel) -> None:
    people = 20_000
    found = predict(model, cohort(people), simulate=1, seed=2)
    again = predict(
        model, cohort(people).assign(TIME=np.tile([0.0, 10.0], people)), simulate=1, seed=2
    )
    # Two times of a known curve give both etas back for each person.
    pair = np.log(np.stack([found["IPRED"][1::2], again["IPRED"][1::2]]))

    def curve(t: float, cl: float, v: float) -> float:
        k = 5.0 * np.exp(cl) / (50.0 * np.exp(v))
        return np.log(100.0 / (50.0 * np.exp(v) * (1 - k)) * (np.exp(-k * t) - np.exp(-t)))

    step = 1e-6
    slopes = np.array(
        [[(curve(t, *(step * e)) - curve(t, 0, 0)) / step for e in np.eye(2)] for t in (2.0, 10.0)]
    )
    expected = slopes @ np.array([[0.09, 0.03], [0.03, 0.04]]) @ slopes.T
    # First order only, and 20,000 people: a tenth.
    np.testing.assert_allclose(np.cov(pair), expected, rtol=0.1)


def test_given_etas_are_not_drawn(model: PkModel, data: Any) -> None:
    etas = pd.DataFrame({"ID": [1, 2, 3], "CL": 0.1, "V": 0.0})
    typical = predict(model, data, etas=etas)
    found = predict(model, data, etas=etas, simulate=2)
    np.testing.assert_allclose(found["IPRED"], np.tile(typical["IPRED"], 2), rtol=1e-13)
    assert found["DV"][found["EVID"] == 0].nunique() == 18


def test_occasions_differ_within_a_person(tmp_path: Path) -> None:
    model = variant(
        tmp_path,
        cl=', iov = { value = 0.2, kind = "sd_log" }',
        residual='residual = { kind = "log_additive", scale = "sd", log = 0.1 }',
    )
    people = 4000
    data = pd.DataFrame(
        {
            "ID": np.repeat(np.arange(people), 3),
            "TIME": np.tile([0.0, 1.0, 2.0], people),
            "AMT": np.tile([100.0, 0.0, 0.0], people),
            "EVID": np.tile([1, 0, 0], people),
            "OCC": np.tile([1, 1, 2], people),
        }
    )
    found = predict(model, data, simulate=1)
    etas = -np.log(found["IPRED"].to_numpy().reshape(-1, 3) / 10.0)
    np.testing.assert_allclose(etas[:, 0], etas[:, 1], atol=1e-6)
    # Standard errors: 0.2 / sqrt(8000) and 1 / sqrt(4000).
    np.testing.assert_allclose(etas[:, 1:].std(axis=0), 0.2, atol=5 * 0.2 / 89)
    assert abs(np.corrcoef(etas[:, 1], etas[:, 2])[0, 1]) < 5 / 63
    # Occasions are known by what they are called, not by their order.
    second = predict(model, data[data["OCC"] != 1].assign(EVID=1, AMT=100.0), simulate=1)
    np.testing.assert_allclose(-np.log(second["IPRED"] / 10.0), etas[:, 2], atol=1e-6)


@pytest.mark.parametrize(
    ("unit", "residual", "sd"),
    [
        ("mg/L", 'kind = "proportional", scale = "sd", proportional = 0.2', 2.0),
        ("mg/L", 'kind = "proportional", scale = "variance", proportional = 0.04', 2.0),
        ("mg/L", 'kind = "additive", scale = "sd", additive = 3.0', 3.0),
        ("mg/L", 'kind = "additive", scale = "sd", additive = 3000.0, unit = "ng/mL"', 3.0),
        ("ng/mL", 'kind = "additive", scale = "sd", additive = 3.0, unit = "mg/L"', 3000.0),
        ("ng/mL", 'kind = "additive", scale = "sd", additive = 7.0', 7.0),
        # 4 nmol/mL of 250 g/mol are 1000 ng/mL.
        ("ng/mL", 'kind = "additive", scale = "sd", additive = 4.0, unit = "nmol/mL"', 1000.0),
        (
            "mg/L",
            'kind = "combined", scale = "sd", proportional = 0.3, additive = 4.0',
            5.0,
        ),
    ],
)
def test_residual_error(unit: str, residual: str, sd: float, tmp_path: Path) -> None:
    model = variant(
        tmp_path,
        unit=unit,
        molar_mass='molar_mass = "250"',
        residual=f"residual = {{ {residual} }}",
    )
    found = _simulated_without_spread(model)
    error = (found["DV"] - found["IPRED"])[found["EVID"] == 0]
    # Standard errors of mean and standard deviation: sd / 100 and sd / 141.
    assert abs(error.mean()) < 5 * sd / 100
    assert error.std() == pytest.approx(sd, rel=5 / 141)


def test_log_additive_error(tmp_path: Path) -> None:
    model = variant(
        tmp_path,
        residual='residual = { kind = "log_additive", scale = "variance", log = 0.09 }',
    )
    found = _simulated_without_spread(model)
    error = np.log(found["DV"] / found["IPRED"])[found["EVID"] == 0]
    assert error.std() == pytest.approx(0.3, rel=5 / 141)
    assert abs(error.mean()) < 5 * 0.3 / 100


def _simulated_without_spread(model: PkModel) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "model variant has no spread")
        return predict(model, cohort(10_000), simulate=1, seed=9)


@pytest.mark.parametrize(("unit", "hint"), [("stone", ""), ("nmol/mL", "molar_mass")])
def test_an_error_in_another_unit_is_refused(unit: str, hint: str, tmp_path: Path) -> None:
    error = f'kind = "additive", scale = "sd", additive = 1.0, unit = "{unit}"'
    with pytest.raises(DocumentError, match="cannot be turned into mg/L") as found:
        variant(tmp_path, residual=f"residual = {{ {error} }}")
    assert hint in str(found.value)


def test_what_simulations_lack_is_said(tmp_path: Path) -> None:
    model = variant(tmp_path)
    with (
        pytest.warns(UserWarning, match="no spread between patients"),
        pytest.warns(UserWarning, match="no residual error for drug"),
    ):
        found = predict(model, cohort(2), simulate=2)
    seen = found["EVID"] == 0
    pd.testing.assert_series_equal(found["DV"][seen], found["IPRED"][seen], check_names=False)
