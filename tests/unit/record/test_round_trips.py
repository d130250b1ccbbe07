"""What is written in any form is read again as the same record."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given
from strategies import records

from sordino.errors import InputError
from sordino.record import Record, load_record
from sordino.record.fhir import read_fhir, write_fhir
from sordino.record.redcap import read_redcap, write_redcap
from sordino.record.textfile import record_csv
from sordino.record.times import moment_text


@given(records())
def test_csv(record: Record) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "record.csv"
        path.write_text(record_csv(record), encoding="utf-8")
        again = load_record(path, patient=record.patient)
    assert again == record
    assert again.digest() == record.digest()


@given(records())
def test_redcap(record: Record) -> None:
    with tempfile.TemporaryDirectory() as folder:
        data, dictionary, mapping = write_redcap([record], Path(folder))
        again = read_redcap(data, mapping=mapping, dictionary=dictionary)
        standard = read_redcap(data)
    assert again == standard == [record]


@given(records(zoned=True))
def test_fhir(record: Record) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bundle.json"
        path.write_text(write_fhir(record), encoding="utf-8")
        again, left_out = read_fhir(path, patient=record.patient)
    assert again == record
    assert left_out == 0


@given(records())
def test_a_bundle_is_valid_fhir(record: Record) -> None:
    """By the models of fhir.resources, every reference within the bundle."""
    text = write_fhir(record, zone=ZoneInfo("Europe/Berlin"))
    bundle = json.loads(text)
    Bundle.model_validate(bundle)
    names = {entry["fullUrl"] for entry in bundle["entry"]}
    assert len(names) == len(bundle["entry"])
    asked = text.split('"reference": "')[1:]
    assert {part.split('"')[0] for part in asked} <= names


def test_a_clock_on_the_wall_needs_a_zone(load) -> None:
    record = load("P01,vital,2026-07-01 09:00,,weight,70,kg,,,,")
    with pytest.raises(InputError, match="time zone"):
        write_fhir(record)
    written = json.loads(write_fhir(record, zone=ZoneInfo("Europe/Berlin")))
    # Summer time.
    assert written["entry"][1]["resource"]["effectiveDateTime"] == "2026-07-01T09:00:00+02:00"


def test_several_patients_in_one_export(load, tmp_path: Path) -> None:
    both = [
        load("P01,diary,2026-01-05,,pain,4,,,,,"),
        load("P02,diary,2026-01-05 21:00,,pain,5,,,,,"),
    ]
    data, *_ = write_redcap(both, tmp_path)
    assert read_redcap(data) == both
    assert read_redcap(data, patient="P02") == both[1:]
    assert moment_text(both[1].entries[0].time) == "2026-01-05 21:00"
