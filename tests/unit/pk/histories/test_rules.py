"""NONMEM's rules for records, one by one, in one compartment where the numbers can be seen.

Places: NONMEM Users Guide VI, chapters III.B.2 (which record's parameters act), III.F
(bioavailability, durations, rates, lags) and V (records).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sordino.errors import InputError
from sordino.events import read_events
from sordino.library.reader import load_pk_model
from sordino.library.schema import PkModel
from sordino.pk.histories import (
    Amounts,
    Carry,
    concentrations,
    occasions,
    predict_amounts,
)

K = 0.25
BODY = """
    schema = 1
    id = "body"
    kind = "pk"
    covariate = [
        { name = "speed", typical = 1.0 }, { name = "bio", typical = 1.0 },
        { name = "late", typical = 0.0 }, { name = "tempo", typical = 10.0 },
    ]
    parameter = [
        { name = "K", value = 0.25, iov = { kind = "sd_log", value = 0.2 } },
        { name = "V", value = 2.0, iiv = { kind = "sd_log", value = 0.2 } },
    ]
    flow = [
        { from = "central", rate = "K * speed" },
        { from = "other", rate = "1.0" },
    ]
    analyte = [{ name = "drug", compartment = "central", volume = "V * speed", unit = "ng/mL" }]
    [[compartment]]
    name = "central"
    bioavailability = "bio"
    lag = "late"
    infusion_rate = "tempo"
    infusion_duration = "tempo"
    [[compartment]]
    name = "other"
    [[route]]
    name = "mouth"
    inputs = [
        { to = "central", fraction = "0.5", lag = "1 / (1 + late)" },
        { to = "other", kind = "zero_order", fraction = "0.25", duration = "2" },
    ]
    [[route]]
    name = "vein"
    inputs = [{ to = "central", fraction = "bio" }]
