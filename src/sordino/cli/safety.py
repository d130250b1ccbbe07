"""`sordino safety`: what a course may do to a person beside relief."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sordino.errors import InputError

if TYPE_CHECKING:
    from sordino.report.tables import Table
    from sordino.safety import Safety

WIDTH = 88


def safety(
    course: Annotated[Path, typer.Argument(help="The course file, .toml or .json.")],
    taken: Annotated[
        list[str] | None,
        typer.Option("--with", help="Another drug that the person takes; may be repeated."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    patients: Annotated[
        int, typer.Option("--patients", "-n", help="How many made-up people.")
    ] = 500,
    draws: Annotated[
        int, typer.Option("--draws", help="Readings of the studies; 1 gives no ranges.")
    ] = 10,
    seed: Annotated[int, typer.Option("--seed", help="Where random numbers start.")] = 1,
) -> None:
    """Say what a course may do beside relief: side effects, pressure, limits, other drugs.

    sordino safety course.toml;  sordino safety course.toml --with clarithromycin
    """
    found = _assessed(course, taken or [], patients, draws, seed)
    if as_json:
        from sordino.report.safety import safety_json

        sys.stdout.write(safety_json(found))
    else:
        _write(found)


def _assessed(file: Path, taken: list[str], patients: int, draws: int, seed: int) -> Safety:
    from sordino.course import load_course
    from sordino.safety import assess
    from sordino.safety.beside import changes, summarize_beside
    from sordino.safety.interactions import checked_medicines, taken_by

    course = load_course(file)
    names = (*checked_medicines(taken), *taken_by(course.patient))
    try:
        found = changes(course, names)
        summary = summarize_beside(course, found, patients, draws, seed)
    except InputError as error:
        error.where = f"{file}: {error.where}" if error.where else str(file)
        raise
    return assess(summary, course, names, found)


def _write(found: Safety) -> None:
    from sordino.report.safety import all_tables, counted_in, lead, pressure_words

    print(f"{found.title}\n")
    for text in (*lead(found), pressure_words(found)):
        print(textwrap.fill(text, WIDTH))
    first, *others = all_tables(found)
    _write_table(first)
    print()
    for text in counted_in(found):
        print(textwrap.fill(text, WIDTH, subsequent_indent="  "))
    for table in others:
        _write_table(table)


def _write_table(table: Table) -> None:
    """A heading, then a paragraph for each row: its texts are too long for columns."""
    print(f"\n{textwrap.fill(table.caption, WIDTH)}\n")
    for row in table.rows:
        told = [
            f"{name[:1].lower()}{name[1:]}: {cell}"
            for name, cell in zip(table.header[1:], row[1:], strict=True)
            if cell and cell != "–"
        ]
        text = f"- {row[0]}: {'; '.join(told)}" if told else f"- {row[0]}"
        print(textwrap.fill(text, WIDTH, subsequent_indent="  ", break_on_hyphens=False))
