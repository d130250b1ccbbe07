"""`sordino predict`: a data set with its predictions, or simulated replicates of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from sordino.cli import is_quiet, say
from sordino.errors import InputError

MODELS, DATA_SETS = (".toml", ".json"), (".csv", ".txt", ".dat", ".tsv", ".parquet")
"""What the names of files often end in."""

ModelArgument = Annotated[str, typer.Argument(help="A model of the library, or a model file.")]
DataArgument = Annotated[Path, typer.Argument(help="The data set: CSV or Parquet.")]
SeedOption = Annotated[int, typer.Option("--seed", help="Where random numbers start.")]
Setting = Annotated[
    list[str] | None,
    typer.Option("--set", help="NAME=VALUE: another typical value; may be repeated."),
]
CarryOption = Annotated[
    str,
    typer.Option("--carry", help="Covariates between records: of the next (NONMEM) or the last."),
]
TimeUnitOption = Annotated[
    str, typer.Option("--time-unit", help="What TIME, II, DUR and RATE count: h, min or day.")
]


def predict(
    model: ModelArgument,
    data: DataArgument,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write to this .csv or .parquet file, not to stdout."),
    ] = None,
    simulate: Annotated[
        int | None, typer.Option("--simulate", "-n", help="How many replicates to simulate.")
    ] = None,
    seed: SeedOption = 1,
    etas: Annotated[
        Path | None,
        typer.Option("--etas", help="A table of ID and etas (columns CL, V or ETA_CL, ...)."),
    ] = None,
    settings: Setting = None,
    carry: CarryOption = "next",
    time_unit: TimeUnitOption = "h",
) -> None:
    """Every record of a data set, with IPRED and a column for each analyte at its right.

    sordino predict my_model.toml data.csv -o predicted.csv;  sordino predict my_model.toml
    data.csv --simulate 200 --seed 1 -o simulated.parquet
    """
    check_order("predict", model, data)
    if simulate is not None and simulate < 1:
        raise InputError(f"--simulate is {simulate}", allowed="a whole number above 0")
    from sordino.prediction import make_job, write_predictions
    from sordino.prediction.stream import notes

    job = make_job(
        model,
        data,
        parameters=read_settings(settings),
        etas=etas,
        carry=carry,
        time_unit=time_unit,
    )
    for note in notes(job.model, given=etas is not None) if simulate else ():
        say(f"note: {note}")
    target = output if output is not None else sys.stdout.buffer
    progress = _progress()
    count = write_predictions(job, target, simulate=simulate or 0, seed=seed, progress=progress)
    if progress is not None:
        print(file=sys.stderr)
    if output is not None:
        say(f"written: {output}, {count:,} rows")


def check_order(command: str, model: str, data: Path) -> None:
    """Raise InputError where model and data set have changed places."""
    if model.lower().endswith(MODELS):
        return
    if data.suffix.lower() in MODELS or Path(model).suffix.lower() in DATA_SETS:
        raise InputError(
            f"{model} is taken for the model and {data} for the data set",
            allowed="the model first, then the data set",
            hint=f"sordino {command} {data} {model}",
        )


def read_settings(given: list[str] | None) -> dict[str, float]:
    """Values by name, from NAME=VALUE."""
    found: dict[str, float] = {}
    for text in given or ():
        name, _, value = text.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise InputError(
                f"--set {text!r} cannot be read", allowed="NAME=VALUE", hint="--set CL=5.5"
            ) from None
    return found


def _progress() -> Callable[[int], None] | None:
    """One line on stderr that counts, on a terminal and for those who want to hear."""
    if is_quiet() or not sys.stderr.isatty():
        return None
    return lambda rows: print(f"\rpredicting: {rows:,} rows ", end="", file=sys.stderr, flush=True)
