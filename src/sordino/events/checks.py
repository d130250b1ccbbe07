"""What no event table may hold: records that NONMEM refuses, or that have no one meaning.

Every check looks at all records at once. Decisions and where they are documented:
`docs/data-set.md`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from sordino.events.columns import Columns
from sordino.events.problems import Problems, number_text
from sordino.events.table import Bool, EventTable, Float64, Int64

if TYPE_CHECKING:
    from sordino.library.schema import PkModel

RATE_FROM_MODEL, DURATION_FROM_MODEL = -1.0, -2.0


def check_events(table: EventTable, model: PkModel, columns: Columns, problems: Problems) -> None:
    """Report every record of `table` that cannot be used to `problems`."""
    for check in (_times, _dose_items, _negatives, _amounts, _rates, _repeats):
        check(table, columns, problems)
    _modelled_rates(table, model, columns, problems)
    _routes(table, model, columns, problems)


def constant_infusion(table: EventTable) -> Bool:
    """True where a record ends an infusion that ran long enough for a steady state."""
    runs = (table.rate > 0) | (table.rate == RATE_FROM_MODEL)
    return table.is_dose & (table.ss > 0) & (table.amt == 0) & runs


def _own(columns: Columns, meaning: str) -> str:
    return columns.known.get(meaning, meaning)


def _found(values: Float64 | Int64, text: str = "") -> Callable[[int], str]:
    """A message that begins with the value of the record."""
    return lambda i: f"found {number_text(float(values[i]))}{text}"


def _times(table: EventTable, columns: Columns, problems: Problems) -> None:
    time = table.time_h
    before = np.concatenate((time[:1], time[:-1]))
    same = np.diff(table.individual, prepend=-1) == 0
    problems.add_rows(
        same & (time < before) & ~table.is_reset,
        _own(columns, "TIME"),
        lambda i: (
            f"the time runs back from {number_text(before[i])} h to {number_text(time[i])} h "
            f"within ID {table.ids[table.individual[i]]}"
        ),
        allowed="times that do not decrease within an individual, except where EVID is 3 or 4",
        hint="sort the records; a clock time past midnight is 24:30, or there is a column of dates",
    )


def _dose_items(table: EventTable, columns: Columns, problems: Problems) -> None:
    items: dict[str, Float64 | Int64] = {
        "AMT": table.amt,
        "RATE": table.rate,
        "DUR": table.duration_h,
        "ADDL": table.addl,
        "II": table.ii_h,
        "SS": table.ss,
    }
    for meaning, values in items.items():
        problems.add_rows(
            ~table.is_dose & (values != 0),
            _own(columns, meaning),
            lambda i, values=values: (
                f"found {number_text(float(values[i]))} on a record that gives no dose "
                f"(EVID {table.evid[i]})"
            ),
            allowed="0 or nothing where EVID is 0, 2 or 3",
            hint="is this a dose? then EVID is 1, or 4 after a reset",
        )


def _negatives(table: EventTable, columns: Columns, problems: Problems) -> None:
    for meaning, values, words, allowed in (
        ("AMT", table.amt, "an amount", "more than 0 mg"),
        ("DUR", table.duration_h, "a duration", "0 (at once) or more"),
        ("II", table.ii_h, "an interval", "0 or more"),
    ):
        problems.add_rows(
            table.is_dose & (values < 0),
            _own(columns, meaning),
            _found(values, f": {words} cannot be negative"),
            allowed=allowed,
        )


def _amounts(table: EventTable, columns: Columns, problems: Problems) -> None:
    problems.add_rows(
        table.is_dose & (table.amt == 0) & ~constant_infusion(table),
        _own(columns, "AMT"),
        "a dose without an amount",
        allowed="more than 0 mg; 0 only for a constant infusion at steady state "
        "(SS 1 or 2, RATE above 0 or -1, II 0)",
        hint="a record that only asks for a prediction has EVID 0 or 2",
    )


def _rates(table: EventTable, columns: Columns, problems: Problems) -> None:
    dose, rate, duration = table.is_dose, table.rate, table.duration_h
    problems.add_rows(
        dose & (rate < 0) & (rate != RATE_FROM_MODEL) & (rate != DURATION_FROM_MODEL),
        _own(columns, "RATE"),
        _found(rate),
        allowed="0 (at once), above 0 (amount per time), -1 (rate from the model) or "
        "-2 (duration from the model)",
    )
    problems.add_rows(
        dose & (duration > 0) & (rate != 0),
        _own(columns, "DUR"),
        lambda i: f"the duration does not fit the rate {number_text(rate[i])}",
        allowed="RATE or DUR; both only where AMT = RATE x DUR",
        hint="keep one of the two, and 0 or nothing in the other",
    )


def _repeats(table: EventTable, columns: Columns, problems: Problems) -> None:
    dose, constant = table.is_dose, constant_infusion(table)
    interval = _own(columns, "II")
    without = dose & (table.ii_h == 0)
    problems.add_rows(
        without & (table.ss > 0) & ~constant,
        interval,
        "a dose at steady state (SS) without an interval",
        allowed="more than 0; 0 only for a constant infusion (AMT 0, RATE above 0 or -1)",
        hint="II is the time between the doses that led to the steady state",
    )
    problems.add_rows(
        without & (table.addl > 0) & ~constant,
        interval,
        "additional doses (ADDL) without an interval",
        allowed="more than 0 where ADDL is above 0",
        hint="II is the time between the doses",
    )
    problems.add_rows(
        constant & (table.ii_h != 0),
        interval,
        _found(table.ii_h, ", but a constant infusion at steady state has no interval"),
        allowed="0 where AMT is 0",
        hint="for repeated infusions give AMT",
    )
    problems.add_rows(
        constant & (table.addl != 0),
        _own(columns, "ADDL"),
        _found(table.addl, ", but a constant infusion at steady state cannot be repeated"),
        allowed="0 where AMT is 0",
    )


def _modelled_rates(
    table: EventTable, model: PkModel, columns: Columns, problems: Problems
) -> None:
    """A rate or a duration that the model must give, but does not."""
    names = [compartment.name for compartment in model.compartment]
    target = np.where(table.cmt > 0, table.cmt - 1, names.index(model.default_dose))
    by_cmt = table.is_dose & (table.route < 0)
    for code, key in (
        (RATE_FROM_MODEL, "infusion_rate"),
        (DURATION_FROM_MODEL, "infusion_duration"),
    ):
        lacks = np.array(
            [
                (c.infusion_rate if key == "infusion_rate" else c.infusion_duration) is None
                for c in model.compartment
            ]
        )
        able = [name for name, bad in zip(names, lacks, strict=True) if not bad]
        problems.add_rows(
            by_cmt & (table.rate == code) & lacks[np.clip(target, 0, len(names) - 1)],
            _own(columns, "RATE"),
            lambda i, key=key, code=code: (
                f"found {code:g}, but the model has no {key} for compartment {names[target[i]]}"
            ),
            allowed=f"{code:g} only for {', '.join(able)}" if able else "0 or above",
            hint=f"give the compartment {key} = ... in the model file",
        )


def _routes(table: EventTable, model: PkModel, columns: Columns, problems: Problems) -> None:
    if not (table.route >= 0).any():
        return
    own, by_route = _own(columns, "ROUTE"), table.is_dose & (table.route >= 0)
    name = [route.name for route in model.route]
    place = {compartment.name: i for i, compartment in enumerate(model.compartment, start=1)}
    timed = np.array([any(e.kind == "zero_order" for e in route.inputs) for route in model.route])
    leads = np.zeros((len(name), len(place) + 1), bool)
    leads[:, 0] = True
    for i, route in enumerate(model.route):
        leads[i, [place[entry.to] for entry in route.inputs]] = True
    runs = (table.rate != 0) | (table.duration_h != 0)
    problems.add_rows(
        by_route & (table.rate < 0),
        _own(columns, "RATE"),
        _found(table.rate, ", but a rate or duration of the model belongs to a compartment"),
        allowed="0 or above where ROUTE is given",
        hint="give CMT instead of ROUTE",
    )
    problems.add_rows(
        by_route & runs & (table.rate >= 0) & timed[table.route],
        own,
        lambda i: f"the route {name[table.route[i]]} has its own duration and takes no infusion",
        allowed="RATE and DUR 0 or nothing",
        hint="give the dose at once, or another route",
    )
    problems.add_rows(
        by_route & ~leads[table.route, np.clip(table.cmt, 0, len(place))],
        own,
        lambda i: f"the route {name[table.route[i]]} does not lead into CMT {table.cmt[i]}",
        allowed="ROUTE or CMT; both only where the route leads into that compartment",
        hint="keep one of the two, and nothing in the other",
    )
