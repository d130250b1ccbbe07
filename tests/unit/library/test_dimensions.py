from __future__ import annotations

import pytest

from sordino.errors import UnitError
from sordino.library.dimensions import dimension_of, fits, parse_unit, show
from sordino.library.expressions import parse_expression

NAMES = {
    "V": parse_unit("L"),
    "CL": parse_unit("L/h"),
    "k": parse_unit("1/h"),
    "slope": parse_unit("L/h/year"),
    "age": parse_unit("years"),
    "f": parse_unit("fraction"),
    "minutes": parse_unit("min"),
    "weight": parse_unit("kg"),
    "theta": parse_unit(""),
}


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("CL / V", "1/h"),
        ("2 / k", "h"),
        ("k * V", "L/h"),
        ("CL - slope * max(0, age - 60)", "L/h"),
        ("CL * f ** 0.75", "L/h"),
        ("CL * f ** f", "L/h"),
        ("sqrt(V * V)", "L"),
        ("V ** 2 / V", "L"),
        ("exp(-f)", "fraction"),
        ("-V", "L"),
        ("min(f, 1)", "fraction"),
        ("CL * (weight / 70) ** f", "L/h"),
        ("if_else(age > 60 and weight < 50, CL, 2)", "L/h"),
        ("CL + theta", "L/h"),
    ],
)
def test_dimension(text: str, unit: str) -> None:
    assert dimension_of(parse_expression(text), NAMES) == parse_unit(unit)


def test_a_bare_number_fits_anything() -> None:
    assert dimension_of(parse_expression("2 * 3 ** 2"), NAMES) is None


@pytest.mark.parametrize(
    "text",
    [
        "CL + V",
        "min(CL, V)",
        "exp(V)",
        "V ** f",
        "f ** V",
        "k - 1 / minutes",
        "log(CL)",
        "V + V * weight / 70",
        "if_else(CL > V, 1, 2)",
        "if_else(age > 60, CL, V)",
        "CL + V + theta",
    ],
)
def test_refused(text: str) -> None:
    with pytest.raises(UnitError):
        dimension_of(parse_expression(text), NAMES)


@pytest.mark.parametrize(
    "text", ["theta", "theta * CL", "CL / theta", "theta ** 2", "exp(theta)", "min(theta, 1)"]
)
def test_what_has_no_unit_fits_everywhere(text: str) -> None:
    found = dimension_of(parse_expression(text), NAMES)
    assert fits(found, parse_unit("L"))
    assert fits(found, parse_unit("1/h"))


def test_own_covariates_over_a_number_have_no_unit() -> None:
    names = {**NAMES, "crcl": parse_unit("mL/min")}
    expression = parse_expression("CL + CL * (crcl / 90)")
    with pytest.raises(UnitError):
        dimension_of(expression, names, frozenset())
    assert dimension_of(expression, names, {"crcl"}) == parse_unit("L/h")


def test_unknown_unit() -> None:
    with pytest.raises(UnitError, match="furlong"):
        parse_unit("furlong/h")


@pytest.mark.parametrize(
    ("unit", "text"), [("L/h", "L/h"), ("1/min", "1/min"), ("ratio", "a number without unit")]
)
def test_show(unit: str, text: str) -> None:
    assert show(parse_unit(unit)) == text
