"""A small model with every kind of spread, and a small data set."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sordino.library.reader import load_pk_model
from sordino.library.schema import PkModel

MODEL = """
schema = 1
id = "small"
structure = "one_compartment_oral"
parameter = [
  { name = "KA", value = 1.0, unit = "1/h" },
  { name = "CL", value = 5.0, unit = "L/h", iiv = { value = 0.09, kind = "variance" } },
  { name = "V", value = 50.0, unit = "L", iiv = { value = 0.04, kind = "variance" } },
]
covariance = [{ a = "CL", b = "V", value = 0.03 }]

[[analyte]]
name = "central"
residual = { kind = "proportional", scale = "sd", proportional = 0.1 }
"""


def frame(people: int = 3) -> pd.DataFrame:
    rows = [
        {
            "ID": k,
            "TIME": t,
            "AMT": 100.0 if t == 0 else 0.0,
            "EVID": int(t == 0),
            "CMT": 2 - (t == 0),
        }
        for k in range(1, people + 1)
        for t in (0.0, 1.0, 4.0, 12.0)
    ]
    return pd.DataFrame(rows)


def load(folder: Path, text: str) -> PkModel:
    path = folder / "model.toml"
    path.write_text(text, encoding="utf-8")
    return load_pk_model(path)


@pytest.fixture
def model(tmp_path: Path) -> PkModel:
    return load(tmp_path, MODEL)


@pytest.fixture
def data() -> pd.DataFrame:
    return frame()
