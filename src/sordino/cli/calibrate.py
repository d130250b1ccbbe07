"""`sordino calibrate`: fit the effects to published group results, and write what came out."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sordino.cli import is_quiet, say
from sordino.errors import CheckFailed, InputError

if TYPE_CHECKING:
    from sordino.calibrate.model import Problem

DEFAULT_FOLDER = Path("sordino-calibration")
CHAINS, WARMUP, DRAWS = 4, 800, 1000
MAX_CHAINS, MAX_DRAWS, MAX_FITS = 16, 20_000, 10_000
TABLES, LEARNED, STUDIES, RANKS = "calibration.md", "learned.svg", "studies.svg", "sbc.json"


def calibrate(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help=f"The folder to write to: {DEFAULT_FOLDER}."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Where random numbers start.")] = 1,
    chains: Annotated[int, typer.Option("--chains", help="Independent chains.")] = CHAINS,
    draws: Annotated[int, typer.Option("--draws", help="Draws of each chain.")] = DRAWS,
    warmup: Annotated[
        int, typer.Option("--warmup", help="Draws of each chain that are thrown away first.")
    ] = WARMUP,
    sbc: Annotated[
        int,
        typer.Option("--sbc", help="Instead: fit so many made-up sets of studies, and rank."),
    ] = 0,
) -> None:
    """Fit the effects to published group results: draws, diagnostics, tables, figures.

    Exit code 1 when the chains do not agree: R-hat 1.01 or more, an effective sample size of
    400 or less, or a divergence. The files are written all the same.

    sordino calibrate -o result;  sordino calibrate --sbc 100 -o result
    """
    _check("--seed", seed, 0, 2**31 - 1)
    _check("--chains", chains, 1, MAX_CHAINS)
    _check("--draws", draws, 4, MAX_DRAWS)
    _check("--warmup", warmup, 0, MAX_DRAWS)
    _check("--sbc", sbc, 0, MAX_FITS)
    folder = output if output is not None else DEFAULT_FOLDER
    if sbc:
        _rank(folder, sbc, seed)
    else:
        _fit(folder, seed, chains, warmup, draws)


def _prepared() -> Problem:
    from sordino.calibrate.model import problem
    from sordino.calibrate.rows import evidence

    say("computing the blood of the arms")
    return problem(evidence().fitted)


def _fit(folder: Path, seed: int, chains: int, warmup: int, draws: int) -> None:
    from sordino.calibrate.figures import learned_figure, studies_figure
    from sordino.calibrate.fit import Sampler, diagnostics
    from sordino.calibrate.page import tables
    from sordino.calibrate.shipping import draws_file, parameter_draws, summary
    from sordino.library.posterior.shipped import DRAWS as DRAWS_FILE
    from sordino.library.posterior.shipped import SUMMARY
    from sordino.report.staging import staged
    from sordino.report.svg import chart_svg

    names = (DRAWS_FILE, SUMMARY, TABLES, LEARNED, STUDIES)
    with staged(folder, names) as parts:
        prepared = _prepared()
        say(f"sampling {chains} chains of {warmup} + {draws}")
        fit = Sampler(
            prepared,
            chains=chains,
            warmup=warmup,
            draws=draws,
            progress=sys.stderr.isatty() and not is_quiet(),
        ).fit(prepared.data, seed)
        diagnosed = diagnostics(fit, prepared.shifts)
        told = summary(prepared, fit, diagnosed)
        parts[DRAWS_FILE].write_bytes(draws_file(parameter_draws(fit)))
        parts[SUMMARY].write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        parts[TABLES].write_text(tables(told), encoding="utf-8")
        parts[LEARNED].write_text(chart_svg(learned_figure(told["learned"])), encoding="utf-8")
        parts[STUDIES].write_text(chart_svg(studies_figure(told["studies"])), encoding="utf-8")
    say("written: " + ", ".join(str(folder / name) for name in names))
    print(
        f"{len(prepared.rows)} rows, {chains} x {draws} draws in {fit.seconds:.0f} s: "
        f"largest R-hat {diagnosed.worst_rhat:.4f}, smallest effective sample size "
        f"{diagnosed.least_ess:.0f}, {diagnosed.divergences} divergences"
    )
    if not diagnosed.sound:
        raise CheckFailed(
            "the chains do not agree well enough for these draws to be used",
            where=str(folder / DRAWS_FILE),
            hint="raise --draws and --warmup",
        )


def _rank(folder: Path, fits: int, seed: int) -> None:
    from sordino.calibrate.sbc import ranks
    from sordino.report.staging import staged

    with staged(folder, (RANKS,)) as parts:
        found = ranks(_prepared(), fits, seed, progress=_counted)
        told = found.as_dict(seed)
        parts[RANKS].write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    say(f"written: {folder / RANKS}")
    print(f"{fits} fits: the most uneven ranks have p = {found.overall():.3g} over all unknowns")
    if found.overall() < UNEVEN:
        raise CheckFailed("the ranks are not uniform", where=str(folder / RANKS))


UNEVEN = 0.01
"""Ranks so uneven come by chance once in a hundred runs."""


def _counted(done: int, total: int) -> None:
    say(f"{done} of {total} made-up sets of studies fitted")


def _check(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InputError(f"{name} is {value}", allowed=f"{low} to {high}")
