"""From a schedule to index arrays: the nodes that are walked and the outputs read from them.

The state of the system is walked from node to node. An output time is read at an offset from
the node before it, y = row(offset) @ state(node), so a 5-minute grid needs one step an hour
and a dozen offsets. Nodes are walked, and read, in tiles of a fixed size. Time is cut into
occasions; parameters may change where one begins, and each begins with a tile of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sordino.pk.lengths import LengthChain, bucket, length_chain, to_hours, to_ticks

MAX_OFFSETS = 12
"""Distinct offsets from a node that outputs may be read at."""

TILE = 16
"""Nodes of a tile."""


@dataclass(frozen=True)
class TimePlan:
    """Index arrays for one schedule; all patients of a run share it.

    `node_h`, `node_slot` (tile, TILE): time of each node and slot of the step that leads to
    it (the identity for the first node of an occasion and for padding).
    `offset_slot` (offset,): slot of each offset.
    `read_node`, `read_offset` (tile, read): where outputs are read, padded with repeats.
    `read_index` (time,): position of each output time in the flattened reads.
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
    read_index: np.ndarray
    tile_occasion: np.ndarray
    first_tile: np.ndarray
    start_h: np.ndarray
    end_h: np.ndarray
    end_slot: np.ndarray
    occasions: int


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
    offsets: bool = True,
) -> TimePlan:
    """Plan the walk for output times, input changes and occasion starts, all in hours.

    Output times must be sorted and not before the first occasion. With `offsets=False`
    every output time becomes a node, and steps may have a length of their own in every lane.
    """
    outputs = [to_ticks(t) for t in output_h]
    events = sorted({to_ticks(t) for t in event_h})
    starts = sorted({to_ticks(t) for t in occasion_h})
    last = max([*outputs[-1:], *events[-1:], starts[-1]])
    ends = [*starts[1:], last]
    allowed: list[int] = [0]
    occasions = [
        _occasion(start, end, outputs, events, allowed, offsets=offsets, last=k == len(ends) - 1)
        for k, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]
    steps = {b - a for o in occasions for a, b in zip(o.nodes, [*o.nodes[1:], o.end], strict=True)}
    lengths = length_chain(
        (steps | set(allowed)) - {0}, typical_rate_per_h, every_power=not offsets
    )
    return _arrays(occasions, lengths, allowed)


def _occasion(
    start: int,
    end: int,
    outputs: list[int],
    events: list[int],
    allowed: list[int],
    *,
    offsets: bool,
    last: bool,
) -> _Occasion:
    """Choose nodes from `start` up to `end`; `allowed` collects offsets over occasions."""

    def inside(t: int) -> bool:
        return start <= t < end or (last and t == end)

    must = {t for t in events if inside(t)} | {start}
    read = {t for t in outputs if inside(t)}
    occasion = _Occasion(start, end, [], [])
    for t in sorted(must | read):
        offset = t - occasion.nodes[-1] if occasion.nodes else 0
        fits = offsets and (offset in allowed or len(allowed) < MAX_OFFSETS)
        if t in must or not fits:
            occasion.nodes.append(t)
            offset = 0
        if t in read:
            if offset not in allowed:
                allowed.append(offset)
            occasion.reads.append((len(occasion.nodes) - 1, offset))
    return occasion


def _arrays(occasions: list[_Occasion], lengths: LengthChain, allowed: list[int]) -> TimePlan:
    slot = lengths.slot_of
    tiles = [-(-len(o.nodes) // TILE) for o in occasions]
    first = np.concatenate([[0], np.cumsum(tiles)])
    count = bucket(int(first[-1]))
    node_h = np.zeros((count, TILE))
    node_slot = np.zeros((count, TILE), np.int32)
    reads: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    order: list[tuple[int, int]] = []
    for occasion, start in zip(occasions, first, strict=False):
        nodes = np.array(occasion.nodes)
        flat_h, flat_slot = node_h.reshape(-1), node_slot.reshape(-1)
        begin, end = start * TILE, (start + -(-len(nodes) // TILE)) * TILE
        flat_h[begin:end] = to_hours(occasion.nodes[-1])
        flat_h[begin : begin + len(nodes)] = [to_hours(t) for t in occasion.nodes]
        flat_slot[begin + 1 : begin + len(nodes)] = [slot[int(d)] for d in np.diff(nodes)]
        for node, offset in occasion.reads:
            tile = int(start) + node // TILE
            order.append((tile, len(reads[tile])))
            reads[tile].append((node % TILE, allowed.index(offset)))
    node_h[first[-1] :] = to_hours(occasions[-1].nodes[-1])
    width = bucket(max(len(r) for r in reads))
    padded = np.array([r + [(0, 0)] * (width - len(r)) for r in reads], np.int32)
    offset_slots = [slot[a] for a in allowed]
    spare = (1 if len(allowed) == 1 else MAX_OFFSETS) - len(allowed)
    spare_occasions = (1 if len(occasions) == 1 else bucket(len(occasions))) - len(occasions)
    return TimePlan(
        lengths=lengths,
        node_h=node_h,
        node_slot=node_slot,
        offset_slot=np.array(offset_slots + [0] * spare, np.int32),
        read_node=padded[:, :, 0],
        read_offset=padded[:, :, 1],
        read_index=np.array([tile * width + k for tile, k in order], np.int32),
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
