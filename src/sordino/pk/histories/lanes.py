"""Timelines of many individuals side by side, walked in blocks of steps.

Individuals with about as many points go together, so that little is padded. Sizes are a few
fixed ones: the walk is compiled once for a structure, not for a data set.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jaxtyping import Float, Int

from sordino.pk.histories.parameters import ParameterSets
from sordino.pk.histories.timeline import Entries, Timeline
from sordino.pk.histories.walk import Links, Steps, walk

LANES = (8, 64, 128, 256)
"""Individuals that are walked together."""

BLOCKS = (32, 256)
"""Steps of one compiled call."""

SLABS = (1, 8, 32, 256)
"""Rate matrices of one compiled call."""

Amounts = Float[np.ndarray, "row compartment"]


def bucket(number: int, sizes: tuple[int, ...]) -> int:
    """The smallest of some sizes that holds a number, else the largest."""
    return next((size for size in sizes if size >= number), sizes[-1])


@dataclass(frozen=True, eq=False)
class Group:
    """Individuals that are walked together, each in a lane.

    `points`, `steps`, `lanes`: every point of theirs, its step and its lane.
    """

    individuals: Int[np.ndarray, " individual"]
    width: int
    points: Int[np.ndarray, " point"]
    steps: Int[np.ndarray, " point"]
    lanes: Int[np.ndarray, " point"]
    length: int


def groups(timeline: Timeline, widths: tuple[int, ...] = LANES) -> Iterator[Group]:
    """Individuals sorted by the number of their points, in groups."""
    order = np.argsort(-timeline.count, kind="stable")
    for begin in range(0, len(order), widths[-1]):
        members = order[begin : begin + widths[-1]]
        counts = timeline.count[members]
        lanes = np.repeat(np.arange(len(members)), counts)
        steps = np.arange(len(lanes)) - np.repeat(np.cumsum(counts) - counts, counts)
        points = timeline.first[members][lanes] + steps
        yield Group(members, bucket(len(members), widths), points, steps, lanes, int(counts.max()))


@dataclass(frozen=True, eq=False)
class SortedEntries:
    """(point, place, number) entries in order of their points, found by point."""

    begin: Int[np.ndarray, " border"]
    place: Int[np.ndarray, " entry"]
    number: Float[np.ndarray, " entry"]

    @staticmethod
    def of(
        entries: Entries,
        points: int,
    ) -> SortedEntries:
        order = np.argsort(entries.point, kind="stable")
        begin = np.searchsorted(entries.point[order], np.arange(points + 1))
        return SortedEntries(begin, entries.place[order], entries.number[order])

    def add_to(self, target: Float[np.ndarray, "step place lane"], group: Group) -> None:
        """Add the entries of the points of a group where they belong."""
        counts = self.begin[group.points + 1] - self.begin[group.points]
        some = np.flatnonzero(counts)
        counts = counts[some]
        which = np.repeat(some, counts)
        within = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
        entry = self.begin[group.points[which]] + within
        at = (group.steps[which], self.place[entry], group.lanes[which])
        np.add.at(target, at, self.number[entry])


@dataclass(frozen=True, eq=False)
class Lookup:
    """A timeline with what happens at its points, found by point.

    `rows`: the row of each point, -1 for a moment between records. `extra`: mg that steady
    states bring at rows. `switches`, `doses`: `Timeline.changes` and `Timeline.added`.
    """

    timeline: Timeline
    rows: Int[np.ndarray, " point"]
    extra: Amounts | None
    switches: SortedEntries
    doses: SortedEntries

    @staticmethod
    def of(timeline: Timeline, extra: Amounts | None) -> Lookup:
        points = len(timeline.length_h)
        rows = np.full(points, -1)
        rows[timeline.of_row] = np.arange(len(timeline.of_row))
        switches = SortedEntries.of(timeline.changes, points)
        return Lookup(timeline, rows, extra, switches, SortedEntries.of(timeline.added, points))


@dataclass(frozen=True, eq=False)
class Padded:
    """The points of a group by step and lane; past the end of a lane nothing happens.

    `inflow`: mg/h of every channel during the step to the point. `parameters`: the set that
    acts then. The others as in `Timeline`.
    """

    length_h: Float[np.ndarray, "step lane"]
    keep: Float[np.ndarray, "step lane"]
    added: Float[np.ndarray, "step compartment lane"]
    inflow: Float[np.ndarray, "step channel lane"]
    parameters: Int[np.ndarray, "step lane"]


def padded(lookup: Lookup, group: Group, size: int, compartments: int) -> Padded:
    """The points of a group in `size` steps."""
    timeline, at = lookup.timeline, (group.steps, group.lanes)
    length_h, keep = np.zeros((size, group.width)), np.ones((size, group.width))
    length_h[at] = timeline.length_h[group.points]
    keep[at] = timeline.keep[group.points]
    added = np.zeros((size, compartments, group.width))
    lookup.doses.add_to(added, group)
    if lookup.extra is not None:
        rows = lookup.rows[group.points]
        seen = rows >= 0
        added[group.steps[seen], :, group.lanes[seen]] += lookup.extra[rows[seen]]
    inflow = _inflow(lookup.switches, group, size, len(timeline.channels))
    return Padded(length_h, keep, added, inflow, _parameters(timeline, group, size))


def walk_all(timeline: Timeline, sets: ParameterSets, extra: Amounts | None) -> Amounts:
    """Amounts, mg, after every record; `extra`: mg that steady states bring at records."""
    amounts = np.empty((len(timeline.of_row), len(sets.model.compartment)))
    lookup = Lookup.of(timeline, extra)

    def one(group: Group) -> None:
        walked = _walk(lookup, sets, group)
        rows = lookup.rows[group.points]
        seen = rows >= 0
        amounts[rows[seen]] = walked[group.lanes[seen], group.steps[seen]]

    with ThreadPoolExecutor(_cores()) as pool:
        for _ in pool.map(one, groups(timeline)):
            pass
    return amounts


def _cores() -> int:
    """The cores that this process may use."""
    chosen = getattr(os, "sched_getaffinity", None)
    return len(chosen(0)) if chosen else os.cpu_count() or 1


def _walk(
    lookup: Lookup, sets: ParameterSets, group: Group
) -> Float[np.ndarray, "lane step compartment"]:
    """Amounts after every step of a group, block by block."""
    count, channels = len(sets.model.compartment), lookup.timeline.channels
    block = bucket(group.length, BLOCKS)
    size = -(-group.length // block) * block
    board = padded(lookup, group, size, count)
    entering = {(to, count + k) for k, to in enumerate(channels)}
    links = Links(count + len(channels), sets.links | entering)
    walked = np.empty((group.width, size, count))
    here: Any = np.zeros((count, group.width))
    for begin in range(0, group.length, block):
        part = slice(begin, begin + block)
        rates, slab, fresh = _matrices(sets, board.parameters[part], channels)
        # One transfer of everything; array by array it costs as much as the walk.
        arrays: Any = (rates, slab, fresh, board.length_h[part], board.inflow[part])
        arrays += (board.keep[part], board.added[part])
        number = np.asarray(min(block, group.length - begin))
        done, here = walk(links, *jax.device_put((Steps(*arrays), number, here)))
        walked[:, part] = np.asarray(done)
    return walked


def _inflow(
    switches: SortedEntries, group: Group, size: int, channels: int
) -> Float[np.ndarray, "step channel lane"]:
    """The rate of every input during the step to each point."""
    change = np.zeros((size, channels, group.width))
    if not channels:
        return change
    switches.add_to(change, group)
    running = np.zeros((size, channels, group.width))
    counts = SortedEntries(switches.begin, switches.place, np.sign(switches.number))
    counts.add_to(running, group)
    rate, running = np.cumsum(change, axis=0), np.cumsum(running, axis=0)
    # Where nothing runs the sum of what was switched on and off is rounding.
    rate = np.where(running > 0.5, rate, 0.0)
    return np.concatenate([np.zeros((1, channels, group.width)), rate[:-1]])


def _parameters(timeline: Timeline, group: Group, size: int) -> Int[np.ndarray, "step lane"]:
    """The parameter set of every step; past the end of a lane its last one."""
    acting = np.zeros((size, group.width), int)
    acting[:] = timeline.parameters[timeline.first[group.individuals[0]]]
    counts = timeline.count[group.individuals]
    last = timeline.parameters[timeline.first[group.individuals] + counts - 1]
    acting[:, : len(counts)] = last
    acting[group.steps, group.lanes] = timeline.parameters[group.points]
    return acting


def _matrices(
    sets: ParameterSets, acting: Int[np.ndarray, "step lane"], channels: tuple[int, ...]
) -> tuple[
    Float[np.ndarray, "slab state state lane"],
    Int[np.ndarray, " step"],
    np.ndarray,
]:
    """The rate matrices of a block, one for each time that any of them changes."""
    fresh = np.ones(len(acting), bool)
    fresh[1:] = (acting[1:] != acting[:-1]).any(axis=1)
    slab = np.cumsum(fresh) - 1
    used, place = np.unique(acting[fresh], return_inverse=True)
    matrices = sets.rates(used)
    place = place.reshape(-1, acting.shape[1])
    count = matrices.shape[1]
    size = count + len(channels)
    rates = np.zeros((bucket(len(place), SLABS), size, size, acting.shape[1]))
    rates[: len(place), :count, :count] = np.moveaxis(matrices[place], 1, -1)
    for k, compartment in enumerate(channels):
        rates[:, compartment, count + k] = 1.0
    return rates, slab, fresh
