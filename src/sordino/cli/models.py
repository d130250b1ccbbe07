"""`sordino models`: list the published models, show one, or check a model file."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sordino.errors import InputError

if TYPE_CHECKING:
    from sordino.library.schema import Check, Parameter, PkModel, Residual, Variability


def models(
    name: Annotated[
        str, typer.Argument(help="A model, a model file (.toml or .json), or the word lint.")
    ] = "",
    file: Annotated[str, typer.Argument(help="With lint: the model file to check.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """List the published models, show one with every number, or check a model file.

    sordino models;  sordino models simons_2022;  sordino models lint my_model.toml
    """
    if name == "lint":
        if not file:
            raise InputError("no file is given", hint="sordino models lint my_model.toml")
        lint(file, as_json=as_json)
    elif file:
        wanted = file if name in ("show", "list") else name
        raise InputError(f"one name too many: {file!r}", hint=f"sordino models {wanted}")
    elif name:
        show(name, as_json=as_json)
    else:
        list_models(as_json=as_json)


def list_models(*, as_json: bool = False) -> None:
    """Write one line for each model of the library."""
    from sordino.library.reader import load_pk_model, pk_model_ids

    found = [load_pk_model(name) for name in pk_model_ids()]
    if as_json:
        _write_json([_summary(model) for model in found])
        return
    keys = ("id", "drug", "measured", "sampling", "completeness", "routes", "verification")
    rows = [[_cell(_summary(model)[key]) for key in keys] for model in found]
    _write_table(keys, rows)


def show(name: str, *, as_json: bool = False) -> None:
    """Write one model: what it is, its cautions, every number and every check.

    Raises UnknownName for a model that the library lacks, DocumentError for a file that
    cannot be used.
    """
    from sordino.library.reader import load_pk_model

    model = load_pk_model(name)
    if as_json:
        data = model.model_dump(mode="json", by_alias=True, exclude_none=True)
        _write_json({**data, "digest": model.digest})
        return
    _write_heading(model)
    ordered = sorted(model.parameter, key=lambda parameter: not parameter.assumed)
    header = ["", "name", "value", "unit", "error", "between", "occasion", "origin", "source"]
    _section("Parameters; ! marks what is assumed")
    shared = {share.parameter: share.of for share in model.share}
    rows = [_parameter_row(parameter, shared.get(parameter.name, "")) for parameter in ordered]
    _write_table([*header, "place"], rows)
    _write_spread(model)
    _write_covariates(model)
    _write_routes(model)
    _section("Published numbers to reproduce")
    if model.check:
        _write_table(["check", "published", "passes", "note"], [_check_row(c) for c in model.check])
    if model.checks_note:
        print(model.checks_note)
    _section("Sources")
    for key, source in model.sources.items():
        where = " ".join(part for part in (source.url, source.path, source.version) if part)
        print(f"{key}: {source.kind}{f'; {where}' if where else ''}")


def lint(file: str, *, as_json: bool = False) -> None:
    """Write what is wrong in a model file; exit code 1 when something is."""
    from sordino.library.reader import lint_model

    found = lint_model(Path(file))
    if as_json:
        rows = [
            {"where": e.where, "what": e.what, "allowed": e.allowed, "hint": e.hint} for e in found
        ]
        _write_json(rows)
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


def _write_heading(model: PkModel) -> None:
    from sordino.library.cite import references

    known = references()
    key = model.citation.key
    own = f"{model.citation.authors} ({model.citation.year}). {model.citation.title}"
    confirmed = "" if model.sampling_verified else " (not confirmed)"
    print(f"{model.id}: {model.title}\n")
    lines = {
        "paper": known[key].text() if key in known else own,
        "people": model.applicability.population,
        "structure": model.structure,
        "sampling": f"{model.sampling}{confirmed}",
        "measured": "one enantiomer" if model.measured == "enantiomer" else "both together",
        "dose": model.dose_basis,
        "grade": f"{model.completeness}; {model.verification}",
    }
    for label, text in lines.items():
        print(f"{label + ':':<11}{text}")
    for title, entries in (("Cautions", model.cautions), ("Not seen", model.not_seen)):
        if entries:
            _section(title)
            print("\n".join(f"- {entry}" for entry in entries))


def _write_spread(model: PkModel) -> None:
    if model.covariance:
        _section("Covariances between patients, on the scale of the etas")
        rows = [[e.a, e.b, f"{e.value:g}", e.source, e.place] for e in model.covariance]
        _write_table(["a", "b", "value", "source", "place"], rows)
    found = [(a.name, a.residual) for a in model.analyte if a.residual is not None]
    if found:
        _section("Residual error")
        rows = [[name, *_residual_cells(residual)] for name, residual in found]
        _write_table(["analyte", "kind", "value", "source", "place"], rows)


def _residual_cells(residual: Residual) -> list[str]:
    numbers = {
        "proportional": residual.proportional,
        "additive": residual.additive,
        "log": residual.log,
        **residual.variants,
    }
    values = [f"{name} {value:g}" for name, value in numbers.items() if value is not None]
    unit = f" {residual.unit}" if residual.unit else ""
    place = "; ".join(part for part in (residual.place, residual.note) if part)
    return [residual.kind, f"{residual.scale}: {', '.join(values)}{unit}", residual.source, place]


def _write_routes(model: PkModel) -> None:
    _section("Routes; ! marks what is assumed")
    rows = [
        [
            "!" if route.origin == "assumed" else "",
            route.name,
            f"{entry.fraction} of the dose into {entry.to}"
            + (f" over {entry.duration} {model.time_unit}" if entry.duration else ""),
            route.note,
        ]
        for route in model.route
        for entry in route.inputs
    ]
    _write_table(["", "route", "input", "note"], rows)


def _write_covariates(model: PkModel) -> None:
    if not model.individual:
        return
    _section("Covariates; ! marks what is assumed")
    rows = [
        [
            "!" if rule.origin == "assumed" else "",
            rule.parameter,
            rule.expression + (f"; after the spread: {rule.after}" if rule.after else ""),
            rule.note,
        ]
        for rule in model.individual
    ]
    _write_table(["", "name", "formula", "note"], rows)


def _parameter_row(parameter: Parameter, shared: str) -> list[str]:
    unit = f"{parameter.unit} at {parameter.at}" if parameter.at else parameter.unit
    extent = ""
    if parameter.low is not None or parameter.high is not None:
        extent = f" ({_cell(parameter.low)} to {_cell(parameter.high)})"
    error = parameter.standard_error
    return [
        "!" if parameter.assumed else "",
        parameter.name,
        f"{parameter.value:g}{extent}",
        unit,
        f"{error:.3g}" if error is not None else "",
        f"that of {shared}" if shared else _spread(parameter.iiv),
        _spread(parameter.iov),
        parameter.origin,
        parameter.source,
        "; ".join(part for part in (parameter.place, parameter.note) if part),
    ]


def _spread(spread: Variability | None) -> str:
    if spread is None:
        return ""
    mark = "!" if spread.origin == "assumed" else ""
    return f"{mark}{spread.kind} {spread.value:g}"


def _check_row(check: Check) -> list[str]:
    low, high = check.bounds
    note = check.place
    if check.known_miss:
        note = f"known miss, the model gives {check.known_value:g}: {check.known_miss}"
    return [check.name, f"{check.value:g} {check.unit}", f"{low:g} to {high:g}", note]


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(str(part) for part in value)
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _section(title: str) -> None:
    print(f"\n{title}")


def _write_json(data: Any) -> None:
    print(json.dumps(data, indent=2, ensure_ascii=False))


def _write_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write a table: drawn on a terminal, plain columns parted by two spaces elsewhere."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(*header)
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        Console().print(table)
        return
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    for row in (header, *rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        print(line.rstrip())
