"""`sordino check`: do the models still give the numbers they must?"""

from __future__ import annotations

import json as json_module
from typing import TYPE_CHECKING, Annotated

import typer

from sordino.errors import CheckFailed

if TYPE_CHECKING:
    from sordino.simulation.verification import Result

TITLES = {
    "slow effect": "Slow effect, fraction of its maximum one week after the last infusion",
    "paper": "Numbers that the papers of the drug models print",
    "numerics": "Numerics of the engine",
}


def check(
    json: Annotated[bool, typer.Option("--json", help="Write the results as JSON.")] = False,
) -> None:
    """Check the models against the numbers they must give.

    Misses that a model file declares are shown as such; anything else that does not fit makes
    the exit code 1.
    """
    from sordino.simulation.verification import run_checks

    results = run_checks()
    if json:
        typer.echo(json_module.dumps([r.as_dict() for r in results], indent=2))
    else:
        for kind, title in TITLES.items():
            typer.echo(f"\n{title}\n")
            for result in (r for r in results if r.kind == kind):
                typer.echo(_line(result))
    failed = [r for r in results if r.status == "FAIL"]
    missed = [r for r in results if r.status == "known miss"]
    if not json:
        typer.echo(
            f"\n{len(results)} checks: {len(results) - len(failed) - len(missed)} passed, "
            f"{len(missed)} known misses, {len(failed)} failed"
        )
    if failed:
        names = "; ".join(f"{r.subject}: {r.name}" for r in failed)
        raise CheckFailed(f"{len(failed)} of {len(results)} checks failed: {names}")


def _line(result: Result) -> str:
    found, expected = f"{result.found:.4g}", f"{result.expected:.4g}"
    allowed = f"{result.low:.4g} to {result.high:.4g}"
    line = (
        f"  {result.status:<10}  {result.subject:<22}  {result.name}: "
        f"{found} {result.unit}, expected {expected} ({allowed})"
    )
    if result.kind == "numerics":
        line = (
            f"  {result.status:<10}  {result.subject:<22}  {result.name}: "
            f"{found}, limit {result.high:.0e}"
        )
    return f"{line}\n{'':14}{result.note}" if result.status != "pass" else line
