"""`sordino compare`: courses, other treatments and placebo on the same axes."""

from __future__ import annotations

import shlex
import sys
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sordino.cli import is_quiet, say

if TYPE_CHECKING:
    from sordino.compare import Comparison

DEFAULT_FOLDER = Path("sordino-comparison")
WIDTH = 88
SHORT = ("treatment", "week 4", "week 12", "due to it", "pain", "days", "stopped", "clinic h")
"""Columns of the terminal."""


def compare(
    arms: Annotated[
        list[str],
        typer.Argument(
            help="Course files, ready courses, or comparators such as duloxetine and placebo."
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help=f"The folder to write to: {DEFAULT_FOLDER}."),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print the result as JSON; write files only with --output."),
    ] = False,
    patients: Annotated[
        int, typer.Option("--patients", "-n", help="How many made-up people.")
    ] = 1000,
    draws: Annotated[
        int, typer.Option("--draws", help="Readings of the studies; 1 gives no ranges.")
    ] = 20,
    seed: Annotated[int, typer.Option("--seed", help="Where random numbers start.")] = 1,
) -> None:
    """Compare courses with other treatments and placebo, in the same people.

    sordino compare course.toml duloxetine placebo;  sordino compare six_infusions opioid cbt
    """
    line = command_line(arms, patients, draws, seed)
    folder = output if output is not None or as_json else DEFAULT_FOLDER
    found, files = _run(arms, patients, draws, seed, folder, line)
    if as_json:
        from sordino.report.compare import compare_json

        sys.stdout.write(compare_json(found))
    else:
        _write_short(found)
    if files:
        say("\nwritten: " + ", ".join(str(path) for path in files))


def command_line(arms: Sequence[str], patients: int, draws: int, seed: int) -> str:
    """The command line that gives a comparison again."""
    names = [f"./{name}" if name.startswith("-") else name for name in arms]
    options = ["--patients", str(patients), "--draws", str(draws), "--seed", str(seed)]
    return shlex.join(["sordino", "compare", *names, *options])


def _run(
    arms: Sequence[str], patients: int, draws: int, seed: int, folder: Path | None, line: str
) -> tuple[Comparison, tuple[Path, ...]]:
    from sordino.compare import compare as run
    from sordino.report.compare import compare_to_folder

    def made() -> Comparison:
        return run(arms, patients, draws, seed, _progress)

    if folder is None:
        return made(), ()
    return compare_to_folder(made, folder, line)


def _progress(name: str) -> Callable[[int, int], None] | None:
    """Say which course is being simulated, on a terminal and for those who want to hear."""
    if not is_quiet() and sys.stderr.isatty():
        say(f"simulating {name}")
    return None


def _write_short(found: Comparison) -> None:
    """A sentence and a line of a table for each arm."""
    from sordino.cli.model_view import write_table
    from sordino.report.compare_tables import burden, glance, headline

    for arm in found.arms:
        print(textwrap.fill(headline(arm), WIDTH, subsequent_indent="  "))
    relief, taken = glance(found), burden(found)
    print(f"\n{textwrap.fill(relief.caption, WIDTH)}\n")
    rows = [
        [textwrap.shorten(row[0], 28, placeholder="..."), *row[1:], *other[3:5]]
        for row, other in zip(relief.rows, taken.rows, strict=True)
    ]
    write_table(SHORT, rows)
