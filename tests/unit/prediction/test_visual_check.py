from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import sordino
from sordino.errors import DocumentError, InputError, UnknownName
from sordino.events import read_table
from sordino.library.reader import load_pk_model
from sordino.library.schema import PkModel
from sordino.prediction import vpc
from sordino.prediction.bins import bin_numbers
from sordino.prediction.percentiles import by_bin
from sordino.prediction.tad import time_after_dose

# What pandas gives for a column is a column or a frame, if one asks its annotations.
predict: Any = sordino.predict
check_of: Any = vpc


@pytest.fixture
def observed(model: PkModel) -> Any:
    """What one replicate of 40 people looks like, of two doses."""
    rows = [
        {"ID": k, "TIME": t, "AMT": dose if t == 0 else 0.0, "EVID": int(t == 0), "dose": dose}
        for k in range(1, 41)
        for dose in [50.0 * (1 + k % 2)]
        for t in (0.0, 1.0, 4.0, 12.0)
    ]
    made = predict(model, pd.DataFrame(rows), simulate=1, seed=99)
    return made.drop(columns=["REP", "IPRED", "central"])


def test_percentiles_are_those_of_numpy(model: PkModel, observed: Any) -> None:
    check = check_of(model, observed, simulate=40, seed=4)
    (panel,) = check.panels
    simulated = predict(model, observed, simulate=40, seed=4)
    assert (check.observations, check.individuals, check.replicates) == (120, 40, 40)
    assert panel.table["n"].tolist() == [40, 40, 40]
    for place, t in enumerate((1.0, 4.0, 12.0)):
        row = panel.table.iloc[place]
        assert row["from"] == row["to"] == row["middle"] == t
        own = observed[(observed["TIME"] == t) & (observed["EVID"] == 0)]["DV"]
        each = simulated[simulated["TIME"] == t].groupby("REP")["DV"]
        for name, level in (("p05", 0.05), ("p50", 0.5), ("p95", 0.95)):
            assert row[f"{name}_observed"] == pytest.approx(own.quantile(level), rel=1e-12)
            over = each.quantile(level)
            for end, at in (("low", 0.025), ("simulated", 0.5), ("high", 0.975)):
                assert row[f"{name}_{end}"] == pytest.approx(over.quantile(at), rel=1e-12)


def test_prediction_correction_takes_the_dose_away(model: PkModel, observed: Any) -> None:
    (plain,) = check_of(model, observed, simulate=20).panels
    check = check_of(model, observed, simulate=20, corrected=True)
    (panel,) = check.panels
    typical = predict(model, observed)
    seen = typical[typical["EVID"] == 0]
    middle = seen.groupby("TIME")["IPRED"].transform("median")
    np.testing.assert_allclose(panel.values, seen["DV"] * middle / seen["IPRED"], rtol=1e-12)
    assert panel.table["p95_observed"][0] < plain.table["p95_observed"][0]


def test_a_mark_for_values_below_a_limit_is_not_passed_over_in_silence(
    model: PkModel, observed: Any
) -> None:
    plain = check_of(model, observed, simulate=20)
    check = check_of(model, observed.assign(Cens=1, other=1), simulate=20)
    assert plain.notes == ()
    (note,) = check.notes
    assert "'Cens' is not read" in note
    pd.testing.assert_frame_equal(check.panels[0].table, plain.panels[0].table)


def test_strata_and_analytes_have_their_own_panels(model: PkModel, observed: Any) -> None:
    check = check_of(model, observed, simulate=20, stratify="DOSE")
    assert [panel.stratum for panel in check.panels] == ["dose 100", "dose 50"]
    alone = check_of(model, observed[observed["dose"] == 50], simulate=20)
    pd.testing.assert_frame_equal(check.panels[1].table, alone.panels[0].table, rtol=1e-12)


def test_below_the_limit_is_left_out_on_both_sides(model: PkModel, observed: Any) -> None:
    limit = 0.8
    check = check_of(model, observed, simulate=20, lloq=limit)
    below = int(((observed["DV"] < limit) & (observed["EVID"] == 0)).sum())
    assert below > 0
    assert check.left_out == (f"{below} observations below the limit of quantification, 0.8",)
    columns = [c for c in check.panels[0].table if str(c).startswith("p")]
    assert (check.panels[0].table[columns].to_numpy() >= limit).all()


def test_the_interval_holds_what_it_says(model: PkModel, observed: Any) -> None:
    """Data sets of the model itself: a percentile lies in its 95% interval in 95 of 100."""
    inside = []
    for seed in range(30):
        made = predict(model, observed, simulate=1, seed=1000 + seed)
        table = check_of(model, made[observed.columns], simulate=200, seed=seed).panels[0].table
        inside += [
            (table[f"{p}_observed"] > table[f"{p}_low"])
            & (table[f"{p}_observed"] < table[f"{p}_high"])
            for p in ("p05", "p50", "p95")
        ]
    # 270 looks, correlated within a data set: far off is below 85 percent.
    assert 0.85 < np.mean(inside) < 1.0


