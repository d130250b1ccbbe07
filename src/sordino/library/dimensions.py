"""Do the units of a formula fit together? A small dimensional analysis for model files.

A dimension is a mapping from base unit to power: L/h is {"L": 1, "h": -1}. Hours and minutes
are different base units on purpose, so that mixing them shows. A name without any unit fits
everywhere: nothing is said about it, so nothing can be wrong with it.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

from sordino.errors import UnitError
from sordino.library.checks import COVARIATES
from sordino.library.expressions import CONDITIONAL, Expression, Node

Dimension = Mapping[str, float]

BASE_UNITS = ("L", "mL", "h", "min", "day", "kg", "g", "mg", "ug", "ng", "mol", "years", "cm", "m")
NO_DIMENSION: Dimension = {}
ANY: Dimension = {"": 1.0}
"""The dimension of a name that was given no unit."""
_ALIASES = {"year": "years"}
_DIMENSIONLESS = ("fraction", "ratio", "1")


def parse_unit(unit: str) -> Dimension:
    """Return the dimension of a unit such as `L/h/year`, `1/min` or `fraction`; `ANY` of "".

    Raises `UnitError` for a unit made of anything but `BASE_UNITS`.
    """
    if not unit:
        return ANY
    if unit in _DIMENSIONLESS:
        return NO_DIMENSION
    powers: dict[str, float] = {}
    top, *below = unit.split("/")
    for part, power in [(top, 1.0), *((part, -1.0) for part in below)]:
        name = _ALIASES.get(part, part)
        if part == "1" and part is top:
            continue
        if name not in BASE_UNITS:
            raise UnitError(
                f"unknown unit {unit!r}",
                allowed=f"fraction, ratio, or {', '.join(BASE_UNITS)} joined by /",
            )
        powers[name] = powers.get(name, 0.0) + power
    return {name: power for name, power in powers.items() if power}


def show(dimension: Dimension) -> str:
    """Write a dimension as text, `L/h` for {"L": 1, "h": -1}."""
    top = [_power(name, power) for name, power in dimension.items() if power > 0]
    below = [_power(name, -power) for name, power in dimension.items() if power < 0]
    if not top and not below:
        return "a number without unit"
    return "/".join([" ".join(top) or "1", *below])


def _power(name: str, power: float) -> str:
    return name if power == 1 else f"{name}^{power:g}"


def fits(found: Dimension | None, needed: Dimension | None) -> bool:
    """Whether a formula of one dimension may stand where another is needed; None is a number."""
    free = (None, ANY)
    return found in free or needed in free or found == needed


def dimension_of(
    expression: Expression,
    names: Mapping[str, Dimension],
    covariates: Container[str] = frozenset(COVARIATES),
) -> Dimension | None:
    """Return the dimension of a formula; None when it is a bare number, which fits anything.

    A covariate over a bare number, `weight / 70`, has no dimension: the number stands for a
    person of reference. `covariates` are the names that this holds for.

    Raises `UnitError` when its terms cannot be added, compared or raised as written.
    """
    return _Reading(names, covariates, expression.text).of(expression.tree)


@dataclass(frozen=True)
class _Reading:
    """The dimensions of the parts of one formula."""

    names: Mapping[str, Dimension]
    covariates: Container[str]
    text: str

    def of(self, node: Node) -> Dimension | None:
        kind = node[0]
        if kind == "number":
            return None
        if kind == "name":
            return self.names[node[1]]
        if kind == "negative":
            return self.of(node[1])
        if kind == "call":
            return self._call(node)
        if kind == "/" and self._relative(node):
            return NO_DIMENSION
        left, right = self.of(node[1]), self.of(node[2])
        if kind in ("+", "-"):
            return self._same([left, right])
        if kind == "**":
            return self._power(left, right, node[2])
        if ANY in (left, right):
            return ANY
        if left is None and right is None:
            return None
        sign = 1.0 if kind == "*" else -1.0
        powers = dict(left or {})
        for name, power in (right or {}).items():
            powers[name] = powers.get(name, 0.0) + sign * power
        return {name: power for name, power in powers.items() if power}

    def _relative(self, node: Node) -> bool:
        above, below = node[1], node[2]
        return above[0] == "name" and above[1] in self.covariates and below[0] == "number"

    def _call(self, node: Node) -> Dimension | None:
        if node[1] == CONDITIONAL:
            self._condition(node[2])
            return self._same([self.of(part) for part in node[3:]])
        parts = [self.of(part) for part in node[2:]]
        if node[1] in ("min", "max", "abs"):
            return self._same(parts)
        if parts[0] and parts[0] != ANY:
            if node[1] == "sqrt":
                return {name: power / 2 for name, power in parts[0].items()}
            raise UnitError(
                f"{node[1]} needs a number without unit, not {show(parts[0])}, in {self.text!r}"
            )
        return parts[0]

    def _condition(self, node: Node) -> None:
        """What is compared must be of one dimension."""
        if node[0] == "compare":
            self._same([self.of(part) for part in node[2:]])
            return
        for part in node[1:]:
            self._condition(part)

    def _power(
        self, base: Dimension | None, power: Dimension | None, exponent: Node
    ) -> Dimension | None:
        if power and power != ANY:
            raise UnitError(f"an exponent has the unit {show(power)} in {self.text!r}")
        if base == ANY:
            return ANY
        if not base:
            # A bare number stays one only when the exponent is bare too.
            return None if base is None and power is None else NO_DIMENSION
        if exponent[0] != "number":
            raise UnitError(
                f"{show(base)} is raised to a power that is not a number in {self.text!r}"
            )
        return {name: value * exponent[1] for name, value in base.items()}

    def _same(self, parts: list[Dimension | None]) -> Dimension | None:
        known = [part for part in parts if part is not None and part != ANY]
        for part in known[1:]:
            if part != known[0]:
                raise UnitError(f"{show(known[0])} and {show(part)} are mixed in {self.text!r}")
        if known:
            return known[0]
        return ANY if ANY in parts else None
