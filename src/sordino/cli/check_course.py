"""`sordino check-course`: what a course file means, or what is wrong with it."""

from __future__ import annotations

import json as json_module
from pathlib import Path
from typing import Annotated

import typer

from sordino.errors import DocumentError, SordinoError


def check_course(
    file: Annotated[Path, typer.Argument(help="The course file, .toml or .json.")],
    json: Annotated[
        bool, typer.Option("--json", help="Print plain values as JSON, findings included.")
    ] = False,
) -> None:
    """Say in words what a course file means, or list all that is wrong with it."""
    from sordino.course import course_summary, describe_course, load_course

    try:
        course = load_course(file)
    except DocumentError as error:
        if json:
            typer.echo(json_module.dumps({"valid": False, "findings": _findings(error)}, indent=2))
        raise
    if json:
        typer.echo(json_module.dumps({"valid": True, **course_summary(course)}, indent=2))
    else:
        typer.echo(describe_course(course))


def _findings(error: DocumentError) -> list[dict[str, str]]:
    """Each finding as a table; a document that cannot even be read is its own finding."""
    found: tuple[SordinoError, ...] = error.findings or (error,)
    return [{"where": f.where, "what": f.what, "allowed": f.allowed, "hint": f.hint} for f in found]
