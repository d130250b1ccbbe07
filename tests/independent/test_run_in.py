"""Steady states against the same doses written out from long ago.

The run-in has so many doses that what is left of the first is below 1e-12 of the amounts; where
that would take millions of doses, the closed form stands in for it. The limit of 1e-9 is the one
that is promised; rounding of a thousand doses takes about 1e-12 of it.
"""

from __future__ import annotations

import decimal
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sordino.errors import InputError
from sordino.events import read_events
from sordino.library.reader import load_pk_model
from sordino.library.schema import PkModel
from sordino.pk.histories import predict_amounts

RELATIVE = 1e-9
PERIOD = 12.0
DOSES = 400  # at 12 h: the slowest rate of these models leaves exp(-0.02 * 4800) of the first

ORAL = {"KA": 0.9, "CL": 3.0, "V2": 20.0, "Q": 4.0, "V3": 45.0}


def model_of(folder: Path, structure: str, values: dict[str, float]) -> PkModel:
    """A model file with a ready structure."""
    path = folder / "model.toml"
    parameters = "".join(f'[[parameter]]\nname = "{n}"\nvalue = {v!r}\n' for n, v in values.items())
    path.write_text(f'schema = 1\nid = "m"\nkind = "pk"\nstructure = "{structure}"\n{parameters}')
    return load_pk_model(path)


def amounts(model: PkModel, rows: Sequence[dict[str, Any]]) -> np.ndarray:
    """Amounts after each record of one individual."""
    frame = pd.DataFrame([{"ID": 1, **row} for row in rows])
    for name in frame.columns.difference(["ROUTE"]):
        frame[name] = frame[name].fillna(0)
    (table,) = read_events(frame, model)
    typical = {name: p.value for name, p in model.parameters.items()}
    return predict_amounts(model, table, typical, {}).amounts


LAGGED = {**ORAL, "ALAG1": 3.5, "ALAG2": 2.0, "F1": 0.6, "F2": 0.8}
OPEN = {**ORAL, "D2": 5.0, "R2": 11.0, "R1": 30.0, "D1": 30.0, "F2": 0.8}

CASES = {
    "bolus": (ORAL, {"AMT": 100, "CMT": 2}),
    "oral": (ORAL, {"AMT": 100, "CMT": 1}),
    "oral with lag and F": (LAGGED, {"AMT": 100, "CMT": 1}),
    "infusion": (ORAL, {"AMT": 100, "RATE": 25, "CMT": 2}),
    "infusion with lag and F": (LAGGED, {"AMT": 100, "RATE": 25, "CMT": 2}),
    "infusion into the depot": (ORAL, {"AMT": 100, "RATE": 25, "CMT": 1}),
    "infusion as long as the interval": (ORAL, {"AMT": 120, "RATE": 10, "CMT": 2}),
    "infusion of 1.7 intervals": (ORAL, {"AMT": 100, "RATE": 100 / 20.4, "CMT": 2}),
    "infusion of 3.2 intervals, lag": (LAGGED, {"AMT": 100, "RATE": 100 * 0.8 / 38.4, "CMT": 2}),
    "lag beyond the end of the infusion before": (
        {**ORAL, "ALAG2": 11.0},
        {"AMT": 100, "RATE": 20, "CMT": 2},
    ),
    "lag as long as the interval": ({**ORAL, "ALAG1": 12.0}, {"AMT": 100, "CMT": 1}),
    "infusion, lag as long as the interval": (
        {**ORAL, "ALAG2": 12.0},
        {"AMT": 100, "RATE": 20, "CMT": 2},
    ),
    "modelled duration": (OPEN, {"AMT": 100, "RATE": -2, "CMT": 2}),
    "modelled duration beyond the interval": (OPEN, {"AMT": 100, "RATE": -2, "CMT": 1}),
    "modelled rate": (OPEN, {"AMT": 100, "RATE": -1, "CMT": 2}),
}

