"""Do the units of a formula fit together? A small dimensional analysis for model files.

A dimension is a mapping from base unit to power: L/h is {"L": 1, "h": -1}. Hours and minutes
are different base units on purpose, so that mixing them shows.
"""

from __future__ import annotations

from collections.abc import Mapping

from sordino.errors import UnitError
from sordino.library.checks import COVARIATES
from sordino.library.expressions import Expression, Node

Dimension = Mapping[str, float]

BASE_UNITS = ("L", "h", "min", "kg", "mg", "g", "mol", "years", "cm")
NO_DIMENSION: Dimension = {}
_ALIASES = {"year": "years"}
_DIMENSIONLESS = ("fraction", "ratio", "1", "")


def parse_unit(unit: str) -> Dimension:
    """Return the dimension of a unit such as `L/h/year`, `1/min` or `fraction`.

    Raises `UnitError` for a unit made of anything but `BASE_UNITS`.
    """
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


def dimension_of(expression: Expression, names: Mapping[str, Dimension]) -> Dimension | None:
    """Return the dimension of a formula; None when it is a bare number, which fits anything.

    A covariate over a bare number, `weight / 70`, has no dimension: the number stands for a
    person of reference.

    Raises `UnitError` when its terms cannot be added, compared or raised as written.
    """
    return _of(expression.tree, names, expression.text)


def _of(node: Node, names: Mapping[str, Dimension], text: str) -> Dimension | None:
    kind = node[0]
    if kind == "number":
        return None
    if kind == "name":
        return names[node[1]]
    if kind == "negative":
        return _of(node[1], names, text)
    if kind == "call":
        return _of_call(node, names, text)
    if kind == "/" and node[1][0] == "name" and node[1][1] in COVARIATES and node[2][0] == "number":
        return NO_DIMENSION
    left, right = _of(node[1], names, text), _of(node[2], names, text)
    if kind in ("+", "-"):
        return _same([left, right], text)
    if kind == "**":
        return _of_power(left, right, node[2], text)
    sign = 1.0 if kind == "*" else -1.0
    if left is None and right is None:
        return None
    powers = dict(left or {})
    for name, power in (right or {}).items():
        powers[name] = powers.get(name, 0.0) + sign * power
    return {name: power for name, power in powers.items() if power}


def _of_call(node: Node, names: Mapping[str, Dimension], text: str) -> Dimension | None:
    parts = [_of(part, names, text) for part in node[2:]]
    if node[1] in ("min", "max", "abs"):
        return _same(parts, text)
    if parts[0]:
        if node[1] == "sqrt":
            return {name: power / 2 for name, power in parts[0].items()}
        raise UnitError(f"{node[1]} needs a number without unit, not {show(parts[0])}, in {text!r}")
    return parts[0]


def _of_power(
    base: Dimension | None, power: Dimension | None, exponent: Node, text: str
) -> Dimension | None:
    if power:
        raise UnitError(f"an exponent has the unit {show(power)} in {text!r}")
    if not base:
        # A bare number stays one only when the exponent is bare too.
        return None if base is None and power is None else NO_DIMENSION
    if exponent[0] != "number":
        raise UnitError(f"{show(base)} is raised to a power that is not a number in {text!r}")
    return {name: value * exponent[1] for name, value in base.items()}


def _same(parts: list[Dimension | None], text: str) -> Dimension | None:
    known = [part for part in parts if part is not None]
    for part in known[1:]:
        if part != known[0]:
            raise UnitError(f"{show(known[0])} and {show(part)} are mixed in {text!r}")
    return known[0] if known else None
