"""From a schedule to index arrays: the nodes that are walked and the outputs read from them.

The state of the system is walked from node to node. An output time is read at an offset from
the node before it, y = row(offset) @ state(node), so a 5-minute grid needs one step an hour
and a dozen offsets. More offsets save steps and cost exponentials; the cheapest number is
taken. Nodes are walked in tiles of a fixed size. Time is cut into occasions; parameters may
change where one begins, and each begins with a tile of its own.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sordino.pk.lengths import LengthChain, bucket, length_chain, to_hours, to_ticks

OFFSET_CHOICES = (12, 24, 48, 96)
"""Numbers of distinct offsets to choose from; outputs are read at no others."""

LOOK_BACK = 11
"""How many times before an output time are considered as the node to read it from."""

TILE = 16
"""Nodes of a tile."""

READ_PADDING = 64
"""The number of outputs is padded to a multiple of this."""


@dataclass(frozen=True)
class TimePlan:
    """Index arrays for one schedule; all patients of a run share it.

    `node_h`, `node_slot` (tile, TILE): time of each node and slot of the step that leads to
    it (the identity for the first node of an occasion and for padding).
    `offset_slot` (offset,): slot of each offset.
    `read_node`, `read_offset`, `read_occasion` (time,): where each output is read: the node
    (counted over all tiles), the offset from it, and the occasion it is in. Padded with
    repeats of the last one beyond `reads`.
    `tile_occasion` (tile,): the occasion of each tile.
    `first_tile` (occasion + 1,): tiles of occasion k are first_tile[k] to first_tile[k + 1].
    `start_h`, `end_h`, `end_slot` (occasion,): its span, and the step from its last node to
    its end. `occasions`: how many of them are not padding.
    """

    lengths: LengthChain
    node_h: np.ndarray
    node_slot: np.ndarray
    offset_slot: np.ndarray
    read_node: np.ndarray
    read_offset: np.ndarray
    read_occasion: np.ndarray
    reads: int
    tile_occasion: np.ndarray
    first_tile: np.ndarray
    start_h: np.ndarray
    end_h: np.ndarray
    end_slot: np.ndarray
    occasions: int

    def cost(self, states: int, outputs: int) -> float:
        """What walking a few dozen lanes will take, in microseconds, roughly.

        Measured on one core: a call costs a few microseconds, arithmetic the rest.
        """
        products = self.lengths.products * (1.0 + states**3 / 90.0) * self.occasions
        steps = TILE * int(self.first_tile[-1]) * (2.0 + states**2 / 40.0)
        rows = len(self.offset_slot) * outputs * states / 10.0 * self.occasions
        return products + steps + rows


@dataclass
class _Occasion:
    start: int
    end: int
    nodes: list[int]
    reads: list[tuple[int, int]]  # (node, offset)


def time_plan(
    output_h: Sequence[float] | np.ndarray,
    event_h: Sequence[float] | np.ndarray,
    occasion_h: Sequence[float] | np.ndarray,
    typical_rate_per_h: float,
    *,
    states: int = 8,
    outputs: int = 1,
    offsets: bool = True,
) -> TimePlan:
    """Plan the walk for output times, input changes and occasion starts, all in hours.

    Output times must be sorted and not before the first occasion. `states` and `outputs` of
    the system weigh steps against offsets. With `offsets=False` every output time becomes a
    node, and steps may have a length of their own in every lane.
    """
    reads = [to_ticks(t) for t in output_h]
    events = sorted({to_ticks(t) for t in event_h})
    starts = sorted({to_ticks(t) for t in occasion_h})
    last = max([*reads[-1:], *events[-1:], starts[-1]])
    spans = list(zip(starts, [*starts[1:], last], strict=True))
    if not offsets:
        return _plan(_cut(spans, reads, events, [0]), typical_rate_per_h, [0], 1, every=True)
    wanted = _frequent_offsets(spans, reads, events)
    plans = [
        _plan(_cut(spans, reads, events, wanted[:most]), typical_rate_per_h, wanted[:most], most)
        for most in OFFSET_CHOICES
        if most == OFFSET_CHOICES[0] or len(wanted) > most // 2
    ]
    return min(plans, key=lambda plan: plan.cost(states, outputs))


def _plan(
    occasions: list[_Occasion],
    typical_rate_per_h: float,
    allowed: list[int],
    width: int,
    *,
    every: bool = False,
) -> TimePlan:
    steps = {b - a for o in occasions for a, b in zip(o.nodes, [*o.nodes[1:], o.end], strict=True)}
    lengths = length_chain((steps | set(allowed)) - {0}, typical_rate_per_h, every_power=every)
    return _arrays(occasions, lengths, allowed, width)


def _frequent_offsets(
    spans: list[tuple[int, int]], reads: list[int], events: list[int]
) -> list[int]:
    """Distances between output times that follow the same event, the most frequent first.

    Among equally frequent ones the shorter comes first; zero always leads. An event and the
    times up to `LOOK_BACK` earlier may become the node that a time is read from.
    """
    borders = np.array(sorted({*events, *(start for start, _ in spans)}))
    owner = np.searchsorted(borders, np.array(reads), side="right") - 1
    times = np.concatenate([borders, np.array(reads)])
    owners = np.concatenate([np.arange(len(borders)), owner])
    order = np.lexsort((times, owners))
    times, owners = times[order], owners[order]
    count: Counter[int] = Counter()
    for back in range(1, LOOK_BACK + 1):
        same = owners[back:] == owners[:-back]
        count.update((times[back:] - times[:-back])[same].tolist())
    found = sorted(count, key=lambda offset: (-count[offset], offset))
    return [0, *(offset for offset in found if offset)]


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
        occasion = _Occasion(start, end, [], [])
        for t in sorted(must | read):
            if t in must or t - occasion.nodes[-1] not in fits:
                occasion.nodes.append(t)
            if t in read:
                occasion.reads.append((len(occasion.nodes) - 1, t - occasion.nodes[-1]))
        occasions.append(occasion)
    return occasions


def _inside(times: list[int], start: int, end: int, *, last: bool) -> list[int]:
    """The part of sorted times that belongs to an occasion; the last one keeps its end."""
    return times[bisect_left(times, start) : (bisect_right if last else bisect_left)(times, end)]


def _arrays(
    occasions: list[_Occasion], lengths: LengthChain, allowed: list[int], width: int
) -> TimePlan:
    slot = lengths.slot_of
    tiles = [-(-len(o.nodes) // TILE) for o in occasions]
    first = np.concatenate([[0], np.cumsum(tiles)])
    count = bucket(int(first[-1]))
    node_h = np.zeros((count, TILE))
    node_slot = np.zeros((count, TILE), np.int32)
    reads: list[tuple[int, int, int]] = []
    place = {offset: k for k, offset in enumerate(allowed)}
    for number, (occasion, start) in enumerate(zip(occasions, first, strict=False)):
        nodes = np.array(occasion.nodes)
        flat_h, flat_slot = node_h.reshape(-1), node_slot.reshape(-1)
        begin, end = start * TILE, (start + -(-len(nodes) // TILE)) * TILE
        flat_h[begin:end] = to_hours(occasion.nodes[-1])
        flat_h[begin : begin + len(nodes)] = [to_hours(t) for t in occasion.nodes]
        flat_slot[begin + 1 : begin + len(nodes)] = [slot[int(d)] for d in np.diff(nodes)]
        reads += [(int(begin) + node, place[offset], number) for node, offset in occasion.reads]
    node_h[first[-1] :] = to_hours(occasions[-1].nodes[-1])
    padded = np.array(reads + reads[-1:] * (-len(reads) % READ_PADDING), np.int32)
    offset_slots = [slot[a] for a in allowed]
    spare = width - len(allowed)
    spare_occasions = (1 if len(occasions) == 1 else bucket(len(occasions))) - len(occasions)
    return TimePlan(
        lengths=lengths,
        node_h=node_h,
        node_slot=node_slot,
        offset_slot=np.array(offset_slots + [0] * spare, np.int32),
        read_node=padded[:, 0],
        read_offset=padded[:, 1],
        read_occasion=padded[:, 2],
        reads=len(reads),
        tile_occasion=_tile_occasions(tiles, count),
        first_tile=np.pad(first, (0, spare_occasions), mode="edge").astype(np.int32),
        start_h=_filled([to_hours(o.start) for o in occasions], spare_occasions, np.inf),
        end_h=_filled([to_hours(o.end) for o in occasions], spare_occasions, np.inf),
        end_slot=_filled(
            [slot[o.end - o.nodes[-1]] for o in occasions], spare_occasions, 0.0
        ).astype(np.int32),
        occasions=len(occasions),
    )


def _filled(numbers: Sequence[float] | Sequence[int], spare: int, value: float) -> np.ndarray:
    return np.array([*numbers, *[value] * spare])


def _tile_occasions(tiles: list[int], count: int) -> np.ndarray:
    owner = np.repeat(np.arange(len(tiles)), tiles)
    return np.pad(owner, (0, count - len(owner)), mode="edge").astype(np.int32)