READ_AT = [0.0, 0.5, 2.0, 3.5, 5.0, 11.5, 12.0, 13.0, 18.5, 30.0, 70.0]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("more", [0, 2])
def test_steady_state_is_where_a_long_run_in_ends(tmp_path: Path, case: str, more: int) -> None:
    values, dose = CASES[case]
    model = model_of(tmp_path, "advan4_trans4", values)
    begun = PERIOD * DOSES
    run_in = {"TIME": 0.0, "EVID": 1, **dose, "II": PERIOD, "ADDL": DOSES + more}
    solved = {"TIME": begun, "EVID": 1, **dose, "II": PERIOD, "ADDL": more, "SS": 1}
    reads = [{"TIME": begun + t, "EVID": 0} for t in READ_AT]
    written = amounts(model, [run_in, {"TIME": begun, "EVID": 2}, *reads])[1:]
    direct = amounts(model, [solved, *reads])
    np.testing.assert_allclose(direct, written, rtol=RELATIVE)


HEAVIER = """
    schema = 1
    id = "heavier"
    time_unit = "min"
    parameter = [{ name = "k", value = 0.01 }, { name = "late", value = 75.0 }]
    compartment = [
        { name = "gut" }, { name = "parent" }, { name = "outer" }, { name = "metabolite" },
    ]
    flow = [
        { from = "gut", to = "parent", rate = "2 * k" },
        { from = "parent", to = "outer", rate = "3 * k" },
        { from = "outer", to = "parent", rate = "k" },
        { from = "parent", to = "metabolite", rate = "0.3 * k", arrives = "1.6" },
        { from = "metabolite", rate = "0.2 * k" },
    ]
    analyte = [{ name = "metabolite", compartment = "metabolite", volume = "9" }]
    [[route]]
    name = "tablet"
    inputs = [
        { to = "gut", fraction = "0.5", lag = "late" },
        { to = "parent", kind = "zero_order", fraction = "0.3", duration = "14 * late" },
        { to = "outer", fraction = "0.1" },
    ]
"""


def test_parallel_inputs_and_a_metabolite_heavier_than_its_parent(tmp_path: Path) -> None:
    """The zero-order input lasts 17.5 h: longer than the interval of 12 h."""
    path = tmp_path / "m.toml"
    path.write_text(HEAVIER)
    model = load_pk_model(path)
    dose = {"EVID": 1, "AMT": 100, "ROUTE": "tablet", "II": PERIOD}
    begun = PERIOD * DOSES
    reads = [{"TIME": begun + t, "EVID": 0} for t in READ_AT]
    run_in = [{"TIME": 0.0, **dose, "ADDL": DOSES}, {"TIME": begun, "EVID": 2}]
    written = amounts(model, [*run_in, *reads])[1:]
    direct = amounts(model, [{"TIME": begun, **dose, "SS": 1}, *reads])
    np.testing.assert_allclose(direct, written, rtol=RELATIVE)


def test_ss_2_adds_to_what_is_there(tmp_path: Path) -> None:
    model = model_of(tmp_path, "advan4_trans4", LAGGED)
    morning = {"EVID": 1, "AMT": 70, "CMT": 1, "II": 24.0}
    evening = {"EVID": 1, "AMT": 40, "RATE": 3.2, "CMT": 2, "II": 24.0}
    begun = 24.0 * 250
    reads = [{"TIME": begun + t, "EVID": 0} for t in (14.0, 15.0, 20.0, 24.0)]
    written = [
        {"TIME": 0.0, **morning, "ADDL": 250},
        {"TIME": 13.0, **evening, "ADDL": 250},
        {"TIME": begun + 13.0, "EVID": 2},
    ]
    solved = [
        {"TIME": begun, **morning, "SS": 1},
        {"TIME": begun + 13.0, **evening, "SS": 2},
    ]
    expected = amounts(model, [*written, *reads])[-4:]
    np.testing.assert_allclose(amounts(model, [*solved, *reads])[-4:], expected, rtol=RELATIVE)


@pytest.mark.parametrize("clearance", [1e-6, 1e-10])
def test_slow_elimination_keeps_its_digits(tmp_path: Path, clearance: float) -> None:
    """One compartment: amount before the dose = D e / (1 - e) with e = exp(-k II)."""
    model = model_of(tmp_path, "advan1_trans2", {"CL": clearance, "V": 20.0})
    before = -100.0 / np.expm1(clearance / 20.0 * PERIOD) * -1.0
    found = amounts(model, [{"TIME": 0.0, "EVID": 1, "AMT": 100, "II": PERIOD, "SS": 1}])
    np.testing.assert_allclose(found[0, 0], before + 100.0, rtol=1e-13)


