"""A course as an arm of a comparison."""

from __future__ import annotations

import numpy as np

from sordino.compare.model import Arm, Effort, EvidenceRow, Harm
from sordino.compare.results import curve, first_relief, measured, relief_days, shares
from sordino.compare.tally import DAYS, Tally
from sordino.course import Course, Observe
from sordino.library.evidence import safety, studies
from sordino.library.evidence.cells import people as people_of
from sordino.patient import Patient
from sordino.safety import Safety, assess
from sordino.safety.beside import changes, summarize_beside
from sordino.safety.exposure import HOME_ROUTES
from sordino.safety.incidence import Incidence
from sordino.safety.interactions import taken_by
from sordino.simulation.answers import THRESHOLDS, Estimate
from sordino.simulation.blocks import Block
from sordino.simulation.engine import CourseEngine
from sordino.simulation.summary import Progress

DAY_H = 24.0
FIBROMYALGIA = "asra2018.indication.fibromyalgia"


def course_arm(
    name: str,
    course: Course,
    patient: Patient,
    patients: int,
    draws: int,
    seed: int,
    progress: Progress | None = None,
) -> Arm:
    """Simulate a course for the people of a comparison and add up what is shown of it.

    It is watched for 90 days from its first session, whatever the course file says.
    """
    watched = for_comparison(course, patient)
    keep = _Kept(draws)
    taken = taken_by(watched.patient)
    beside = changes(watched, taken)
    summary = summarize_beside(watched, beside, patients, draws, seed, progress, keep)
    seen = measured(keep.tally)
    days, days_without = relief_days(seen)
    first, first_without = first_relief(seen)
    found = assess(summary, watched, taken, beside)
    return Arm(
        name=name,
        title=course.title,
        kind="course",
        curve=curve(seen),
        shares=shares(seen, dict.fromkeys(THRESHOLDS, "simulated")),
        relief_days=days,
        relief_days_without=days_without,
        first_relief_day=first,
        first_relief_day_without=first_without,
        harms=tuple(_harm(i) for i in found.incidence),
        stopped=(),
        effort=_effort(watched, keep.hours()),
        strength=_strength(),
        evidence=_evidence(),
        notes=_notes(summary.quantiles.attrs["extrapolating"], found),
        cites=_cites(found),
    )


def for_comparison(course: Course, patient: Patient) -> Course:
    """The same course in the patient of the comparison, watched for 90 days or longer."""
    sessions = course.sessions()
    start = sessions[0].start_h if sessions else 0.0
    until = max(course.until_h, start + DAYS * DAY_H)
    observe = Observe(until=f"{until:.9g} h")
    return course.model_copy(update={"patient": patient, "observe": observe})


class _Kept:
    """Takes every block of a simulation while it passes."""

    def __init__(self, draws: int) -> None:
        self.tally = Tally(draws)
        self._hours: list[np.ndarray] = []

    def __call__(self, engine: CourseEngine, block: Block) -> None:
        first = engine.course.sessions()[0].start_h
        looks = first + DAY_H * np.arange(DAYS + 1)
        index = np.searchsorted(engine.times_h, looks - 1e-9)
        read = block.readouts
        pain, plain = read["pain"][index], read["pain_placebo"][index]
        self.tally.add(block.draw, pain, plain, read["base_pain"])
        self._hours.append(_clinic_h(engine.course, read["fit_to_leave"]))

    def hours(self) -> np.ndarray:
        """Hours in the clinic of every person in every draw."""
        return np.concatenate(self._hours)


def _clinic_h(course: Course, fit_to_leave_min: np.ndarray) -> np.ndarray:
    """Hours in the clinic in 90 days, summed over sessions, by patient.

    Who is not fit before the next session stays until it begins.
    """
    sessions = course.sessions()
    starts = np.array([s.start_h for s in sessions])
    until = np.append(starts[1:], course.until_h) - starts
    stay = np.where(np.isnan(fit_to_leave_min), until[:, None], fit_to_leave_min / 60.0)
    clinic = np.array([s.route not in HOME_ROUTES for s in sessions]) & _in_window(starts)
    return (stay * clinic[:, None]).sum(axis=0)


def _in_window(starts: np.ndarray) -> np.ndarray:
    return starts < starts[0] + DAYS * DAY_H


def _effort(course: Course, hours: np.ndarray) -> Effort:
    sessions = [
        s for s in course.sessions() if s.start_h < course.sessions()[0].start_h + DAYS * DAY_H
    ]
    visits = [s for s in sessions if s.route not in HOME_ROUTES]
    low, middle, high = np.quantile(hours, [0.05, 0.5, 0.95])
    home = len(sessions) - len(visits)
    doses = f"{len(visits)} sessions in a clinic" if visits else ""
    doses += (" and " if visits and home else "") + (f"{home} doses at home" if home else "")
    note = "a lift home after every session: nobody drives before the next day" if visits else ""
    if home:
        note = (note + "; " if note else "") + (
            "that doses by mouth are taken at home is assumed; nobody drives before the next day"
        )
    spent = Estimate(float(middle), float(low), float(high)) if visits else None
    return Effort(len(visits), spent, len(visits), doses, note)


def _harm(found: Incidence) -> Harm:
    control = None
    if found.per_course is not None and found.excess_per_course is not None:
        value = found.per_course.value - found.excess_per_course.value
        control = Estimate(value, None, None)
    return Harm(
        event=found.event,
        percent=found.per_course,
        control_percent=control,
        excess=found.excess_per_course,
        rows=tuple(source.row for source in found.sources),
        proxy="; ".join(dict.fromkeys(text for s in found.sources for text in s.proxy)),
    )


def _strength() -> str:
    rule = next(r for r in safety().guideline_rule if r.id == FIBROMYALGIA)
    return (
        "calculated; for ketamine in fibromyalgia a guideline sees weak or no evidence for relief "
        f"at once and none for later (grade {rule.grade}, {rule.certainty} certainty)"
    )


def _evidence() -> tuple[EvidenceRow, ...]:
    """The studies in fibromyalgia that a calibration may use."""
    return tuple(
        EvidenceRow(
            study.id,
            f"{people_of(study) or 'number not seen'} people with {study.condition}",
            "not graded",
            ", ".join(study.seen),
            "",
        )
        for study in studies()
        if study.role == "calibrate" and study.condition.startswith("fibromyalgia")
    )


def _notes(limits: str, found: Safety) -> tuple[str, ...]:
    weight = found.dosing
    who = " (weight assumed)" if weight.weight_assumed else ""
    return (
        f"{weight.total_mg:.0f} mg of base in all at {weight.weight_kg:g} kg{who}.",
        "Pain is looked at once a day, at the hour of the first session: relief of hours inside "
        "and after a session does not show here.",
        *(
            f"Beside {c.drug} exposure by route {c.route} is {c.auc_ratio:g} times that without."
            for c in found.changes
        ),
        *(f"{text[:1].upper()}{text[1:]}." for text in (*limits.split("; "), *found.gaps) if text),
    )


def _cites(found: Safety) -> tuple[str, ...]:
    used = {key for i in found.incidence for key in i.cites}
    rule = next(r for r in safety().guideline_rule if r.id == FIBROMYALGIA)
    names = {e.id for e in _evidence()}
    trials = {key for study in studies() if study.id in names for key in study.cites}
    return tuple(sorted({*used, *trials, *rule.cites}))
