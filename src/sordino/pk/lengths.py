"""Step lengths of a schedule, and the shortest way to an exponential for each of them.

A course has few distinct step lengths. They are counted in whole microseconds, so that equal
lengths are equal numbers; each is then a sum of powers of two of a base step (plus, rarely, a
remainder), and its exponential a short chain of products.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

TICKS_PER_HOUR = 3_600_000_000

SCALED_RATE_TARGET = 0.5
"""q h aimed at for the base step at the rate that is planned for; see
`exponential.SCALED_RATE_LIMIT`."""


def to_ticks(time_h: float) -> int:
    """A time in whole microseconds."""
    return round(time_h * TICKS_PER_HOUR)


def to_hours(ticks: int) -> float:
    """Whole microseconds in hours."""
    return ticks / TICKS_PER_HOUR


def bucket(count: int) -> int:
    """The next larger of 4, 6, 8, 12, 16, 24, 32, ...: sizes that compiled code is made for."""
    size = 4
    while size < count:
        half = size * 3 // 2
        if half >= count:
            return half
        size *= 2
    return size


@dataclass(frozen=True)
class LengthChain:
    """How to build the exponentials of all step lengths in use.

    `short_h`: lengths taken by the series (the base step first); `chain`: rows (target,
    left, right) of slots to multiply; `shorts`, `products`: how many of them are not
    padding; `slot_of`: the slot of each length in ticks; `powers`: slots of base * 2^b, when
    they were asked for; `slots`: size of the table.
    """

    base_h: float
    short_h: np.ndarray
    shorts: int
    chain: np.ndarray
    products: int
    powers: np.ndarray
    slots: int
    slot_of: dict[int, int]


@dataclass
class _Builder:
    unit: int  # ticks of one base unit
    split: int  # the base step is unit / split
    slot_of: dict[tuple[int, int], int] = field(default_factory=dict[tuple[int, int], int])
    ops: list[tuple[int, int, int]] = field(default_factory=list[tuple[int, int, int]])
    next_slot: int = 0

    def key(self, ticks: int) -> tuple[int, int]:
        """(whole base steps, remaining ticks)."""
        whole, rest = divmod(ticks, self.unit)
        return whole * self.split, rest

    def new(self, key: tuple[int, int]) -> int:
        self.slot_of[key] = self.next_slot
        self.next_slot += 1
        return self.slot_of[key]

    def product(self, key: tuple[int, int], left: int, right: int) -> int:
        if key not in self.slot_of:
            target = self.new(key)
            self.ops.append((target, left, right))
        return self.slot_of[key]

    def power(self, bit: int) -> int:
        if (1 << bit, 0) not in self.slot_of:
            below = self.power(bit - 1)
            self.product((1 << bit, 0), below, below)
        return self.slot_of[(1 << bit, 0)]

    def build(self, key: tuple[int, int]) -> int:
        if key in self.slot_of:
            return self.slot_of[key]
        for other, slot in list(self.slot_of.items()):
            rest = (key[0] - other[0], key[1] - other[1])
            if other != (0, 0) and rest in self.slot_of:
                return self.product(key, slot, self.slot_of[rest])
        whole, remainder = key
        bits = [bit for bit in range(whole.bit_length()) if whole >> bit & 1]
        reached = (0, remainder)
        slot = self.slot_of[reached]
        for bit in bits:
            grown = (reached[0] + (1 << bit), remainder)
            step = self.power(bit)
            slot = step if reached == (0, 0) else self.product(grown, slot, step)
            reached = grown
        return slot


def length_chain(
    lengths: Iterable[int], typical_rate_per_h: float, *, every_power: bool = False
) -> LengthChain:
    """The chain of products for a set of step lengths.

    `lengths`: ticks, each > 0. `typical_rate_per_h`: the largest rate of the typical patient.
    `every_power` keeps all powers of two of the base step up to the longest length, for steps
    whose length differs between lanes.
    """
    wanted = sorted(set(lengths)) or [TICKS_PER_HOUR]
    common = math.gcd(*wanted)
    longest_base = SCALED_RATE_TARGET / typical_rate_per_h * TICKS_PER_HOUR
    if common >= longest_base:
        unit, split = common, 1 << max(0, math.ceil(math.log2(common / longest_base)))
    else:
        unit, split = common << math.floor(math.log2(longest_base / common)), 1
    builder = _Builder(unit, split)
    builder.new((0, 0))
    builder.new((1, 0))
    remainders = sorted({builder.key(length)[1] for length in wanted} - {0})
    for rest in remainders:
        builder.new((0, rest))
    spare = bucket(len(remainders)) - len(remainders) if remainders else 0
    builder.next_slot += spare
    for length in wanted:
        builder.build(builder.key(length))
    top = builder.key(wanted[-1])[0].bit_length() if every_power else 0
    powers = [builder.power(bit) for bit in range(top)]
    ops = builder.ops
    base_h = to_hours(unit) / split
    padded = remainders + remainders[-1:] * spare
    return LengthChain(
        base_h=base_h,
        short_h=np.array([base_h, *(to_hours(rest) for rest in padded)]),
        shorts=1 + len(remainders),
        chain=np.array(ops + [(0, 0, 0)] * (bucket(len(ops)) - len(ops)), np.int32),
        products=len(ops),
        powers=_padded_powers(powers),
        slots=bucket(builder.next_slot),
        slot_of={length: builder.slot_of[builder.key(length)] for length in wanted} | {0: 0},
    )


def _padded_powers(powers: list[int]) -> np.ndarray:
    """Powers beyond the longest length are never asked for; the identity fills them."""
    filler = [0] * (bucket(len(powers)) - len(powers))
    return np.array([*powers, *filler], dtype=np.int32)
