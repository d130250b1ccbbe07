"""What the form of a model file cannot say: do its parts fit together?

Each rule is a function from a model to its findings; `lint` runs them all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from sordino.errors import UnitError
from sordino.findings import Finding
from sordino.library.dimensions import dimension_of, fits, parse_unit, show
from sordino.library.expand import nearest_parameters
from sordino.library.lint_names import (
    duplicate_names,
    graph_there,
    residual_units,
    unknown_compartments,
    unknown_names,
    unknown_parameters,
    unknown_sources,
    unknown_units,
)
from sordino.library.schema import DOSE_NAME, PkModel
from sordino.library.scope import formulas, name_dimensions
from sordino.library.structures import ready_structure
from sordino.library.typical import typical_values

LARGEST_SD = 10.0
"""Standard deviation of an eta beyond which the kind of the number must be wrong: one patient in
six would differ from the typical one by a factor of more than e^10."""


def lint(model: PkModel) -> list[Finding]:
    """Return everything that is wrong in a model; an empty list when nothing is.

    Later rules need sound names and units, so they run only when the earlier ones pass.
    """
    for stage in (_NAMES, _UNITS, _SENSE):
        found = [finding for rule in stage for finding in rule(model)]
        if found:
            return found
    return []


def unit_mismatch(model: PkModel) -> Iterator[Finding]:
    """The dimension of each formula is the one its place needs."""
    named = list(_structure_units(model))
    if named:
        # The flows of the structure would only say the same again, less clearly.
        yield from named
        return
    names, covariates = name_dimensions(model), model.known_covariates
    for use in formulas(model):
        try:
            found = dimension_of(use.expression, names, covariates)
        except UnitError as error:
            yield Finding(use.path, error.what)
            continue
        if found is None or use.unit is None or use.path[0] == "check":
            continue
        if not fits(found, use.unit):
            used = sorted(use.expression.names & covariates.keys())
            hint = (
                f"write a covariate over its reference as ({used[0]} / {covariates[used[0]]:g})"
                if used
                else ""
            )
            yield Finding(use.path, f"the formula gives {show(found)}", show(use.unit), hint)


def spread_fits(model: PkModel) -> Iterator[Finding]:
    """Log-normal spread needs a positive value, logit spread one between 0 and 1."""
    for i, parameter in enumerate(model.parameter):
        for key, spread in (("iiv", parameter.iiv), ("iov", parameter.iov)):
            if spread is not None and spread.sd_eta > LARGEST_SD:
                yield Finding(
                    ("parameter", i, key),
                    f"the standard deviation of the eta of {parameter.name} is {spread.sd_eta:g}",
                    f"at most {LARGEST_SD:g}",
                    hint="does `kind` say what the number is? variance, sd_log, cv_percent",
                )
        kinds = {s.kind == "sd_logit" for s in (parameter.iiv, parameter.iov) if s is not None}
        if kinds == {True, False}:
            yield Finding(("parameter", i), f"{parameter.name} mixes logit and log spread")
        if True in kinds and not 0 < parameter.value < 1:
            yield Finding(
                ("parameter", i), f"{parameter.name} = {parameter.value}", "between 0 and 1"
            )
        if False in kinds and parameter.value <= 0:
            yield Finding(("parameter", i), f"{parameter.name} = {parameter.value}", "above 0")
    named = {parameter.name: parameter for parameter in model.parameter}
    for i, share in enumerate(model.share):
        own, of = named[share.parameter], named[share.of]
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
    linking = [entry for entry in model.covariance if entry.value]
    linked = sorted({index[name] for entry in linking for name in (entry.a, entry.b)})
    if linked and float(np.linalg.eigvalsh(matrix[np.ix_(linked, linked)])[0]) <= 0:
        yield Finding(
            ("covariance",),
            "the covariance matrix is not positive definite",
            hint="a covariance is larger than the two variances allow",
        )


def reachable(model: PkModel) -> Iterator[Finding]:
    """No compartment stands alone, and every one empties in the end unless it collects."""
    if model.dynamics:
        return
    onward: dict[str, set[str]] = {entry.name: set() for entry in model.compartment}
    backward: dict[str, set[str]] = {entry.name: set() for entry in model.compartment}
    for i, flow in enumerate(model.flow):
        if flow.start == flow.end:
            yield Finding(("flow", i), f"{flow.start} flows into itself")
        if flow.end is not None:
            onward[flow.start].add(flow.end)
            backward[flow.end].add(flow.start)
    leaving = {flow.start for flow in model.flow if flow.end is None}
    collecting = {entry.name for entry in model.compartment if entry.collects}
    drained = _spread_from(leaving | collecting, backward)
    for i, entry in enumerate(model.compartment):
        name = entry.name
        if not onward[name] and not backward[name] and name not in leaving:
            yield Finding(("compartment", i), f"no flow leads into or out of {name!r}")
        elif name not in drained:
            yield Finding(
                ("compartment", i),
                f"{name!r} never empties",
                hint=f'add a [[flow]] from "{name}" without `to`, or collects = true',
            )


def values_sensible(model: PkModel) -> Iterator[Finding]:
    """For the typical person, rates and fractions are not negative, volumes are positive."""
    given = {"ka_user": 1.0, "f_user": 1.0, DOSE_NAME: 50.0}
    for moiety in (None, *(entry.name for entry in model.moiety)):
        space = {**typical_values(model, model.known_covariates, moiety=moiety), **given}
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
    if model.dynamics:
        return
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
            where = f" and the structure {model.structure} does not know it"
            what = f"no formula uses {parameter.name}{where if model.structure else ''}"
            near = nearest_parameters(model.structure, parameter.name) if model.structure else ""
            yield Finding(("parameter", i), what, hint=near)


Rule = Callable[[PkModel], Iterator[Finding]]
_NAMES: tuple[Rule, ...] = (
    graph_there,
    duplicate_names,
    unknown_compartments,
    unknown_parameters,
    unknown_sources,
    unknown_units,
    residual_units,
)
_UNITS: tuple[Rule, ...] = (
    unknown_names,
    spread_fits,
    covariance_valid,
    reachable,
)
_SENSE: tuple[Rule, ...] = (unit_mismatch, values_sensible, unused_parameters)
RULES = (*_NAMES, *_UNITS, *_SENSE)


def _structure_units(model: PkModel) -> Iterator[Finding]:
    """Parameters of a ready structure have the units that it gives them."""
    if not model.structure:
        return
    needed = ready_structure(model.structure).units(model.time_unit)
    for i, parameter in enumerate(model.parameter):
        unit = needed.get(parameter.name, "")
        if not fits(parse_unit(parameter.unit), parse_unit(unit)):
            yield Finding(
                ("parameter", i, "unit"),
                f"{parameter.name} is in {parameter.unit}",
                f"{unit} in the structure {model.structure}",
            )


def _spread_from(start: set[str], steps: dict[str, set[str]]) -> set[str]:
    seen, open_ = set(start), list(start)
    while open_:
        for name in steps.get(open_.pop(), set()) - seen:
            seen.add(name)
            open_.append(name)
    return seen
