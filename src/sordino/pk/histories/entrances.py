"""The ways into the compartments, and the amount, rate and duration of a dose on each.

NONMEM's rules (Users Guide VI, chapter III.F): with RATE the rate is as given and bioavailability
shortens the infusion; with a duration it lowers the rate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from sordino.errors import InputError
from sordino.events.table import EventTable
from sordino.library.schema import Compartment, PkModel, RouteInput
from sordino.pk.histories.parameters import ParameterSets, place

Floats = Float[np.ndarray, " dose"]
Places = Int[np.ndarray, " dose"]
Flags = Bool[np.ndarray, " dose"]

MODELLED_RATE, MODELLED_DURATION = -1.0, -2.0


@dataclass(frozen=True, eq=False)
class Entrance:
    """One way in for some dose records: a compartment by its number, or an input of a route.

    `share`, `lag`, `rate`, `duration` are formulas; an entrance by route keeps the duration
    of an infusion and scales its rate, one by compartment does as NONMEM's RATE and Fn.
    """

    rows: Places
    compartment: int
    share: str
    lag: str
    rate: str | None
    duration: str | None
    route: str = ""


def entrances(model: PkModel, table: EventTable) -> Iterator[Entrance]:
    """Sort the dose records by the way their doses take."""
    rows = np.flatnonzero(table.is_dose & ((table.amt > 0) | (table.ss > 0)))
    names = [c.name for c in model.compartment]
    default = names.index(model.default_dose)
    by_number = rows[table.route[rows] < 0]
    target = np.where(table.cmt[by_number] > 0, table.cmt[by_number] - 1, default)
    for k in np.unique(target):
        yield _into(by_number[target == k], int(k), model.compartment[int(k)])
    for k, route in enumerate(table.route_names):
        used = rows[table.route[rows] == k]
        for entry in model.routes[route].inputs if len(used) else ():
            yield _through(used, names.index(entry.to), route, entry)


def _into(rows: Places, number: int, to: Compartment) -> Entrance:
    return Entrance(
        rows, number, to.bioavailability, to.lag, to.infusion_rate, to.infusion_duration
    )


def _through(rows: Places, number: int, route: str, entry: RouteInput) -> Entrance:
    return Entrance(rows, number, entry.fraction, entry.lag, None, entry.duration, route)


def shape(
    table: EventTable, sets: ParameterSets, way: Entrance, owner: Places, acting: Places
) -> tuple[Floats, Floats, Floats]:
    """Amount at once, rate and duration (h) of doses, with the parameters of sets `acting`."""
    share = sets.formula(way.share)[acting]
    refuse(table, owner, ~(share >= 0), "the bioavailability is negative or not a number here")
    amount = table.amt[owner] * share
    if way.route:
        return _spread(amount, _route_duration(table, sets, way, owner, acting))
    told = table.rate[owner]
    fixed = told > 0
    lasting = np.where(fixed, amount / np.where(fixed, told, 1.0), table.duration_h[owner])
    at_once, rate, duration = _spread(amount, lasting)
    rate = np.where(fixed & (duration > 0), told, rate)
    chosen = told == MODELLED_DURATION
    if chosen.any():
        text = needed(table, way.duration, owner[chosen], "infusion_duration", "RATE -2")
        duration[chosen] = hours(table, sets, text, owner[chosen], acting[chosen])
        rate[chosen] = amount[chosen] / duration[chosen]
    chosen = told == MODELLED_RATE
    if chosen.any():
        text = needed(table, way.rate, owner[chosen], "infusion_rate", "RATE -1")
        rate[chosen] = per_hour(table, sets, text, owner[chosen], acting[chosen])
        duration[chosen] = amount[chosen] / rate[chosen]
    return np.where(told < 0, 0.0, at_once), rate, duration


def _route_duration(
    table: EventTable, sets: ParameterSets, way: Entrance, owner: Places, acting: Places
) -> Floats:
    """How long each dose of a route runs, h: as its record says, or as the input does."""
    told = table.rate[owner]
    refuse(
        table,
        owner,
        told < 0,
        f"RATE -1 and -2 are for a dose into a compartment, not for the route {way.route}",
        column="RATE",
        hint="give such a dose by CMT, or a zero_order input to the route",
    )
    rate = np.where(told > 0, told, 1.0)
    duration = np.where(told > 0, table.amt[owner] / rate, table.duration_h[owner])
    if way.duration is None:
        return duration
    refuse(
        table,
        owner,
        duration > 0,
        f"the route {way.route} spreads the dose by itself",
        column="RATE",
        allowed="RATE 0 and no DUR",
    )
    return hours(table, sets, way.duration, owner, acting)


def _spread(amount: Floats, duration: Floats) -> tuple[Floats, Floats, Floats]:
    """An amount at once where there is no duration, else a rate."""
    long = duration > 0
    rate = np.where(long, amount / np.where(long, duration, 1.0), 0.0)
    return np.where(long, 0.0, amount), rate, np.where(long, duration, 0.0)


def hours(
    table: EventTable, sets: ParameterSets, text: str, owner: Places, acting: Places
) -> Floats:
    """A duration from the model, h; it has to be above 0."""
    duration = sets.formula(text)[acting] * sets.hours_per_unit
    refuse(table, owner, ~(duration > 0), "the duration from the model is not above 0 here")
    return duration


def per_hour(
    table: EventTable, sets: ParameterSets, text: str, owner: Places, acting: Places
) -> Floats:
    """A rate from the model, mg/h; it has to be above 0."""
    rate = sets.formula(text)[acting] / sets.hours_per_unit
    refuse(table, owner, ~(rate > 0), "the rate from the model is not above 0 here")
    return rate


def needed(table: EventTable, text: str | None, rows: Places, key: str, told: str) -> str:
    """A formula that a dose cannot do without."""
    if text is None:
        raise InputError(
            f"{told} needs {key} in the compartment of this dose, and the model has none",
            where=place(table, int(rows[0]), "RATE"),
            hint=f"add {key} to the compartment in the model file, or give a rate",
        )
    return text


def refuse(
    table: EventTable,
    rows: Places,
    wrong: Flags,
    what: str,
    *,
    column: str = "",
    allowed: str = "",
    hint: str = "",
) -> None:
    """Raise `InputError` for the first of the rows where something is wrong."""
    if wrong.any():
        row = int(rows[np.flatnonzero(wrong)[0]])
        raise InputError(what, where=place(table, row, column), allowed=allowed, hint=hint)
