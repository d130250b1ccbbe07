from __future__ import annotations

from fractions import Fraction

import pytest

from sordino.errors import UnitError
from sordino.units import Kind, in_hours, parse_quantity


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("0.5 mg/kg", Kind.DOSE_PER_WEIGHT, 0.5),
        ("500 ug/kg", Kind.DOSE_PER_WEIGHT, 0.5),
        ("35 mg", Kind.DOSE, 35.0),
        ("250 µg", Kind.DOSE, 0.25),
        ("250 μg", Kind.DOSE, 0.25),
        ("250mcg", Kind.DOSE, 0.25),
        ("1.5 g", Kind.DOSE, 1500.0),
        ("5 mg/h", Kind.RATE, 5.0),
        ("0.5 mg / min", Kind.RATE, 30.0),
        ("5 mg per hour", Kind.RATE, 5.0),
        ("10 ug/kg/min", Kind.RATE_PER_WEIGHT, 0.6),
        ("0.35 mg/h/kg", Kind.RATE_PER_WEIGHT, 0.35),
        ("40 min", Kind.TIME, 40 / 60),
        ("90 days", Kind.TIME, 2160.0),
        ("1 week", Kind.TIME, 168.0),
        ("1e2 h", Kind.TIME, 100.0),
        ("154 lb", Kind.WEIGHT, 69.85322498),
        ("70\u00a0kg", Kind.WEIGHT, 70.0),
        ("65 in", Kind.LENGTH, 165.1),
        ("1.65 m", Kind.LENGTH, 165.0),
        ("0.05 1/min", Kind.FIRST_ORDER, 3.0),
        ("3 /h", Kind.FIRST_ORDER, 3.0),
        ("3 per h", Kind.FIRST_ORDER, 3.0),
        ("93 %", Kind.FRACTION, 0.93),
        ("0.93", Kind.FRACTION, 0.93),
        (0.93, Kind.FRACTION, 0.93),
        (1, Kind.FRACTION, 1.0),
    ],
)
def test_a_quantity_is_read_in_the_unit_of_its_kind(text: object, kind: Kind, value: float):
    quantity = parse_quantity(text, kind)
    assert quantity.kind is kind
    assert quantity.value == pytest.approx(value, rel=1e-15)


def test_conversion_is_exact():
    assert parse_quantity("40 min", Kind.TIME).exact == Fraction(2, 3)
    assert in_hours("40 min") == 40 / 60
    assert parse_quantity("0.1 mg", Kind.DOSE).exact == Fraction(1, 10)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_unit_agrees_with_an_independent_program(kind: Kind):
    """Pint (NIST constants) converts each unit of the table as we do."""
    from pint import UnitRegistry

    from sordino.units import _KINDS

    registry = UnitRegistry()
    for unit in _KINDS[kind].units:
        # Pint has no "mcg" or "wk", and reads "^-1" and "/h" in other ways.
        theirs = unit.replace("mcg", "ug").removesuffix("-1").removesuffix("^")
        theirs = theirs.replace("wk", "week").replace("lbs", "lb").replace("ft", "foot")
        theirs = theirs.replace("mins", "min").replace("hrs", "hr")
        if kind is Kind.FIRST_ORDER:
            theirs = "1/" + theirs.split("/")[-1]
        ours = parse_quantity(f"1 {unit}", kind).exact
        expected = registry.Quantity(1.0, theirs).to(kind.unit).magnitude
        assert float(ours) == pytest.approx(float(expected), rel=1e-14), unit


@pytest.mark.parametrize(
    ("value", "kind", "hint"),
    [
        (40, Kind.TIME, '"40 min"'),
        ("40", Kind.TIME, '"40 min"'),
        (70.5, Kind.WEIGHT, '"70.5 kg"'),
        ("165", Kind.LENGTH, '"165 cm"'),
        ("1,5 h", Kind.TIME, '"1.5 h"'),
        ("0,5 mg", Kind.DOSE, '"0.5 mg"'),
        ("1,000 mg", Kind.DOSE, '"1000 mg"'),
        ("5 MG", Kind.DOSE, '"5 mg"'),
        ("5 minuts", Kind.TIME, '"5 minutes"'),
        ("3 months", Kind.TIME, "days or weeks"),
    ],
)
def test_the_fix_is_in_the_hint(value: object, kind: Kind, hint: str):
    with pytest.raises(UnitError) as caught:
        parse_quantity(value, kind, where="here")
    assert hint in caught.value.hint
    assert caught.value.where == "here"


def test_both_kinds_are_offered_when_two_are_accepted():
    with pytest.raises(UnitError) as caught:
        parse_quantity(0.5, Kind.DOSE_PER_WEIGHT, Kind.DOSE)
    assert caught.value.hint == 'write "0.5 mg/kg" or "0.5 mg"'


def test_a_unit_of_another_kind_is_named():
    with pytest.raises(UnitError, match="is a dose, not a time"):
        parse_quantity("40 mg", Kind.TIME)


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        " ",
        "mg",
        "-5 mg",
        "- 5 mg",
        "nan mg",
        "inf mg",
        "-inf mg",
        "1e999999 mg",
        "1e-999999 mg",
        "1e10 mg",
        "1e-20 mg",
        "9" * 70 + " mg",
        "9" * 100_000,
        "1" + " " * 100_000 + "mg",
        "5 mg**9999",
        "5 mg^9",
        "5 mg/",
        "5 /mg",
        "5 mg mg",
        "1_000 mg",
        "0x10 mg",
        "٤٠ mg",
        "５ mg",
        "1/2 mg",
        "5 mg; import os",
        "__import__('os').system('true') mg",
        "5 \u0000mg",
        "{0} mg",
        "%s mg",
        "1.2.3 mg",
        "1e mg",
        None,
        True,
        [],
        {},
        float("nan"),
        float("inf"),
        10**400,
    ],
)
def test_hostile_input_is_refused(hostile: object):
    with pytest.raises(UnitError) as caught:
        parse_quantity(hostile, Kind.DOSE)
    assert len(str(caught.value)) < 500


def test_a_negative_fraction_is_refused():
    with pytest.raises(UnitError, match="negative"):
        parse_quantity(-0.5, Kind.FRACTION)
