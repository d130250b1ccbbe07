"""Where a simulation leaves the people and doses that its models were made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sordino.course.describe import number

if TYPE_CHECKING:
    from sordino.course import Course
    from sordino.simulation.engine import CourseEngine
    from sordino.simulation.models import DoseGroup

ALWAYS = "no person with fibromyalgia is in the data of any pharmacokinetic model"


def extrapolations(engine: CourseEngine, *, plays_rules: bool = False) -> list[str]:
    """One sentence for each way in which the course goes beyond its sources.

    `plays_rules`: the rules of the course are played, so that nothing is left out.
    """
    notes = [ALWAYS]
    person = engine.course.patient_covariates()
    for group in (*engine.groups, *engine.measured_groups):
        notes.extend(_of_group(group, person))
    notes.extend(
        f"{g.model.id} gives venous concentrations, and the effects expect arterial ones"
        for g in engine.groups
        if g.model.sampling == "venous"
    )
    notes.extend(
        f"{name} is named in the course but not simulated" for name in not_simulated(engine.course)
    )
    others = [drug.name for drug in engine.course.patient.drug or ()]
    if others:
        notes.append(
            f"what {', '.join(others)} does to ketamine is left out here: sordino safety says what "
            "is known"
        )
    if engine.course.rule and not plays_rules:
        notes.append(
            "the rules of the course are not played here, its plan is: sordino rules simulate "
            "plays them"
        )
    longest = max((d.duration_h for g in engine.groups for d in g.doses), default=0.0)
    if longest > 10 and any(g.model.id == "simons_2022" for g in engine.groups):
        notes.append(
            "simons_2022 comes from infusions of 20 minutes, so hours of infusion extrapolate it"
        )
    return list(dict.fromkeys(notes))


def not_simulated(course: Course) -> tuple[str, ...]:
    """The comparators of a course: no model here gives their effect."""
    return tuple(dict.fromkeys(use.name for use in course.comparators()))


def _of_group(group: DoseGroup, person: dict[str, float]) -> list[str]:
    model, about = group.model, group.model.applicability
    notes: list[str] = []
    for name, allowed, unit in (("age", about.age, "years"), ("weight", about.weight, "kg")):
        if allowed is not None and name in person and not allowed[0] <= person[name] <= allowed[1]:
            notes.append(
                f"{name} {person[name]:g} {unit} is outside the {allowed[0]:g} to "
                f"{allowed[1]:g} {unit} of {model.id}"
            )
    if about.dose_mg is not None and "weight" in person:
        doses = [d.dose_mg + d.dose_mg_per_kg * person["weight"] for d in group.doses]
        low, high = about.dose_mg
        beyond = [d for d in doses if not low <= d <= high]
        if beyond:
            notes.append(
                f"single doses of {number(min(beyond))} to {number(max(beyond))} mg are outside "
                f"the {low:g} to {high:g} mg of {model.id}"
            )
    if model.drug == "esketamine" and any(d.drug == "ketamine" for d in group.doses):
        notes.append(
            f"{model.id} was made from S-ketamine, and R-ketamine runs on it with an assumed "
            "clearance"
        )
    if model.measured == "total" and any(d.drug == "esketamine" for d in group.doses):
        notes.append(f"{model.id} knows no enantiomers, and S-ketamine runs on it unchanged")
    if model.completeness == "typical":
        notes.append(f"{model.id} has typical values only: its patients do not differ")
    if not model.sampling_verified:
        notes.append(f"the sampling site of {model.id} was not verified")
    return notes
