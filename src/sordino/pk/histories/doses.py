"""What the dose records of a data set put into the compartments, and when.

NONMEM's rules (Users Guide VI, chapters III.B.2, III.F and V): additional and lagged doses
enter between records. They belong to the first record at or after their time, enter before it,
and take bioavailability, rate and duration of the interval that ends there; the lag is that of
the dose record. A reset (EVID 3, 4) and a steady-state record with SS = 1 stop what runs and
drop what has not entered.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int

from sordino.events.table import EventTable
from sordino.pk.histories.entrances import (
    MODELLED_RATE,
    Entrance,
    Flags,
    Floats,
    Places,
    entrances,
    needed,
    per_hour,
    refuse,
    shape,
)
from sordino.pk.histories.parameters import ParameterSets


class Spans(NamedTuple):
    """For each row, the end (exclusive) of the stretch of records that no reset interrupts.

    `cut`: a reset of the same individual stands at that end. `reset`: rows that empty the
    compartments.
    """

    end: Int[np.ndarray, " row"]
    cut: Bool[np.ndarray, " row"]
    reset: Bool[np.ndarray, " row"]


class Inputs(NamedTuple):
    """Amounts at once (`rate` 0) and infusions (`amount_mg` 0), one entry each.

    `owner` is the dose record, `row` the record at which or before which it enters, at
    `start_h`. An infusion ends at `stop_h`, at or before the record `stop_row`; that is -1
    when no record of the individual sees its end, and a reset that stops it earlier counts
    as its end.
    """

    owner: Places
    compartment: Places
    row: Places
    start_h: Floats
    amount_mg: Floats
    rate: Floats
    stop_row: Places
    stop_h: Floats


class SteadyDoses(NamedTuple):
    """Doses that have been repeated for ever when their record comes.

    Each `period_h`, `amount_mg` at once or `rate` mg/h for `duration_h`, `lag_h` late.
    `constant`: an infusion at `rate` that never stopped until the record.
    """

    row: Places
    compartment: Places
    amount_mg: Floats
    rate: Floats
    duration_h: Floats
    period_h: Floats
    lag_h: Floats
    constant: Flags


T = TypeVar("T", Inputs, SteadyDoses)

_EMPTY = {"constant": bool, "owner": int, "compartment": int, "row": int, "stop_row": int}
"""Types of the columns of no doses at all, where they are not numbers."""


def spans(table: EventTable) -> Spans:
    """Stretches of records between resets."""
    begins = np.diff(table.individual, prepend=-1) != 0
    reset = table.is_reset | (table.is_dose & (table.ss == 1))
    borders = np.append(np.flatnonzero(begins | reset), len(table.row))
    end = borders[np.searchsorted(borders, np.arange(len(table.row)), side="right")]
    inside = np.minimum(end, len(table.row) - 1)
    cut = (end < len(table.row)) & (table.individual[inside] == table.individual)
    return Spans(end, cut, reset)


def first_at_or_after(
    time_h: Float[np.ndarray, " row"], low: Places, high: Places, moment_h: Floats
) -> Places:
    """The first row in [low, high) whose time is not before a moment; `high` when none is."""
    low, high = low.copy(), high.copy()
    while (low < high).any():
        middle = (low + high) // 2
        safe = np.minimum(middle, len(time_h) - 1)
        earlier = (low < high) & (time_h[safe] < moment_h)
        high = np.where((low < high) & ~earlier, middle, high)
        low = np.where(earlier, middle + 1, low)
    return low


def collect(table: EventTable, sets: ParameterSets, between: Spans) -> tuple[Inputs, SteadyDoses]:
    """All inputs of a table, and its steady-state doses.

    Raises `InputError` for a lag, share, rate or duration of the model that cannot be, and
    for steady states that NONMEM does not define.
    """
    inputs: list[Inputs] = []
    steady: list[SteadyDoses] = []
    for way in entrances(sets.model, table):
        for found, states in _entered(table, sets, between, way):
            inputs.append(found)
            steady.append(states)
    return _joined(Inputs, inputs), _joined(SteadyDoses, steady)


def _joined(kind: type[T], parts: list[T]) -> T:
    if not parts:
        return kind(**{f: np.zeros(0, _EMPTY.get(f, float)) for f in kind._fields})
    return kind(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _entered(
    table: EventTable, sets: ParameterSets, between: Spans, way: Entrance
) -> Iterator[tuple[Inputs, SteadyDoses]]:
    """Inputs and steady states of one entrance."""
    constant = way.rows[table.amt[way.rows] == 0]
    if len(constant):
        yield _joined(Inputs, []), _constant(table, sets, way, constant)
    rows = way.rows[table.amt[way.rows] > 0]
    if not len(rows):
        return
    lag = sets.formula(way.lag)[sets.row_set[rows]] * sets.hours_per_unit
    never = ~(lag >= 0) | np.isinf(lag)
    refuse(table, rows, never, "the lag of this dose is negative or no number of hours")
    yield _doses(table, sets, between, way, rows, lag), _joined(SteadyDoses, [])
    repeated = table.ss[rows] > 0
    if repeated.any():
        rows, lag = rows[repeated], lag[repeated]
        refuse(
            table,
            rows,
            _changing_rate(table, sets, way, rows),
            "a steady state with a rate from the model that changes between the records",
            column="RATE",
            allowed="a rate that stays the same in an individual",
        )
        states = _repeated(table, sets, way, rows, lag)
        yield _still_running(table, between, states), states


def _doses(
    table: EventTable,
    sets: ParameterSets,
    between: Spans,
    way: Entrance,
    rows: Places,
    lag_h: Floats,
) -> Inputs:
    """Each dose and its additional doses, as far as a record sees them."""
    copies = table.addl[rows] + 1
    which = np.repeat(np.arange(len(rows)), copies)
    number = np.arange(len(which)) - np.repeat(np.cumsum(copies) - copies, copies)
    owner = rows[which]
    start = table.time_h[owner] + number * table.ii_h[owner] + lag_h[which]
    with_record = (number == 0) & (lag_h[which] == 0)
    seen = first_at_or_after(table.time_h, owner + 1, between.end[owner], start)
    row = np.where(with_record, owner, seen)
    there = with_record | (row < between.end[owner])
    owner, row = owner[there], row[there]
    start, with_record = start[there], with_record[there]
    acting = np.where(with_record, sets.row_set[owner], sets.step_set[row])
    amount, rate, duration = shape(table, sets, way, owner, acting)
    low = np.where(with_record, row + 1, row)
    compartment = np.full(len(row), way.compartment)
    found = _inputs(table, between, compartment, owner, row, start, amount, rate, duration, low)
    changing = _changing_rate(table, sets, way, owner)
    if not changing.any():
        return found
    kept = Inputs(*(column[~changing] for column in found))
    pieces = [
        piece
        for k in np.flatnonzero(changing)
        for piece in _pieces(table, sets, between, way, found, int(k), int(low[k]))
    ]
    return _joined(Inputs, [kept, *pieces])


def _changing_rate(table: EventTable, sets: ParameterSets, way: Entrance, owner: Places) -> Flags:
    """Doses whose rate comes from the model and is not the same at all records."""
    told = table.rate[owner] == MODELLED_RATE
    if way.rate is None or not told.any():
        return np.zeros(len(owner), bool)
    rate = sets.formula(way.rate)[sets.row_set]
    same = table.individual[1:] == table.individual[:-1]
    changes = np.flatnonzero(same & (rate[1:] != rate[:-1])) + 1
    return told & np.isin(table.individual[owner], table.individual[changes])


def _pieces(
    table: EventTable,
    sets: ParameterSets,
    between: Spans,
    way: Entrance,
    found: Inputs,
    dose: int,
    low: int,
) -> Iterator[Inputs]:
    """An infusion at the rate of each interval in turn, until all of it is in."""
    assert way.rate is not None
    owner = int(found.owner[dose])
    left = float(found.rate[dose] * (found.stop_h[dose] - found.start_h[dose]))
    row, start, end = int(found.row[dose]), float(found.start_h[dose]), int(between.end[owner])
    while low < end and left > 0:
        acting = sets.step_set[[low]]
        rate = float(per_hour(table, sets, way.rate, found.owner[[dose]], acting)[0])
        stop = start + left / rate
        last = stop <= table.time_h[low]
        stop = stop if last else float(table.time_h[low])
        if stop > start:
            numbers = (owner, way.compartment, row, start, 0.0, rate, low, stop)
            yield Inputs(*(np.array([number]) for number in numbers))
        left = 0.0 if last else left - rate * (stop - start)
        row, start, low = low, stop, low + 1


def _inputs(
    table: EventTable,
    between: Spans,
    compartment: Places,
    owner: Places,
    row: Places,
    start_h: Floats,
    amount_mg: Floats,
    rate: Floats,
    duration_h: Floats,
    low: Places,
) -> Inputs:
    """Inputs with the records at which they end, the earliest of which is `low`."""
    stop, end = start_h + duration_h, between.end[owner]
    stop_row = first_at_or_after(table.time_h, low, end, stop)
    stop_row = np.where((stop_row < end) | between.cut[owner], stop_row, -1)
    return Inputs(owner, compartment, row, start_h, amount_mg, rate, stop_row, stop)


def _repeated(
    table: EventTable, sets: ParameterSets, way: Entrance, rows: Places, lag_h: Floats
) -> SteadyDoses:
    """Steady states of repeated doses; everything as on their record."""
    period = table.ii_h[rows]
    refuse(
        table,
        rows,
        lag_h > period,
        "a steady state with a lag that is longer than the interval between the doses",
        column="II",
        allowed="a lag of at most II",
        hint="NONMEM does not define it (Users Guide VI, V.F.4); write the doses out with ADDL",
    )
    acting = sets.row_set[rows]
    amount, rate, duration = shape(table, sets, way, rows, acting)
    compartment = np.full(len(rows), way.compartment)
    return SteadyDoses(
        rows, compartment, amount, rate, duration, period, lag_h, np.zeros(len(rows), bool)
    )


def _constant(table: EventTable, sets: ParameterSets, way: Entrance, rows: Places) -> SteadyDoses:
    """Steady states of infusions without end; no bioavailability, no lag (Guide VI, III.F)."""
    refuse(
        table,
        rows,
        np.full(len(rows), bool(way.route)),
        "a constant infusion at steady state goes into a compartment",
        column="ROUTE",
        hint="give its compartment as CMT and leave ROUTE empty",
    )
    rate = table.rate[rows].copy()
    modelled = rate == MODELLED_RATE
    if modelled.any():
        chosen = rows[modelled]
        text = needed(table, way.rate, chosen, "infusion_rate", "RATE -1")
        rate[modelled] = per_hour(table, sets, text, chosen, sets.row_set[chosen])
    refuse(table, rows, ~(rate >= 0), "a steady state needs an amount or a rate", column="RATE")
    none = np.zeros(len(rows))
    compartment = np.full(len(rows), way.compartment)
    return SteadyDoses(rows, compartment, none, rate, none, none, none, np.ones(len(rows), bool))


def _still_running(table: EventTable, between: Spans, states: SteadyDoses) -> Inputs:
    """Infusions given before a steady-state record that end after it."""
    before = np.ceil((states.lag_h + states.duration_h) / states.period_h) - 1
    copies = np.where(states.rate > 0, np.maximum(before, 0), 0).astype(int)
    which = np.repeat(np.arange(len(copies)), copies)
    number = np.arange(len(which)) - np.repeat(np.cumsum(copies) - copies, copies) + 1
    owner = states.row[which]
    begun = table.time_h[owner] + states.lag_h[which] - number * states.period_h[which]
    left = begun + states.duration_h[which] - table.time_h[owner]
    none = np.zeros(len(which))
    return _inputs(
        table,
        between,
        states.compartment[which],
        owner,
        owner,
        table.time_h[owner],
        none,
        states.rate[which],
        left,
        owner + 1,
    )
