"""Predictions of NONMEM-style data sets against textbook solutions, and those against each other.

Before the formulas judge anything they are held against what is written elsewhere: the Bateman
function, its limit for equal rates, the matrix exponential of SciPy, and doses written out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import closed_forms as cf
import numpy as np
import pytest
import scipy.linalg
from regimens import MODELS, VARIANTS, scenarios_of
from scenarios import RECORD, Covariate, Model, Scenario, predictions, records_of

import sordino

TIMES = ("0.5", "1", "2", "7", "19", "40")


def concentrations(
    model: Model, doses: Sequence[Mapping[str, object]], times: Sequence[str]
) -> Any:
    """The closed forms after doses, at the observations (mg/L)."""
    known = model.mammillary({})
    records = records_of(doses, times, known.central)
    found = cf.predicted(records, known, model.dosing)
    return np.array([float(x) for x, r in zip(found, records, strict=True) if r["EVID"] == "0"])


# --- the formulas ---------------------------------------------------------------------------------


def test_oral_dose_gives_the_bateman_function() -> None:
    cl, v, ka = 1.1, 20.0, 1.5
    t = np.array([float(x) for x in TIMES])
    expected = 100 * ka / (v * (ka - cl / v)) * (np.exp(-cl / v * t) - np.exp(-ka * t))
    found = concentrations(MODELS["one compartment, oral"], [{"TIME": 0, "AMT": 100}], TIMES)
    np.testing.assert_allclose(found, expected, rtol=1e-13)


def test_equal_rates_give_the_limit_of_the_bateman_function() -> None:
    k, v = 0.125, 16.0
    t = np.array([float(x) for x in TIMES])
    model = MODELS["one compartment, oral, ka = k"]
    found = concentrations(model, [{"TIME": 0, "AMT": 100}], TIMES)
    np.testing.assert_allclose(found, 100 / v * k * t * np.exp(-k * t), rtol=1e-13)


def rate_matrix(known: cf.Mammillary) -> Any:
    """d(amounts)/dt = matrix @ amounts, in NONMEM's order of the compartments."""
    c = known.central - 1
    size = c + 1 + len(known.inward)
    matrix = np.zeros((size, size))
    matrix[c, c] = -float(known.elimination + sum(known.outward))
    if known.ka is not None:
        matrix[0, 0], matrix[c, 0] = -float(known.ka), float(known.ka)
    for n, (out, back) in enumerate(zip(known.outward, known.inward, strict=True), start=c + 1):
        matrix[n, c], matrix[c, n], matrix[n, n] = float(out), float(back), -float(back)
    return matrix


@pytest.mark.parametrize("title", [title for title in MODELS if "near" not in title])
def test_bolus_and_infusion_agree_with_the_matrix_exponential(title: str) -> None:
    model = MODELS[title]
    matrix = rate_matrix(model.mammillary({}))
    size, central = len(matrix), model.mammillary({}).central - 1
    volume = float(model.mammillary({}).volume)
    for compartment in range(size):
        forced = np.zeros((size + 1, size + 1))
        forced[:size, :size] = matrix
        forced[compartment, size] = 25.0  # mg/h for 4 h
        for t in map(float, TIMES):
            bolus = 100 * scipy.linalg.expm(matrix * t)[central, compartment] / volume
            end = scipy.linalg.expm(forced * min(t, 4.0))[:size, size]
            infusion = (scipy.linalg.expm(matrix * max(t - 4.0, 0.0)) @ end)[central] / volume
            given = {"TIME": 0, "AMT": 100, "CMT": compartment + 1}
            assert concentrations(model, [given], [str(t)]) == pytest.approx(bolus, rel=1e-11)
            found = concentrations(model, [{**given, "RATE": 25}], [str(t)])
            assert found == pytest.approx(infusion, rel=1e-11)


@pytest.mark.parametrize("rate", [0, 25, 4])
def test_additional_doses_are_doses_written_out(rate: int) -> None:
    model = MODELS["two compartments, oral"]
    one = {"CMT": 2, "AMT": 100, "RATE": rate}
    short = concentrations(model, [{"TIME": 0, **one, "II": 12, "ADDL": 3}], TIMES)
    long = concentrations(model, [{"TIME": 12 * n, **one} for n in range(4)], TIMES)
    np.testing.assert_allclose(short, long, rtol=1e-15)


@pytest.mark.parametrize("rate", [0, 25, 100 / 12, 4, 100 / 36])
@pytest.mark.parametrize("lag", ["0", "5", "11.5"])
def test_steady_state_is_what_many_doses_lead_to(rate: float, lag: str) -> None:
    """Two hundred doses are enough: the slowest half-life is 11 h."""
    plain = MODELS["three compartments, IV"]
    model = Model(plain.structure, {**plain.values, "ALAG1": lag, "V3": "20"})
    one = {"CMT": 1, "AMT": 100, "RATE": rate, "II": 12}
    steady = concentrations(model, [{"TIME": 0, **one, "SS": 1, "ADDL": 2}], TIMES)
    times = [str(Decimal(t) + 2400) for t in TIMES]
    many = concentrations(model, [{"TIME": 0, **one, "ADDL": 202}], times)
    np.testing.assert_allclose(steady, many, rtol=1e-12)


