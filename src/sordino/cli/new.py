"""`sordino new`: a commented course file to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sordino.cli import say
from sordino.errors import OutputError
from sordino.library.protocols import DEFAULT_PROTOCOL, protocol_names, protocol_text


def new(
    output: Annotated[Path, typer.Argument(help="The file to write, ending in .toml.")] = Path(
        "course.toml"
    ),
    protocol: Annotated[
        str,
        typer.Option(
            "--protocol", "-p", help=f"The ready course to copy: {', '.join(protocol_names())}."
        ),
    ] = DEFAULT_PROTOCOL,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file if it exists already.")
    ] = False,
) -> None:
    """Write a course file to start from: a published regimen, with comments."""
    from sordino.documents import write_whole

    text = protocol_text(protocol)
    if output.suffix.lower() != ".toml":
        raise OutputError(
            "the file name does not end in .toml", where=str(output), allowed="a .toml file"
        )
    write_whole(output, text, overwrite=force)
    say(f"wrote {output} ({protocol}); see what it means with 'sordino check-course {output}'")