def test_what_is_refused(model: PkModel, observed: Any) -> None:
    with pytest.raises(DocumentError, match="no observations"):
        check_of(model, observed.assign(DV=np.nan))
    with pytest.raises(DocumentError, match="no observation is left"):
        check_of(model, observed, lloq=1e6)
    with pytest.raises(InputError, match="no spread and no residual error"):
        check_of("clements_1981", observed)
    with pytest.raises(InputError, match="give no two bins"):
        check_of(model, observed[observed["TIME"].isin([0, 4])])
    with pytest.raises(InputError, match="1 bins"):
        check_of(model, observed, bins=1)
    with pytest.raises(InputError, match="3 replicates"):
        check_of(model, observed, simulate=3)
    with pytest.raises(UnknownName, match="unknown column 'sex'"):
        check_of(model, observed, stratify="sex")
    with pytest.raises(InputError, match="40 different values"):
        check_of(model, observed, stratify="ID")
    with pytest.raises(InputError, match="limit of quantification is -1"):
        check_of(model, observed, lloq=-1.0)


def test_long_studies_are_in_days(model: PkModel, observed: Any) -> None:
    check = check_of(model, observed, simulate=20, time_unit="day")
    assert check.time_unit == "h"
    check = check_of(
        model, observed.assign(TIME=observed["TIME"] * 3), simulate=20, time_unit="day"
    )
    assert check.time_unit == "days"
    assert check.panels[0].table["middle"].tolist() == [3.0, 12.0, 36.0]


def test_time_after_dose(model: PkModel) -> None:
    rows = [
        # ID, TIME, EVID, AMT, ADDL, II, hours since the last dose
        (1, 0.0, 0, 0, 0, 0, np.nan),
        (1, 1.0, 1, 5, 2, 10, 0.0),
        (1, 5.0, 0, 0, 0, 0, 4.0),
        (1, 11.0, 0, 0, 0, 0, 0.0),
        (1, 20.0, 0, 0, 0, 0, 9.0),
        (1, 20.0, 1, 5, 0, 0, 0.0),
        (1, 20.0, 0, 0, 0, 0, 0.0),
        (1, 24.0, 0, 0, 0, 0, 3.0),
        (1, 40.0, 0, 0, 0, 0, 19.0),
        (1, 0.0, 3, 0, 0, 0, np.nan),
        (1, 2.0, 0, 0, 0, 0, np.nan),
        (1, 3.0, 4, 5, 0, 0, 0.0),
        (1, 4.0, 0, 0, 0, 0, 1.0),
        (2, 7.0, 0, 0, 0, 0, np.nan),
    ]
    table = pd.DataFrame(rows, columns=["ID", "TIME", "EVID", "AMT", "ADDL", "II", "tad"])
    found = time_after_dose(read_table(table.drop(columns="tad"), model))
    np.testing.assert_allclose(found, table["tad"], rtol=1e-12)


def test_before_the_first_dose_is_left_out_of_time_after_dose(
    model: PkModel, observed: Any
) -> None:
    early = observed.assign(TIME=observed["TIME"] + 5.0)
    first = early[early["TIME"] == 6].assign(TIME=0.0)
    whole = pd.concat([first, early]).sort_values(["ID", "TIME"], kind="stable")
    check = check_of(model, whole, simulate=20, by="tad")
    assert check.left_out == ("40 observations before the first dose",)
    assert check.panels[0].table["middle"].tolist() == [1.0, 4.0, 12.0]


def test_bins_are_parted_at_gaps() -> None:
    rng = np.random.default_rng(1)
    planned = np.array([0.5, 1, 2, 4, 8, 24, 72, 96.0])
    times = (planned[:, None] + rng.uniform(0, 0.2, (8, 50))).ravel()
    found = bin_numbers(times, 8, "data")
    np.testing.assert_array_equal(found, np.repeat(np.arange(8), 50))
    assert set(bin_numbers(times, 4, "data")) == {0, 1, 2, 3}


def test_bins_of_even_times_are_even() -> None:
    found = bin_numbers(np.linspace(0, 100, 1001), "auto", "data")
    counts = np.bincount(found)
    assert len(counts) == 10
    assert counts.min() > 40
    assert (np.diff(found) >= 0).all()
    few = bin_numbers(np.repeat([3.0, 1.0, 2.0], 5), "auto", "data")
    np.testing.assert_array_equal(few, np.repeat([2, 0, 1], 5))


def test_a_bin_of_which_nothing_is_left_has_no_percentile() -> None:
    values = np.array([[1.0, 3.0, np.nan, np.nan], [1.0, np.nan, 5.0, 7.0]])
    found = by_bin(values, np.array([0, 0, 1, 1]), 2)
    np.testing.assert_allclose(found[:, :, 1], [[2.0, np.nan], [1.0, 6.0]])


def test_the_model_of_the_check_is_named(model: PkModel, observed: Any) -> None:
    check = check_of(model, observed, simulate=20)
    assert (check.model, check.model_digest) == ("small", model.digest)
    assert load_pk_model("otto_2021").digest != check.model_digest
