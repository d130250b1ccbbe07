"""The sessions of a record as the engine reads them: administrations, and a course."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sordino.course import Administration, Course, Treatment, load_course
from sordino.course.amounts import BASE_PER_HYDROCHLORIDE, absorption_rate_per_h, bioavailability
from sordino.course.names import DEPOT_ROUTES
from sordino.errors import InputError
from sordino.patient import Patient
from sordino.record.model import Part, Record, Session
from sordino.record.rows import number_text
from sordino.record.times import moment_text

_ABSORPTION = ("absorption_rate", "absorption_half_life", "bioavailability")


def administrations(record: Record, like: Course | None = None) -> tuple[Administration, ...]:
    """What was given, sorted by start; hours count from the first session (`Record.origin`).

    `session` counts the sessions in which something was given; `treatment` is that of the session
    in `course_of`. A record does not know how a drug is absorbed from a muscle or the skin:
    `like` is a course whose treatment by that route says it, else the fields are None.
    """
    kinds = _kinds(record, like)
    number = {session: place for place, group in enumerate(kinds) for session in group[1]}
    found: list[Administration] = []
    for place, session in enumerate(record.given):
        own = _treatment_like(session, like)
        factor = float(BASE_PER_HYDROCHLORIDE) if session.salt == "hydrochloride" else 1.0
        for part in session.parts:
            amount = part.dose * factor
            found.append(
                Administration(
                    treatment=number[session],
                    session=place,
                    drug=session.drug,
                    route=session.route,
                    start_h=record.hours(part.start),
                    duration_h=(part.end - part.start) / timedelta(hours=1),
                    dose_mg=0.0 if session.dose.per_kg else amount,
                    dose_mg_per_kg=amount if session.dose.per_kg else 0.0,
                    absorption_rate_per_h=None if own is None else absorption_rate_per_h(own),
                    bioavailability=None if own is None else bioavailability(own),
                )
            )
    return tuple(sorted(found, key=lambda given: (given.start_h, given.session)))


def course_of(
    record: Record,
    *,
    until: str = "90 days",
    patient: Patient | None = None,
    like: Course | None = None,
) -> Course:
    """The sessions as a course: sessions that were alike are one treatment.

    `like`: a course that says how the drug is absorbed by a route (im, sc), and which models.

    Raises InputError when nothing was given, DocumentError for what no course may hold.
    """
    if not record.given:
        raise InputError("nothing was given in this record", allowed="a session with a dose")
    document: dict[str, Any] = {
        "title": "Sessions as given",
        "treatment": [
            treatment | {"at": [moment_text(session.start) for session in group]}
            for treatment, group in _kinds(record, like)
        ],
        "observe": {"until": until},
    }
    if like is not None:
        document["models"] = like.models.model_dump(exclude_none=True)
    if patient is not None:
        document["patient"] = patient.model_dump(mode="json", exclude_none=True)
    return load_course(document)


def _kinds(record: Record, like: Course | None) -> list[tuple[dict[str, Any], list[Session]]]:
    """Sessions in groups that differ in nothing but their time, as tables of a course."""
    found: list[tuple[dict[str, Any], list[Session]]] = []
    for session in record.given:
        table = _table(session, like)
        group = next((group for other, group in found if other == table), None)
        if group is None:
            found.append((table, [session]))
        else:
            group.append(session)
    return found


def _table(session: Session, like: Course | None) -> dict[str, Any]:
    # What was given was given: whether it was plausible was asked when the record was read.
    table: dict[str, Any] = {
        "drug": session.drug,
        "route": session.route,
        "salt": session.salt,
        "allow_implausible": True,
    }
    own = _treatment_like(session, like)
    if own is not None:
        table |= {key: value for key in _ABSORPTION if (value := getattr(own, key)) is not None}
    unit = session.dose.unit
    if len(session.parts) > 1 or session.pauses:
        return table | {"steps": list(_steps(session))}
    table["dose"] = f"{number_text(session.dose.value)} {unit}"
    if session.end > session.start:
        table["duration"] = _duration(session.end - session.start)
    return table


def _steps(session: Session) -> Iterator[dict[str, str]]:
    """Parts and pauses as steps of a stepped infusion; before the first part nothing begins."""
    silent = [Part(start, end, 0.0) for start, end in session.pauses]
    for part in sorted([*session.parts, *silent], key=lambda part: part.start):
        hours = (part.end - part.start) / timedelta(hours=1)
        rate = f"{number_text(part.dose / hours)} {session.dose.unit}/h"
        yield {"rate": rate, "duration": _duration(part.end - part.start)}


def _duration(length: timedelta) -> str:
    return f"{number_text(length.total_seconds())} s"


def _treatment_like(session: Session, like: Course | None) -> Treatment | None:
    """The treatment of `like` that says how this session's drug is absorbed by its route."""
    if like is None or session.route not in DEPOT_ROUTES:
        return None
    same = (t for t in like.treatment if (t.drug, t.route) == (session.drug, session.route))
    return next(same, None)
