"""`sordino screen`: every rule for one person, met, not met or unknown, with its source."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def screen(
    file: Annotated[Path, typer.Argument(help="The patient file, .toml or .json.")],
    json: Annotated[bool, typer.Option("--json", help="Write JSON, every rule in full.")] = False,
) -> None:
    """Go through criteria, contraindications, other drugs, tests and monitoring for one person.

    What the file does not state is unknown and listed. There is no verdict over all rules.
    """
    from sordino.cli.model_view import write_json
    from sordino.cli.screen_view import write_screening
    from sordino.screening import screen as screen_patient

    found = screen_patient(file)
    if json:
        write_json(found.as_dict())
    else:
        write_screening(found)
