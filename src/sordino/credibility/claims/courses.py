"""The courses that claims are computed for: ready courses of the library, and changes of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from sordino.course import Course, load_course
from sordino.library.evidence import study
from sordino.library.protocols import load_protocol, protocol_text
from sordino.simulation.applicability import extrapolations
from sordino.simulation.dataset import course_engine

WEEK_OF_THREE = (0, 2, 4)


def changed(name: str, treatment: Mapping[str, Any], until: str | None = None) -> Course:
    """A ready course with other values in its only treatment.

    A value of None takes the key out.
    """
    table = tomllib.loads(protocol_text(name))
    own = {**table["treatment"][0], **treatment}
    table["treatment"] = [{key: value for key, value in own.items() if value is not None}]
    table["observe"] = {"until": until or table["observe"]["until"]}
    return load_course(table)


def sessions_of_three_a_week(count: int) -> Course:
    """The six infusions made shorter or longer: three a week, on the same days of the week."""
    days = [7 * (k // 3) + WEEK_OF_THREE[k % 3] for k in range(count)]
    return changed("six_infusions", {"days": days})


def trial_course(study_id: str, arm: str) -> Course:
    """The ready course that encodes an arm of a study."""
    return load_protocol(study(study_id).arms[arm].protocol)


def last_h(course: Course) -> float:
    """When the last session ends, hours."""
    return course.sessions()[-1].end_h


def total_mg(course: Course) -> float:
    """The dose of a course in its own patient, mg of base."""
    weight = course.patient_covariates()["weight"]
    return sum(d.dose_mg + d.dose_mg_per_kg * weight for d in course.administrations())


def limits_of(*courses: Course) -> tuple[str, ...]:
    """How the courses go beyond what their models were made from, each sentence once."""
    notes = [
        note
        for course in courses
        for note in extrapolations(course_engine(course, "typical", 1, 0, None, "arterial"))
    ]
    return tuple(dict.fromkeys(notes))


def digests(courses: Mapping[str, Course]) -> dict[str, str]:
    """The digest of each course by its name."""
    return {name: course.digest() for name, course in courses.items()}
