"""`sordino store`: records of many patients, kept so that nothing is lost or overwritten."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from sordino.cli import say
from sordino.cli.record import (
    DictionaryOption,
    ForceOption,
    FormOption,
    MappingOption,
    OutputOption,
    PatientOption,
    SkipOption,
    say_left_out,
)
from sordino.errors import CheckFailed

store = typer.Typer(
    help="Keep records: SQLite by default, PostgreSQL by URL.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

DataOption = Annotated[
    str,
    typer.Option(
        "--data",
        envvar="SORDINO_STORE",
        help="The store: a file, sqlite:///FILE, or postgresql://USER@HOST/NAME.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON.")]


@store.command()
def init(data: DataOption = "sordino.db") -> None:
    """Make a store, or bring one to the form of this version."""
    from sordino.store import create_store

    say("the store is ready" if create_store(data) else "the store was ready already")


@store.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A record, a REDCap export, or a FHIR bundle.")],
    data: DataOption = "sordino.db",
    form: FormOption = "record",
    patient: PatientOption = None,
    mapping: MappingOption = None,
    dictionary: DictionaryOption = None,
    skip_unknown: SkipOption = False,
    who: Annotated[
        str | None, typer.Option("--who", help="Who makes this change; else the user's name.")
    ] = None,
    supersede: Annotated[
        bool,
        typer.Option("--supersede", help="Where the store says something else, the file wins."),
    ] = False,
    whole: Annotated[
        bool, typer.Option("--whole", help="The file is complete: withdraw what it lacks.")
    ] = False,
) -> None:
    """Add what a file says. All of it is kept, or nothing is."""
    from sordino.record.exchange import Source, read_records
    from sordino.store import open_store

    source = Source(file, form, patient, mapping, dictionary, skip_unknown)
    records, left_out = read_records(source)
    with open_store(data) as opened:
        done = opened.put(
            records,
            who=who or user_name(),
            source=file.name,
            supersede=supersede,
            whole=whole,
        )
    say_left_out(left_out)
    say(
        f"kept: {done.added} added, {done.superseded} superseded, {done.withdrawn} withdrawn, "
        f"{done.unchanged} unchanged"
    )


@store.command("list")
def list_(data: DataOption = "sordino.db", as_json: JsonOption = False) -> None:
    """List the patients: how many entries, and the last change."""
    from sordino.cli.model_view import write_json, write_table
    from sordino.store import open_store

    with open_store(data) as opened:
        found = opened.patients()
    if as_json:
        write_json(found)
        return
    keys = ("patient", "entries", "last_change", "by")
    write_table(keys, [[str(row[key]) for key in keys] for row in found])


@store.command()
def show(
    patient: Annotated[str, typer.Argument(help="The patient's mark.")],
    data: DataOption = "sordino.db",
    output: OutputOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the record of one patient as it stands, as CSV."""
    from sordino.cli.model_view import write_json
    from sordino.cli.record import give
    from sordino.record.textfile import record_csv
    from sordino.store import open_store

    with open_store(data) as opened:
        found = opened.record(patient)
    if as_json:
        write_json(found.summary())
    else:
        give(record_csv(found), output, force=force)


@store.command()
def export(
    output: Annotated[Path, typer.Argument(help="The file to write.")],
    data: DataOption = "sordino.db",
    force: ForceOption = False,
) -> None:
    """Write everything in a store, with its history, to one file."""
    from sordino.store import open_store
    from sordino.store.backup import export_store

    with open_store(data) as opened:
        digest = export_store(opened, output, overwrite=force)
    typer.echo(digest)


@store.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What sordino store export wrote.")],
    data: DataOption = "sordino.db",
) -> None:
    """Make a store from a file of sordino store export, with everything that was in it."""
    from sordino.store import create_store, open_store
    from sordino.store.backup import check_backup, restore_store

    check_backup(file)
    create_store(data)
    with open_store(data) as opened:
        digest = restore_store(opened, file)
    typer.echo(digest)


@store.command()
def audit(
    patient: Annotated[str, typer.Argument(help="Only the changes of this patient.")] = "",
    data: DataOption = "sordino.db",
    as_json: JsonOption = False,
) -> None:
    """List every change: who, when, what it was before and what after; check that none is missing.

    The exit code is 1 when the history is not what was written.
    """
    from dataclasses import asdict

    from sordino.cli.model_view import write_json, write_table
    from sordino.store import open_store

    with open_store(data) as opened:
        changes = list(opened.audit(patient or None))
        broken = opened.verify()
    if as_json:
        write_json([asdict(found) for found in changes])
    else:
        rows = [
            [str(c.change), c.at, c.who, c.patient, c.key, c.before or "-", c.after or "-"]
            for c in changes
        ]
        write_table(["change", "at", "who", "patient", "entry", "before", "after"], rows)
    if broken:
        raise CheckFailed("the history is not what was written: " + "; ".join(broken))


def user_name() -> str:
    """Who is at this machine, for the audit."""
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}" if hasattr(os, "getuid") else "unknown"
