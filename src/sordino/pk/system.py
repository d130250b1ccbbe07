"""A compartment model as a rate matrix: which states there are, and how fast each one moves.

The states are the compartments that the asked outputs depend on, then effect sites, then one
constant state for each input that runs for a while. All rates are per hour, amounts mg,
concentrations and effect sites ng/mL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import ModuleType
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from sordino.errors import InputError
from sordino.library.expressions import parse_expression
from sordino.library.schema import PkModel, Route
from sordino.pk.pattern import Pattern

Values = Mapping[str, Float[Array, "..."]]
Numbers = Mapping[str, Any]
"""Arrays of JAX or NumPy, or plain numbers, by name."""

NG_PER_ML = 1000.0
"""mg/L to ng/mL."""


@dataclass(frozen=True)
class EffectSite:
    """A site that follows the concentration of an analyte with a half-time of its own.

    `half_time` names the value, in hours, that holds the half-time.
    """

    name: str
    analyte: str
    half_time: str


@dataclass(frozen=True, eq=False)
class System:
    """The structure that one compiled walk is made for. Made by `system_for`, once each."""

    model: PkModel
    routes: tuple[str, ...]
    analytes: tuple[str, ...]
    sites: tuple[EffectSite, ...] = ()

    @cached_property
    def compartments(self) -> tuple[str, ...]:
        """Compartments that a dose can reach and that an output depends on."""
        wanted = {self.model.analytes[name].compartment for name in self.read_analytes}
        keep = _spread(wanted, [(b, a) for a, b in self._transfers]) & self._entered
        return tuple(c.name for c in self.model.compartment if c.name in keep)

    def reaches(self, compartment: str) -> bool:
        """Whether a dose by one of the routes gets to a compartment."""
        return compartment in self._entered

    @cached_property
    def _transfers(self) -> tuple[tuple[str, str], ...]:
        return tuple((f.start, f.end) for f in self.model.flow if f.end is not None)

    @cached_property
    def _entered(self) -> set[str]:
        """Compartments that a dose by one of the routes gets to."""
        first = {i.to for route in self.used_routes for i in route.inputs}
        return _spread(first, self._transfers)

    @cached_property
    def read_analytes(self) -> tuple[str, ...]:
        """Analytes that are outputs or drive an effect site."""
        return tuple(dict.fromkeys([*self.analytes, *(s.analyte for s in self.sites)]))

    @cached_property
    def used_routes(self) -> tuple[Route, ...]:
        return tuple(self.model.routes[name] for name in self.routes)

    @cached_property
    def channels(self) -> tuple[tuple[str, str], ...]:
        """(kind, compartment) of each input that can run for a while."""
        found = [(i.kind, i.to) for r in self.used_routes for i in r.inputs]
        return tuple((k, c) for k, c in dict.fromkeys(found) if c in self.compartments)

    @property
    def moving_states(self) -> int:
        """Number of states without the input states, which come last."""
        return len(self.compartments) + len(self.sites)

    @property
    def size(self) -> int:
        return self.moving_states + len(self.channels)

    def state(self, compartment: str) -> int:
        return self.compartments.index(compartment)

    def channel_state(self, channel: int) -> int:
        return self.moving_states + channel

    @cached_property
    def pattern(self) -> Pattern:
        """Which entries of the rate matrix and its exponentials can be other than zero."""
        place = {name: k for k, name in enumerate(self.compartments)}
        links = {
            (place[str(f.end)], place[f.start])
            for f in self.model.flow
            if f.start in place and f.end in place
        }
        links |= {
            (len(self.compartments) + k, self.state(self.model.analytes[site.analyte].compartment))
            for k, site in enumerate(self.sites)
        }
        links |= {(self.state(c), self.channel_state(k)) for k, (_, c) in enumerate(self.channels)}
        return Pattern(self.size, frozenset(links))

    def rate_entries(self, values: Values, shape: tuple[int, ...]) -> Float[Array, "entry *lanes"]:
        """The rate matrix A of dx/dt = A x, 1/h, as the entries of `pattern`.

        `values` holds individual and derived parameters, and the half-times of the sites, all
        of a shape or single numbers.
        """
        total: dict[tuple[int, int], Any] = dict(flow_rates(self.model, self.compartments, values))
        for k, site in enumerate(self.sites):
            analyte = self.model.analytes[site.analyte]
            follow = jnp.log(2.0) / values[site.half_time]
            row = len(self.compartments) + k
            total[row, self.state(analyte.compartment)] = (
                follow * NG_PER_ML / evaluate(analyte.volume, values)
            )
            total[row, row] = -follow
        for k, (_, compartment) in enumerate(self.channels):
            total[self.state(compartment), self.channel_state(k)] = 1.0
        rates = [jnp.broadcast_to(total.get(e, 0.0), shape) for e in self.pattern.entries]
        return jnp.stack([*rates, jnp.zeros(shape)])

    def fastest_rate(self, values: Mapping[str, float]) -> float:
        """The largest rate at which anything leaves a state of one person, 1/h."""
        per_hour = self.model.time_units_per_hour
        leaving = dict.fromkeys(self.compartments, 0.0)
        for flow in self.model.flow:
            if flow.start in leaving:
                rate = parse_expression(flow.rate).evaluate(values, np)
                leaving[flow.start] += float(rate) * per_hour
        following = [float(np.log(2.0) / values[s.half_time]) for s in self.sites]
        return max([*leaving.values(), *following])

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of what is read: analytes, then effect sites."""
        return (*self.analytes, *(site.name for site in self.sites))

    def output_state(self, output: str) -> int:
        """The state that an output is read from."""
        if output in self.analytes:
            return self.state(self.model.analytes[output].compartment)
        return len(self.compartments) + [site.name for site in self.sites].index(output)

    def output_scale(self, output: str, values: Values) -> Float[Array, "..."]:
        """What turns the state of an output into ng/mL."""
        if output in self.analytes:
            return NG_PER_ML / evaluate(self.model.analytes[output].volume, values)
        return jnp.ones(())


