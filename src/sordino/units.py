"""Quantities with units: the border between what people write and what the models count in.

A quantity is a string, a number with a decimal point and then a unit: "0.5 mg/kg", "40 min".
Conversion is exact (fractions), so "40 min" becomes the float nearest to 40/60 h.
The table of units is closed: nothing is evaluated, and nothing outside the table is understood.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from sordino.errors import UnitError

MAX_LENGTH = 64
_LARGEST = Fraction(10) ** 9
_SMALLEST = Fraction(1, 10**12)


class Kind(Enum):
    """What a quantity measures; the value is the name used in messages."""

    DOSE = "dose"
    DOSE_PER_WEIGHT = "dose per body weight"
    RATE = "infusion rate"
    RATE_PER_WEIGHT = "infusion rate per body weight"
    TIME = "time"
    WEIGHT = "body weight"
    LENGTH = "length"
    FIRST_ORDER = "first-order rate"
    FRACTION = "fraction"

    @property
    def unit(self) -> str:
        """The unit that `Quantity.value` is in."""
        return _KINDS[self].unit

    @property
    def example(self) -> str:
        """The unit offered in hints."""
        return _KINDS[self].example


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in the unit of its kind (`kind.unit`), held exactly."""

    exact: Fraction
    kind: Kind

    @property
    def value(self) -> float:
        """The float nearest to the exact number, in `kind.unit`."""
        return float(self.exact)


@dataclass(frozen=True, slots=True)
class _KindUnits:
    unit: str
    example: str
    shown: str
    units: dict[str, Fraction]


_MASS = {
    "mg": Fraction(1),
    "ug": Fraction(1, 1000),
    "mcg": Fraction(1, 1000),
    "g": Fraction(1000),
}
_TIME = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), Fraction(1, 3600)),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), Fraction(1, 60)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), Fraction(1)),
    **dict.fromkeys(("d", "day", "days"), Fraction(24)),
    **dict.fromkeys(("wk", "week", "weeks"), Fraction(168)),
}
_LENGTH = {
    "cm": Fraction(1),
    "m": Fraction(100),
    # 1 inch is 2.54 cm and 1 lb is 0.45359237 kg by definition (1959 yard and pound agreement).
    **dict.fromkeys(("in", "inch", "inches"), Fraction("2.54")),
    **dict.fromkeys(("ft", "foot", "feet"), Fraction("30.48")),
}
_WEIGHT = {
    "kg": Fraction(1),
    "g": Fraction(1, 1000),
    **dict.fromkeys(("lb", "lbs"), Fraction("0.45359237")),
}
_RATE = {f"{m}/{t}": fm / ft for m, fm in _MASS.items() for t, ft in _TIME.items()}
_PER_WEIGHT = {f"{m}/kg": fm for m, fm in _MASS.items()}
_RATE_PER_WEIGHT = {
    unit: fm / ft
    for m, fm in _MASS.items()
    for t, ft in _TIME.items()
    for unit in (f"{m}/kg/{t}", f"{m}/{t}/kg")
}
_FIRST_ORDER = {
    unit: 1 / ft for t, ft in _TIME.items() for unit in (f"1/{t}", f"/{t}", f"{t}^-1", f"{t}-1")
}
_FRACTION = {"": Fraction(1), "%": Fraction(1, 100), "percent": Fraction(1, 100)}

_KINDS = {
    Kind.DOSE: _KindUnits("mg", "mg", "mg, ug, g", _MASS),
    Kind.DOSE_PER_WEIGHT: _KindUnits("mg/kg", "mg/kg", "mg/kg, ug/kg", _PER_WEIGHT),
    Kind.RATE: _KindUnits("mg/h", "mg/h", "mg/h, mg/min, ug/min", _RATE),
    Kind.RATE_PER_WEIGHT: _KindUnits(
        "mg/kg/h", "mg/kg/h", "mg/kg/h, mg/kg/min, ug/kg/min", _RATE_PER_WEIGHT
    ),
    Kind.TIME: _KindUnits("h", "min", "s, min, h, days, weeks", _TIME),
    Kind.WEIGHT: _KindUnits("kg", "kg", "kg, g, lb", _WEIGHT),
    Kind.LENGTH: _KindUnits("cm", "cm", "cm, m, in, ft", _LENGTH),
    Kind.FIRST_ORDER: _KindUnits("1/h", "1/h", "1/h, 1/min", _FIRST_ORDER),
    Kind.FRACTION: _KindUnits("1", "%", "a number from 0 to 1, or a percentage", _FRACTION),
}

_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE](?P<exponent>[+-]?[0-9]+))?)"
    r"(?P<unit>.*)",
    re.DOTALL,
)
_COMMA = re.compile(r"[+-]?[0-9]*,[0-9]")
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf)", re.IGNORECASE)
_ODD_SPACES = str.maketrans({"\u00b5": "u", "\u03bc": "u", "\u00a0": " ", "\u202f": " "})


def parse_quantity(text: object, *kinds: Kind, where: str = "") -> Quantity:
    """Read one quantity of one of `kinds`.

    Returns the exact number in the unit of the kind that matched. Zero is accepted here; whether
    it makes sense is for the caller to say.

    Raises UnitError for a missing, unknown or unfitting unit, a decimal comma, and a number that
    is negative, not finite or out of all proportion.

    >>> parse_quantity("40 min", Kind.TIME).value == 40 / 60
    True
    """
    if not isinstance(text, str):
        return _bare(text, kinds, where)
    cleaned = text.translate(_ODD_SPACES).strip()
    if len(cleaned) > MAX_LENGTH:
        raise UnitError(
            f"this is {len(cleaned)} characters long, too long for a quantity",
            where=where,
            allowed=_allowed(kinds),
        )
    match = _QUANTITY.fullmatch(cleaned)
    if match is None or _COMMA.match(cleaned):
        raise _no_number(cleaned, kinds, where)
    number = _number(match, cleaned, kinds, where)
    kind, factor = _unit(match["unit"], match["number"], kinds, where)
    return Quantity(_in_range(number * factor, cleaned, kinds, where), kind)


