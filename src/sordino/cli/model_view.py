"""A drug model as text: what it is, its graph, every number and every check."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sordino.library.schema import (
        Check,
        Compartment,
        Flow,
        Parameter,
        PkModel,
        Residual,
        Variability,
    )


def write_model(model: PkModel) -> None:
    """Write all of a model to stdout, its assumptions first."""
    _write_heading(model)
    ordered = sorted(model.parameter, key=lambda parameter: not parameter.assumed)
    header = ["", "name", "value", "unit", "error", "between", "occasion", "origin", "source"]
    _section("Parameters; ! marks what is assumed")
    shared = {share.parameter: share.of for share in model.share}
    rows = [_parameter_row(parameter, shared.get(parameter.name, "")) for parameter in ordered]
    write_table([*header, "place"], rows)
    _write_spread(model)
    _write_covariates(model)
    _write_graph(model)
    _write_routes(model)
    if model.check or model.checks_note:
        _section("Published numbers to reproduce")
    if model.check:
        write_table(["check", "published", "passes", "note"], [_check_row(c) for c in model.check])
    if model.checks_note:
        print(model.checks_note)
    if model.sources:
        _section("Sources")
    for key, source in model.sources.items():
        where = " ".join(part for part in (source.url, source.path, source.version) if part)
        print(f"{key}: {source.kind}{f'; {where}' if where else ''}")


def _write_heading(model: PkModel) -> None:
    from sordino.library.papers import paper

    confirmed = "" if model.sampling_verified else " (not confirmed)"
    print(f"{model.id}: {model.title or model.structure or 'no title'}\n")
    lines = {
        "paper": paper(model.citation),
        "people": model.applicability.population,
        "structure": model.description or model.structure or "own graph",
        "sampling": f"{model.sampling}{confirmed}",
        "measured": "one enantiomer" if model.measured == "enantiomer" else "both together",
        "dose": model.dose_basis,
        "grade": f"{model.completeness}; {model.verification}",
    }
    if model.dynamics:
        lines["dynamics"] = model.dynamics
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
        write_table(["a", "b", "value", "source", "place"], rows)
    found = [(a.name, a.residual) for a in model.analyte if a.residual is not None]
    if found:
        _section("Residual error")
        rows = [[name, *_residual_cells(residual)] for name, residual in found]
        write_table(["analyte", "kind", "value", "source", "place"], rows)


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


def _write_graph(model: PkModel) -> None:
    """Compartments with their numbers, flows, and what is read."""
    _section(f"Compartments and flows; rates per {model.time_unit}")
    rows = [[str(n), *_compartment_cells(c)] for n, c in enumerate(model.compartment, start=1)]
    write_table(["n", "compartment", "doses by number", "note"], rows)
    print()
    write_table(["from", "to", "rate", "mg for each mg"], [_flow_row(f) for f in model.flow])
    print()
    rows = [
        [a.name, a.compartment, a.volume if a.unit != "mg" else "", a.unit] for a in model.analyte
    ]
    write_table(["analyte", "compartment", "volume", "unit"], rows)


def _compartment_cells(compartment: Compartment) -> list[str]:
    doses = {
        "bioavailability": compartment.bioavailability
        if compartment.bioavailability != "1"
        else "",
        "lag": compartment.lag if compartment.lag != "0" else "",
        "rate": compartment.infusion_rate,
        "duration": compartment.infusion_duration,
    }
    how = ", ".join(f"{word} {text}" for word, text in doses.items() if text)
    note = "; ".join(part for part in ("collects" * compartment.collects, compartment.note) if part)
    return [compartment.name, how, note]


def _flow_row(flow: Flow) -> list[str]:
    rate = f"{flow.vmax} * c / ({flow.km} + c), c in {flow.volume}" if flow.saturable else flow.rate
    return [flow.start, flow.end or "", rate, flow.arrives if flow.end else ""]


def _write_routes(model: PkModel) -> None:
    if not model.route:
        return
    _section("Routes; ! marks what is assumed")
    rows = [
        [
            "!" if route.origin == "assumed" else "",
            route.name,
            f"{entry.fraction} of the dose into {entry.to}"
            + (f" over {entry.duration} {model.time_unit}" if entry.duration else "")
            + (f" after {entry.lag} {model.time_unit}" if entry.lag != "0" else ""),
            route.note,
        ]
        for route in model.route
        for entry in route.inputs
    ]
    write_table(["", "route", "input", "note"], rows)


def _write_covariates(model: PkModel) -> None:
    if model.covariate:
        _section("Covariates of the model's own")
        rows = [[c.name, c.unit, f"{c.typical:g}", c.note] for c in model.covariate]
        write_table(["name", "unit", "typical", "note"], rows)
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
    write_table(["", "name", "formula", "note"], rows)


def _parameter_row(parameter: Parameter, shared: str) -> list[str]:
    unit = f"{parameter.unit} at {parameter.at}" if parameter.at else parameter.unit
    extent = ""
    if parameter.low is not None or parameter.high is not None:
        extent = f" ({cell(parameter.low)} to {cell(parameter.high)})"
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


def cell(value: Any) -> str:
    """A value as a cell of a table."""
    if isinstance(value, list):
        return " ".join(str(part) for part in value)
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _section(title: str) -> None:
    print(f"\n{title}")


def write_json(data: Any) -> None:
    """Write JSON to stdout."""
    print(json.dumps(data, indent=2, ensure_ascii=False))


def write_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
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
