"""Nonlinear models: against implicit closed forms, and against the exact walk where both apply.

The solver keeps 1e-9 of a value in every step; 1e-7 leaves room for a hundred steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from sordino.errors import InputError, UnknownName
from sordino.events import read_events
from sordino.library.reader import load_pk_model
from sordino.library.schema import PkModel
from sordino.pk.histories import predict_amounts, register_dynamics

RELATIVE = 1e-7
VMAX, KM, V, KA = 8.0, 1.5, 20.0, 1.1

SATURABLE = """
    schema = 1
    id = "saturable"
    parameter = [
        { name = "VMAX", value = 8.0 }, { name = "KM", value = 1.5 },
        { name = "V", value = 20.0 }, { name = "KA", value = 1.1 },
    ]
    compartment = [{ name = "depot", lag = "0.5" }, { name = "central" }]
    flow = [
        { from = "depot", to = "central", rate = "KA" },
        { from = "central", vmax = "VMAX", km = "KM", volume = "V" },
    ]
    analyte = [{ name = "drug", compartment = "central", volume = "V" }]
"""

REGISTERED = """
    schema = 1
    id = "own"
    dynamics = "NAME"
    parameter = [
        { name = "KA", value = 1.1 }, { name = "K", value = 0.3 },
    ]
    compartment = [{ name = "depot", bioavailability = "0.5", lag = "0.25" }, { name = "central" }]
    analyte = [{ name = "drug", compartment = "central", unit = "mg" }]
"""

SAME_WITH_FLOWS = """
    flow = [
        { from = "depot", to = "central", rate = "KA" }, { from = "central", rate = "K" },
    ]