def in_hours(text: object, *, where: str = "") -> float:
    """Read a time and return it in hours."""
    return parse_quantity(text, Kind.TIME, where=where).value


def _bare(value: object, kinds: tuple[Kind, ...], where: str) -> Quantity:
    """A value that is not a string: fine for a fraction, otherwise its unit is missing."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnitError(
            f"found {_type_word(value)}, a quantity is needed", where=where, allowed=_allowed(kinds)
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise UnitError(f"{value} is not a finite number", where=where, allowed=_allowed(kinds))
    if abs(value) > _LARGEST:
        raise UnitError("the number is too large", where=where, allowed=_allowed(kinds))
    if Kind.FRACTION not in kinds:
        raise _unit_missing(f"{value:.15g}", kinds, where)
    number = _in_range(Fraction(str(value)), str(value), kinds, where)
    return Quantity(number, Kind.FRACTION)


def _number(match: re.Match[str], text: str, kinds: tuple[Kind, ...], where: str) -> Fraction:
    """The exact number of a matched quantity; the exponent is bounded before it is expanded."""
    exponent = match["exponent"]
    if exponent is not None and abs(int(exponent)) > 30:
        raise UnitError(
            f"the number in {text!r} is out of range", where=where, allowed=_allowed(kinds)
        )
    return Fraction(match["number"])


def _in_range(number: Fraction, text: str, kinds: tuple[Kind, ...], where: str) -> Fraction:
    if number < 0:
        raise UnitError(f"{text!r} is negative", where=where, allowed=_allowed(kinds))
    if number > _LARGEST or 0 < number < _SMALLEST:
        raise UnitError(
            f"the number in {text!r} is out of range", where=where, allowed=_allowed(kinds)
        )
    return number


def _unit(written: str, number: str, kinds: tuple[Kind, ...], where: str) -> tuple[Kind, Fraction]:
    """The kind and the factor of a unit as written."""
    unit = _tidy(written)
    for kind in kinds:
        if unit in _KINDS[kind].units:
            return kind, _KINDS[kind].units[unit]
    if not unit:
        raise _unit_missing(number, kinds, where)
    others = [kind for kind in Kind if unit in _KINDS[kind].units]
    if others:
        raise UnitError(
            f"{number + ' ' + unit!r} is {_words(others[:1])}, not {_words(kinds)}",
            where=where,
            allowed=_allowed(kinds),
        )
    raise UnitError(
        f"unknown unit {unit!r}",
        where=where,
        allowed=_allowed(kinds),
        hint=_near_unit(unit, number, kinds),
    )


def _tidy(written: str) -> str:
    """One spelling for a unit: no odd spaces, "per" as "/"."""
    unit = re.sub(r"(?:^|\s+)per\s+", "/", written.strip())
    return re.sub(r"\s*/\s*", "/", unit)


def _near_unit(unit: str, number: str, kinds: tuple[Kind, ...]) -> str:
    if unit.lower().startswith(("month", "year")) and Kind.TIME in kinds:
        return "months and years differ in length; write days or weeks"
    known = [name for kind in kinds for name in _KINDS[kind].units if name]
    near = difflib.get_close_matches(unit.lower(), known, n=1, cutoff=0.5)
    return f'write "{number} {near[0]}"' if near else ""


def _no_number(text: str, kinds: tuple[Kind, ...], where: str) -> UnitError:
    """Why a text does not begin with a plain number."""
    allowed = _allowed(kinds)
    if not text:
        return UnitError("the quantity is empty", where=where, allowed=allowed)
    if _NOT_FINITE.match(text):
        return UnitError(f"{text!r} is not a finite number", where=where, allowed=allowed)
    if _THOUSANDS.match(text):
        plain = text.replace(",", "")
        return UnitError(
            f"{text!r} has a comma in the number",
            where=where,
            allowed="a decimal point only, and no separator for thousands",
            hint=f'write "{plain}", or with a point if the comma stood for one',
        )
    if _COMMA.match(text):
        return UnitError(
            f"{text!r} has a decimal comma",
            where=where,
            allowed="a decimal point only",
            hint=f'write "{text.replace(",", ".", 1)}"',
        )
    return UnitError(f"{text!r} does not begin with a number", where=where, allowed=allowed)


def _unit_missing(number: str, kinds: tuple[Kind, ...], where: str) -> UnitError:
    units = ["min", "days"] if kinds == (Kind.TIME,) else [kind.example for kind in kinds]
    examples = [f'"{number} {unit}"' for unit in units]
    return UnitError(
        f"{number} has no unit",
        where=where,
        allowed=_allowed(kinds),
        hint=f"write {' or '.join(examples)}",
    )


def _allowed(kinds: tuple[Kind, ...]) -> str:
    shown = "; ".join(_KINDS[kind].shown for kind in kinds)
    if kinds == (Kind.FRACTION,):
        return shown
    return f"a number and a unit: {shown}"


def _words(kinds: Sequence[Kind]) -> str:
    names = [kind.value for kind in kinds]
    return " or ".join(f"an {name}" if name[0] in "aeiou" else f"a {name}" for name in names)


def _type_word(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, list | tuple):
        return "a list"
    return "a table" if isinstance(value, dict) else "no number"
