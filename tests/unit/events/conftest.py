"""A model to read data sets for, and a way to read a data set that is written in the test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sordino.errors import DocumentError
from sordino.events import EventTable, read_table
from sordino.library.reader import load_pk_model
from sordino.library.schema import PkModel

MODEL = """
schema = 1
id = "depot_and_central"
title = "An invented model: a depot and a central compartment"
kind = "pk"
drug = "esketamine"
measured = "enantiomer"
completeness = "typical"
verification = "invented"
adult = true
sampling = "venous"
sampling_verified = false
time_unit = "h"
dose_basis = "mg"
applicability = { population = "nobody" }
citation = { key = "invented", authors = "Nobody N", title = "No paper", year = 2020 }
sources = { invented = { kind = "invented" } }
parameter = [
    { name = "V", value = 100.0, unit = "L", origin = "assumed", note = "invented" },
    { name = "CL", value = 10.0, unit = "L/h", origin = "assumed", note = "invented" },
    { name = "KA", value = 1.0, unit = "1/h", origin = "assumed", note = "invented" },
    { name = "D1", value = 1.0, unit = "h", origin = "assumed", note = "invented" },
]
individual = [{ parameter = "CL", expression = "CL * (weight / 70)", origin = "assumed" }]
compartment = [{ name = "depot", infusion_duration = "D1" }, { name = "central" }]
flow = [
    { from = "depot", to = "central", rate = "KA" },
    { from = "central", rate = "CL / V" },
]
analyte = [
    { name = "drug", compartment = "central", volume = "V" },
    { name = "unabsorbed", compartment = "depot", unit = "mg" },
]
route = [
    { name = "oral", inputs = [{ to = "depot", kind = "direct" }] },
    { name = "patch", inputs = [{ to = "central", kind = "zero_order", duration = "D1" }] },
]
"""

Read = Callable[..., EventTable]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> PkModel:
    """Two compartments (depot, central), one covariate (weight), two routes (oral, patch)."""
    path = tmp_path_factory.mktemp("model") / "model.toml"
    path.write_text(MODEL)
    return load_pk_model(path)


@pytest.fixture
def read(tmp_path: Path, model: PkModel) -> Read:
    """Read a data set from text (or bytes), with the options of `read_table`."""

    def from_text(content: str | bytes, **options: Any) -> EventTable:
        path = tmp_path / "data.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_table(path, model, **options)

    return from_text


@pytest.fixture
def refused(read: Read) -> Callable[..., str]:
    """Read a data set that must be refused, and return the whole message."""

    def message(content: str | bytes, **options: Any) -> str:
        with pytest.raises(DocumentError) as caught:
            read(content, **options)
        assert caught.value.exit_code == 2
        return str(caught.value)

    return message
