"""`sordino check`: what is checked before anything may be believed, and whether it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sordino.errors import CheckFailed

if TYPE_CHECKING:
    from sordino.credibility.checks import Result

KINDS = {
    "numerics": "Numerics of every drug model",
    "stored": "What was computed before",
    "paper": "Numbers that the papers of the drug models print",
    "slow effect": "Slow effect, fraction of its maximum one week after the last infusion",
    "study": "Published numbers beside the calibrated effects",
    "calibration": "Calibrated effects",
    "draws": "Draws of every parameter",
    "drug model": "Who and what the drug models were made from",
    "ready course": "Where the ready courses leave that",
}
INDENT = 14
ROUNDING = 1e-15


def check(
    as_json: Annotated[bool, typer.Option("--json", help="Write the results as JSON.")] = False,
) -> None:
    """Check mathematics, models, uncertainty and ranges, in this order.

    Misses that a model file declares are shown as such; anything else that does not fit makes
    the exit code 1.
    """
    from sordino.cli.model_view import write_json
    from sordino.credibility.assessment import assess
    from sordino.credibility.checks import SECTIONS
    from sordino.credibility.provenance import made_with

    found = assess()
    if as_json:
        results = [r.as_dict() for r in found.results]
        write_json({"made_with": made_with(), "summary": found.summary, "results": results})
    else:
        for number, (section, question) in enumerate(SECTIONS.items(), start=1):
            print(f"\n{number}. {section.capitalize()}: {question}")
            _write_kinds([r for r in found.results if r.section == section])
        print(f"\n{found.summary}")
    if found.failed:
        names = "; ".join(f"{r.subject}: {r.name}" for r in found.failed)
        raise CheckFailed(f"{len(found.failed)} checks failed: {names}")


def _write_kinds(results: list[Result]) -> None:
    for kind in dict.fromkeys(r.kind for r in results):
        print(f"\n{KINDS.get(kind, kind.capitalize())}\n")
        for result in (r for r in results if r.kind == kind):
            print(_line(result))


def _line(result: Result) -> str:
    line = f"  {result.status:<10}  {result.subject:<22}  {result.name}{_numbers(result)}"
    return line if result.status == "pass" else f"{line}\n{'':{INDENT}}{result.note}"


def _numbers(result: Result) -> str:
    if result.found is None or result.low is None or result.high is None:
        return ""
    if result.expected is None:
        return f": {result.found:.4g} ({result.low:.4g} to {result.high:.4g})"
    if result.expected == 0.0:
        found = f"{result.found:.2g}" if result.found > ROUNDING else f"below {ROUNDING:g}"
        return f": {found}, limit {result.high:.2g}"
    return (
        f": {result.found:.4g} {result.unit}, expected {result.expected:.4g} "
        f"({result.low:.4g} to {result.high:.4g})"
    )
