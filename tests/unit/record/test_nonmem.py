"""The data set of a record is one that `sordino predict` reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sordino.errors import InputError
from sordino.patient import load_patient
from sordino.prediction import predict
from sordino.record.nonmem import write_nonmem

LINES = (
    "7,session,2026-01-05 10:00,2026-01-05 10:50,esketamine,28,mg,,iv,,",
    "7,pause,2026-01-05 10:15,2026-01-05 10:25,,,,,,,",
    "7,vital,2026-01-05 09:50,,weight,70,,,,,",
    "7,diary,2026-01-05,,pain,4,,,,,",
    "7,sample,2026-01-05 10:50,,ketamine,160,ng/mL,,arterial,,",
    "7,sample,2026-01-06 10:50,,norketamine,<2,ng/mL,,arterial,,",
)


def frame(text: str, path: Path) -> pd.DataFrame:
    path.write_text(text, encoding="utf-8")
    return pd.read_csv(path, na_values=".")


def test_doses_samples_and_the_diary(load, tmp_path: Path) -> None:
    table = frame(write_nonmem([(load(*LINES), None)]), tmp_path / "data.csv")
    assert table["EVID"].tolist() == [1, 1, 0, 2, 2]
    np.testing.assert_allclose(table["TIME"], [0, 25 / 60, 50 / 60, 10, 24 + 50 / 60])
    # 28 mg in 40 min, interrupted after 15.
    np.testing.assert_allclose(table["AMT"].dropna(), [10.5, 17.5])
    np.testing.assert_allclose(table["DUR"].dropna(), [15 / 60, 25 / 60])
    assert table["DV"].dropna().tolist() == [160.0]
    assert table["PAIN"].dropna().tolist() == [4.0]
    assert set(table["ID"]) == {7}
    assert set(table["weight"]) == {70}


def test_it_can_be_predicted_as_the_same_amounts_written_by_hand(load, tmp_path: Path) -> None:
    path, by_hand = tmp_path / "data.csv", tmp_path / "hand.csv"
    path.write_text(write_nonmem([(load(*LINES), None)]), encoding="utf-8")
    by_hand.write_text(
        "ID,TIME,AMT,RATE,CMT,DV,EVID,weight\n"
        "7,0,10.5,42,central,.,1,70\n"
        f"7,{25 / 60},17.5,42,central,.,1,70\n"
        f"7,{50 / 60},.,.,central,160,0,70\n"
    )
    first, second = (predict("simons_2022", file) for file in (path, by_hand))
    seen = first["EVID"] == 0
    np.testing.assert_allclose(
        first["IPRED"][seen].astype(float), second["IPRED"].tail(1).astype(float), rtol=1e-9
    )


def test_a_dose_per_kg_takes_the_weight_before_it(load, tmp_path: Path) -> None:
    record = load(
        "A,session,2026-01-05 10:00,,ketamine,0.5,mg/kg,,im,hydrochloride,",
        "A,vital,2026-01-01 09:50,,weight,80,,,,,",
        "A,vital,2026-02-01 09:50,,weight,90,,,,,",
    )
    patient = load_patient({"weight": "70 kg", "age": 47, "sex": "female"})
    table = frame(write_nonmem([(record, patient)]), tmp_path / "data.csv")
    assert table["AMT"].tolist() == pytest.approx([0.5 * 80 * 0.867])
    assert table["ROUTE"].tolist() == ["depot"]
    assert table[["ID", "age", "female"]].iloc[0].tolist() == [1, 47, 1]


def test_a_dose_per_kg_without_a_weight(load) -> None:
    record = load("A,session,2026-01-05 10:00,,ketamine,0.5,mg/kg,,iv,,")
    with pytest.raises(InputError, match="no weight is known"):
        write_nonmem([(record, None)])
    with pytest.raises(InputError, match="nothing was given"):
        write_nonmem([(load("A,diary,2026-01-05,,pain,4,,,,,"), None)])
