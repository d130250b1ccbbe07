"""A course as the page edits it: one entry for each session, numbers apart from their units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sordino.course import Course, Treatment
from sordino.course.amounts import parts_of

SCHEDULE = {"days", "every", "times", "start", "at"}
AMOUNT = {"drug", "route", "dose", "rate", "duration", "steps", "salt"}
EDITED = {"title", "source", "assumed", "patient", "treatment", "observe"}
NUMBERS = ("age", "sex", "weight", "height", "pain")


@dataclass(frozen=True)
class SessionEdited:
    """One session. `amount` in `unit`; nothing for a stepped infusion, which `other` holds.

    Amounts are of the base, whatever the document weighed. `minutes`: how long an infusion runs.
    `other`: keys of the treatment that the page keeps.
    """

    day: float
    drug: str
    route: str
    amount: float | None
    unit: str
    minutes: float | None
    other: dict[str, Any]


@dataclass(frozen=True)
class Edited:
    """A course for the page; `patient` and `other` hold what it keeps and does not edit."""

    title: str
    source: str
    assumed: tuple[str, ...]
    age: float | None
    sex: str | None
    weight_kg: float | None
    height_cm: float | None
    pain: float | None
    patient: dict[str, Any]
    sessions: tuple[SessionEdited, ...]
    until_days: float
    other: dict[str, Any]


def edited(course: Course) -> Edited:
    """The course as the page edits it."""
    plain = course.model_dump(mode="json", exclude_defaults=True)
    person = course.patient
    kept = {k: v for k, v in plain.get("patient", {}).items() if k not in NUMBERS}
    beside = [t for t in plain["treatment"] if t.get("route") is None]
    other = {key: value for key, value in plain.items() if key not in EDITED}
    return Edited(
        title=course.title,
        source=course.source or "",
        assumed=course.assumed,
        age=person.age,
        sex=person.sex,
        weight_kg=person.weight_kg,
        height_cm=person.height_cm,
        pain=person.pain,
        patient=kept,
        sessions=tuple(
            _session(s.start_h / 24.0, course.treatment[s.treatment]) for s in course.sessions()
        ),
        until_days=round(course.until_h / 24.0, 4),
        other=other | ({"beside": beside} if beside else {}),
    )


def _session(day: float, treatment: Treatment) -> SessionEdited:
    plain = treatment.model_dump(mode="json", exclude_defaults=True)
    other = {k: v for k, v in plain.items() if k not in SCHEDULE | AMOUNT}
    if treatment.steps is not None:
        amount, unit, minutes, other = None, "", None, {**other, "steps": plain["steps"]}
    else:
        (part,) = parts_of(treatment)
        amount, unit = round(float(part.amount), 6), "mg/kg" if part.per_kg else "mg"
        minutes = round(float(part.duration_h) * 60.0, 4) or None
    return SessionEdited(
        day=round(day, 6),
        drug=treatment.drug,
        route=treatment.route or "",
        amount=amount,
        unit=unit,
        minutes=minutes,
        other=other,
    )
