"""`sordino sensitivity`: which unknown matters most for the relief of a course."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sordino.cli import is_quiet, say

if TYPE_CHECKING:
    from sordino.credibility.sensitivity import Sensitivity, Share

WIDTH = 96
SMALL = 0.01
"""Unknowns whose total index is below this are told together."""


def sensitivity(
    course: Annotated[Path, typer.Argument(help="The course file, .toml or .json.")],
    points: Annotated[
        int, typer.Option("--points", "-n", help="Base points of the sample, a power of 2.")
    ] = 256,
    patients: Annotated[
        int, typer.Option("--patients", help="How many made-up people, the same in every run.")
    ] = 256,
    seed: Annotated[int, typer.Option("--seed", help="Where random numbers start.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
) -> None:
    """Say which unknown matters most for relief, and what study would reduce it.

    Sobol indices of what the drug does to pain, and to the number of people with 30 percent
    relief, at days 1, 7 and 28. "alone" is the part of the variance that goes when one unknown is
    known; "in all" counts what it does together with others, too.
    """
    from sordino.cli.model_view import write_json
    from sordino.course import load_course
    from sordino.credibility.sensitivity import sensitivity as run

    found = run(load_course(course), points, patients, seed, _progress)
    if as_json:
        write_json(found.as_dict())
    else:
        _write(found)


def _progress(done: int, total: int) -> None:
    if not is_quiet() and sys.stderr.isatty() and done % (total // 10 or 1) == 0:
        say(f"{100 * done // total} percent")


def _write(found: Sensitivity) -> None:
    print(f"{found.course}: {found.runs} runs of the same {found.patients} people\n")
    print(textwrap.fill(_first_sentence(found), WIDTH))
    for outcome in found.outcomes:
        spread = f"mean {outcome.mean:.2g}, standard deviation {outcome.sd:.2g} {outcome.unit}"
        print(f"\nDrug effect on {outcome.name}: {spread}")
        _write_shares(found.shares[outcome.name])
    print("\nWhat would reduce it")
    for share in _important(found):
        text = f"{share}: {found.studies[share]}"
        print(textwrap.fill(text, WIDTH, initial_indent="- ", subsequent_indent="  "))
    print("\nDrug effect on pain with the slow clock read in two ways, days 1, 7 and 28")
    for clock, values in found.clocks.items():
        print(f"- {clock}: {'; '.join(values)}")
    print("\nAssumed, without a range, so in no number above")
    print(textwrap.fill(", ".join(found.taken), WIDTH))


def _first_sentence(found: Sensitivity) -> str:
    last = found.outcomes[2]
    top = found.shares[last.name][0]
    return (
        f"For {last.name}, {top.unknown} matters most: {100 * top.total[0]:.0f} percent of the "
        f"variance ({100 * max(top.total[1], 0.0):.0f} to {100 * min(top.total[2], 1.0):.0f}) is "
        "left when all else is known."
    )


def _write_shares(shares: Sequence[Share]) -> None:
    from sordino.cli.model_view import write_table

    shown = [s for s in shares if s.total[0] >= SMALL]
    rows = [[s.unknown, _index(s.first), _index(s.total)] for s in shown]
    write_table(["unknown", "alone", "in all"], rows)
    if len(shown) < len(shares):
        print(f"({len(shares) - len(shown)} others below {SMALL:g})")


def _index(index: tuple[float, float, float]) -> str:
    return f"{index[0] + 0.0:.2f} ({index[1] + 0.0:.2f} to {index[2] + 0.0:.2f})"


def _important(found: Sensitivity) -> list[str]:
    """The three largest unknowns of each outcome, each once."""
    tops = [s.unknown for o in found.outcomes for s in found.shares[o.name][:3]]
    return list(dict.fromkeys(tops))
