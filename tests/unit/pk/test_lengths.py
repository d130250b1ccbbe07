"""Step lengths: every one is built from the short ones by the chain, whatever the schedule."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sordino.pk.lengths import (
    MOST_HALVINGS,
    ROW_TILE,
    SCALED_RATE_TARGET,
    TICKS_PER_HOUR,
    LengthChain,
    RowChain,
    bucket,
    length_chain,
    room,
    to_hours,
    to_ticks,
)

MINUTE = TICKS_PER_HOUR // 60


def built(chain: LengthChain, base: Fraction) -> dict[int, Fraction]:
    """The length, in ticks, of what the chain puts into each slot."""
    length = {0: Fraction(0), 1: base}
    for k in range(1, chain.shorts):
        length[k + 1] = Fraction(round(float(chain.short_h[k]) * TICKS_PER_HOUR))
    for target, left, right in chain.chain[: chain.products].tolist():
        assert target not in length, "a slot is filled twice"
        length[target] = length[left] + length[right]
    assert max(length) < chain.slots
    return length


def built_rows(rows: RowChain, length: dict[int, Fraction]) -> dict[int, Fraction]:
    """The length, in ticks, that the rows in each slot belong to."""
    reached = {0: Fraction(0)}
    for tile, ops in enumerate(rows.ops[: rows.tiles].tolist()):
        before = dict(reached)
        for place, (start, matrix) in enumerate(ops):
            # Rows of one tile are built at once: they may start only from earlier tiles.
            reached[1 + ROW_TILE * tile + place] = before[start] + length[matrix]
    assert max(reached) < rows.slots == 1 + ROW_TILE * len(rows.ops)
    return reached


def base_of(chain: LengthChain) -> Fraction:
    """The base step in ticks: a whole number or a power of two below one."""
    return Fraction(chain.base_h * TICKS_PER_HOUR).limit_denominator(1 << 40)


lengths = st.lists(
    st.one_of(
        st.integers(1, 400 * 24 * TICKS_PER_HOUR),
        st.integers(1, 2000).map(lambda k: k * MINUTE),
        st.integers(1, 96).map(lambda k: k * 15 * MINUTE),
    ),
    min_size=1,
    max_size=20,
)
rates = st.floats(1e-3, 1e6)


@given(wanted=lengths, rate=rates, every=st.booleans())
def test_every_length_is_in_its_slot(wanted: list[int], rate: float, every: bool) -> None:
    chain = length_chain(wanted, rate, every_power=every)
    length = built(chain, base_of(chain))
    assert chain.slot_of[0] == 0
    for ticks in wanted:
        assert float(length[chain.slot_of[ticks]]) == pytest.approx(ticks, rel=1e-12)


@given(wanted=lengths, rate=rates)
def test_short_steps_are_short(wanted: list[int], rate: float) -> None:
    chain = length_chain(wanted, rate)
    # A step cannot be shorter than a microsecond, on which all lengths are whole numbers.
    longest = max(SCALED_RATE_TARGET, rate / TICKS_PER_HOUR)
    assert rate * chain.short_h[: chain.shorts].max() <= longest * (1 + 1e-9)


@given(wanted=lengths, rate=rates)
def test_the_base_step_is_not_much_shorter_than_need_be(wanted: list[int], rate: float) -> None:
    # Rounding grows with the number of base steps: 4e-16 for each.
    chain = length_chain(wanted, rate)
    assert rate * chain.base_h > SCALED_RATE_TARGET / 2 ** (MOST_HALVINGS + 1) * (1 - 1e-9)


@given(wanted=lengths, read=st.lists(lengths, min_size=1, max_size=3), rate=rates)
def test_every_row_set_has_its_offsets(
    wanted: list[int], read: list[list[int]], rate: float
) -> None:
    sets = [[0, *offsets] for offsets in read]
    chain = length_chain(wanted, rate, offsets=sets)
    length = built(chain, base_of(chain))
    assert len(chain.rows) == len(sets)
    for rows, offsets in zip(chain.rows, sets, strict=True):
        reached = built_rows(rows, length)
        assert rows.slot_of[0] == 0
        assert set(rows.slot_of) == set(offsets)
        for ticks, slot in rows.slot_of.items():
            assert float(reached[slot]) == pytest.approx(ticks, rel=1e-12)


@given(wanted=lengths, rate=rates)
def test_offsets_leave_the_lengths_in_their_slots(wanted: list[int], rate: float) -> None:
    chain = length_chain(wanted, rate, offsets=[[0, 7 * MINUTE, 1_234_567_891]])
    length = built(chain, base_of(chain))
    for ticks in wanted:
        assert float(length[chain.slot_of[ticks]]) == pytest.approx(ticks, rel=1e-12)


@given(wanted=lengths, rate=rates)
def test_powers_reach_up_to_the_longest_length(wanted: list[int], rate: float) -> None:
    chain = length_chain(wanted, rate, every_power=True)
    base = base_of(chain)
    length = built(chain, base)
    needed = int(max(wanted) / base).bit_length()
    powers = chain.powers[:needed].tolist()
    assert len(powers) == needed
    for bit, slot in enumerate(powers):
        assert float(length[slot]) == pytest.approx(float(base * 2**bit), rel=1e-12)


def test_a_course_of_round_times_needs_few_products() -> None:
    # 5 min to 24 h in steps of 5 min: some twenty doublings, and a product for each length.
    wanted = [5 * MINUTE, 15 * MINUTE, 60 * MINUTE, 40 * MINUTE, 960 * MINUTE, 1440 * MINUTE]
    chain = length_chain(wanted, 26.5)
    assert chain.shorts == 1
    assert chain.products < 30


def test_offsets_that_begin_alike_share_the_beginning() -> None:
    # 1 to 256 minutes: each is one product away from one with a binary one less.
    chain = length_chain([60 * MINUTE], 26.5, offsets=[[k * MINUTE for k in range(257)]])
    (rows,) = chain.rows
    assert chain.shorts == 1
    assert np.count_nonzero(rows.ops[: rows.tiles, :, 1]) <= 257
    # As many tiles wait for each other as there are ones in the longest chain, and no more.
    assert rows.tiles < 257 // ROW_TILE + 9


def test_no_offsets_take_no_rows() -> None:
    chain = length_chain([60 * MINUTE], 26.5, offsets=[[0], []])
    assert [rows.tiles for rows in chain.rows] == [0, 0]
    assert [rows.slot_of for rows in chain.rows] == [{0: 0}, {}]


@pytest.mark.parametrize(("count", "size"), [(0, 4), (4, 4), (5, 6), (7, 8), (9, 12), (13, 16)])
def test_sizes_come_in_buckets(count: int, size: int) -> None:
    assert bucket(count) == size


@pytest.mark.parametrize(
    ("count", "least", "factor", "size"),
    [(0, 8, 4, 8), (8, 8, 4, 8), (9, 8, 4, 32), (33, 8, 4, 128), (9, 8, 2, 16), (65, 64, 2, 128)],
)
def test_room_comes_in_few_sizes(count: int, least: int, factor: int, size: int) -> None:
    assert room(count, least, factor) == size


@given(count=st.integers(1, 10**6))
def test_a_bucket_wastes_at_most_half(count: int) -> None:
    assert count <= bucket(count) <= max(4, 1.5 * count)


@given(ticks=st.integers(0, 366 * 24 * TICKS_PER_HOUR))
def test_hours_and_ticks_are_the_same_time(ticks: int) -> None:
    assert to_ticks(to_hours(ticks)) == ticks
