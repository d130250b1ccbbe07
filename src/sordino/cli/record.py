"""`sordino record`: the record of a patient's treatment, as a file."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sordino.cli import say
from sordino.errors import DocumentError, InputError, UnknownName

if TYPE_CHECKING:
    from datetime import tzinfo

    from sordino.record import Record

record = typer.Typer(
    help="Write, check, import and export the record of a patient's treatment.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

FormOption = Annotated[
    str, typer.Option("--from", help="What the file is: record, redcap or fhir.")
]
PatientOption = Annotated[
    str | None, typer.Option("--patient", help="Whose record it must be, or whose to take.")
]
MappingOption = Annotated[
    Path | None, typer.Option("--mapping", help="With redcap: which field is what (TOML).")
]
DictionaryOption = Annotated[
    Path | None, typer.Option("--dictionary", help="With redcap: the data dictionary (CSV).")
]
SkipOption = Annotated[
    bool, typer.Option("--skip-unknown", help="With fhir: leave out codes that mean nothing here.")
]
OutputOption = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write to this file, not to stdout.")
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace files that exist already.")]


@record.command()
def template(output: OutputOption = None, force: ForceOption = False) -> None:
    """Write a record to start from, with comments: .csv, or .toml by the ending of -o."""
    from sordino.record.templates import template_text

    text = template_text("csv" if output is None else output.suffix.lower().removeprefix("."))
    give(text, output, force=force)


@record.command()
def check(
    file: Annotated[Path, typer.Argument(help="The record: .csv, .toml or .json.")],
    patient: PatientOption = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print plain values as JSON, findings included.")
    ] = False,
) -> None:
    """Say what a record holds, or list all that is wrong with it."""
    from sordino.record import load_record

    try:
        found = load_record(file, patient=patient)
    except DocumentError as error:
        if json:
            rows = [
                {"where": e.where, "what": e.what, "allowed": e.allowed, "hint": e.hint}
                for e in error.findings or (error,)
            ]
            typer.echo(json_module.dumps({"valid": False, "findings": rows}, indent=2))
        raise
    summary = found.summary()
    if json:
        typer.echo(json_module.dumps({"valid": True, **summary}, indent=2))
    else:
        typer.echo(
            "\n".join(f"{key.replace('_', ' '):14} {value}" for key, value in summary.items())
        )


@record.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A REDCap export (CSV), or a FHIR bundle (JSON).")],
    form: FormOption,
    patient: PatientOption = None,
    mapping: MappingOption = None,
    dictionary: DictionaryOption = None,
    skip_unknown: SkipOption = False,
    output: OutputOption = None,
    force: ForceOption = False,
) -> None:
    """Read a record from REDCap or FHIR and write it as CSV.

    sordino record import export.csv --from redcap --mapping map.toml --patient 12 -o record.csv;
    sordino record import bundle.json --from fhir -o record.csv
    """
    from sordino.record.exchange import Source, only_record, read_records
    from sordino.record.textfile import record_csv

    source = Source(file, form, patient, mapping, dictionary, skip_unknown)
    records, left_out = read_records(source)
    found = only_record(records, source)
    say_left_out(left_out)
    give(record_csv(found), output, force=force)


@record.command()
def export(
    file: Annotated[Path, typer.Argument(help="The record: .csv, .toml or .json.")],
    to: Annotated[str, typer.Option("--to", help="csv, redcap (a folder), fhir or nonmem.")],
    output: OutputOption = None,
    zone: Annotated[
        str | None,
        typer.Option("--zone", help="With fhir: the time zone of times without one."),
    ] = None,
    patient_file: Annotated[
        Path | None,
        typer.Option("--patient-file", help="With nonmem: a patient file with covariates."),
    ] = None,
    force: ForceOption = False,
) -> None:
    """Write a record for REDCap, as a FHIR bundle, or as a NONMEM-style data set.

    sordino record export record.csv --to fhir --zone Europe/Berlin -o bundle.json;  sordino record
    export record.csv --to nonmem -o data.csv
    """
    from sordino.record import load_record

    targets = ("csv", "redcap", "fhir", "nonmem")
    if to not in targets:
        raise UnknownName("form", to, targets, where="--to")
    found = load_record(file)
    if to == "redcap":
        _to_redcap(found, output, force=force)
    else:
        give(_text(found, to, zone, patient_file), output, force=force)


def _to_redcap(found: Record, output: Path | None, *, force: bool) -> None:
    from sordino.record.redcap import write_redcap

    if output is None:
        raise InputError("REDCap takes three files", hint="name a folder for them with -o")
    for path in write_redcap([found], output, overwrite=force):
        say(f"written: {path}")


def _text(found: Record, to: str, zone: str | None, patient_file: Path | None) -> str:
    if to == "fhir":
        from sordino.record.fhir import write_fhir

        return write_fhir(found, zone=read_zone(zone))
    if to == "nonmem":
        from sordino.patient import load_patient
        from sordino.record.nonmem import write_nonmem

        patient = load_patient(patient_file) if patient_file is not None else None
        return write_nonmem([(found, patient)])
    from sordino.record.textfile import record_csv

    return record_csv(found)


def read_zone(name: str | None) -> tzinfo | None:
    """A time zone by its name in the tz database, such as Europe/Berlin."""
    from zoneinfo import ZoneInfo

    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):
        raise InputError(
            f"unknown time zone {ascii(name)[:60]}", where="--zone", allowed="such as Europe/Berlin"
        ) from None


def say_left_out(count: int) -> None:
    """Say how many resources of a bundle were left out."""
    if count:
        say(f"left out: {count} observations with codes that mean nothing here")


def give(text: str, output: Path | None, *, force: bool) -> None:
    """Write text to a file, whole or not at all, or to stdout."""
    if output is None:
        typer.echo(text, nl=False)
        return
    from sordino.documents import write_whole

    write_whole(output, text, overwrite=force)
    say(f"written: {output}")
