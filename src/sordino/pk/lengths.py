"""Step lengths of a schedule, and the shortest way to an exponential for each of them.

A course has few distinct step lengths. They are counted in whole microseconds, so that equal
lengths are equal numbers; each is then a sum of powers of two of a base step (plus, rarely, a
remainder), and its exponential a short chain of products.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from itertools import pairwise

import numpy as np

TICKS_PER_HOUR = 3_600_000_000

SCALED_RATE_TARGET = 0.5
"""q h aimed at for the base step at the rate that is planned for; see
`exponential.SCALED_RATE_LIMIT`."""


ROW_TILE = 4
"""Rows of exponentials that are built at a time."""

SHORTS, PRODUCTS, SLOTS, TILES = 8, 64, 64, 16
"""The least room for short steps besides the base step, products, exponentials and tiles."""


def to_ticks(time_h: float) -> int:
    """A time in whole microseconds."""
    return round(time_h * TICKS_PER_HOUR)


def to_hours(ticks: int) -> float:
    """Whole microseconds in hours."""
    return ticks / TICKS_PER_HOUR


NEAR_H = to_hours(1) / 2
"""Times closer than this are the same: they lie on whole microseconds."""


def bucket(count: int) -> int:
    """The next larger of 4, 6, 8, 12, 16, 24, 32, ...: sizes that compiled code is made for."""
    size = 4
    while size < count:
        half = size * 3 // 2
        if half >= count:
            return half
        size *= 2
    return size


def room(count: int, least: int, factor: int = 4) -> int:
    """The next larger of `least`, `factor` times that, and so on.

    For what is only as much work as there is, whatever its size: courses of many shapes then
    share compiled code.
    """
    size = least
    while size < count:
        size *= factor
    return size


@dataclass(frozen=True)
class RowChain:
    """How to build some rows of the exponentials of many lengths.

    Row slot 0 is the rows of the identity; tile k fills the ROW_TILE slots after those of the
    tile before it. `ops` (tile, ROW_TILE, 2): row slot to start from, slot of the matrix to
    multiply with. Ops of a tile need nothing from each other; padding starts from slot 0.
    `tiles` are not padding. `slot_of`: row slot of each length in ticks.
    """

    ops: np.ndarray
    tiles: int
    slot_of: dict[int, int]

    @property
    def slots(self) -> int:
        """Number of row slots, padding included."""
        return 1 + ROW_TILE * len(self.ops)


@dataclass(frozen=True)
class LengthChain:
    """How to build the exponentials of all step lengths in use.

    `short_h`: lengths taken by the series (the base step first); `chain`: rows (target,
    left, right) of slots to multiply; `shorts`, `products`: how many of them are not
    padding; `slot_of`: the slot of each length in ticks; `powers`: slots of base * 2^b, when
    they were asked for; `slots`: size of the table; `rows`: how to build the rows of each set
    of offsets.
    """

    base_h: float
    short_h: np.ndarray
    shorts: int
    chain: np.ndarray
    products: int
    powers: np.ndarray
    slots: int
    slot_of: dict[int, int]
    rows: tuple[RowChain, ...]


SHORT_COST = 9
"""Products that the series of one short step is worth."""

MOST_HALVINGS = 3
"""How often the base step is halved to save remainders."""


def _cheapest_unit(lengths: list[int], common: int, longest: float) -> int:
    """A multiple of `common` by a power of two, at most `longest`, as base step.

    A longer one saves squarings; a shorter one leaves fewer remainders. It is never much
    shorter than need be, because rounding grows with the number of base steps.
    """
    top = math.floor(math.log2(longest / common))
    units = [common << k for k in range(max(0, top - MOST_HALVINGS), top + 1)]

    def cost(k: int) -> int:
        return SHORT_COST * len({length % units[k] for length in lengths} - {0}) - k

    return units[min(range(len(units)), key=cost)]


Key = tuple[int, int]
"""A length: whole base steps, remaining ticks."""


@dataclass
class _Builder:
    unit: int  # ticks of one base unit
    split: int  # the base step is unit / split
    slot_of: dict[Key, int] = field(default_factory=dict[Key, int])
    ops: list[tuple[int, int, int]] = field(default_factory=list[tuple[int, int, int]])
    next_slot: int = 0

    def key(self, ticks: int) -> Key:
        whole, rest = divmod(ticks, self.unit)
        return whole * self.split, rest

    def new(self, key: Key) -> int:
        self.slot_of[key] = self.next_slot
        self.next_slot += 1
        return self.slot_of[key]

    def product(self, key: Key, left: int, right: int) -> int:
        if key not in self.slot_of:
            target = self.new(key)
            self.ops.append((target, left, right))
        return self.slot_of[key]

    def power(self, bit: int) -> int:
        if (1 << bit, 0) not in self.slot_of:
            below = self.power(bit - 1)
            self.product((1 << bit, 0), below, below)
        return self.slot_of[(1 << bit, 0)]

    def build(self, key: Key) -> int:
        if key in self.slot_of:
            return self.slot_of[key]
        for other, slot in list(self.slot_of.items()):
            rest = (key[0] - other[0], key[1] - other[1])
            if other != (0, 0) and rest in self.slot_of:
                return self.product(key, slot, self.slot_of[rest])
        whole, remainder = key
        reached = (0, remainder)
        slot = self.slot_of[reached]
        for bit in _bits(whole):
            grown = (reached[0] + (1 << bit), remainder)
            step = self.power(bit)
            slot = step if reached == (0, 0) else self.product(grown, slot, step)
            reached = grown
        return slot

    def rows(self, offsets: Iterable[int]) -> RowChain:
        """Rows of the exponentials of some lengths, from the remainder and the high bits down.

        Lengths that begin alike share the beginning.
        """
        paths = {offset: self._path(offset) for offset in offsets}
        parent = {end: start for path in paths.values() for start, end in pairwise(path)}
        depth_below = _depth_below(parent)
        # What most others wait for goes first; a key is ready when its parent has a slot.
        first = sorted(parent, key=lambda key: -depth_below[key])
        turn = {key: place for place, key in enumerate(first)}
        children: dict[Key, list[tuple[int, Key]]] = defaultdict(list)
        for key, above in parent.items():
            children[above].append((turn[key], key))
        slot_of_key = {(0, 0): 0}
        tiles: list[list[tuple[int, int]]] = []
        ready = list(children[0, 0])
        heapify(ready)
        while ready:
            now = [heappop(ready)[1] for _ in range(min(ROW_TILE, len(ready)))]
            ops = [(slot_of_key[parent[key]], self._step(parent[key], key)) for key in now]
            for place, key in enumerate(now):
                slot_of_key[key] = 1 + ROW_TILE * len(tiles) + place
                for child in children[key]:
                    heappush(ready, child)
            tiles.append(ops + [(0, 0)] * (ROW_TILE - len(ops)))
        spare = room(len(tiles), TILES) - len(tiles)
        full = np.array(tiles + [[(0, 0)] * ROW_TILE] * spare, np.int32)
        return RowChain(full, len(tiles), {o: slot_of_key[path[-1]] for o, path in paths.items()})

    def _path(self, offset: int) -> list[Key]:
        """Keys from nothing to a length: first the remainder, then the high bits down."""
        whole, rest = self.key(offset)
        path = [(0, 0), *([(0, rest)] if rest else [])]
        for bit in reversed(_bits(whole)):
            path.append((path[-1][0] + (1 << bit), rest))
        return path

    def _step(self, start: Key, end: Key) -> int:
        """The slot of the matrix that leads from one key of a path to the next."""
        if end[0] == start[0]:
            return self.slot_of[(0, end[1])]
        return self.power((end[0] - start[0]).bit_length() - 1)


def length_chain(
    lengths: Iterable[int],
    typical_rate_per_h: float,
    *,
    every_power: bool = False,
    offsets: Sequence[Iterable[int]] = (),
) -> LengthChain:
    """The chain of products for a set of step lengths.

    `lengths`: ticks, each > 0. `typical_rate_per_h`: the largest rate of the typical patient.
    `every_power` keeps all powers of two of the base step up to the longest length, for steps
    whose length differs between lanes. `offsets`: sets of lengths, ticks, of which rows are
    wanted.
    """
    wanted = sorted(set(lengths)) or [TICKS_PER_HOUR]
    read = sorted({offset for each in offsets for offset in each} - {0})
    common = math.gcd(*wanted, *read)
    longest_base = SCALED_RATE_TARGET / typical_rate_per_h * TICKS_PER_HOUR
    if common >= longest_base:
        unit, split = common, 1 << max(0, math.ceil(math.log2(common / longest_base)))
    else:
        unit, split = _cheapest_unit([*wanted, *read], common, longest_base), 1
    builder = _Builder(unit, split)
    builder.new((0, 0))
    builder.new((1, 0))
    remainders = sorted({builder.key(length)[1] for length in [*wanted, *read]} - {0})
    for rest in remainders:
        builder.new((0, rest))
    spare = room(len(remainders), SHORTS) - len(remainders)
    builder.next_slot += spare
    for length in wanted:
        builder.build(builder.key(length))
    top = builder.key(wanted[-1])[0].bit_length() if every_power else 0
    powers = [builder.power(bit) for bit in range(top)]
    rows = tuple(builder.rows(each) for each in offsets)
    ops = builder.ops
    base_h = to_hours(unit) / split
    padded = remainders + [0] * spare
    return LengthChain(
        base_h=base_h,
        short_h=np.array([base_h, *(to_hours(rest) for rest in padded)]),
        shorts=1 + len(remainders),
        chain=np.array(ops + [(0, 0, 0)] * (room(len(ops), PRODUCTS) - len(ops)), np.int32),
        products=len(ops),
        powers=_padded_powers(powers),
        slots=room(builder.next_slot, SLOTS),
        slot_of={length: builder.slot_of[builder.key(length)] for length in wanted} | {0: 0},
        rows=rows,
    )


def _depth_below(parent: Mapping[Key, Key]) -> dict[Key, int]:
    """How long the longest chain of keys is that waits for each key."""
    depth = dict.fromkeys(parent, 0)
    for key in parent:
        below, above = 0, key
        while above in parent and below >= depth[above]:
            depth[above] = below
            below, above = below + 1, parent[above]
    return depth


def _bits(number: int) -> list[int]:
    """Places of the binary ones of a number, the lowest first."""
    return [bit for bit in range(number.bit_length()) if number >> bit & 1]


def _padded_powers(powers: list[int]) -> np.ndarray:
    """Powers beyond the longest length are never asked for; the identity fills them."""
    filler = [0] * (bucket(len(powers)) - len(powers))
    return np.array([*powers, *filler], dtype=np.int32)
