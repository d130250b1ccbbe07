"""Reading records from any of the forms that are known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sordino.errors import InputError, UnknownName
from sordino.record.load import load_record
from sordino.record.model import Record

FORMS = ("record", "redcap", "fhir")
"""A file of the record's own form (CSV, TOML, JSON), a REDCap export, a FHIR bundle."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file, its form, and what is needed to read it."""

    path: Path
    form: str = "record"
    patient: str | None = None
    mapping: Path | None = None
    dictionary: Path | None = None
    skip_unknown: bool = False


def read_records(source: Source) -> tuple[list[Record], int]:
    """The records in a file, and how many resources of a bundle were left out.

    Raises DocumentError with everything that is wrong, InputError for options that do not go
    with the form.
    """
    if source.form not in FORMS:
        raise UnknownName("form", source.form, FORMS, where="--from")
    if source.form != "redcap" and (source.mapping or source.dictionary):
        raise InputError("--mapping and --dictionary go with a REDCap export", hint="--from redcap")
    if source.form != "fhir" and source.skip_unknown:
        raise InputError("--skip-unknown goes with a FHIR bundle", hint="--from fhir")
    if source.form == "redcap":
        from sordino.record.redcap import read_redcap

        records = read_redcap(
            source.path,
            mapping=source.mapping,
            dictionary=source.dictionary,
            patient=source.patient,
        )
        return records, 0
    if source.form == "fhir":
        from sordino.record.fhir import read_fhir

        record, left_out = read_fhir(
            source.path, patient=source.patient, skip_unknown=source.skip_unknown
        )
        return [record], left_out
    return [load_record(source.path, patient=source.patient)], 0


def only_record(records: list[Record], source: Source) -> Record:
    """The one record of a file; raises InputError where there are several, or none."""
    if len(records) != 1:
        raise InputError(
            f"{len(records)} records are in this file",
            where=str(source.path),
            allowed="one record",
            hint="choose one with --patient" if records else "",
        )
    return records[0]
