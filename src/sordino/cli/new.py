"""`sordino new`: a commented course or model file to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sordino.cli import say
from sordino.errors import InputError
from sordino.library.protocols import DEFAULT_PROTOCOL, protocol_names, protocol_text

DEFAULT_FILE = Path("course.toml")
DEFAULT_STRUCTURE = "two_compartment_oral"


def new(
    output: Annotated[
        Path, typer.Argument(help='The file to write, ending in .toml; "model" before a model.')
    ] = DEFAULT_FILE,
    protocol: Annotated[
        str | None,
        typer.Option(
            "--protocol",
            "-p",
            help=f"The ready course to copy, {DEFAULT_PROTOCOL}: {', '.join(protocol_names())}.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file if it exists already.")
    ] = False,
    file: Annotated[
        Path | None, typer.Argument(help="With model: the model file to write, ending in .toml.")
    ] = None,
    structure: Annotated[
        str | None,
        typer.Option(
            "--structure",
            "-s",
            help=f"With model: the ready structure, {DEFAULT_STRUCTURE}; "
            "see sordino models structures.",
        ),
    ] = None,
) -> None:
    """Write a file to start from, with comments: a published regimen, or a model.

    sordino new course.toml;  sordino new model my_model.toml --structure advan4_trans4
    """
    if str(output) == "model":
        _model(file, structure or DEFAULT_STRUCTURE, protocol, force=force)
        return
    if file is not None or structure is not None:
        wanted = file or output
        raise InputError(
            f"one name too many: {str(file)!r}" if file else "--structure is for a model file",
            hint=f"sordino new model {wanted} --structure {structure or DEFAULT_STRUCTURE}",
        )
    chosen = protocol or DEFAULT_PROTOCOL
    _write(output, protocol_text(chosen), force=force)
    say(f"wrote {output} ({chosen}); see what it means with 'sordino check-course {output}'")


def _model(file: Path | None, structure: str, protocol: str | None, *, force: bool) -> None:
    from sordino.cli.starting_model import starting_model

    if file is None:
        raise InputError("no file is given", hint="sordino new model my_model.toml")
    if protocol is not None:
        raise InputError("--protocol is for a course file", hint="leave it out")
    _write(file, starting_model(structure, file.stem), force=force)
    say(f"wrote {file} ({structure}); put in your numbers, then 'sordino models lint {file}'")


def _write(output: Path, text: str, *, force: bool) -> None:
    from sordino.documents import check_output, write_whole

    check_output(output, (".toml",))
    write_whole(output, text, overwrite=force)
