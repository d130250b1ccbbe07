"""`sordino models`: list the published models, show one, or check a model file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sordino.cli.model_view import cell, write_json, write_model, write_table
from sordino.errors import InputError

if TYPE_CHECKING:
    from sordino.library.schema import PkModel


def models(
    name: Annotated[
        str, typer.Argument(help="A model, a model file (.toml or .json), or lint, or structures.")
    ] = "",
    file: Annotated[str, typer.Argument(help="With lint: the model file to check.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """List the published models, show one, check a model file, or list ready structures.

    sordino models;  sordino models simons_2022;  sordino models lint my_model.toml;  sordino
    models structures
    """
    if name == "lint":
        if not file:
            raise InputError("no file is given", hint="sordino models lint my_model.toml")
        lint(file, as_json=as_json)
    elif file:
        wanted = file if name in ("show", "list") else name
        raise InputError(f"one name too many: {file!r}", hint=f"sordino models {wanted}")
    elif name == "structures":
        list_structures(as_json=as_json)
    elif name:
        show(name, as_json=as_json)
    else:
        list_models(as_json=as_json)


def list_models(*, as_json: bool = False) -> None:
    """Write one line for each model of the library."""
    from sordino.library.reader import load_pk_model, pk_model_ids

    found = [load_pk_model(name) for name in pk_model_ids()]
    if as_json:
        write_json([_summary(model) for model in found])
        return
    keys = ("id", "drug", "measured", "sampling", "completeness", "routes", "verification")
    rows = [[cell(_summary(model)[key]) for key in keys] for model in found]
    write_table(keys, rows)


def show(name: str, *, as_json: bool = False) -> None:
    """Write one model: what it is, its cautions, every number and every check.

    Raises UnknownName for a model that the library lacks, DocumentError for a file that
    cannot be used.
    """
    from sordino.library.reader import load_pk_model

    model = load_pk_model(name)
    if as_json:
        data = model.model_dump(mode="json", by_alias=True, exclude_none=True)
        write_json({**data, "digest": model.digest})
    else:
        write_model(model)


def list_structures(*, as_json: bool = False) -> None:
    """Write one line for each ready structure, with the parameters that it needs."""
    from sordino.library.structures import OF_COMPARTMENT, structures

    found = structures().values()
    if as_json:
        rows = [
            {
                "structure": entry.name,
                "title": entry.title,
                "compartments": list(entry.compartments),
                "parameters": entry.units("h"),
                "time_unit": "h",
                "optional": entry.optional,
            }
            for entry in found
        ]
        write_json(rows)
        return
    write_table(
        ["structure", "compartments", "parameters"],
        [
            [
                entry.name,
                " ".join(f"{n} {name}" for n, name in enumerate(entry.compartments, start=1)),
                " ".join(entry.parameters) + (" [MR]" if entry.metabolite else ""),
            ]
            for entry in found
        ],
    )
    print("\nFor compartment n, when the file has them:")
    for letter, text in OF_COMPARTMENT.items():
        print(f"{letter}n".ljust(7) + text.format(n="n"))
    print("MR     molar mass of the metabolite over that of the parent")


def lint(file: str, *, as_json: bool = False) -> None:
    """Write what is wrong in a model file; exit code 1 when something is.

    Raises DocumentError where there is no such file.
    """
    from sordino.documents import check_document_path
    from sordino.library.places import line_of
    from sordino.library.reader import lint_model

    check_document_path(Path(file))
    found = lint_model(Path(file))
    if as_json:
        rows = [
            {
                "where": e.where,
                "line": line_of(e.where),
                "what": e.what,
                "allowed": e.allowed,
                "hint": e.hint,
            }
            for e in found
        ]
        write_json(rows)
    else:
        print("\n\n".join(str(error) for error in found) or f"{file}: nothing is wrong")
    if found:
        raise typer.Exit(1)


def _summary(model: PkModel) -> dict[str, Any]:
    return {
        "id": model.id,
        "title": model.title,
        "drug": model.drug,
        "measured": model.measured,
        "sampling": model.sampling,
        "completeness": model.completeness,
        "routes": list(model.routes),
        "verification": model.verification,
    }
