"""`sordino follow`: learn from one person's record and forecast the next four weeks."""

from __future__ import annotations

import shlex
import sys
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sordino.cli import say
from sordino.errors import CheckFailed, InputError

if TYPE_CHECKING:
    from sordino.course import Course
    from sordino.following import Followed

WIDTH = 88
TAKEN = ("plan", "stop", "once", "weekly", "rules")


def follow(
    course: Annotated[Path, typer.Argument(help="The plan: a course file, .toml or .json.")],
    record: Annotated[Path, typer.Argument(help="The record, .csv, .toml or .json.")],
    other: Annotated[
        list[Path] | None,
        typer.Option(
            "--option",
            help="A course that could begin the day after the record ends; may be repeated.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A folder to write both pages to.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    seed: Annotated[int, typer.Option("--seed", help="Where random numbers start.")] = 1,
) -> None:
    """Learn from a person's record and forecast four weeks: with the plan, without, or otherwise.

    sordino follow course.toml record.csv -o visit;  sordino record template writes a record.
    """
    from sordino.course import load_course
    from sordino.following import follow as run

    plan, others = load_course(course), _others(other or [])
    line = command_line(course, record, other or [], seed)

    def made() -> Followed:
        return run(plan, record, others, seed)

    files: tuple[Path, ...] = ()
    if output is None:
        found = made()
    else:
        from sordino.report.follow import follow_to_folder

        found, files = follow_to_folder(made, output, line)
    if as_json:
        from sordino.report.follow import follow_json

        sys.stdout.write(follow_json(found))
    else:
        _write(found)
    if files:
        say("\nwritten: " + ", ".join(str(path) for path in files))
    if not found.trust.sound:
        raise CheckFailed(
            "the posterior is not reliable",
            where=str(record),
            hint="look for wrong entries in the record; the numbers above are not to be used",
        )


def command_line(course: Path, record: Path, others: Sequence[Path], seed: int) -> str:
    """The command line that gives the same numbers again."""
    options = [word for path in others for word in ("--option", str(path))]
    return shlex.join(
        ["sordino", "follow", str(course), str(record), *options, "--seed", str(seed)]
    )


def _others(paths: Sequence[Path]) -> Mapping[str, Course]:
    from sordino.course import load_course

    found: dict[str, Course] = {}
    for path in paths:
        if path.stem in found or path.stem in TAKEN:
            raise InputError(
                f"two choices are called {path.stem}",
                where="--option",
                allowed=f"files with names of their own, other than {', '.join(TAKEN)}",
            )
        found[path.stem] = load_course(path)
    return found


def _write(found: Followed) -> None:
    from sordino.report import follow_words

    print(f"{found.title}\n")
    for text in follow_words.answer(found):
        print(textwrap.fill(text, WIDTH))
    table = follow_words.options(found)
    print(f"\n{textwrap.fill(table.caption, WIDTH)}\n")
    for row in table.rows:
        told = [
            f"{name[:1].lower()}{name[1:]}: {cell}"
            for name, cell in zip(table.header[1:], row[1:], strict=True)
            if cell != "–"
        ]
        print(textwrap.fill(f"- {row[0]}: {'; '.join(told)}", WIDTH, subsequent_indent="  "))
    if found.advice is not None:
        from sordino.cli.rules import advice_lines, write_lines

        print(f"\n{follow_words.RULES}:")
        write_lines(advice_lines(found.advice))
    print()
    for text in (*found.notes, *follow_words.trust(found)):
        print(textwrap.fill(f"- {text}", WIDTH, subsequent_indent="  "))