# --- predictions ----------------------------------------------------------------------------------


@pytest.mark.parametrize("title", VARIANTS)
def test_predictions_agree_with_the_closed_forms(title: str, tmp_path: Path) -> None:
    scenarios = scenarios_of(title)
    found = predictions(scenarios, tmp_path)
    misses = {s.name: s.misses(f) for s, f in zip(scenarios, found, strict=True) if s.misses(f)}
    assert not misses


# --- parameters that change -----------------------------------------------------------------------


def changing(
    folder: Path, column: str, rows: Sequence[str], dose: dict[str, object], **options: str
) -> list[float]:
    """Amounts (mg) at 4 and 10 h after a dose at 0 h; `rows` is the column at 0, 4 and 10 h.

    One compartment, a litre, k = 0.1/h where it is not the column that gives the clearance.
    """
    formula = {"CLI": "CL", "FRAC": "F1", "LAGT": "ALAG1", "RATE1": "R1"}[column]
    values = {"V": "1", "CL": "0.1", "ALAG1": "3"}
    values = {name: value for name, value in values.items() if name != formula}
    unit = {"CL": "L/h", "F1": "", "ALAG1": "h", "R1": "mg/h"}[formula]
    model = Model("advan1_trans2", values, {formula: column}, (Covariate(column, unit, 1.0),))
    records = records_of([{"TIME": 0, **dose}], ["4", "10"], 1)
    given = tuple({**one, column: x} for one, x in zip(records, rows, strict=True))
    found = predictions([Scenario(column, model, given, (), ())], folder, **options)
    return found[0][1:]


@pytest.mark.parametrize(("carry", "k"), [("next", (0.2, 0.4)), ("last", (0.1, 0.2))])
def test_a_clearance_holds_up_to_its_record_or_from_it(
    carry: str, k: tuple[float, float], tmp_path: Path
) -> None:
    """The additional dose at 5 + 3 h has the clearance of the interval that it enters in."""
    dose: dict[str, object] = {"AMT": 100, "II": 5, "ADDL": 1}
    found = changing(tmp_path, "CLI", ["0.1", "0.2", "0.4"], dose, carry=carry)
    first = 100 * math.exp(-1 * k[0])
    assert found[0] == pytest.approx(first, rel=1e-12)
    assert found[1] == pytest.approx(
        first * math.exp(-6 * k[1]) + 100 * math.exp(-2 * k[1]), rel=1e-12
    )


def test_bioavailability_is_that_of_the_interval_in_which_the_dose_enters(tmp_path: Path) -> None:
    """NONMEM help, `dose`: the value in effect when the dose is introduced, here 3 h later."""
    found = changing(tmp_path, "FRAC", ["0.5", "0.8", "0.3"], {"AMT": 100})
    assert found == pytest.approx([80 * math.exp(-0.1), 80 * math.exp(-0.7)], rel=1e-12)


def test_lag_is_that_of_the_dose_record_for_its_additional_doses_too(tmp_path: Path) -> None:
    dose: dict[str, object] = {"AMT": 100, "II": 5, "ADDL": 1}
    found = changing(tmp_path, "LAGT", ["3", "1", "0.5"], dose)
    second = 100 * math.exp(-0.7) + 100 * math.exp(-0.2)
    assert found == pytest.approx([100 * math.exp(-0.1), second], rel=1e-12)


def test_modelled_rate_may_change_while_the_infusion_runs(tmp_path: Path) -> None:
    """20 mg/h in the hour from 3 to 4 h, then 40 mg/h for the other 80 mg: until 6 h."""
    found = changing(tmp_path, "RATE1", ["10", "20", "40"], {"AMT": 100, "RATE": -1})
    k = 0.1
    first = 20 / k * (1 - math.exp(-k))
    second = first * math.exp(-6 * k) + 40 / k * (math.exp(-4 * k) - math.exp(-6 * k))
    assert found == pytest.approx([first, second], rel=1e-12)


# --- the table that comes back --------------------------------------------------------------------


def test_every_row_comes_back_with_the_prediction_and_the_analyte(tmp_path: Path) -> None:
    scenario = scenarios_of("two compartments, oral")[0]
    path = tmp_path / "model.toml"
    path.write_text(scenario.model.toml(), encoding="utf-8")
    frame = scenario.frame()
    table = sordino.predict(sordino.load_model(str(path)), frame)
    assert table[["ID", *RECORD]].to_numpy().tolist() == frame[["ID", *RECORD]].to_numpy().tolist()
    assert list(table["central"]) == list(table["IPRED"])
    assert max(table["IPRED"]) > 0
