"""How much is given, how fast and how often, and how long effects stay above thresholds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sordino.course import Administration, Course
from sordino.library.evidence import safety
from sordino.library.pd_schema import load_pd_model
from sordino.population import typical_covariates
from sordino.simulation.answers import LEVELS
from sordino.simulation.summary import Summary

HOME_ROUTES = ("oral", "sublingual", "buccal")
"""Assumed: doses by these routes are taken at home, all others in a clinic."""
DAY_H = 24.0
MONTH_H = 30 * DAY_H


@dataclass(frozen=True)
class Dosing:
    """What a course gives, in mg of base for a person of `weight_kg`.

    `weight_assumed`: the course does not say the weight. Rates are the highest of any infusion,
    0 without one; `largest_at_once_mg` the largest bolus, spray or swallowed dose, 0 without one.
    """

    weight_kg: float
    weight_assumed: bool
    sessions: int
    home_days: int
    total_mg: float
    largest_session_mg: float
    largest_at_once_mg: float
    largest_bolus_mg_per_kg: float
    highest_rate_mg_h: float
    highest_rate_mg_per_kg_h: float
    lowest_rate_mg_per_kg_h: float
    longest_infusion_h: float
    infused_h_in_30_days: float
    span_days: float


def dosing(course: Course) -> Dosing:
    """Amounts, rates and times of a course."""
    given = course.administrations()
    sessions = course.sessions()
    known = course.patient.weight_kg
    people = load_pd_model("virtual_patients")
    weight = typical_covariates(people, course.patient_covariates())["weight"]
    amounts = [_mg(a, weight) for a in given]
    rates = [mg / a.duration_h for mg, a in zip(amounts, given, strict=True) if a.duration_h and mg]
    by_session = np.bincount([a.session for a in given], weights=amounts)
    boluses = [
        mg / weight
        for mg, a in zip(amounts, given, strict=True)
        if not a.duration_h and a.route == "iv"
    ]
    home = {int(a.start_h // DAY_H) for a in given if a.route in HOME_ROUTES}
    return Dosing(
        weight_kg=weight,
        weight_assumed=known is None,
        sessions=len(sessions),
        home_days=len(home),
        total_mg=sum(amounts),
        largest_session_mg=float(by_session.max()),
        largest_at_once_mg=max(
            (mg for mg, a in zip(amounts, given, strict=True) if not a.duration_h), default=0.0
        ),
        largest_bolus_mg_per_kg=max(boluses, default=0.0),
        highest_rate_mg_h=max(rates, default=0.0),
        highest_rate_mg_per_kg_h=max(rates, default=0.0) / weight,
        lowest_rate_mg_per_kg_h=min(rates, default=0.0) / weight,
        longest_infusion_h=max(s.end_h - s.start_h for s in sessions),
        infused_h_in_30_days=_most_infused_h(course),
        span_days=(max(s.end_h for s in sessions) - sessions[0].start_h) / DAY_H,
    )


def _mg(dose: Administration, weight_kg: float) -> float:
    return dose.dose_mg + dose.dose_mg_per_kg * weight_kg


def _most_infused_h(course: Course) -> float:
    """The most hours of infusion within 30 days from the start of any session."""
    spans = [(s.start_h, s.end_h) for s in course.sessions()]
    return max(
        sum(max(0.0, min(end, begin + MONTH_H) - start) for start, end in spans if start >= begin)
        for begin, _ in spans
    )


@dataclass(frozen=True)
class TimeAbove:
    """Hours of the whole course above a threshold.

    `middle`: the person in the middle; `one_in_20`: the hours in which 5 of 100 people or more
    are above it, nothing for the typical patient.
    """

    what: str
    threshold: float
    unit: str
    middle_h: float
    one_in_20_h: float | None
    cites: tuple[str, ...]
    note: str


def times_above(summary: Summary) -> tuple[TimeAbove, ...]:
    """Hours with dissociation, and with a pressure or a rise of it as the label counts it."""
    recovery = load_pd_model("recovery")
    fit = recovery.parameters["cadss_fit"]
    why = recovery.sources[fit.source].kind if fit.source else fit.note
    found = [_above(summary, "cadss", fit.value, "dissociation above", "CADSS points", (), why)]
    label = next(r for r in safety().circulation if r.id == "esk_label_thresholds_under65")
    names = {
        "sbp rise": ("sbp_change", "a rise of the upper pressure of"),
        "dbp rise": ("dbp_change", "a rise of the lower pressure of"),
    }
    for row in label.threshold:
        if row.measure in names:
            variable, words = names[row.measure]
            note = "counted so in the label of nasal esketamine"
            found.append(_above(summary, variable, row.mmhg, words, "mmHg", label.cites, note))
    return (*found, *_absolute(summary))


def _absolute(summary: Summary) -> list[TimeAbove]:
    """Pressures themselves, where the course says the pressure before treatment."""
    patient = summary.course.patient
    watched = next(r for r in safety().monitoring if r.id == "esk.bp_check")
    found: list[TimeAbove] = []
    for before, limit, variable, words in (
        (patient.baseline_sbp, watched.high_sbp_mmhg, "sbp_change", "an upper pressure above"),
        (patient.baseline_dbp, watched.high_dbp_mmhg, "dbp_change", "a lower pressure above"),
    ):
        # Who is above the limit already has no hours that the drug would add.
        if before is not None and limit is not None and before < limit:
            note = f"from {before:g} mmHg before treatment"
            values = (summary, variable, limit - before, words, "mmHg", watched.cites, note)
            above = _above(*values)
            found.append(
                TimeAbove(
                    words, limit, "mmHg", above.middle_h, above.one_in_20_h, watched.cites, note
                )
            )
    return found


def _above(
    summary: Summary,
    variable: str,
    threshold: float,
    words: str,
    unit: str,
    cites: tuple[str, ...],
    note: str,
) -> TimeAbove:
    times = summary.quantiles["time"].values
    values = summary.quantiles[variable].values
    typical = summary.quantiles.attrs["patients"] == "typical"
    middle, late = (
        hours_above(times, values[int(np.flatnonzero(level == LEVELS)[0])], threshold)
        for level in (0.5, 0.95)
    )
    return TimeAbove(words, threshold, unit, middle, None if typical else late, cites, note)


def hours_above(times_h: np.ndarray, values: np.ndarray, threshold: float) -> float:
    """Hours in which values, joined by straight lines, are above a threshold."""
    over = values - threshold
    low, high = np.minimum(over[:-1], over[1:]), np.maximum(over[:-1], over[1:])
    crossing = np.divide(high, high - low, out=np.zeros_like(high), where=high > low)
    part = np.where(low > 0, 1.0, np.where(high > 0, crossing, 0.0))
    return float((np.diff(times_h) * part).sum())
