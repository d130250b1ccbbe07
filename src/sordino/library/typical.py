"""The typical person of a model: every parameter with all between-patient terms zero."""

from __future__ import annotations

from collections.abc import Mapping

from sordino.errors import UnknownName
from sordino.library.expressions import parse_expression
from sordino.library.schema import PkModel


def typical_values(
    model: PkModel, covariates: Mapping[str, float], *, moiety: str | None = None
) -> dict[str, float]:
    """Return every parameter and derived value of the typical person.

    `covariates` holds the names of `schema.COVARIATES` that the model uses; covariates of
    the model's own may be left out and take their typical value. `moiety` names an entry of
    `model.moiety` ("R"); None is the measured one. The result also holds the covariates, so
    that it is the namespace for rates, volumes and routes.

    Raises `UnknownName` for a moiety that the model lacks and `DocumentError` for a
    covariate that is missing.
    """
    typical = {name: parameter.value for name, parameter in model.parameters.items()}
    own = {entry.name: entry.typical for entry in model.covariate}
    space: dict[str, float] = {**own, **covariates, **typical}
    individual: dict[str, float] = {}
    for rule in model.individual:
        value = _number(rule.expression, space)
        if rule.after is not None:
            value = _number(rule.after, {**space, rule.parameter: value})
        individual[rule.parameter] = value
    space |= individual
    if moiety is not None:
        space |= _adjusted(model, moiety, space)
    for entry in model.derived:
        space[entry.name] = _number(entry.expression, space)
    return space


def _adjusted(model: PkModel, moiety: str, space: Mapping[str, float]) -> dict[str, float]:
    known = {entry.name: entry for entry in model.moiety}
    if moiety not in known:
        raise UnknownName("moiety", moiety, [str(name) for name in known], where=model.id)
    return {change.parameter: _number(change.expression, space) for change in known[moiety].adjust}


def _number(formula: str, space: Mapping[str, float]) -> float:
    return float(parse_expression(formula).evaluate(space))
