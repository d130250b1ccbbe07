"""Whatever stands in a file, a record comes of it or an error that was meant."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import records

from sordino.errors import SordinoError
from sordino.record import load_record
from sordino.record.fhir import read_fhir, write_fhir
from sordino.record.redcap import read_redcap, write_redcap
from sordino.record.templates import template_text

ODD = st.sampled_from(
    [
        *("", " ", "-", "0", "-1", "1e400", "1e-400", "NaN", "inf", "0,5", "1_000", "０", "½"),
        *("2026-13-01", "2026-01-05 25:00", "2026-01-05T10:00Z", "9999-12-31 23:59-12:00"),
        *("0001-01-01 00:00+14:00", "<", "<<2", "phq9.", ".", "phq9.0", "a" * 3000, "\x07", "🙂"),
        *("session", "diary", "pause", "mg/kg", "5 mg", "iv", "ketamine", "base"),
    ]
)
ODD_VALUES = (
    ODD | st.none() | st.booleans() | st.integers() | st.floats() | st.just([]) | st.just({})
)


@given(st.data())
def test_cells_of_a_table(data: st.DataObject) -> None:
    lines = [line.split(",") for line in template_text("csv").splitlines() if line[0] != "#"]
    for _ in range(data.draw(st.integers(1, 4))):
        line = data.draw(st.sampled_from(lines))
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(ODD)
    read_some("record.csv", "\n".join(",".join(line) for line in lines), load_record)


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    for name in ("record.csv", "record.toml", "record.json"):
        read_some(name, text, load_record)


def nodes(value: Any) -> list[tuple[Any, Any]]:
    """Every place in a document: what holds it, and its key or number there."""
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    else:
        return []
    return [(value, key) for key, _ in pairs] + [n for _, inner in pairs for n in nodes(inner)]


@settings(max_examples=40)
@given(records(zoned=True), st.data())
def test_values_of_a_bundle(record: Any, data: st.DataObject) -> None:
    bundle = json.loads(write_fhir(record))
    for _ in range(data.draw(st.integers(1, 3))):
        holder, key = data.draw(st.sampled_from(nodes(bundle)))
        if data.draw(st.booleans()):
            holder[key] = data.draw(ODD_VALUES)
        elif isinstance(holder, dict):
            holder.pop(key, None)
    read_some("bundle.json", json.dumps(bundle), read_fhir)


@pytest.mark.parametrize("name", ["data.csv", "dictionary.csv", "mapping.toml"])
@settings(max_examples=40)
@given(records(), st.data())
def test_pieces_of_an_export(name: str, record: Any, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = write_redcap([record], Path(folder))
        path = Path(folder) / name
        text = path.read_text(encoding="utf-8")
        cut = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 20))
        changed = text[:cut] + data.draw(ODD) + text[cut + length :]
        path.write_text(changed, encoding="utf-8")
        with suppress(SordinoError):
            read_redcap(paths[0], dictionary=paths[1], mapping=paths[2])


def read_some(name: str, text: str, read: Callable[[Path], object]) -> None:
    """Read a file of this text; only errors that were meant are let through."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        with suppress(SordinoError):
            read(path)
