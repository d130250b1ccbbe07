"""The first rules of the linter: are the graph, names, sources and units of a model there?

Each rule is a function from a model to its findings; `sordino.library.lint` runs them.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator

from sordino.errors import UnitError
from sordino.findings import Finding
from sordino.library.dimensions import parse_unit
from sordino.library.residuals import additive_scale
from sordino.library.schema import DOSE_NAME, USER_ROUTE_NAMES, PkModel
from sordino.library.scope import Path, formulas


def graph_there(model: PkModel) -> Iterator[Finding]:
    """There are compartments, something that moves, and something to read."""
    hint = "name a ready structure, or write the graph: see `sordino models structures`"
    if not model.compartment:
        yield Finding(("compartment",), "the model has no compartment", hint=hint)
    if not model.analyte:
        yield Finding(("analyte",), "the model has nothing to read", "[[analyte]]", hint)
    if not model.flow and not model.dynamics:
        yield Finding(("flow",), "nothing moves in the model", "[[flow]] or dynamics", hint)
    if model.flow and model.dynamics:
        yield Finding(("dynamics",), "the model has both flows and dynamics", "one of them")


def duplicate_names(model: PkModel) -> Iterator[Finding]:
    """No two entries of a kind, and no two names of a formula, are the same."""
    kinds: dict[str, list[str]] = {
        "compartment": [entry.name for entry in model.compartment],
        "analyte": [entry.name for entry in model.analyte],
        "route": [entry.name for entry in model.route],
        "moiety": [entry.name for entry in model.moiety],
        "check": [entry.name for entry in model.check],
        "individual": [entry.parameter for entry in model.individual],
        "share": [entry.parameter for entry in model.share],
        "flow": [flow.label for flow in model.flow],
        "covariate": [entry.name for entry in model.covariate],
    }
    names = [parameter.name for parameter in model.parameter]
    kinds["parameter"] = [*names, *(entry.name for entry in model.derived)]
    for kind, found in kinds.items():
        for name in _twice(found):
            yield Finding((kind,), f"{name!r} stands twice", hint="give each its own name")
    reserved = {*model.known_covariates, *USER_ROUTE_NAMES, DOSE_NAME}
    taken = {*USER_ROUTE_NAMES, DOSE_NAME}
    for kind, listed, closed in (
        ("parameter", kinds["parameter"], reserved),
        ("covariate", kinds["covariate"], taken),
    ):
        for name in listed:
            if name in closed:
                yield Finding(
                    (kind,), f"{name!r} is a name with a meaning of its own", hint="rename it"
                )


def unknown_compartments(model: PkModel) -> Iterator[Finding]:
    """Flows, analytes, routes and defaults name compartments and analytes that exist."""
    known = [entry.name for entry in model.compartment]
    used: list[tuple[Path, str | None]] = [(("default_dose",), model.first_dose)]
    for i, flow in enumerate(model.flow):
        used += [(("flow", i, "from"), flow.start), (("flow", i, "to"), flow.end)]
    used += [(("analyte", i, "compartment"), a.compartment) for i, a in enumerate(model.analyte)]
    for i, route in enumerate(model.route):
        used += [(("route", i, "inputs", j, "to"), e.to) for j, e in enumerate(route.inputs)]
    for path, name in used:
        if name is not None and name not in known:
            yield _unknown(path, "compartment", name, known)
    if model.first_observation is not None and model.first_observation not in model.analytes:
        path = ("default_observation",)
        yield _unknown(path, "analyte", model.first_observation, model.analytes)
    for i, check in enumerate(model.check):
        if check.kind != "parameter" and check.analyte not in model.analytes:
            yield _unknown(("check", i, "analyte"), "analyte", check.analyte, model.analytes)
        routes = [check.route, *(dose.route for dose in check.earlier)]
        for name in routes if check.kind != "parameter" else ():
            if name not in model.routes:
                yield _unknown(("check", i, "route"), "route", name, model.routes)


def unknown_names(model: PkModel) -> Iterator[Finding]:
    """Formulas use only names that exist where they stand."""
    for use in formulas(model):
        for name in sorted(use.expression.names - use.names):
            yield _unknown(use.path, "name", name, use.names)


def unknown_parameters(model: PkModel) -> Iterator[Finding]:
    """Covariances, shares, covariate rules and adjustments name parameters that exist."""
    known = [parameter.name for parameter in model.parameter]
    used: list[tuple[Path, str]] = []
    for i, entry in enumerate(model.covariance):
        used += [(("covariance", i, "a"), entry.a), (("covariance", i, "b"), entry.b)]
    for i, entry in enumerate(model.share):
        used += [(("share", i, "parameter"), entry.parameter), (("share", i, "of"), entry.of)]
    used += [(("individual", i, "parameter"), e.parameter) for i, e in enumerate(model.individual)]
    for i, moiety in enumerate(model.moiety):
        path = ("moiety", i, "adjust")
        used += [((*path, j, "parameter"), e.parameter) for j, e in enumerate(moiety.adjust)]
    for path, name in used:
        if name not in known:
            yield _unknown(path, "parameter", name, known)


def unknown_sources(model: PkModel) -> Iterator[Finding]:
    """A source that is named is one of the file."""
    for path, name in _source_keys(model):
        if name and name not in model.sources:
            yield _unknown(path, "source", name, model.sources)


def unknown_units(model: PkModel) -> Iterator[Finding]:
    """Units of parameters, derived values and checks are known, in the model's own time."""
    other = {"h", "min", "day"} - {model.time_unit}
    groups = {
        "parameter": model.parameter,
        "derived": model.derived,
        "covariate": model.covariate,
    }
    for kind, entries in groups.items():
        for i, entry in enumerate(entries):
            try:
                dimension = parse_unit(entry.unit)
            except UnitError as error:
                yield Finding((kind, i, "unit"), error.what, error.allowed)
                continue
            # A covariate may be in any unit: its formula says what it does.
            if other & dimension.keys() and kind != "covariate":
                yield Finding(
                    (kind, i, "unit"),
                    f"{entry.name} is in {entry.unit}, the model runs in {model.time_unit}",
                )
    for i, check in enumerate(model.check):
        if check.kind != "parameter":
            analyte = model.analytes.get(check.analyte)
            unit = "ng/mL" if analyte is None else analyte.unit
            expected = _area_unit(unit) if check.kind == "auc_inf" else unit
            if check.unit != expected:
                yield Finding(("check", i, "unit"), f"{check.unit!r} does not fit", expected)
            continue
        try:
            parse_unit(check.unit)
        except UnitError as error:
            yield Finding(("check", i, "unit"), error.what, error.allowed)


