"""What is refused in a treatment: keys that do not go together, and implausible amounts.

The limits here are plausibility limits, assumed: wide enough for every published regimen of the
library, narrow enough to catch a slip of the decimal point. They are not advice on dosing.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from sordino.course.amounts import (
    Part,
    absorption_rate_per_h,
    bioavailability,
    parts_of,
    stated_dose,
    stated_quantities,
)
from sordino.course.names import DEPOT_ROUTES, INFUSED_ROUTES, ROUTES
from sordino.errors import UnitError
from sordino.findings import Finding
from sordino.units import Kind

if TYPE_CHECKING:
    from sordino.course.treatment import Treatment

MAX_DOSE_MG_PER_KG = 10
MAX_DOSE_MG = 1000
MAX_LONG_DOSE_MG_PER_KG = 100
MAX_LONG_DOSE_MG = 10_000
LONG_INFUSION_H = 24
MAX_RATE_MG_PER_KG_H = 10
MAX_RATE_MG_H = 1000
MAX_DURATION_H = 14 * 24
MAX_ABSORPTION_PER_H = 100
RATIO_TOLERANCE = Fraction(1, 1000)

_OVERRIDE = "if it is meant, set allow_implausible = true in this treatment"
_NO_ABSORPTION = {
    "im": "for im the values found are 0.93 (bioavailability, general web pages, primary papers "
    "not seen) and 0.41 (bioavailability in children, Hornik 2018, doi 10.1002/jcph.1116)",
    "sc": "for sc no human value was found",
}
_ABSORPTION_KEYS = ("absorption_rate", "absorption_half_life", "bioavailability")
_DRUG_KEYS = (
    *("route", "salt", "duration", "rate", "steps"),
    *_ABSORPTION_KEYS,
    *("allow_implausible", "every", "times"),
)


def comparator_findings(treatment: Treatment) -> Iterator[Finding]:
    """What is wrong with a comparator: it takes a dose as text and a start, nothing else."""
    fields = type(treatment).model_fields
    for key in _DRUG_KEYS:
        if getattr(treatment, key) != fields[key].default:
            yield Finding(
                (key,),
                f"{key} does not go with {treatment.drug}",
                "a comparator takes dose, start, days or at, and note",
            )
    for key in ("days", "at"):
        if len(getattr(treatment, key) or ()) > 1:
            yield Finding((key,), "a comparator is taken from its start on", "one entry")


def drug_findings(treatment: Treatment) -> Iterator[Finding]:
    """What is wrong with route, amount and absorption of a drug treatment."""
    yield from _route_findings(treatment)
    yield from _absorption_findings(treatment)
    amounts = [*_dose_findings(treatment), *_combination_findings(treatment)]
    if not amounts:
        amounts = _zero_findings(treatment) or _contradictions(treatment)
    yield from amounts
    if not amounts and not treatment.allow_implausible:
        yield from _range_findings(treatment)


def _route_findings(treatment: Treatment) -> Iterator[Finding]:
    if treatment.route is None:
        yield Finding(("route",), "this key is missing", ", ".join(ROUTES))
    elif treatment.route not in INFUSED_ROUTES:
        for key in ("duration", "rate", "steps"):
            if getattr(treatment, key) is not None:
                yield Finding(
                    (key,),
                    f"{key} does not go with route {treatment.route}",
                    f"{key} with {', '.join(INFUSED_ROUTES)}",
                    "a spray, lozenge or swallowed dose is taken at once; give its dose alone",
                )


def _absorption_findings(treatment: Treatment) -> Iterator[Finding]:
    route = treatment.route
    given = [key for key in _ABSORPTION_KEYS if getattr(treatment, key) is not None]
    if route is not None and route not in DEPOT_ROUTES:
        for key in given:
            yield Finding(
                (key,),
                f"{key} does not go with route {route}",
                "im and sc only; the other routes take it from the drug model",
            )
    elif route is not None:
        rates = [key for key in given if key != "bioavailability"]
        if not rates:
            yield _absorption_missing(route, "absorption_rate")
        if "bioavailability" not in given:
            yield _absorption_missing(route, "bioavailability")
        if len(rates) > 1:
            yield Finding((rates[1],), f"{rates[0]} and {rates[1]} are both given", "one of them")
        yield from _absorption_range(treatment)


def _absorption_missing(route: str, key: str) -> Finding:
    return Finding(
        (key,),
        f"this key is missing; no verified adult absorption parameters exist for {route}",
        "absorption_rate (in 1/h) or absorption_half_life, and bioavailability",
        f"state your own value and its source; {_NO_ABSORPTION[route]}",
    )


def _absorption_range(treatment: Treatment) -> Iterator[Finding]:
    key = "absorption_half_life" if treatment.absorption_rate is None else "absorption_rate"
    rate = absorption_rate_per_h(treatment)
    if rate is not None and not 0 < rate <= MAX_ABSORPTION_PER_H:
        allowed = f"a rate above 0 and up to {MAX_ABSORPTION_PER_H} per hour"
        yield Finding((key,), "the absorption is outside the plausible range", allowed)
    share, written = bioavailability(treatment), treatment.bioavailability
    if share is not None and not 0 < share <= 1:
        hint = f'for a percentage write "{written} %"' if 1 < share <= 100 else ""
        what = f"bioavailability {written} is outside the allowed range"
        yield Finding(("bioavailability",), what, "above 0 and up to 1 (100 %)", hint)


def _dose_findings(treatment: Treatment) -> Iterator[Finding]:
    if treatment.dose is not None:
        try:
            stated_dose(treatment)
        except UnitError as error:
            yield Finding(("dose",), error.what, error.allowed, error.hint, unit=True)


def _combination_findings(treatment: Treatment) -> Iterator[Finding]:
    """Which of dose, rate, duration and steps stand together."""
    if treatment.steps is not None:
        for key in ("dose", "rate", "duration"):
            if getattr(treatment, key) is not None:
                allowed = "steps alone: each step has its rate and duration"
                yield Finding((key,), f"{key} does not go with steps", allowed)
    elif treatment.dose is None and treatment.rate is None:
        allowed = 'an amount such as "0.5 mg/kg", or rate with duration, or steps'
        yield Finding(("dose",), "this key is missing", allowed)
    elif treatment.dose is None and treatment.duration is None:
        yield Finding(("duration",), "this key is missing", "rate with duration, or with dose")


def _zero_findings(treatment: Treatment) -> list[Finding]:
    """Zeros where an amount is needed; a step at rate zero is a pause."""
    zeros = [
        Finding(path, "this is zero", "more than 0")
        for path, quantity in stated_quantities(treatment)
        if not quantity.exact and not (path[0] == "steps" and path[-1] == "rate")
    ]
    if not zeros and not any(part.amount for part in parts_of(treatment)):
        zeros.append(Finding(("steps",), "nothing is given in any step", "more than 0"))
    return zeros


def _contradictions(treatment: Treatment) -> list[Finding]:
    """Dose and rate on different bases, and dose, rate and duration that do not fit."""
    stated = {path[0]: quantity for path, quantity in stated_quantities(treatment)}
    if "dose" not in stated or "rate" not in stated:
        return []
    dose, rate = stated["dose"], stated["rate"]
    if (dose.kind is Kind.DOSE_PER_WEIGHT) != (rate.kind is Kind.RATE_PER_WEIGHT):
        what = "dose and rate are on different bases, one per kg and the other not"
        return [Finding(("rate",), what, "both per kg, or neither")]
    if "duration" not in stated:
        return []
    product = rate.exact * stated["duration"].exact
    if abs(product - dose.exact) <= RATIO_TOLERANCE * dose.exact:
        return []
    unit = dose.kind.unit
    what = (
        f"{treatment.rate} over {treatment.duration} is {float(product):.4g} {unit}, "
        f"not {float(dose.exact):.4g} {unit}"
    )
    hint = "leave one of dose, rate and duration out; it is computed"
    return [Finding(("rate",), what, "dose = rate x duration within 0.1 percent", hint)]


def _range_findings(treatment: Treatment) -> Iterator[Finding]:
    """Amounts, rates and durations outside the plausible range."""
    parts = parts_of(treatment)
    total_h = sum((part.duration_h for part in parts), Fraction(0))
    if total_h > MAX_DURATION_H:
        key = next(k for k in ("steps", "duration", "rate") if getattr(treatment, k))
        what = f"an infusion of {float(total_h) / 24:.4g} days is not plausible"
        yield Finding((key,), what, f"above 0 and up to {MAX_DURATION_H // 24} days", _OVERRIDE)
    key = next(k for k in ("steps", "dose", "rate") if getattr(treatment, k))
    yield from _amount_findings(key, parts, total_h > LONG_INFUSION_H)
    yield from _rate_findings(treatment)


def _amount_findings(key: str, parts: tuple[Part, ...], long: bool) -> Iterator[Finding]:
    per_kg_limit = MAX_LONG_DOSE_MG_PER_KG if long else MAX_DOSE_MG_PER_KG
    plain_limit = MAX_LONG_DOSE_MG if long else MAX_DOSE_MG
    over = f" over an infusion of more than {LONG_INFUSION_H} h" if long else ""
    for per_kg, unit, limit in ((True, "mg/kg", per_kg_limit), (False, "mg", plain_limit)):
        total = sum((part.amount for part in parts if part.per_kg is per_kg), Fraction(0))
        if total > limit:
            what = f"{float(total):.6g} {unit} in one administration is not plausible"
            yield Finding((key,), what, f"above 0 and up to {limit} {unit}{over}", _OVERRIDE)


def _rate_findings(treatment: Treatment) -> Iterator[Finding]:
    """Written rates only: a bolus given over a minute has a high rate and a plain dose."""
    limits = {Kind.RATE_PER_WEIGHT: MAX_RATE_MG_PER_KG_H, Kind.RATE: MAX_RATE_MG_H}
    for path, quantity in stated_quantities(treatment):
        unit, limit = quantity.kind.unit, limits.get(quantity.kind)
        if limit is not None and quantity.exact > limit:
            what = f"a rate of {quantity.value:.6g} {unit} is not plausible"
            yield Finding(path, what, f"above 0 and up to {limit} {unit}", _OVERRIDE)
