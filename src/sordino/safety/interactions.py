"""What other drugs do to ketamine, by route, with the published ratios of exposure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sordino.course import Course
from sordino.errors import UnknownName
from sordino.library.evidence import safety
from sordino.library.evidence.safety import Interaction
from sordino.patient import Patient
from sordino.screening.asks import asks
from sordino.screening.interactions import interactions as screened
from sordino.screening.interactions import plain_name


@dataclass(frozen=True)
class Change:
    """What another drug changes in a simulation, so that the area changes by `auc_ratio`.

    `what`: elimination and swallowed doses are multiplied by `factor`; the doses are those that
    run through `model`, and the ratio is that of their `route`.
    """

    row: str
    drug: str
    route: str
    auc_ratio: float
    model: str
    what: Literal["elimination", "swallowed doses"]
    factor: float


@dataclass(frozen=True)
class InteractionFound:
    """What one other drug does to ketamine by one route.

    `taken`: the person takes it. `simulated`: the numbers of the report hold it.
    """

    id: str
    drug: str
    how: str
    route: str
    auc_ratio: float | None
    auc_range: tuple[float, float] | None
    peak_ratio: float | None
    people: int | None
    says: str
    taken: bool
    simulated: bool
    cites: tuple[str, ...]


def medicines() -> Mapping[str, tuple[Interaction, ...]]:
    """Rows by the name that a person gives for the other drug: `clarithromycin`, ..."""
    found: dict[str, tuple[Interaction, ...]] = {}
    for row in safety().interaction:
        found[_medicine(row.id)] = (*found.get(_medicine(row.id), ()), row)
    return found


def checked_medicines(names: Sequence[str]) -> tuple[str, ...]:
    """Names as the evidence has them; raises `UnknownName` with the nearest ones for another."""
    known = {plain_name(name): name for name in medicines()}
    for ask in asks().taken:
        if isinstance(ask.evidence, Interaction):
            known |= {plain_name(name): _medicine(ask.row) for name in ask.names}
    for name in names:
        if plain_name(name) not in known:
            raise UnknownName("other drug", name, medicines(), where="--with")
    return tuple(dict.fromkeys(known[plain_name(name)] for name in names))


def taken_by(patient: Patient) -> tuple[str, ...]:
    """The drugs of a patient document that the evidence speaks about, by their names there."""
    met = (check.row for check in screened(patient) if check.status == "met")
    return tuple(dict.fromkeys(_medicine(row) for row in met if _medicine(row) in medicines()))


def _not_known(patient: Patient) -> list[str]:
    """Drugs of a patient document that the evidence says nothing about."""
    return [drug.name for drug in patient.drug or () if not taken_by(Patient(drug=(drug,)))]


def _medicine(row: str) -> str:
    return row.split(".", maxsplit=1)[0]


def interactions(
    course: Course, taken: Sequence[str], changes: Sequence[Change]
) -> tuple[InteractionFound, ...]:
    """What is known of exposure by the routes of a course, and of effects by any route.

    For drugs that are taken: for all routes. `changes`: what the simulation holds of them.
    """
    routes = {a.route for a in course.administrations()}
    held = {change.row for change in changes}
    return tuple(
        _found(row, taken=name in taken, simulated=row.id in held)
        for name, rows in medicines().items()
        for row in rows
        if name in taken or row.kind == "pharmacodynamic" or row.route in routes
    )


def gaps(course: Course, taken: Sequence[str], changes: Sequence[Change]) -> tuple[str, ...]:
    """What is not known, or known and not simulated, about the drugs that are taken."""
    routes = dict.fromkeys(a.route for a in course.administrations())
    held = {change.row for change in changes}
    found: list[str] = []
    for name in taken:
        rows = [row for row in medicines()[name] if row.kind == "pharmacokinetic"]
        for route in routes if rows else ():
            there = [row for row in rows if row.route == route]
            found += [] if there and there[0].id in held else _gap(rows[0], route, there)
    if unknown := _not_known(course.patient):
        found.append(f"nothing was seen about ketamine together with {', '.join(unknown)}")
    return tuple(found)


def _gap(any_row: Interaction, route: str, there: Sequence[Interaction]) -> list[str]:
    drug = any_row.perpetrator
    if not there:
        return [f"what {drug} does to ketamine by route {route} was not seen anywhere"]
    if there[0].auc_ratio == 1.0:
        return []
    return [
        f"with {drug} the exposure by route {route} is {there[0].auc_ratio:g} times that without; "
        "the simulation leaves this out"
    ]


def _found(row: Interaction, *, taken: bool, simulated: bool) -> InteractionFound:
    return InteractionFound(
        id=row.id,
        drug=row.perpetrator,
        how=row.mechanism or row.kind,
        route=row.route or "any",
        auc_ratio=row.auc_ratio,
        auc_range=row.auc_ratio_range,
        peak_ratio=row.cmax_ratio,
        people=row.n,
        says="; ".join((*row.findings, *row.notes)),
        taken=taken,
        simulated=simulated,
        cites=row.cites,
    )
