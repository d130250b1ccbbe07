"""`sordino simulate`: what a course does, as a report, as JSON, and in short on the terminal."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sordino.cli import is_quiet, say
from sordino.errors import InputError
from sordino.library.protocols import DEFAULT_PROTOCOL

if TYPE_CHECKING:
    from sordino.course import Course
    from sordino.report.export import Asked, Written
    from sordino.simulation.summary import Summary

DEFAULT_FOLDER = Path("sordino-result")
SITES = ("arterial", "venous")
PLACES = ("treatment", "models", "patient", "observe")
"""Tables of a course file, with which the place of an error inside it begins."""

BAR = 30
WIDTH = 88


def simulate(
    course: Annotated[
        Path | None,
        typer.Argument(help="The course file, .toml or .json; without it, a bundled one."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help=f"The folder to write to: {DEFAULT_FOLDER}."),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print the result as JSON; write files only with --output."),
    ] = False,
    patients: Annotated[
        str, typer.Option("--patients", "-n", help='How many made-up people, or "typical".')
    ] = "1000",
    draws: Annotated[
        int, typer.Option("--draws", help="Readings of the studies; 1 gives no ranges.")
    ] = 20,
    seed: Annotated[int, typer.Option("--seed", help="Where random numbers start.")] = 1,
    sampling: Annotated[
        str, typer.Option("--sampling", help="Blood levels to show: arterial or venous.")
    ] = "arterial",
    trajectories: Annotated[
        bool,
        typer.Option("--trajectories", help="Write every person's course as Parquet, too."),
    ] = False,
) -> None:
    """Simulate a course: a report as one HTML file, a result as JSON, a short table here.

    sordino simulate;  sordino simulate course.toml -o result --patients 2000 --draws 50
    """
    folder = output if output is not None or as_json else DEFAULT_FOLDER
    if trajectories and folder is None:
        raise InputError("--trajectories with --json needs a folder", hint="add --output DIR")
    count = _patients(patients)
    if sampling not in SITES:
        raise InputError(f"unknown sampling site {sampling!r}", allowed=", ".join(SITES))
    read = _read(course)
    asked = _asked(read, course, count, draws, seed, sampling, trajectories=trajectories)
    with naming(course):
        _run(asked, folder, as_json=as_json, trajectories=trajectories)


def _run(asked: Asked, folder: Path | None, *, as_json: bool, trajectories: bool) -> None:
    from sordino.report.export import simulate_to_folder

    with_bar = _progress()
    if folder is None:
        _write_json(asked, with_bar)
        return
    written = simulate_to_folder(asked, folder, trajectories=trajectories, progress=with_bar)
    if as_json:
        from sordino.report.result import result_json

        sys.stdout.write(result_json(written.result))
    else:
        _write_answers(written.summary)
    _say_where(written, folder)


@contextmanager
def naming(course: Path | None) -> Generator[None]:
    """Put the name of the course file before the place of an error inside it."""
    try:
        yield
    except InputError as error:
        if course is not None and error.where.startswith(PLACES):
            error.where = f"{course}: {error.where}"
        raise


def _read(course: Path | None) -> Course:
    """The course, read before anything slow is imported."""
    from sordino.course import load_course
    from sordino.library.protocols import load_protocol

    if course is not None:
        return load_course(course)
    say(f"no course file is given: using the bundled course {DEFAULT_PROTOCOL!r}")
    return load_protocol(DEFAULT_PROTOCOL)


def _asked(
    read: Course,
    course: Path | None,
    count: int | Literal["typical"],
    draws: int,
    seed: int,
    sampling: str,
    *,
    trajectories: bool,
) -> Asked:
    """What the user asked for, with the command line that asks for it again."""
    from sordino.report.export import Asked
    from sordino.report.html import command_line

    line = command_line(
        str(course) if course is not None else "",
        patients=str(count),
        draws=draws,
        seed=seed,
        sampling=sampling,
        trajectories=trajectories,
    )
    return Asked(read, count, draws, seed, "venous" if sampling == "venous" else "arterial", line)


def _patients(text: str) -> int | Literal["typical"]:
    if text == "typical":
        return "typical"
    try:
        return int(text)
    except ValueError:
        raise InputError(
            f"--patients is {text!r}",
            allowed='a whole number, or "typical" for the one typical patient',
        ) from None


def _write_json(asked: Asked, progress: Callable[[int, int], None] | None) -> None:
    from sordino.report.result import build_result, result_json

    sys.stdout.write(result_json(build_result(asked.summary(progress), asked.changes)))


def _write_answers(summary: Summary) -> None:
    """The answers as a short aligned table, after the sentences that matter most."""
    from sordino.report.sentences import sentences
    from sordino.report.tables import responders
    from sordino.report.wellbeing import told
    from sordino.simulation.wellbeing import wellbeing

    said = sentences(summary)
    table = responders(summary)
    print(f"{summary.course.title}\n")
    _write_wrapped(f"{said.headline} {said.verdict}")
    if table.rows:
        print(f"\n{table.caption}\n")
        _write_aligned([table.header, *table.rows])
    print()
    _write_wrapped(" ".join(said.session))
    found = wellbeing(summary.course, ranges=int(summary.quantiles.attrs["draws"]) > 1)
    if not found.why_not:
        print()
        _write_wrapped(" ".join(told(found)))


def _write_aligned(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        print("  ".join(cells).rstrip())


def _write_wrapped(text: str) -> None:
    print(textwrap.fill(text, WIDTH, break_long_words=False))


def _say_where(written: Written, folder: Path) -> None:
    from sordino.report.export import TRAJECTORIES

    say("\nwritten: " + ", ".join(str(path) for path in written.files))
    old = folder / TRAJECTORIES
    if old not in written.files and old.exists():
        say(f"{old} is there from an earlier run and does not belong to this result")


def _progress() -> Callable[[int, int], None] | None:
    """One line on stderr that grows, on a terminal and for those who want to hear."""
    if is_quiet() or not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        full = BAR * done // total
        end = "\n" if done == total else ""
        line = f"\rsimulating [{'#' * full}{' ' * (BAR - full)}] {100 * done // total} %{end}"
        print(line, end="", file=sys.stderr, flush=True)

    return show
