"""Vector fields: those of a model file's flows, and those that a user registers.

A registered function gives the rates of change of all compartments, mg/h; the engine adds
infusions and doses.

    def saturable(t_h, amounts, parameters):
        c = amounts[0] / parameters["V"]
        return jnp.stack([-parameters["VMAX"] * c / (parameters["KM"] + c)])

    register_dynamics("saturable", saturable)     # dynamics = "saturable" in the model file
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from sordino.errors import InputError, UnknownName
from sordino.library.schema import PkModel
from sordino.pk.system import evaluate, flow_rates

VectorField = Callable[
    [Float[Array, ""], Float[Array, " compartment"], Mapping[str, Any]],
    Float[Array, " compartment"],
]
"""(time in h, amounts in mg, individual and derived parameters and covariates) to mg/h.

The time is that of the data set; in a steady state it counts from the start of a dose.
"""

_REGISTERED: dict[str, VectorField] = {}


def register_dynamics(name: str, function: VectorField) -> None:
    """Make a vector field known to model files by name; a name can be given once.

    Raises `InputError` for a name that is taken by another function.
    """
    if _REGISTERED.get(name, function) is not function:
        raise InputError(
            f"the name {name!r} already stands for another vector field",
            hint="choose another name",
        )
    _REGISTERED[name] = function


def vector_field(model: PkModel) -> VectorField:
    """The vector field of a model. Raises `UnknownName` for one that nobody registered."""
    if not model.dynamics:
        return _of_flows(model)
    if model.dynamics not in _REGISTERED:
        error = UnknownName("dynamics", model.dynamics, _REGISTERED, where=f"model {model.id}")
        error.hint = error.hint or "register it in Python with register_dynamics before"
        raise error
    return _REGISTERED[model.dynamics]


def _of_flows(model: PkModel) -> VectorField:
    """First-order and Michaelis-Menten flows of a model file."""
    names = [c.name for c in model.compartment]
    per_hour = model.time_units_per_hour

    def field(
        t_h: Float[Array, ""], amounts: Float[Array, " compartment"], parameters: Mapping[str, Any]
    ) -> Float[Array, " compartment"]:
        change = [jnp.zeros(())] * len(names)
        for (to, start), rate in flow_rates(model, names, parameters).items():
            change[to] = change[to] + rate * amounts[start]
        for flow in model.flow:
            if flow.vmax is None or flow.km is None or flow.volume is None:
                continue
            start = names.index(flow.start)
            c = amounts[start] / evaluate(flow.volume, parameters)
            vmax = evaluate(flow.vmax, parameters) * per_hour
            leaving = vmax * c / (evaluate(flow.km, parameters) + c)
            change[start] = change[start] - leaving
            if flow.end is not None:
                to = names.index(flow.end)
                change[to] = change[to] + leaving * evaluate(flow.arrives, parameters)
        return jnp.stack(change)

    return field
