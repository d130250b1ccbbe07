"""Records and the moments between them as one timeline for each individual.

A moment is a time strictly between two records at which an input begins or ends. What happens
exactly at the time of a record belongs to that record: NONMEM lets additional and lagged doses
enter before it, and nothing that only adds can tell the difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from sordino.events.table import EventTable
from sordino.pk.histories.doses import Inputs, Spans
from sordino.pk.histories.parameters import ParameterSets

Points = Int[np.ndarray, " point"]
Rows = Int[np.ndarray, " row"]


class Entries(NamedTuple):
    """Numbers that belong to points; `place` is a compartment or a channel."""

    point: Int[np.ndarray, " entry"]
    place: Int[np.ndarray, " entry"]
    number: Float[np.ndarray, " entry"]


@dataclass(frozen=True, eq=False)
class Timeline:
    """All points (records and moments) in order, individual after individual.

    `time_h`: hours. `length_h`: time since the point before, 0 where an individual begins or a
    record resets. `parameters`: the set that acts during that time. `keep`: False where a
    record resets. `of_row`: the point of each row. `first`, `count`: points of each individual.
    `changes`: every switch of an input, mg/h, by channel; `channels` are the compartments that
    these belong to. `added`: every amount at once, mg, by compartment.
    """

    time_h: Float[np.ndarray, " point"]
    length_h: Float[np.ndarray, " point"]
    parameters: Points
    keep: Bool[np.ndarray, " point"]
    of_row: Int[np.ndarray, " row"]
    first: Int[np.ndarray, " individual"]
    count: Int[np.ndarray, " individual"]
    channels: tuple[int, ...]
    changes: Entries
    added: Entries


def make_timeline(
    table: EventTable, sets: ParameterSets, between: Spans, inputs: Inputs
) -> Timeline:
    """Merge the records of a table with the moments at which inputs begin and end."""
    starts = _Marks(inputs.row, inputs.start_h)
    running = inputs.rate > 0
    ended = running & (inputs.stop_row >= 0)
    stops = _Marks(inputs.stop_row[ended], inputs.stop_h[ended])
    moments = _moments(table, [starts, stops])
    row_count = len(table.row)
    of_row = np.arange(row_count) + np.searchsorted(moments.row, np.arange(row_count), "right")
    of_moment = moments.row + np.arange(len(moments.row))
    total = row_count + len(of_moment)
    time, acting = np.empty(total), np.empty(total, int)
    keep = np.ones(total, bool)
    time[of_row], time[of_moment] = table.time_h, moments.time_h
    acting[of_row], acting[of_moment] = sets.step_set, sets.step_set[moments.row]
    keep[of_row] = ~between.reset
    begins = np.flatnonzero(np.diff(table.individual, prepend=-1))
    first = of_row[begins] - _before(moments.row, begins)
    length = np.diff(time, prepend=0.0)
    length[first] = 0.0
    length[~keep] = 0.0
    at_start = _points(table, moments, of_row, of_moment, starts)
    at_stop = _points(table, moments, of_row, of_moment, stops)
    channels = tuple(int(k) for k in np.unique(inputs.compartment[running]))
    place = np.searchsorted(channels, inputs.compartment) if channels else inputs.compartment
    once = inputs.amount_mg > 0
    return Timeline(
        time_h=time,
        length_h=length,
        parameters=acting,
        keep=keep,
        of_row=of_row,
        first=first,
        count=np.diff(np.append(first, total)),
        channels=channels,
        changes=Entries(
            np.concatenate([at_start[running], at_stop]),
            np.concatenate([place[running], place[ended]]),
            np.concatenate([inputs.rate[running], -inputs.rate[ended]]),
        ),
        added=Entries(at_start[once], inputs.compartment[once], inputs.amount_mg[once]),
    )


@dataclass(frozen=True, eq=False)
class _Marks:
    """Times and the records they belong to; a time after its record stands for the record."""

    row: Points
    time_h: Float[np.ndarray, " point"]


def _is_moment(table: EventTable, marks: _Marks) -> Bool[np.ndarray, " point"]:
    inside = np.maximum(marks.row, 0)
    return marks.time_h < table.time_h[inside]


def _moments(table: EventTable, marks: list[_Marks]) -> _Marks:
    """The distinct times that lie before their record, in order."""
    chosen = [(m.row[_is_moment(table, m)], m.time_h[_is_moment(table, m)]) for m in marks]
    row = np.concatenate([r for r, _ in chosen])
    time = np.concatenate([t for _, t in chosen])
    order = np.lexsort([time, row])
    row, time = row[order], time[order]
    new = np.ones(len(row), bool)
    new[1:] = (row[1:] != row[:-1]) | (time[1:] != time[:-1])
    return _Marks(row[new], time[new])


def _before(rows: Points, begins: Int[np.ndarray, " individual"]) -> Int[np.ndarray, " individual"]:
    """How many moments stand directly before each of some records."""
    return np.searchsorted(rows, begins, "right") - np.searchsorted(rows, begins, "left")


def _points(
    table: EventTable, moments: _Marks, of_row: Rows, of_moment: Points, marks: _Marks
) -> Int[np.ndarray, " mark"]:
    """The point of each mark."""
    points = of_row[marks.row] if len(marks.row) else np.zeros(0, int)
    early = np.flatnonzero(_is_moment(table, marks))
    if not len(early):
        return points
    keys = np.stack([moments.row.astype(float), moments.time_h])
    wanted = np.stack([marks.row[early].astype(float), marks.time_h[early]])
    joined = np.concatenate([keys, wanted], axis=1)
    order = np.lexsort([np.arange(joined.shape[1]), joined[1], joined[0]])
    is_key = order < keys.shape[1]
    found = np.empty(joined.shape[1], int)
    found[order] = np.cumsum(is_key) - 1
    points = points.copy()
    points[early] = of_moment[found[keys.shape[1] :]]
    return points
