"""`sordino vpc`: do simulated data look like the observed ones?"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

import typer

from sordino.cli import say
from sordino.cli.model_view import write_table
from sordino.cli.predict import (
    CarryOption,
    DataArgument,
    ModelArgument,
    SeedOption,
    Setting,
    TimeUnitOption,
    check_order,
    read_settings,
)
from sordino.errors import InputError

if TYPE_CHECKING:
    from sordino.prediction.percentiles import VisualCheck

DEFAULT_FILE = Path("vpc.html")
LEVELS = ("5th", "50th", "95th")


def vpc(
    model: ModelArgument,
    data: DataArgument,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help=f"The figure, .html, .svg, .png or .pdf: {DEFAULT_FILE}.",
        ),
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print the numbers as JSON; a figure only with --output."),
    ] = False,
    simulate: Annotated[
        int, typer.Option("--simulate", "-n", help="How many replicates to simulate.")
    ] = 500,
    seed: SeedOption = 1,
    bins: Annotated[str, typer.Option("--bins", help="How many bins of time, or auto.")] = "auto",
    by: Annotated[
        str, typer.Option("--by", help="time, or tad: time after the last dose.")
    ] = "time",
    stratify: Annotated[
        str, typer.Option("--stratify", help="A column: one panel for each of its values.")
    ] = "",
    corrected: Annotated[
        bool, typer.Option("--prediction-corrected", help="Correct for what the model predicts.")
    ] = False,
    lloq: Annotated[
        float | None, typer.Option("--lloq", help="Leave out values below this, everywhere.")
    ] = None,
    log: Annotated[bool, typer.Option("--log", help="A logarithmic axis.")] = False,
    settings: Setting = None,
    carry: CarryOption = "next",
    time_unit: TimeUnitOption = "h",
) -> None:
    """Visual predictive check: observed percentiles over simulated ones, in bins of time.

    sordino vpc my_model.toml data.csv -o vpc.html;  sordino vpc my_model.toml data.csv --by tad
    --stratify DOSE --prediction-corrected
    """
    check_order("vpc", model, data)
    from sordino.documents import check_output
    from sordino.prediction.visual_check import vpc as compare
    from sordino.report.vpc_page import SUFFIXES, vpc_json, write_vpc

    file = output if output is not None or as_json else DEFAULT_FILE
    if file is not None:
        check_output(file, SUFFIXES)
    check = compare(
        model,
        data,
        simulate=simulate,
        seed=seed,
        bins=_bins(bins),
        by=cast("Literal['time', 'tad']", by),
        stratify=stratify,
        corrected=corrected,
        lloq=lloq,
        parameters=read_settings(settings),
        carry=cast("Literal['next', 'last']", carry),
        time_unit=cast("Literal['h', 'min', 'day']", time_unit),
    )
    for note in check.notes:
        say(f"note: {note}")
    for text in check.left_out:
        say(f"left out: {text}")
    if file is not None:
        options = {
            "--simulate": str(simulate),
            "--seed": str(seed),
            "--bins": "" if bins == "auto" else bins,
            "--by": "" if by == "time" else by,
            "--stratify": stratify,
            "--lloq": "" if lloq is None else f"{lloq:.15g}",
            "--carry": "" if carry == "next" else carry,
            "--time-unit": "" if time_unit == "h" else time_unit,
        }
        flags = [*(["--prediction-corrected"] if corrected else []), *(["--log"] if log else [])]
        flags += [part for text in settings or () for part in ("--set", text)]
        write_vpc(check, file, log=log, command=_again(model, data, options, flags))
    if as_json:
        sys.stdout.write(vpc_json(check))
    else:
        _write_tables(check)
    if file is not None:
        say(f"\nwritten: {file}")


def _again(model: str, data: Path, options: dict[str, str], flags: list[str]) -> str:
    """The command line that gives the same check again."""
    given = [part for name, value in options.items() if value for part in (name, value)]
    return shlex.join(["sordino", "vpc", model, str(data), *given, *flags])


def _bins(text: str) -> int | Literal["auto"]:
    if text == "auto":
        return "auto"
    try:
        return int(text)
    except ValueError:
        raise InputError(f"--bins is {text!r}", allowed="a whole number, or auto") from None


def _write_tables(check: VisualCheck) -> None:
    from sordino.report.vpc_page import bin_rows

    for number, panel in enumerate(check.panels):
        found = bin_rows(check, panel)
        gap = "\n" if number else ""
        print(f"{gap}{found.caption}: percentiles, and the simulated ones with 95% intervals\n")
        short = [f"{level} {kind}" for level in LEVELS for kind in ("observed", "simulated")]
        write_table([*found.header[:2], *short], [list(row) for row in found.rows])
