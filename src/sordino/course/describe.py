"""What a course means, in words and as a table of plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sordino.course.administration import Administration
from sordino.course.model import Course
from sordino.course.rule_words import rule_sentence
from sordino.course.treatment import Treatment

ROUTE_NAMES = {
    "iv": "intravenous",
    "im": "intramuscular",
    "sc": "subcutaneous",
    "intranasal": "nasal spray",
    "sublingual": "under the tongue",
    "buccal": "in the cheek",
    "oral": "swallowed",
}
_DRUG_WORDS = {"ketamine": "ketamine (racemate)"}
_MAX_DAYS_SHOWN = 14


def describe_course(course: Course) -> str:
    """The course in words: patient, each treatment, totals, observation."""
    lines = [course.title, f"patient: {_patient_words(course)}"]
    given = course.administrations()
    for index, treatment in enumerate(course.treatment):
        own = [a for a in given if a.treatment == index]
        words = _treatment_lines(course, treatment, own) if own else _comparator_lines(treatment)
        lines += [f"treatment {index + 1}: {words[0]}", *(f"  {line}" for line in words[1:])]
    if given:
        lines.append(f"total: {_total_words(course, given)}")
    lines += [f"rule {rule.id}: {rule_sentence(rule)}" for rule in course.rule]
    lines.append(f"observed: {_span(course.until_h)} from the first dose")
    if course.source:
        lines.append(f"source: {course.source}")
    lines += [f"assumed: {text}" for text in course.assumed]
    return "\n".join(lines)


def course_summary(course: Course) -> dict[str, Any]:
    """The course as plain values, for JSON; amounts of the base, times in hours."""
    given = course.administrations()
    return {
        "title": course.title,
        "digest": course.digest(),
        "source": course.source,
        "assumed": list(course.assumed),
        "rules": [{"id": rule.id, "says": rule_sentence(rule)} for rule in course.rule],
        "until_h": course.until_h,
        "covariates": course.patient_covariates(),
        "total_mg": total_mg(course, given),
        "sessions": [asdict(session) for session in course.sessions()],
        "administrations": [asdict(administration) for administration in given],
        "comparators": [asdict(use) for use in course.comparators()],
    }


def total_mg(course: Course, given: Sequence[Administration]) -> float | None:
    """The sum of amounts in mg of base; nothing when a dose is per kg and no weight is known."""
    weight = course.patient.weight_kg
    per_kg = sum(a.dose_mg_per_kg for a in given)
    plain = sum(a.dose_mg for a in given)
    if per_kg and weight is None:
        return None
    return plain + per_kg * (weight or 0.0)


def _patient_words(course: Course) -> str:
    patient = course.patient
    words = [
        {"female": "woman", "male": "man"}[patient.sex] if patient.sex else "",
        f"{number(patient.age)} years" if patient.age is not None else "",
        f"{number(patient.weight_kg)} kg" if patient.weight_kg is not None else "",
        f"{number(patient.height_cm)} cm" if patient.height_cm is not None else "",
        f"pain {number(patient.pain)} of 10" if patient.pain is not None else "",
    ]
    return ", ".join(word for word in words if word) or "nothing given"


def _treatment_lines(
    course: Course, treatment: Treatment, given: Sequence[Administration]
) -> list[str]:
    """Drug and route, one session, and the days of all sessions."""
    drug = _DRUG_WORDS.get(treatment.drug, treatment.drug)
    first = [a for a in given if a.session == given[0].session]
    hours = sorted({s.start_h for s in course.sessions() if given[0].treatment == s.treatment})
    salt = ", weighed as hydrochloride" if treatment.salt == "hydrochloride" else ""
    lines = [f"{drug}, {ROUTE_NAMES[treatment.route or '']}{salt}"]
    lines += [_administration_words(course, a) for a in first]
    if len(first) > 1:
        lines.append(f"together {_amount_words(course, first)} per session")
    lines.append(f"{_count(len(hours), 'session')}: {_day_words(hours)}")
    return lines


def _administration_words(course: Course, given: Administration) -> str:
    amount = _amount_words(course, [given])
    if not given.duration_h:
        return f"{amount} at once"
    rate_mg, rate_mg_per_kg = (
        dose / given.duration_h for dose in (given.dose_mg, given.dose_mg_per_kg)
    )
    rate = f"{number(rate_mg_per_kg)} mg/kg/h" if rate_mg_per_kg else f"{number(rate_mg)} mg/h"
    return f"{amount} over {_span(given.duration_h)} ({rate})"


def _comparator_lines(treatment: Treatment) -> list[str]:
    dose = f", {treatment.dose}" if treatment.dose else ""
    return [f"{treatment.drug}{dose} (comparator)"]


def _amount_words(course: Course, given: Sequence[Administration]) -> str:
    total = total_mg(course, given)
    per_kg = sum(a.dose_mg_per_kg for a in given)
    plain = sum(a.dose_mg for a in given)
    parts = [f"{number(per_kg)} mg/kg"] if per_kg else []
    parts += [f"{number(plain)} mg"] if plain else []
    text = " and ".join(parts)
    return f"{text} = {number(total)} mg base" if per_kg and total is not None else f"{text} base"


def _total_words(course: Course, given: Sequence[Administration]) -> str:
    infused = sum(a.duration_h for a in given)
    words = f"{_amount_words(course, given)} in {_count(len(course.sessions()), 'session')}"
    return f"{words}, {_span(infused)} of infusion" if infused else words


def _day_words(hours: Sequence[float]) -> str:
    days = [number(hour / 24) for hour in hours]
    if len(days) > _MAX_DAYS_SHOWN:
        days = [*days[:3], "...", days[-1]]
    return f"day {', '.join(days)}"


def _span(hours: float) -> str:
    """A length of time in the unit that suits it."""
    if hours < 2:
        return f"{number(hours * 60)} min"
    if hours <= 120:
        return f"{number(hours)} h"
    return _count(hours / 24, "day")


def _count(amount: float, noun: str) -> str:
    return f"{number(amount)} {noun}" if amount == 1 else f"{number(amount)} {noun}s"


def number(value: float | None) -> str:
    """Four significant figures, without an exponent where people read amounts."""
    if value is None:
        return "unknown"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