def test_slow_elimination_with_fast_exchange(tmp_path: Path) -> None:
    """Two compartments, exchange 1e8 times as fast as elimination, against 60 digits.

    After a dose the amounts are sums c exp(-l t); repeated for ever, c / (1 - exp(-l II)).
    """
    values = {"CL": 1e-5, "V1": 20.0, "Q": 400.0, "V2": 60.0}
    model = model_of(tmp_path, "advan3_trans4", values)
    found = amounts(model, [{"TIME": 0.0, "EVID": 1, "AMT": 100, "II": PERIOD, "SS": 1}])[0]
    with decimal.localcontext(prec=60):
        cl, v1, q, v2 = (Decimal(values[name]) for name in ("CL", "V1", "Q", "V2"))
        k10, k12, k21 = cl / v1, q / v1, q / v2
        total = k10 + k12 + k21
        root = (total * total - 4 * k10 * k21).sqrt()
        fast, slow = (total + root) / 2, (total - root) / 2
        repeated = {rate: 1 / (1 - (-rate * Decimal(PERIOD)).exp()) for rate in (fast, slow)}
        central = (fast - k21) * repeated[fast] - (slow - k21) * repeated[slow]
        peripheral = k12 * (repeated[slow] - repeated[fast])
        expected = [float(100 * x / root) for x in (central, peripheral)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_constant_infusion_is_the_limit_of_a_long_one(tmp_path: Path) -> None:
    model = model_of(tmp_path, "advan4_trans4", {**OPEN, "ALAG2": 2.0})
    reads = [{"TIME": 5000.0 + t, "EVID": 0} for t in (0.0, 1.0, 10.0, 100.0)]
    for given in ({"RATE": 8.0}, {"RATE": -1}):
        rate = 8.0 if given["RATE"] > 0 else OPEN["R2"]
        solved = [{"TIME": 5000.0, "EVID": 1, "AMT": 0, **given, "CMT": 2, "SS": 1}]
        # F2 = 0.8 and the lag of 2 h apply to the infusion that is written out only.
        written = [
            {"TIME": 0.0, "EVID": 1, "AMT": rate * 4998.0 / 0.8, "RATE": rate, "CMT": 2},
            {"TIME": 5000.0, "EVID": 2},
        ]
        expected = amounts(model, [*written, *reads])[1:]
        np.testing.assert_allclose(amounts(model, [*solved, *reads]), expected, rtol=RELATIVE)


def test_a_lag_longer_than_the_interval_is_refused(tmp_path: Path) -> None:
    model = model_of(tmp_path, "advan4_trans4", {**ORAL, "ALAG1": 12.5})
    dose = {"TIME": 0.0, "EVID": 1, "AMT": 100, "CMT": 1, "II": PERIOD, "SS": 1}
    with pytest.raises(InputError, match=r"row 1.*II: a steady state with a lag"):
        amounts(model, [dose])


def test_a_compartment_that_never_empties_has_no_steady_state(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    text = """
        schema = 1
        id = "m"
        kind = "pk"
        parameter = [{ name = "K", value = 0.1 }]
        compartment = [{ name = "central" }, { name = "urine" COLLECTS }]
        flow = [{ from = "central", to = "urine", rate = "K" }]
        analyte = [{ name = "c", compartment = "central", unit = "mg" }]
    """
    dose = {"TIME": 0.0, "EVID": 1, "AMT": 100, "CMT": 1, "II": PERIOD, "SS": 1}
    path.write_text(text.replace("COLLECTS", ""))
    with pytest.raises(InputError, match="never empties"):
        amounts(load_pk_model(path), [dose])
    path.write_text(text.replace("COLLECTS", ", collects = true"))
    found = amounts(load_pk_model(path), [dose, {"TIME": 3.0, "EVID": 0}])
    np.testing.assert_allclose(found[0], [100.0 / -np.expm1(-1.2), 0.0], rtol=1e-13)
    np.testing.assert_allclose(found[1, 1], found[0, 0] - found[1, 0], rtol=1e-13)
