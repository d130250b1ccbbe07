"""How much is given: amounts of the base from dose, rate, duration and steps."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from sordino.units import Kind, Quantity, parse_quantity

if TYPE_CHECKING:
    from sordino.course.treatment import Treatment

# Free base per mass of hydrochloride: 237.73 / 274.2, molecular weights of esketamine base and
# its hydrochloride; 28 mg base = 32.3 mg hydrochloride on the nasal spray label.
BASE_PER_HYDROCHLORIDE = Fraction("0.867")

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of an administration at a constant rate; an instant dose has duration 0.

    The amount is of the base, in mg, or in mg/kg when `per_kg`.
    """

    duration_h: Fraction
    amount: Fraction
    per_kg: bool


def parts_of(treatment: Treatment) -> tuple[Part, ...]:
    """The pieces of one administration of a drug treatment, in order."""
    factor = BASE_PER_HYDROCHLORIDE if treatment.salt == "hydrochloride" else Fraction(1)
    return tuple(
        Part(part.duration_h, part.amount * factor, part.per_kg) for part in _as_written(treatment)
    )


def stated_quantities(treatment: Treatment) -> Iterator[tuple[Place, Quantity]]:
    """Every amount, rate and duration that is written, with its place in the treatment."""
    if treatment.dose is not None:
        yield ("dose",), stated_dose(treatment)
    if treatment.rate is not None:
        yield ("rate",), _rate(treatment.rate)
    if treatment.duration is not None:
        yield ("duration",), parse_quantity(treatment.duration, Kind.TIME)
    for number, step in enumerate(treatment.steps or ()):
        yield ("steps", number, "rate"), _rate(step.rate)
        yield ("steps", number, "duration"), parse_quantity(step.duration, Kind.TIME)


def stated_dose(treatment: Treatment) -> Quantity:
    """The dose as written, in mg or mg/kg. Raises UnitError when it is no quantity."""
    return parse_quantity(treatment.dose, Kind.DOSE_PER_WEIGHT, Kind.DOSE)


def absorption_rate_per_h(treatment: Treatment) -> float | None:
    """First-order absorption rate in 1/h, as stated, or ln 2 over the half-life."""
    if treatment.absorption_rate is not None:
        return parse_quantity(treatment.absorption_rate, Kind.FIRST_ORDER).value
    if treatment.absorption_half_life is None:
        return None
    half_life_h = parse_quantity(treatment.absorption_half_life, Kind.TIME).value
    return math.log(2) / half_life_h if half_life_h else math.inf


def bioavailability(treatment: Treatment) -> float | None:
    """The stated share of the dose that reaches the blood, as a fraction."""
    if treatment.bioavailability is None:
        return None
    return parse_quantity(treatment.bioavailability, Kind.FRACTION).value


def _as_written(treatment: Treatment) -> Iterator[Part]:
    """The pieces before conversion to base."""
    if treatment.steps is not None:
        for step in treatment.steps:
            yield _at_rate(_rate(step.rate), _hours(step.duration))
        return
    rate = None if treatment.rate is None else _rate(treatment.rate)
    hours = None if treatment.duration is None else _hours(treatment.duration)
    if treatment.dose is not None:
        dose = stated_dose(treatment)
        if hours is None:
            hours = Fraction(0) if rate is None else dose.exact / rate.exact
        yield Part(hours, dose.exact, dose.kind is Kind.DOSE_PER_WEIGHT)
    elif rate is not None and hours is not None:
        yield _at_rate(rate, hours)


def _at_rate(rate: Quantity, hours: Fraction) -> Part:
    return Part(hours, rate.exact * hours, rate.kind is Kind.RATE_PER_WEIGHT)


def _rate(text: str) -> Quantity:
    return parse_quantity(text, Kind.RATE_PER_WEIGHT, Kind.RATE)


def _hours(text: str) -> Fraction:
    return parse_quantity(text, Kind.TIME).exact
