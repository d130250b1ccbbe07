"""What the form of a model file cannot say: do its parts fit together?

Each rule is a function from a model to its findings; `lint` runs them all.
"""

from __future__ import annotations

import difflib
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from sordino.errors import UnitError
from sordino.findings import Finding
from sordino.library.dimensions import dimension_of, parse_unit, show
from sordino.library.schema import COVARIATES, DOSE_NAME, USER_ROUTE_NAMES, PkModel
from sordino.library.scope import Path, formulas, name_dimensions
from sordino.library.typical import typical_values

TYPICAL_PERSON = {
    "weight": 70.0,
    "age": 40.0,
    "height": 170.0,
    "female": 0.0,
    "asian": 0.0,
    "japanese": 0.0,
}


def lint(model: PkModel) -> list[Finding]:
    """Return everything that is wrong in a model; an empty list when nothing is.

    Later rules need sound names and units, so they run only when the earlier ones pass.
    """
    for stage in (_NAMES, _UNITS, _SENSE):
        found = [finding for rule in stage for finding in rule(model)]
        if found:
            return found
    return []


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
        "flow": [f"{flow.start} to {flow.end or 'nowhere'}" for flow in model.flow],
    }
    names = [parameter.name for parameter in model.parameter]
    kinds["parameter"] = [*names, *(entry.name for entry in model.derived)]
    for kind, found in kinds.items():
        for name in _twice(found):
            yield Finding((kind,), f"{name!r} stands twice", hint="give each its own name")
    reserved = {*COVARIATES, *USER_ROUTE_NAMES, DOSE_NAME}
    for name in kinds["parameter"]:
        if name in reserved:
            yield Finding(
                ("parameter",), f"{name!r} is a name with a meaning of its own", hint="rename it"
            )


def unknown_compartments(model: PkModel) -> Iterator[Finding]:
    """Flows, analytes and routes name compartments that exist."""
    known = [entry.name for entry in model.compartment]
    used: list[tuple[Path, str | None]] = []
    for i, flow in enumerate(model.flow):
        used += [(("flow", i, "from"), flow.start), (("flow", i, "to"), flow.end)]
    used += [(("analyte", i, "compartment"), a.compartment) for i, a in enumerate(model.analyte)]
    for i, route in enumerate(model.route):
        used += [(("route", i, "inputs", j, "to"), e.to) for j, e in enumerate(route.inputs)]
    for path, name in used:
        if name is not None and name not in known:
            yield _unknown(path, "compartment", name, known)


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
    """Every number names a source of the file, and its place there; assumptions may not."""
    for i, parameter in enumerate(model.parameter):
        if parameter.origin != "assumed" and not (parameter.source and parameter.place):
            yield Finding(
                ("parameter", i),
                f"{parameter.name} has origin {parameter.origin!r} but no source or place",
                hint="name the source and the table, or set the origin to assumed",
            )
        if parameter.origin == "assumed" and not (parameter.place or parameter.note):
            yield Finding(("parameter", i), f"{parameter.name} is assumed without a reason")
    for path, name in _source_keys(model):
        if name and name not in model.sources:
            yield _unknown(path, "source", name, model.sources)


def unknown_units(model: PkModel) -> Iterator[Finding]:
    """Units of parameters, derived values and checks are known, in the model's own time."""
    other = "h" if model.time_unit == "min" else "min"
    groups = {"parameter": model.parameter, "derived": model.derived}
    for kind, entries in groups.items():
        for i, entry in enumerate(entries):
            try:
                dimension = parse_unit(entry.unit)
            except UnitError as error:
                yield Finding((kind, i, "unit"), error.what, error.allowed)
                continue
            if other in dimension:
                yield Finding(
                    (kind, i, "unit"),
                    f"{entry.name} is in {entry.unit}, the model runs in {model.time_unit}",
                )
    for i, check in enumerate(model.check):
        if check.kind != "parameter":
            expected = "ng*h/mL" if check.kind == "auc_inf" else "ng/mL"
            if check.unit != expected:
                yield Finding(("check", i, "unit"), f"{check.unit!r} does not fit", expected)
            continue
        try:
            parse_unit(check.unit)
        except UnitError as error:
            yield Finding(("check", i, "unit"), error.what, error.allowed)


def unit_mismatch(model: PkModel) -> Iterator[Finding]:
    """The dimension of each formula is the one its place needs."""
    names = name_dimensions(model)
    for use in formulas(model):
        try:
            found = dimension_of(use.expression, names)
        except UnitError as error:
            yield Finding(use.path, error.what)
            continue
        if use.unit is None or found is None or use.path[0] == "check":
            continue
        if found != use.unit:
            yield Finding(use.path, f"the formula gives {show(found)}", show(use.unit))


def spread_fits(model: PkModel) -> Iterator[Finding]:
    """Log-normal spread needs a positive value, logit spread one between 0 and 1."""
    for i, parameter in enumerate(model.parameter):
        kinds = {s.kind == "sd_logit" for s in (parameter.iiv, parameter.iov) if s is not None}
        if kinds == {True, False}:
            yield Finding(("parameter", i), f"{parameter.name} mixes logit and log spread")
        if True in kinds and not 0 < parameter.value < 1:
            yield Finding(
                ("parameter", i), f"{parameter.name} = {parameter.value}", "between 0 and 1"
            )
        if False in kinds and parameter.value <= 0:
            yield Finding(("parameter", i), f"{parameter.name} = {parameter.value}", "above 0")
    spread = {parameter.name: parameter for parameter in model.parameter}
    for i, share in enumerate(model.share):
        own, of = spread[share.parameter], spread[share.of]
        if own.iiv is not None or own.iov is not None:
            yield Finding(("share", i), f"{share.parameter} has a spread of its own")
        if of.iiv is None and of.iov is None:
            yield Finding(("share", i), f"{share.of} has no spread to share")


