"""Everything about the safety of one simulated course, as one object."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sordino.course import Course
from sordino.library.evidence import safety
from sordino.safety.exposure import Dosing, TimeAbove, dosing, times_above
from sordino.safety.incidence import Incidence, incidences
from sordino.safety.interactions import (
    Change,
    InteractionFound,
    gaps,
    interactions,
    taken_by,
)
from sordino.safety.longterm import LongTermFlag, RegimenSeen, long_term_flags, regimens
from sordino.safety.pressure import Pressure, pressure
from sordino.safety.rules import (
    ContraindicationFound,
    RuleFound,
    contraindications,
    products,
    rules,
)
from sordino.simulation.answers import Spread
from sordino.simulation.summary import Summary


@dataclass(frozen=True)
class Seen:
    """A side effect that fibromyalgia trials name without a number."""

    id: str
    dose: str
    says: str
    cites: tuple[str, ...]


@dataclass(frozen=True)
class Safety:
    """What a course may do to a person beside relief.

    `borrowed`: the contraindications are those of infusions, as no list for the route was seen.
    `dissociation`: the largest CADSS score of the simulation; `taken`: other drugs that the
    person takes, `changes`: what the simulation holds of them.
    """

    title: str
    dosing: Dosing
    incidence: tuple[Incidence, ...]
    seen_in_fibromyalgia: tuple[Seen, ...]
    dissociation: Spread
    pressure: Pressure
    hours_above: tuple[TimeAbove, ...]
    rules: tuple[RuleFound, ...]
    contraindications: tuple[ContraindicationFound, ...]
    borrowed: bool
    long_term: tuple[LongTermFlag, ...]
    regimens: tuple[RegimenSeen, ...]
    interactions: tuple[InteractionFound, ...]
    taken: tuple[str, ...]
    changes: tuple[Change, ...]
    gaps: tuple[str, ...]

    @property
    def cites(self) -> tuple[str, ...]:
        """Keys of all papers that it rests on, in alphabetical order."""
        parts: Iterable[tuple[str, ...]] = (
            *(i.cites for i in self.incidence),
            *(s.cites for s in self.seen_in_fibromyalgia),
            *(t.cites for t in self.hours_above),
            *(p.cites for p in self.pressure.published),
            *(r.cites for r in self.rules),
            *(c.cites for c in self.contraindications),
            *(f.cites for f in self.long_term),
            *(r.cites for r in self.regimens),
            *(i.cites for i in self.interactions),
        )
        return tuple(sorted({key for keys in parts for key in keys}))


def assess(
    summary: Summary,
    course: Course | None = None,
    taken: Sequence[str] = (),
    changes: Sequence[Change] = (),
) -> Safety:
    """The safety of a simulated course.

    `course`: what is really given, where the simulation ran other doses in its place. `taken`:
    names of `medicines` that the person takes beside those of the patient document. `changes`:
    what the simulation holds of them (`summarize_beside`).
    """
    given = course or summary.course
    taken = tuple(dict.fromkeys((*taken, *taken_by(given.patient))))
    amounts = dosing(given)
    answers = summary.answers
    return Safety(
        title=given.title,
        dosing=amounts,
        incidence=incidences(given, amounts.sessions),
        seen_in_fibromyalgia=_seen(given),
        dissociation=answers.peaks["cadss"],
        pressure=pressure(summary),
        hours_above=times_above(summary),
        rules=rules(given, amounts, answers.fit_to_leave_min),
        contraindications=contraindications(given),
        borrowed=not products(given),
        long_term=long_term_flags(amounts),
        regimens=regimens(amounts),
        interactions=interactions(given, taken, changes),
        taken=taken,
        changes=tuple(changes),
        gaps=gaps(given, taken, changes),
    )


def _seen(course: Course) -> tuple[Seen, ...]:
    """What trials in fibromyalgia name; all of them gave infusions."""
    if not any(a.route == "iv" for a in course.administrations()):
        return ()
    return tuple(
        Seen(
            row.id,
            row.dose,
            "; ".join(
                [
                    *(f"{e.event} for {e.lasts_is or 'about'} {e.lasts}" for e in row.effect),
                    *row.findings,
                ]
            ),
            row.cites,
        )
        for row in safety().side_effects
        if row.id.startswith("fm.")
    )
