"""Tables of a course beside other treatments, its side effects, and harm of long use."""

from __future__ import annotations

from collections.abc import Sequence

from sordino.compare import Arm, compare
from sordino.course import Course
from sordino.credibility.arms import Setting
from sordino.credibility.claims.form import DRAWS, Cell, Table, columns
from sordino.patient import Patient
from sordino.safety.exposure import dosing
from sordino.safety.incidence import incidences
from sordino.safety.longterm import long_term_flags
from sordino.screening import screen
from sordino.simulation.answers import Estimate

LOOK_DAYS = (1, 7, 28, 84)
LEVEL = 30


def treatments_table(names: Sequence[str], setting: Setting) -> Table:
    """Courses and other treatments in the same people; what no source tells is said to be so."""
    who = (setting.patients, setting.draws, setting.seed)
    found = compare(names, *who, lambda _: setting.progress)
    return Table(
        "Beside other treatments, in the same people",
        columns(
            "treatment",
            ("half have had a day with 30 percent relief by", "day"),
            *((f"30 percent relief because of it, day {day}", "of 100") for day in LOOK_DAYS),
            "how it is known",
        ),
        tuple(_treatment(arm) for arm in found.arms),
        f"{DRAWS}; for other treatments: the errors that their sources print",
    )


def _treatment(arm: Arm) -> tuple[Cell, ...]:
    known = {s.day: s for s in arm.shares if s.threshold_percent == LEVEL}
    shown = [known[day].difference if day in known else None for day in LOOK_DAYS]
    return (
        arm.title,
        *(_or_unknown(each) for each in (arm.first_relief_day, *shown)),
        arm.strength,
    )


def incidence_table(course: Course) -> Table:
    """Side effects per session and per course, with what each count was borrowed from."""
    rows: list[tuple[Cell, ...]] = []
    for effect in incidences(course, len(course.sessions())):
        proxy = "; ".join(p for source in effect.sources for p in source.proxy)
        shown = (effect.per_session, effect.per_course, effect.excess_per_course)
        rows.append((effect.event, *(_or_unknown(each) for each in shown), proxy or "no source"))
    return Table(
        "Side effects, people of 100",
        columns(
            "effect",
            ("per session", "of 100"),
            ("in the course", "of 100"),
            ("beyond control, in the course", "of 100"),
            "borrowed from",
        ),
        tuple(rows),
        "90 percent interval: the error of the counts, and what they mean for one session",
    )


def harm_table(course: Course, title: str) -> Table:
    """Harm of long or heavy use, and whether a course reaches such an exposure."""
    rows = [
        (flag.id, flag.organ, flag.seen, flag.exposure, flag.state, flag.found)
        for flag in long_term_flags(dosing(course))
    ]
    heads = columns("row", "organ", "seen", "at", "this course", "it holds")
    return Table(f"Harm of long or heavy use, beside {title}", heads, tuple(rows))


def screening_table(person: Patient) -> Table:
    """How many rules a person meets, does not meet, or leaves open, by their kind."""
    rows: list[tuple[Cell, ...]] = []
    for group in screen(person).groups:
        states = [check.status for check in group.checks]
        counts = [states.count(state) for state in ("met", "not met", "unknown")]
        rows.append((group.title, *counts, group.met_means))
    heads = columns("rules", "met", "not met", "unknown", '"met" means')
    return Table("Rules for one person", heads, tuple(rows))


def _or_unknown(value: Estimate | None) -> Cell:
    return "unknown" if value is None else value