def covariance_valid(model: PkModel) -> Iterator[Finding]:
    """Covariances join parameters with spread, and their matrix is positive definite."""
    spread = {p.name: p.iiv.sd_eta for p in model.parameter if p.iiv is not None}
    index = {name: i for i, name in enumerate(spread)}
    matrix = np.diag([sd**2 for sd in spread.values()])
    for i, entry in enumerate(model.covariance):
        lacking = [name for name in (entry.a, entry.b) if name not in index]
        if lacking or entry.a == entry.b:
            names = " and ".join(lacking) or entry.a
            yield Finding(("covariance", i), f"{names} cannot have a covariance here")
            return
        a, b = index[entry.a], index[entry.b]
        matrix[a, b] = matrix[b, a] = entry.value
    linked = sorted({index[name] for entry in model.covariance for name in (entry.a, entry.b)})
    if linked and float(np.linalg.eigvalsh(matrix[np.ix_(linked, linked)])[0]) <= 0:
        yield Finding(
            ("covariance",),
            "the covariance matrix is not positive definite",
            hint="a covariance is larger than the two variances allow",
        )


def reachable(model: PkModel) -> Iterator[Finding]:
    """A dose can reach every compartment, and every compartment empties in the end."""
    onward: dict[str, set[str]] = {entry.name: set() for entry in model.compartment}
    backward: dict[str, set[str]] = {entry.name: set() for entry in model.compartment}
    for i, flow in enumerate(model.flow):
        if flow.start == flow.end:
            yield Finding(("flow", i), f"{flow.start} flows into itself")
        if flow.end is not None:
            onward[flow.start].add(flow.end)
            backward[flow.end].add(flow.start)
    entered = _spread_from({e.to for route in model.route for e in route.inputs}, onward)
    drained = _spread_from({flow.start for flow in model.flow if flow.end is None}, backward)
    for i, entry in enumerate(model.compartment):
        if entry.name not in entered:
            yield Finding(("compartment", i), f"no dose can reach {entry.name!r}")
        if entry.name not in drained:
            yield Finding(("compartment", i), f"{entry.name!r} never empties")


def values_sensible(model: PkModel) -> Iterator[Finding]:
    """For the typical person, rates and fractions are not negative, volumes are positive."""
    given = {"ka_user": 1.0, "f_user": 1.0, DOSE_NAME: 50.0}
    for moiety in (None, *(entry.name for entry in model.moiety)):
        space = {**typical_values(model, TYPICAL_PERSON, moiety=moiety), **given}
        for use in formulas(model):
            value = float(use.expression.evaluate(space))
            wrong = (
                not math.isfinite(value)
                or (use.sign == "positive" and value <= 0)
                or (use.sign == "not negative" and value < 0)
            )
            if wrong:
                yield Finding(
                    use.path, f"the typical person gets {value:g}", use.sign or "a finite number"
                )


def unused_parameters(model: PkModel) -> Iterator[Finding]:
    """Every parameter is used by a formula."""
    used: set[str] = set()
    for use in formulas(model):
        kind, i = use.path[:2]
        if kind == "individual" and isinstance(i, int):
            # The rule for a parameter names that parameter, which proves nothing.
            used |= use.expression.names - {model.individual[i].parameter}
        elif kind != "check":
            used |= use.expression.names
    for i, parameter in enumerate(model.parameter):
        if parameter.name not in used:
            yield Finding(("parameter", i), f"no formula uses {parameter.name}")


def complete(model: PkModel) -> Iterator[Finding]:
    """Checks are there or their absence is explained; a full model has spread and error."""
    if not model.check and not model.checks_note:
        yield Finding(
            ("check",),
            "the model has no published number to reproduce",
            hint="add [[check]], or say in checks_note why there is none",
        )
    if model.completeness != "full":
        return
    if not any(parameter.iiv for parameter in model.parameter):
        yield Finding(("completeness",), "a full model needs between-patient spread", "typical")
    for i, analyte in enumerate(model.analyte):
        if analyte.residual is None:
            yield Finding(("analyte", i), "a full model needs a residual error for each analyte")


Rule = Callable[[PkModel], Iterator[Finding]]
_NAMES: tuple[Rule, ...] = (
    duplicate_names,
    unknown_compartments,
    unknown_parameters,
    unknown_sources,
    unknown_units,
)
_UNITS: tuple[Rule, ...] = (
    unknown_names,
    spread_fits,
    covariance_valid,
    reachable,
    complete,
)
_SENSE: tuple[Rule, ...] = (unit_mismatch, values_sensible, unused_parameters)
RULES = (*_NAMES, *_UNITS, *_SENSE)


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


def _spread_from(start: set[str], steps: dict[str, set[str]]) -> set[str]:
    seen, open_ = set(start), list(start)
    while open_:
        for name in steps.get(open_.pop(), set()) - seen:
            seen.add(name)
            open_.append(name)
    return seen


def _twice(names: Iterable[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


def _unknown(path: Path, kind: str, name: str, known: Iterable[str]) -> Finding:
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else ""
    return Finding(path, f"unknown {kind} {name!r}", ", ".join(names), hint)