def residual_units(model: PkModel) -> Iterator[Finding]:
    """The unit of an additive error can be turned into that of its analyte."""
    for i, analyte in enumerate(model.analyte):
        try:
            additive_scale(analyte)
        except UnitError as error:
            yield Finding(("analyte", i, "residual", "unit"), error.what, error.allowed, error.hint)


def _area_unit(unit: str) -> str:
    """The unit of an area under a curve: ng/mL becomes ng*h/mL."""
    top, *below = unit.split("/")
    return "/".join([f"{top}*h", *below])


def _source_keys(model: PkModel) -> Iterator[tuple[Path, str]]:
    groups = {
        "parameter": model.parameter,
        "covariance": model.covariance,
        "share": model.share,
        "individual": model.individual,
        "moiety": model.moiety,
        "check": model.check,
    }
    for kind, entries in groups.items():
        for i, entry in enumerate(entries):
            yield (kind, i, "source"), entry.source
    for i, analyte in enumerate(model.analyte):
        if analyte.residual is not None:
            yield ("analyte", i, "residual", "source"), analyte.residual.source


def _twice(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


def _unknown(path: Path, kind: str, name: str, known: Iterable[str]) -> Finding:
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else ""
    return Finding(path, f"unknown {kind} {name!r}", ", ".join(names), hint)
