"""A course simulated beside other drugs, so that areas change by the published ratios.

An inhibitor or inducer multiplies the elimination of the drug model by one factor: the one that
gives the published ratio of areas for the route of the course in the typical patient. What acts
in the gut alone multiplies what arrives of a swallowed dose, which in a linear model is another
dose. Where no row is about the route, nothing is changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

import jax.numpy as jnp
import numpy as np

from sordino.course import Course, Observe, Treatment
from sordino.errors import InputError
from sordino.library.evidence.safety import Interaction
from sordino.library.schema import PkModel
from sordino.population import draw_typical
from sordino.safety.interactions import Change, medicines
from sordino.safety.tables import eliminations
from sordino.simulation.dataset import course_engine
from sordino.simulation.engine import CourseEngine, TypicalDraws
from sordino.simulation.models import DoseGroup, dose_groups
from sordino.simulation.summary import Keep, Progress, Summary, summarize_engine
from sordino.units import Kind, parse_quantity

GUT = "intestinal"
"""How the mechanism of a row names what acts in the gut alone."""
STEP_H, AFTER_H = 0.1, 240.0
"""Area under the curve: at these steps, until so long after the dose."""
CLOSE = 1e-4
MOST_STEPS = 40


def changes(course: Course, taken: Sequence[str]) -> tuple[Change, ...]:
    """What the drugs that are taken change, for each drug model of a course.

    Raises `InputError` for two drugs that change the same: what they do together nobody measured.
    """
    return tuple(
        change for group in dose_groups(course) for change in _of_group(course, group, taken)
    )


def _of_group(course: Course, group: DoseGroup, taken: Sequence[str]) -> Iterator[Change]:
    routes = [dose.route for dose in group.doses]
    route = max(dict.fromkeys(routes), key=routes.count)
    rows = [
        row
        for name in taken
        for row in medicines()[name]
        if row.route == route and row.auc_ratio not in (None, 1.0)
    ]
    if len(rows) > 1:
        drugs = " and ".join(row.perpetrator for row in rows)
        raise InputError(
            f"{drugs} both change the exposure by route {route}",
            allowed="one of them at a time; what they do together was not measured",
        )
    for row in rows:
        yield from _change(course, group.model, route, row)


def _change(course: Course, model: PkModel, route: str, row: Interaction) -> Iterator[Change]:
    ratio = row.auc_ratio or 1.0
    made = Change(row.id, row.perpetrator, route, ratio, model.id, "swallowed doses", ratio)
    if GUT in row.mechanism:
        yield made
    elif model.id in eliminations():
        factor = elimination_factor(course, model, route, ratio)
        if factor is not None:
            yield replace(made, what="elimination", factor=factor)


def elimination_factor(course: Course, model: PkModel, route: str, ratio: float) -> float | None:
    """The factor on elimination that changes the area of one dose by `ratio`.

    Of the first dose of the course by that route, in the typical patient; nothing when no factor
    comes close.
    """
    dose = next(t for t in course.treatment if t.route == route)
    single = dose.model_copy(update=dict.fromkeys(("days", "every", "times", "start", "at")))
    end_h = course.administrations()[0].duration_h + AFTER_H
    alone = course.model_copy(
        update={"treatment": (single,), "observe": Observe(until=f"{end_h:.9g} h")}
    )
    engine = course_engine(alone, "typical", 1, 0, np.arange(0.0, end_h, STEP_H), "arterial")
    plain = _area(engine)
    factor = 1.0 / ratio
    for _ in range(MOST_STEPS):
        found = _area(replace(engine, typical_draws=_eliminated(model, factor, 1, 0))) / plain
        if abs(found / ratio - 1.0) < CLOSE:
            return factor
        factor *= found / ratio
    return None


def _area(engine: CourseEngine) -> float:
    read = summarize_engine(engine, "typical").quantiles["conc_ketamine"]
    return float(np.trapezoid(read.values[0], read["time"].values))


def _eliminated(model: PkModel, factor: float, draws: int, seed: int) -> TypicalDraws:
    """Typical values of the elimination of a model, times a factor."""
    drawn = draw_typical(model.id, model.parameter, jnp.arange(draws), seed)
    names = eliminations()[model.id]
    return {model.id: {name: factor * np.asarray(drawn[name]) for name in names}}


def summarize_beside(
    course: Course,
    found: Sequence[Change],
    patients: int | Literal["typical"],
    draws: int,
    seed: int,
    progress: Progress | None = None,
    keep: Keep | None = None,
) -> Summary:
    """`summarize` with the changes of other drugs; raises what that raises.

    The course of the summary names no other drugs: what is known of them is in its numbers.
    """
    changed = _with_doses(course, found)
    if found:
        alone = course.patient.model_copy(update={"drug": None})
        changed = changed.model_copy(update={"patient": alone})
    engine = course_engine(changed, patients, draws, seed, None, "arterial")
    models: Mapping[str, PkModel] = {g.model.id: g.model for g in engine.groups}
    own: dict[str, Mapping[str, np.ndarray]] = {}
    for change in found:
        if change.what == "elimination":
            own |= _eliminated(models[change.model], change.factor, draws, seed)
    return summarize_engine(replace(engine, typical_draws=own or None), patients, progress, keep)


def _with_doses(course: Course, found: Sequence[Change]) -> Course:
    factors = [change.factor for change in found if change.what == "swallowed doses"]
    if not factors:
        return course
    scaled = tuple(_scaled(t, factors[0]) if t.route == "oral" else t for t in course.treatment)
    return course.model_copy(update={"treatment": scaled})


def _scaled(treatment: Treatment, factor: float) -> Treatment:
    dose = parse_quantity(treatment.dose, Kind.DOSE, Kind.DOSE_PER_WEIGHT)
    return treatment.model_copy(update={"dose": f"{dose.value * factor:.9g} {dose.kind.unit}"})
