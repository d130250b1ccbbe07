"""From a schedule to index arrays: the nodes that are walked and the outputs read from them.

The state of the system is walked from node to node. An output time is read at an offset from
the node before it, y = row(offset) @ state(node), so a 5-minute grid needs one step an hour
and a dozen offsets. Time is cut into occasions; parameters may change where one begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sordino.pk.lengths import LengthChain, bucket, length_chain, to_hours, to_ticks

MAX_OFFSETS = 12
"""Distinct offsets from a node that outputs may be read at."""


@dataclass(frozen=True)
class TimePlan:
    """Index arrays for one schedule; all patients of a run share it.

    `node_h` (occasion, node): times of the nodes, the last one repeated as padding.
    `node_slot`: slot of the step that leads to each node (identity for the first one).
    `end_h`, `end_slot`: end of each occasion and the step to it from its last node.
    `output_node`, `output_slot` (occasion, output): where each output is read.
    `output_index` (time,): position of each output time in the flattened outputs.
    """

    lengths: LengthChain
    node_h: np.ndarray
    node_slot: np.ndarray
    end_h: np.ndarray
    end_slot: np.ndarray
    output_node: np.ndarray
    output_slot: np.ndarray
    output_index: np.ndarray


@dataclass
class _Occasion:
    start: int
    end: int
    nodes: list[int]
    outputs: list[tuple[int, int]]  # (node, offset)


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
    every output time becomes a node.
    """
    outputs = [to_ticks(t) for t in output_h]
    events = sorted({to_ticks(t) for t in event_h})
    starts = sorted({to_ticks(t) for t in occasion_h})
    last = max([*outputs[-1:], *events[-1:], starts[-1]])
    ends = [*starts[1:], last]
    allowed: set[int] = {0}
    occasions = [
        _occasion(start, end, outputs, events, allowed, offsets=offsets, last=k == len(ends) - 1)
        for k, (start, end) in enumerate(zip(starts, ends, strict=True))
    ]
    steps = {b - a for o in occasions for a, b in zip(o.nodes, [*o.nodes[1:], o.end], strict=True)}
    read = {offset for o in occasions for _, offset in o.outputs}
    lengths = length_chain((steps | read) - {0}, typical_rate_per_h)
    return _arrays(occasions, lengths)


def _occasion(
    start: int,
    end: int,
    outputs: list[int],
    events: list[int],
    allowed: set[int],
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
            allowed.add(offset)
            occasion.outputs.append((len(occasion.nodes) - 1, offset))
    return occasion


def _arrays(occasions: list[_Occasion], lengths: LengthChain) -> TimePlan:
    slot = lengths.slot_of
    nodes = bucket(max(len(o.nodes) for o in occasions))
    reads = bucket(max(len(o.outputs) for o in occasions))
    shape = (len(occasions), nodes)
    node_h = np.zeros(shape)
    node_slot = np.zeros(shape, np.int32)
    end_slot = np.zeros(len(occasions), np.int32)
    output_node = np.zeros((len(occasions), reads), np.int32)
    output_slot = np.zeros_like(output_node)
    output_index: list[int] = []
    for k, occasion in enumerate(occasions):
        steps = np.diff(occasion.nodes)
        count = len(occasion.nodes)
        node_h[k, :count] = [to_hours(t) for t in occasion.nodes]
        node_h[k, count:] = node_h[k, count - 1]
        node_slot[k, 1:count] = [slot[int(step)] for step in steps]
        end_slot[k] = slot[occasion.end - occasion.nodes[-1]]
        for j, (node, offset) in enumerate(occasion.outputs):
            output_node[k, j] = node
            output_slot[k, j] = slot[offset]
            output_index.append(k * reads + j)
    return TimePlan(
        lengths=lengths,
        node_h=node_h,
        node_slot=node_slot,
        end_h=np.array([to_hours(o.end) for o in occasions]),
        end_slot=end_slot,
        output_node=output_node,
        output_slot=output_slot,
        output_index=np.array(output_index, np.int32),
    )