"""


def load(folder: Path, text: str) -> PkModel:
    path = folder / "model.toml"
    path.write_text(text)
    return load_pk_model(path)


def run(model: PkModel, rows: Sequence[Mapping[str, Any]]) -> np.ndarray:
    frame = pd.DataFrame([{"ID": 1, **row} for row in rows]).fillna(0)
    (table,) = read_events(frame, model)
    typical = {name: p.value for name, p in model.parameters.items()}
    return predict_amounts(model, table, typical, {}).amounts


def dose(time: float, amt: float, cmt: int, **more: Any) -> dict[str, Any]:
    return {"TIME": time, "EVID": 1, "AMT": amt, "CMT": cmt, **more}


def reads(*times: float) -> list[dict[str, Any]]:
    return [{"TIME": t, "EVID": 0} for t in times]


def first_order(t_h: Any, amounts: Any, parameters: Mapping[str, Any]) -> Any:
    out = parameters["KA"] * amounts[0]
    return jnp.stack([-out, out - parameters["K"] * amounts[1]])


register_dynamics("first_order", first_order)


def test_saturable_elimination_obeys_its_implicit_solution(tmp_path: Path) -> None:
    """c0 - c + KM ln(c0 / c) = VMAX t / V."""
    model = load(tmp_path, SATURABLE)
    times = np.array([0.1, 1.0, 5.0, 20.0, 60.0])
    found = run(model, [dose(0, 400, 2), *reads(*times)])[1:, 1] / V
    start = 400 / V
    np.testing.assert_allclose(
        (start - found + KM * np.log(start / found)) * V / VMAX, times, rtol=RELATIVE
    )


ROWS = {
    "doses, lag, bioavailability": [
        dose(0, 100, 1, ADDL=3, II=6),
        *reads(0.1, 4, 6.25, 7),
        dose(9, 30, 2),
        *reads(9, 30),
    ],
    "infusions": [dose(0, 100, 2, RATE=20), *reads(1), dose(2, 60, 1, RATE=10), *reads(3, 5, 9)],
    "resets": [dose(0, 100, 1, ADDL=3, II=6), {"TIME": 4, "EVID": 3}, dose(5, 9, 2), *reads(8)],
    "steady state": [dose(0, 100, 1, SS=1, II=8, ADDL=1), *reads(0, 0.25, 5, 30)],
    "steady infusion": [dose(0, 100, 2, RATE=20, SS=1, II=8), *reads(0, 3, 5, 8)],
    "steady infusions that overlap": [dose(0, 99, 1, RATE=4, SS=1, II=8), *reads(0, 3, 6, 30)],
    "constant infusion": [dose(0, 0, 2, RATE=7, SS=1), *reads(1)],
}


@pytest.mark.parametrize("case", ROWS)
def test_a_vector_field_of_first_order_flows_is_the_linear_model(tmp_path: Path, case: str) -> None:
    own = load(tmp_path, REGISTERED.replace("NAME", "first_order"))
    assert not own.is_linear
    linear = load(tmp_path, REGISTERED.replace('dynamics = "NAME"', SAME_WITH_FLOWS))
    assert linear.is_linear
    expected = run(linear, ROWS[case])
    np.testing.assert_allclose(run(own, ROWS[case]), expected, rtol=RELATIVE, atol=1e-9)


@pytest.mark.parametrize(
    "given",
    [
        {"AMT": 60, "CMT": 2},
        {"AMT": 60, "CMT": 1},
        {"AMT": 60, "CMT": 2, "RATE": 20},
        {"AMT": 60, "CMT": 2, "RATE": 3.5},
    ],
    ids=["bolus", "oral with lag", "infusion", "infusion longer than the interval"],
)
def test_a_saturable_steady_state_is_where_a_run_in_ends(
    tmp_path: Path, given: dict[str, Any]
) -> None:
    model = load(tmp_path, SATURABLE)
    count, period = 80, 12.0
    begun = count * period
    run_in = dose(0, 0, 0) | given | {"ADDL": count, "II": period}
    solved = dose(begun, 0, 0) | given | {"SS": 1, "II": period}
    after = reads(*(begun + np.array([0.4, 0.5, 3.0, 11.0, 30.0])))
    written = run(model, [run_in, {"TIME": begun, "EVID": 2}, *after])[1:]
    np.testing.assert_allclose(run(model, [solved, *after]), written, rtol=1e-6, atol=1e-9)


def test_more_than_can_be_eliminated_has_no_steady_state(tmp_path: Path) -> None:
    model = load(tmp_path, SATURABLE)
    with pytest.raises(InputError, match=r"row 1.*SS: no steady state was found"):
        run(model, [dose(0, 110, 2, SS=1, II=12)])


def test_ss_2_needs_superposition(tmp_path: Path) -> None:
    model = load(tmp_path, SATURABLE)
    with pytest.raises(InputError, match=r"row 1.*SS 2 adds"):
        run(model, [dose(0, 10, 2, SS=2, II=12)])


def test_a_vector_field_that_runs_away_is_refused(tmp_path: Path) -> None:
    register_dynamics("explosion", lambda t_h, amounts, parameters: amounts**2)
    model = load(tmp_path, REGISTERED.replace("NAME", "explosion"))
    with pytest.raises(InputError, match=r"row 2.*cannot be solved up to this record"):
        run(model, [dose(0, 10, 2), *reads(10)])


@pytest.mark.parametrize(("name", "value"), [("VMAX", -8.0), ("KM", 0.0), ("KA", -1.0)])
def test_a_flow_that_cannot_be_is_refused(name: str, value: float, tmp_path: Path) -> None:
    model = load(tmp_path, SATURABLE)
    frame = pd.DataFrame([{"ID": 1, **row} for row in (dose(0, 10, 1), *reads(1))]).fillna(0)
    (table,) = read_events(frame, model)
    typical = {n: p.value for n, p in model.parameters.items()} | {name: value}
    with pytest.raises(InputError, match=rf"row 1.* of the flow from .* is {value:g} here"):
        predict_amounts(model, table, typical, {})


def test_names_of_vector_fields(tmp_path: Path) -> None:
    model = load(tmp_path, REGISTERED.replace("NAME", "first_ordr"))
    with pytest.raises(UnknownName, match="first_ordr") as error:
        run(model, [dose(0, 10, 2), *reads(10)])
    assert error.value.hint == "did you mean first_order?"
    register_dynamics("first_order", first_order)
    with pytest.raises(InputError, match="already stands for another vector field"):
        register_dynamics("first_order", lambda t_h, amounts, parameters: amounts)