def flow_rates(
    model: PkModel, compartments: Sequence[str], values: Numbers, xp: ModuleType = jnp
) -> dict[tuple[int, int], Any]:
    """Entries (row, column) of the rate matrix of some compartments, 1/h; the others are zero.

    `values` holds individual and derived parameters; arrays of any one shape.
    """
    per_hour = model.time_units_per_hour
    place = {name: k for k, name in enumerate(compartments)}
    total: dict[tuple[int, int], Any] = {}
    for flow in model.flow:
        if flow.start not in place:
            continue
        start = place[flow.start]
        rate = evaluate(flow.rate, values, xp) * per_hour
        total[start, start] = total.get((start, start), 0.0) - rate
        if flow.end in place:
            key = place[str(flow.end)], start
            total[key] = total.get(key, 0.0) + rate * evaluate(flow.arrives, values, xp)
    return total


def evaluate(expression: str, values: Numbers, xp: ModuleType = jnp) -> Any:
    """The value of a model-file expression as an array of `xp`, JAX or plain NumPy."""
    return xp.asarray(parse_expression(expression).evaluate(values, xp))


def system_for(
    model: PkModel, routes: Sequence[str], analytes: Sequence[str], sites: Sequence[EffectSite] = ()
) -> System:
    """The system of a model for some routes and outputs.

    Raises `InputError` when the model is not linear, lacks a route or an analyte, or when none of
    the routes leads to an analyte.
    """
    if not model.is_linear:
        raise InputError(
            f"model {model.id} is not linear, and a course runs through linear models only",
            hint="sordino predict takes any model, with a data set",
        )
    for route in routes:
        if route not in model.routes:
            raise InputError(
                f"model {model.id} has no route {route!r}", allowed=", ".join(model.routes)
            )
    for analyte in analytes:
        if analyte not in model.analytes:
            raise InputError(
                f"model {model.id} does not describe {analyte}", allowed=", ".join(model.analytes)
            )
    system = _system(ModelKey(model), tuple(routes), tuple(analytes), tuple(sites))
    reached = [n for n, a in model.analytes.items() if system.reaches(a.compartment)]
    for analyte in system.read_analytes:
        if analyte not in reached:
            raise InputError(
                f"in model {model.id} nothing of a dose by {' or '.join(routes)} gets to {analyte}",
                allowed=", ".join(reached),
                hint="is a [[flow]] missing, or a route's `to` another compartment?",
            )
    return system


class ModelKey:
    """A model as a hashable key: two models with the same content are equal."""

    def __init__(self, model: PkModel) -> None:
        self.model = model

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ModelKey) and self.model.digest == other.model.digest

    def __hash__(self) -> int:
        return hash(self.model.digest)


@lru_cache(maxsize=256)
def _system(
    model: ModelKey,
    routes: tuple[str, ...],
    analytes: tuple[str, ...],
    sites: tuple[EffectSite, ...],
) -> System:
    return System(model.model, routes, analytes, sites)


def _spread(start: set[str], edges: Sequence[tuple[str, str]]) -> set[str]:
    reached = set(start)
    while True:
        grown = reached | {b for a, b in edges if a in reached}
        if grown == reached:
            return reached
        reached = grown