"""


@pytest.fixture(scope="module")
def body(tmp_path_factory: pytest.TempPathFactory) -> PkModel:
    path = tmp_path_factory.mktemp("model") / "body.toml"
    path.write_text(BODY)
    return load_pk_model(path)


def run(model: PkModel, rows: Sequence[dict[str, Any]], carry: Carry = "next") -> np.ndarray:
    """Amounts in the first compartment after each record."""
    return both(model, rows, carry)[:, 0]


def both(model: PkModel, rows: Sequence[dict[str, Any]], carry: Carry = "next") -> np.ndarray:
    return predicted(model, rows, carry).amounts


def predicted(model: PkModel, rows: Sequence[dict[str, Any]], carry: Carry = "next") -> Amounts:
    frame = pd.DataFrame([{"ID": 1, **row} for row in rows])
    for name, value in model.typical_covariates.items():
        given = frame[name] if name in frame else pd.Series(np.nan, frame.index)
        frame[name] = given.fillna(value)
    for name in frame.columns.difference(["ROUTE"]):
        frame[name] = frame[name].fillna(0)
    (table,) = read_events(frame, model)
    typical = {name: p.value for name, p in model.parameters.items()}
    return predict_amounts(model, table, typical, {}, carry=carry)


def dose(time: float, amt: float = 100.0, **more: Any) -> dict[str, Any]:
    return {"TIME": time, "EVID": 1, "AMT": amt, "CMT": 1, **more}


def read(time: float, **more: Any) -> dict[str, Any]:
    return {"TIME": time, "EVID": 0, **more}


def left(hours: float, rate: float = K) -> float:
    return float(np.exp(-rate * hours))


def infused(mg_per_h: float, hours: float) -> float:
    return mg_per_h * (1 - left(hours)) / K


def near(found: np.ndarray, expected: list[float]) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-300)


def test_records_of_one_time_act_in_their_order(body: PkModel) -> None:
    near(run(body, [read(0), dose(0), read(0), dose(0, 50), read(0)]), [0, 100, 100, 150, 150])


def test_parameters_of_the_next_record_act_until_it(body: PkModel) -> None:
    rows = [dose(0, speed=1), read(2, speed=3), {"TIME": 3, "EVID": 2, "speed": 1}, read(4)]
    near(run(body, rows), [100, *np.multiply(100, [left(6), left(7), left(8)])])


def test_last_carried_parameters_act_from_their_record_on(body: PkModel) -> None:
    rows = [dose(0, speed=1), read(2, speed=3), {"TIME": 3, "EVID": 2, "speed": 1}, read(4)]
    near(run(body, rows, "last"), [100, *np.multiply(100, [left(2), left(5), left(6)])])


def test_the_first_record_of_a_time_governs_the_way_to_it(body: PkModel) -> None:
    rows = [dose(0), read(2, speed=3), read(2, speed=1), read(3, speed=1)]
    near(run(body, rows), [100, *np.multiply(100, [left(6), left(6), left(7)])])


def test_a_lagged_dose_enters_before_a_record_of_its_time(body: PkModel) -> None:
    near(run(body, [dose(0, late=2), read(1), read(2), read(3)]), [0, 0, 100, 100 * left(1)])


def test_a_lagged_dose_one_ulp_late_is_not_seen(body: PkModel) -> None:
    late = float(np.nextafter(2.0, 3.0))
    assert run(body, [dose(0, late=late), read(2)])[1] == 0.0


def test_lag_is_of_the_dose_record_bioavailability_of_the_entry(body: PkModel) -> None:
    """III.F.6: the lag acts at the recorded time, the share when the dose enters."""
    rows = [
        dose(0, late=2, bio=0.9, ADDL=1, II=3),
        read(2.5, late=0, bio=0.5),
        read(5.0, late=9, bio=0.1),
    ]
    near(run(body, rows), [0, 50 * left(0.5), 50 * left(3) + 10])
    near(run(body, rows, "last")[:2], [0, 90 * left(0.5)])


def test_bioavailability_shortens_an_infusion_of_a_rate(body: PkModel) -> None:
    rows = [dose(0, RATE=20, bio=0.5), *(read(t, bio=0.5) for t in (1, 2.5, 4))]
    near(run(body, rows), [0, infused(20, 1), infused(20, 2.5), infused(20, 2.5) * left(1.5)])


def test_bioavailability_lowers_an_infusion_of_a_duration(body: PkModel) -> None:
    rows = [dose(0, DUR=4, bio=0.5), *(read(t, bio=0.5) for t in (1, 4, 5))]
    near(run(body, rows), [0, infused(12.5, 1), infused(12.5, 4), infused(12.5, 4) * left(1)])


def test_modelled_duration(body: PkModel) -> None:
    rows = [dose(0, RATE=-2, bio=0.5, tempo=4), read(4, bio=0.5, tempo=4)]
    near(run(body, rows), [0, infused(12.5, 4)])


def test_modelled_rate(body: PkModel) -> None:
    rows = [dose(0, RATE=-1, bio=0.5, tempo=25), read(1, tempo=25), read(3, tempo=25)]
    near(run(body, rows), [0, infused(25, 1), infused(25, 2) * left(1)])


def test_a_modelled_rate_follows_the_record_that_ends_an_interval(body: PkModel) -> None:
    """III.F.4: 100 mg at 10 mg/h for 2 h, at 40 mg/h for 1 h, then at 20 mg/h until all is in."""
    rows = [
        dose(0, RATE=-1, tempo=70),
        *(read(t, tempo=r) for t, r in ((2, 10), (3, 40), (5, 20), (6, 20), (9, 20))),
    ]
    after_two = infused(10, 2)
    after_three = after_two * left(1) + infused(40, 1)
    after_five = after_three * left(2) + infused(20, 2)
    near(
        run(body, rows),
        [0, after_two, after_three, after_five, after_five * left(1), after_five * left(4)],
    )


def test_reset_empties_and_forgets(body: PkModel) -> None:
    rows = [
        dose(0, ADDL=9, II=1),
        dose(0, RATE=5),
        dose(1.5, late=2),
        {"TIME": 0.5, "EVID": 3},
        read(0.5),
        read(20),
    ]
    near(run(body, rows)[3:], [0, 0, 0])


def test_reset_and_dose(body: PkModel) -> None:
    rows = [dose(0), {"TIME": 0, "EVID": 4, "AMT": 30, "CMT": 1, "late": 1}, read(0.5), read(2)]
    near(run(body, rows), [100, 0, 0, 30 * left(1)])


def test_a_dose_before_a_reset_of_the_same_time_is_lost(body: PkModel) -> None:
    reset = {"TIME": 1, "EVID": 3}
    near(run(body, [read(0), dose(1), reset, read(2)]), [0, 100, 0, 0])
    near(run(body, [read(0), reset, dose(1), read(2)]), [0, 0, 100, 100 * left(1)])


def test_a_steady_state_record_forgets_what_was_before(body: PkModel) -> None:
    before = [dose(0, ADDL=99, II=1), dose(0, RATE=1), dose(3.5, late=1)]
    steady = [dose(4, 10, SS=1, II=8), read(5), dose(6, 1), read(7)]
    near(run(body, [*before, *steady])[3:], list(run(body, steady)))


def test_steady_state_takes_the_parameters_of_its_record(body: PkModel) -> None:
    rows = [dose(0, 10, SS=1, II=8, speed=2, bio=0.5), read(1, speed=1)]
    top = 5 / (1 - left(16))
    near(run(body, rows), [top, top * left(1)])


def test_a_constant_infusion_ends_at_its_record(body: PkModel) -> None:
    rows = [dose(3, 0, SS=1, RATE=20, bio=0.5, late=1), read(5)]
    near(run(body, rows), [80, 80 * left(2)])


def test_routes_go_through_all_their_inputs(body: PkModel) -> None:
    rows = [dose(0, ROUTE="mouth", CMT=0), read(0.5), read(1), read(3)]
    found = both(body, rows)
    near(found[:, 0], [0, 0, 50, 50 * left(2)])
    other = 12.5 * (1 - np.exp(-0.5)), 12.5 * (1 - np.exp(-1.0))
    near(found[:3, 1], [0, *other])


def test_a_route_keeps_the_duration_of_an_infusion(body: PkModel) -> None:
    rows = [dose(0, ROUTE="vein", CMT=0, RATE=50, bio=0.5), *(read(t, bio=0.5) for t in (2, 3))]
    near(run(body, rows), [0, infused(25, 2), infused(25, 2) * left(1)])


def test_observed_volume_is_that_of_the_record(body: PkModel) -> None:
    frame = pd.DataFrame(
        {"ID": 1, "TIME": [0, 0], "AMT": [10, 0], "EVID": [1, 0], "CMT": 1, "speed": [1.0, 4.0]}
    ).assign(bio=1.0, late=0.0, tempo=1.0)
    (table,) = read_events(frame, body)
    amounts = predict_amounts(body, table, {"K": K, "V": 2.0}, {"V": np.log([2.0])})
    near(concentrations(body, amounts)["drug"], [2500.0, 625.0])
    near(amounts.values["V"], [4.0, 4.0])


def test_etas_by_occasion_and_typical_values_by_individual(body: PkModel) -> None:
    frame = pd.DataFrame(
        {
            "ID": [1, 1, 1, 2, 2],
            "TIME": [0, 1, 2, 0, 1],
            "AMT": [10, 0, 0, 10, 0],
            "EVID": [1, 0, 0, 1, 0],
            "CMT": 1,
            "OCC": [4, 4, 2, 2, 2],
        }
    ).assign(bio=1.0, late=0.0, tempo=1.0, speed=1.0)
    (table,) = read_events(frame, body)
    numbers, count = occasions(table)
    assert (numbers.tolist(), count) == ([0, 0, 1, 0, 0], 2)
    etas = {"K": np.log([[2.0, 1.0], [3.0, 7.0]])}
    typical = {"K": np.array([K, 4 * K]), "V": 1.0}
    found = predict_amounts(body, table, typical, etas).amounts[:, 0]
    near(found, [10, 10 * left(2), 10 * left(5), 10, 10 * left(4)])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (dose(0, late=-1), "row 1.*the lag of this dose is negative"),
        (dose(0, ROUTE="mouth", CMT=0, late=-2), "row 1.*the lag of this dose is negative"),
        (dose(0, ROUTE="mouth", CMT=0, late=-1), "row 1.*the lag of this dose.* no number"),
        (dose(0, bio=-1), "row 1.*the bioavailability is negative"),
        (dose(0, RATE=-2, tempo=0), "row 1.*duration from the model is not above 0"),
        (dose(0, RATE=-1, tempo=0), "row 1.*rate from the model is not above 0"),
        (dose(0, SS=1, II=4, late=5), "row 1.*II: a steady state with a lag that is longer"),
        (dose(0, speed=-1), "row 1.*rate of the flow from central to nowhere.* is -0.25 here"),
    ],
)
def test_what_cannot_be_is_refused(body: PkModel, row: dict[str, Any], message: str) -> None:
    covariates = {name: row[name] for name in body.covariate_names if name in row}
    with pytest.raises(InputError, match=message):
        run(body, [row, read(1, **covariates)])


def test_a_volume_that_cannot_be_is_refused(body: PkModel) -> None:
    found = predicted(body, [dose(0), read(1), read(2, speed=0)])
    with pytest.raises(InputError, match=r"row 3.*the volume of drug of model body is 0 here"):
        concentrations(body, found)


def test_a_parameter_without_a_value_is_refused(body: PkModel) -> None:
    frame = pd.DataFrame({"ID": [1], "TIME": [0.0], "EVID": [0]})
    frame = frame.assign(bio=1.0, late=0.0, tempo=1.0, speed=1.0)
    (table,) = read_events(frame, body)
    with pytest.raises(InputError, match="the parameter K of model body has no value here"):
        predict_amounts(body, table, {"K": np.nan, "V": 1.0}, {})


@pytest.mark.parametrize(
    ("row", "rate", "message"),
    [
        (dose(0, CMT=2), -1.0, "RATE -1 needs infusion_rate"),
        (dose(0, CMT=2), -2.0, "RATE -2 needs infusion_duration"),
        (dose(0, ROUTE="mouth", CMT=0), -2.0, "RATE -1 and -2 are for a dose into a compartment"),
        (dose(0, ROUTE="mouth", CMT=0), 9.0, "the route mouth spreads the dose by itself"),
    ],
)
def test_tables_of_another_model_are_refused(
    body: PkModel, row: dict[str, Any], rate: float, message: str
) -> None:
    """The reader of data sets finds these first; a table can also be made by hand."""
    frame = pd.DataFrame([{"ID": 1, **row}]).assign(bio=1.0, late=0.0, tempo=1.0, speed=1.0)
    (table,) = read_events(frame, body)
    table = replace(table, rate=np.array([rate]))
    with pytest.raises(InputError, match=f"row 1.*RATE: {message}"):
        predict_amounts(body, table, {"K": K, "V": 1.0}, {})
