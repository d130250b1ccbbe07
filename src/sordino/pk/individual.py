"""From typical values to the parameters of individual people.

Individual value = formula(typical values, covariates) * exp(eta), or
ilogit(logit(formula) + eta) where the source puts the spread on the logit scale; then the
formula's `after` step, what differs in the other enantiomer, and derived quantities.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import jax.numpy as jnp

from sordino.library.expressions import parse_expression
from sordino.library.schema import Parameter, PkModel
from sordino.pk.system import Numbers, evaluate

Etas = Numbers


def individual_values(
    model: PkModel,
    typical: Numbers,
    etas: Etas,
    covariates: Numbers,
    moiety: str = "",
    xp: ModuleType = jnp,
) -> dict[str, Any]:
    """Individual and derived parameters, and the covariates, by name.

    `typical`: typical values, `etas`: deviations of the parameters that vary, both shaped
    (lanes,) or (occasion, lanes), or any shapes that broadcast. `moiety` names the enantiomer
    when it is not the one that the model was measured on. `xp` is the array module, NumPy or
    JAX.
    """
    known: dict[str, Any] = {**covariates, **typical}
    formulas = {i.parameter: i for i in model.individual}
    shared = {s.parameter: s.of for s in model.share}
    values = dict(known)
    for name in model.parameters:
        formula = formulas.get(name)
        value = known[name] if formula is None else evaluate(formula.expression, known, xp)
        eta = etas.get(shared.get(name, name))
        if eta is not None:
            value = _deviate(model.parameters[shared.get(name, name)], value, eta, xp)
        if formula is not None and formula.after is not None:
            value = evaluate(formula.after, {**known, name: value}, xp)
        values[name] = value
    for other in (m for m in model.moiety if m.name == moiety):
        adjusted = {a.parameter: evaluate(a.expression, values, xp) for a in other.adjust}
        values.update(adjusted)
    for derived in model.derived:
        values[derived.name] = evaluate(derived.expression, values, xp)
    return values


def varying_names(model: PkModel, varying: frozenset[str]) -> frozenset[str]:
    """All names whose values differ between lanes, given those that differ by themselves.

    An individual or derived value differs when anything in its formula does, and a value that
    a moiety adjusts differs from the typical one in any case.
    """
    rules = [(i.parameter, i.expression) for i in model.individual]
    rules += [(i.parameter, i.after) for i in model.individual if i.after is not None]
    rules += [(d.name, d.expression) for d in model.derived]
    found = varying | {a.parameter for m in model.moiety for a in m.adjust}
    while True:
        grown = found | {name for name, text in rules if parse_expression(text).names & found}
        if grown == found:
            return found
        found = grown


def _deviate(parameter: Parameter, value: Any, eta: Any, xp: ModuleType) -> Any:
    spread = parameter.iiv or parameter.iov
    if spread is not None and spread.kind == "sd_logit":
        return 1.0 / (1.0 + xp.exp(-(xp.log(value) - xp.log1p(-value) + eta)))
    return value * xp.exp(eta)
