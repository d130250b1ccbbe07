"""From a schedule to index arrays: the nodes that are walked and the outputs read from them.

The state of the system is walked from node to node. An output time is read at an offset from
the node before it, y = row(offset) @ state(node), so a 5-minute grid needs one step from one
dose to the next. More offsets save steps and cost rows; the cheapest number is taken. Time is
cut into occasions; parameters may change where one begins, and each begins with a node.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sordino.pk.lengths import (
    ROW_TILE,
    LengthChain,
    RowChain,
    length_chain,
    room,
    to_hours,
    to_ticks,
)

Times = Sequence[float] | np.ndarray

OFFSET_CHOICES = (8, 24, 48, 96, 128, 160, 192, 224, 256, 320, 384)
"""Numbers of distinct offsets to choose from; outputs are read at no others."""

LOOK_BACK = 11
"""How many times before an output time are considered as the node to read it from."""

READ_PADDING = 32
"""The number of outputs is padded to a multiple of this."""


OCCASIONS = 8
"""The least room for occasions, where there is more than one."""


@dataclass(frozen=True)
class Work:
    """What a system costs: entries of a matrix, states, entries of the rows of each read set."""

    entries: int = 64
    states: int = 8
    rows: tuple[int, ...] = (8,)


@dataclass(frozen=True)
class ReadPlan:
    """Where the times of one read set are read.

    `node`, `row` (time,): the node, and the row slot of the offset from it. Padded with repeats
    of the last one beyond `reads`. `first` (occasion + 1,): where the times of each occasion
    begin; the repeats belong to the last one.
    """

    node: np.ndarray
    row: np.ndarray
    first: np.ndarray
    reads: int
    chain: RowChain


@dataclass(frozen=True)
class TimePlan:
    """Index arrays for one schedule; all patients of a run share it.

    `node_h`, `node_slot` (node,): time of each node and slot of the step that leads to it
    (the identity for the first node of an occasion and for padding). `reads`: one for each
    read set. `node_occasion` (node,): the occasion of each node.
    `first_node` (occasion + 1,): nodes of occasion k are first_node[k] to first_node[k + 1].
    `start_h`, `end_h`, `end_slot` (occasion,): its span, and the step from its last node to
    its end. `occasions`: how many of them are not padding.
    """

    lengths: LengthChain
    node_h: np.ndarray
    node_slot: np.ndarray
    reads: tuple[ReadPlan, ...]
    node_occasion: np.ndarray
    first_node: np.ndarray
    start_h: np.ndarray
    end_h: np.ndarray
    end_slot: np.ndarray
    occasions: int

    def cost(self, work: Work) -> float:
        """What walking 64 lanes will take, in microseconds, roughly.

        Measured on one core: a call costs a few microseconds, arithmetic the rest.
        """
        product = 1.0 + work.entries / 16.0
        matrices = (self.lengths.products + 9.0 * self.lengths.shorts) * product
        rows = sum(
            read.chain.tiles * (3.0 + ROW_TILE * entries / 12.0)
            for read, entries in zip(self.reads, work.rows, strict=True)
        )
        steps = int(self.first_node[-1]) * (3.0 + work.states / 8.0)
        return (matrices + rows) * self.occasions + steps


@dataclass
class _Occasion:
    start: int
    end: int
    nodes: list[int]
    reads: dict[int, tuple[int, int]]  # time: (node, offset)


def time_plan(
    read_h: Sequence[Times],
    event_h: Times,
    occasion_h: Times,
    typical_rate_per_h: float,
    *,
    work: Work | None = None,
    offsets: bool = True,
) -> TimePlan:
    """Plan the walk for read sets, input changes and occasion starts, all in hours.

    The times of each read set must be sorted and not before the first occasion. `work` weighs
    steps against offsets. With `offsets=False` every output time becomes a node, and steps may
    have a length of their own in every lane.
    """
    sets = [[to_ticks(float(t)) for t in times] for times in read_h]
    times = sorted({t for each in sets for t in each})
    events = sorted({to_ticks(float(t)) for t in event_h})
    starts = sorted({to_ticks(float(t)) for t in occasion_h})
    last = max([*times[-1:], *events[-1:], starts[-1]])
    spans = list(zip(starts, [*starts[1:], last], strict=True))
    if not offsets:
        return _plan(_cut(spans, times, events, [0]), sets, typical_rate_per_h, every=True)
    wanted = _frequent_offsets(spans, times, events)
    plans = [
        _plan(_cut(spans, times, events, wanted[:most]), sets, typical_rate_per_h)
        for smaller, most in zip((0, *OFFSET_CHOICES), OFFSET_CHOICES, strict=False)
        if len(wanted) > smaller
    ]
    costs = work or Work(rows=(8,) * len(sets))
    return min(plans, key=lambda plan: plan.cost(costs))


def _plan(
    occasions: list[_Occasion],
    sets: list[list[int]],
    typical_rate_per_h: float,
    *,
    every: bool = False,
) -> TimePlan:
    steps = {b - a for o in occasions for a, b in zip(o.nodes, [*o.nodes[1:], o.end], strict=True)}
    offset = {t: read[1] for o in occasions for t, read in o.reads.items()}
    lengths = length_chain(
        steps - {0},
        typical_rate_per_h,
        every_power=every,
        offsets=[sorted({offset[t] for t in each}) for each in sets],
    )
    return _arrays(occasions, lengths, sets)


def _frequent_offsets(
    spans: list[tuple[int, int]], reads: list[int], events: list[int]
) -> list[int]:
    """Distances of output times from what went before, the most frequent first.

    What went before: the last event, and the times up to `LOOK_BACK` earlier that follow the
    same event. Among equally frequent ones the shorter comes first; zero always leads.
    """
    borders = np.array(sorted({*events, *(start for start, _ in spans)}))
    owner = np.searchsorted(borders, np.array(reads), side="right") - 1
    times = np.concatenate([borders, np.array(reads)])
    owners = np.concatenate([np.arange(len(borders)), owner])
    order = np.lexsort((times, owners))
    times, owners = times[order], owners[order]
    since = times - borders[owners]
    found = [since]
    for back in range(1, LOOK_BACK + 1):
        same = (owners[back:] == owners[:-back]) & (since[:-back] > 0)
        found.append((times[back:] - times[:-back])[same])
    count = Counter(np.concatenate(found).tolist())
    by_count = sorted(count, key=lambda offset: (-count[offset], offset))
    return [0, *(offset for offset in by_count if offset)]


def _cut(
    spans: list[tuple[int, int]], reads: list[int], events: list[int], allowed: list[int]
) -> list[_Occasion]:
    """Choose the nodes of every occasion, given the offsets that outputs may be read at."""
    fits = set(allowed)
    occasions: list[_Occasion] = []
    for number, (start, end) in enumerate(spans):
        last = number == len(spans) - 1
        must = {start, *_inside(events, start, end, last=last)}
        read = set(_inside(reads, start, end, last=last))
        occasion = _Occasion(start, end, [], {})
        for t in sorted(must | read):
            if t in must or t - occasion.nodes[-1] not in fits:
                occasion.nodes.append(t)
            if t in read:
                occasion.reads[t] = (len(occasion.nodes) - 1, t - occasion.nodes[-1])
        occasions.append(occasion)
    return occasions


def _inside(times: list[int], start: int, end: int, *, last: bool) -> list[int]:
    """The part of sorted times that belongs to an occasion; the last one keeps its end."""
    return times[bisect_left(times, start) : (bisect_right if last else bisect_left)(times, end)]


def _arrays(occasions: list[_Occasion], lengths: LengthChain, sets: list[list[int]]) -> TimePlan:
    slot = lengths.slot_of
    first = np.concatenate([[0], np.cumsum([len(o.nodes) for o in occasions])])
    node_h = [to_hours(t) for o in occasions for t in o.nodes]
    steps = [slot[int(d)] for o in occasions for d in np.diff(o.nodes, prepend=o.nodes[0])]
    owner = np.repeat(np.arange(len(occasions)), np.diff(first))
    padding = (0, _node_room(len(node_h)) - len(node_h))
    place = {
        t: (int(start) + node, offset, number)
        for number, (occasion, start) in enumerate(zip(occasions, first, strict=False))
        for t, (node, offset) in occasion.reads.items()
    }
    spare = (1 if len(occasions) == 1 else room(len(occasions), OCCASIONS, 2)) - len(occasions)
    ends = [slot[o.end - o.nodes[-1]] for o in occasions]
    return TimePlan(
        lengths=lengths,
        node_h=np.pad(node_h, padding, mode="edge"),
        node_slot=np.pad(steps, padding).astype(np.int32),
        reads=tuple(
            _read_plan([place[t] for t in each], chain, len(occasions) + spare)
            for each, chain in zip(sets, lengths.rows, strict=True)
        ),
        node_occasion=np.pad(owner, padding, mode="edge").astype(np.int32),
        first_node=np.pad(first, (0, spare), mode="edge").astype(np.int32),
        start_h=_filled([to_hours(o.start) for o in occasions], spare, np.inf),
        end_h=_filled([to_hours(o.end) for o in occasions], spare, np.inf),
        end_slot=_filled(ends, spare, 0.0).astype(np.int32),
        occasions=len(occasions),
    )


def _node_room(count: int) -> int:
    """What enters is laid out for all nodes, so large plans get less spare room."""
    return room(count, 64) if count <= 256 else room(count, 512, 2)


def _read_plan(places: list[tuple[int, int, int]], chain: RowChain, occasions: int) -> ReadPlan:
    padded = np.array(places + places[-1:] * (-len(places) % READ_PADDING), np.int64)
    row = np.array([chain.slot_of[int(offset)] for offset in padded[:, 1]], np.int32)
    first = np.searchsorted(padded[:, 2], np.arange(occasions + 1)).astype(np.int32)
    return ReadPlan(padded[:, 0].astype(np.int32), row, first, len(places), chain)


def _filled(numbers: Sequence[float] | Sequence[int], spare: int, value: float) -> np.ndarray:
    return np.array([*numbers, *[value] * spare])
