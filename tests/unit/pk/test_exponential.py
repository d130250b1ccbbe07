"""Exponentials of rate matrices against seventy-digit arithmetic.

The reference is the plain Taylor series with scaling and squaring in Python's `decimal`: no
shift, no pattern, and so many digits that cancellation does not matter.
"""

from __future__ import annotations

from decimal import Decimal, getcontext
from itertools import pairwise

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sordino.pk.exponential import (
    SCALED_RATE_LIMIT,
    ChainArrays,
    advance_by_lane,
    exponential_short,
    exponential_table,
    shift_rate,
)
from sordino.pk.lengths import TICKS_PER_HOUR, LengthChain, length_chain, to_hours, to_ticks
from sordino.pk.pattern import Pattern

getcontext().prec = 70
Rows = list[list[Decimal]]

PER_BASE_STEP = 4e-16
"""A product of non-negative matrices rounds each entry once, relatively. So an exponential over
n base steps is off by no more than some n roundings, and that is also how far it moves when the
rates themselves are rounded (it is e^{-a n h} or a sum of such terms). Measured: below 2 ulp."""


def product(a: Rows, b: Rows) -> Rows:
    size = range(len(a))
    return [
        [sum((a[i][k] * b[k][j] for k in size if a[i][k] and b[k][j]), Decimal(0)) for j in size]
        for i in size
    ]


def exact(matrix: np.ndarray, hours: Decimal) -> np.ndarray:
    """exp(matrix hours), correct to all digits of a float."""
    size = range(len(matrix))
    scaled = [[Decimal(float(x)) * hours for x in row] for row in matrix]
    norm = max(sum(abs(x) for x in row) for row in scaled)
    halvings = max(0, int(norm).bit_length() + 2)
    scaled = [[x / 2**halvings for x in row] for row in scaled]
    one = [[Decimal(int(i == j)) for j in size] for i in size]
    total = one
    for order in range(45, 0, -1):
        term = product(scaled, total)
        total = [[one[i][j] + term[i][j] / order for j in size] for i in size]
    for _ in range(halvings):
        total = product(total, total)
    return np.array([[float(x) for x in row] for row in total])


def chain_arrays(chain: LengthChain) -> ChainArrays:
    return ChainArrays(**{n: jnp.asarray(getattr(chain, n)) for n in ChainArrays._fields})


def pattern_of(lanes: np.ndarray) -> Pattern:
    """The pattern of matrices (lane, state, state)."""
    there = np.any(lanes != 0.0, axis=0)
    links = ((int(i), int(j)) for i, j in zip(*np.nonzero(there), strict=True) if i != j)
    return Pattern(lanes.shape[1], frozenset(links))


def entries(pattern: Pattern, lanes: np.ndarray) -> jnp.ndarray:
    """Matrices (lane, state, state) as the engine keeps them: (entry, lane), then a zero."""
    rows = [lanes[:, i, j] for i, j in pattern.entries]
    return jnp.asarray(np.stack([*rows, np.zeros(len(lanes))]))


def dense(pattern: Pattern, kept: np.ndarray) -> np.ndarray:
    """The way back."""
    assert np.all(kept[..., pattern.zero, :] == 0.0)
    full = np.zeros((*kept.shape[:-2], kept.shape[-1], pattern.size, pattern.size))
    for k, (i, j) in enumerate(pattern.entries):
        full[..., i, j] = kept[..., k, :]
    return full


def table_of(
    pattern: Pattern, rates: jnp.ndarray, chain: LengthChain, arrays: ChainArrays
) -> jnp.ndarray:
    # What stood in the table before must not matter.
    used = jnp.full((chain.slots, *rates.shape), 7.0).at[:, pattern.zero].set(0.0)
    return exponential_table(pattern, rates, arrays, used)


def exponentials(
    lanes: np.ndarray, lengths_h: list[float], rate: float | None = None
) -> tuple[dict[float, np.ndarray], LengthChain]:
    """What the engine gives for every length, (lane, state, state), and its chain."""
    fastest = float(np.max(-np.diagonal(lanes, axis1=1, axis2=2)))
    chain = length_chain([to_ticks(h) for h in lengths_h], rate or fastest, every_power=True)
    pattern = pattern_of(lanes)
    table = table_of(pattern, entries(pattern, lanes), chain, chain_arrays(chain))
    full = dense(pattern, np.asarray(table))
    return {h: full[chain.slot_of[to_ticks(h)]] for h in lengths_h}, chain


def entry_errors(got: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Relative errors; an entry below 1e-290 counts by its size."""
    there = expected > 1e-290
    assert np.all(got[~there] < 1e-289)
    return np.where(there, np.abs(got - expected) / np.where(there, expected, 1.0), 0.0)


def check(lanes: np.ndarray, lengths_h: list[float], rate: float | None = None) -> None:
    got, chain = exponentials(lanes, lengths_h, rate)
    for hours, matrices in got.items():
        ticks = Decimal(to_ticks(hours)) / TICKS_PER_HOUR
        allowed = PER_BASE_STEP * (hours / chain.base_h + 16)
        for matrix, rates in zip(matrices, lanes, strict=True):
            assert np.all(matrix >= 0.0)
            assert entry_errors(matrix, exact(rates, ticks)).max() < allowed, hours


def compartments(flows: dict[tuple[int, int], float], leaving: dict[int, float]) -> np.ndarray:
    """The rate matrix of flows (from, to) and of what leaves the body."""
    size = 1 + max(max(pair) for pair in flows)
    matrix = np.zeros((size, size))
    for (start, end), rate in flows.items():
        matrix[end, start] += rate
        matrix[start, start] -= rate
    for start, rate in leaving.items():
        matrix[start, start] -= rate
    return matrix


# S-ketamine of Simons 2022 (1/h), a transit chain with one rate, and an absorption.
KETAMINE = compartments({(0, 1): 12.57, (1, 0): 3.738, (0, 2): 6.259, (2, 0): 0.4172}, {0: 7.655})
TRANSIT = compartments(dict.fromkeys(pairwise(range(6)), 5.97), {5: 5.97})
ABSORPTION = compartments({(0, 1): 3.0, (1, 2): 0.4}, {2: 0.1})
LENGTHS = [1.0 / 60.0, 5.0 / 60.0, 0.25, 1.0, 24.0]


@pytest.mark.parametrize(
    "matrix", [KETAMINE, TRANSIT, ABSORPTION], ids=["body", "transit", "absorption"]
)
def test_steps_of_a_minute_to_a_day_in_every_entry(matrix: np.ndarray) -> None:
    check(np.stack([matrix, 0.3 * matrix, 3.0 * matrix]), LENGTHS)
    # A day is the longest step between outputs. What was promised: ten digits.
    got, _ = exponentials(matrix[None], [24.0])
    assert entry_errors(got[24.0][0], exact(matrix, Decimal(24))).max() < 1e-10


def test_a_constant_input_fills_what_it_runs_into() -> None:
    # State 1 holds a rate that does not change; state 0 gains it and loses k: (1 - e^-kh) / k.
    matrix = np.array([[-2.5, 1.0], [0.0, 0.0]])
    got, _ = exponentials(matrix[None], LENGTHS)
    for hours, found in got.items():
        expected = -np.expm1(-2.5 * hours) / 2.5
        np.testing.assert_allclose(found[0, 0, 1], expected, rtol=1e-13)
        assert found[0, 1, 1] == pytest.approx(1.0, rel=1e-13)


def test_ninety_days_in_one_step() -> None:
    # A slow site beside a fast body: 57,000 times its fastest rate, with the bound above some
    # 1e-11 of each entry. Entries of the body itself are far below 1e-300 by then.
    slow = np.zeros((4, 4))
    slow[:3, :3] = KETAMINE
    slow[3, 0], slow[3, 3] = 0.23, -np.log(2.0) / (10.9 * 24.0)
    check(slow[None], [2160.0])


def test_very_stiff() -> None:
    # Rates from 1e-3 to 1e5 per hour.
    stiff = compartments({(0, 1): 1e5, (1, 0): 40.0, (1, 2): 3.0, (2, 1): 1e-3}, {1: 0.7})
    check(stiff[None], [1e-6, 1.0, 24.0])


def test_a_base_step_made_for_somebody_faster() -> None:
    check(np.stack([KETAMINE, TRANSIT[:3, :3]]), LENGTHS, rate=26.5 * 8.0 * 16.0)


rates = st.floats(1e-4, 50.0)


@st.composite
def systems(draw: st.DrawFn) -> np.ndarray:
    """Five states with any flows between them, some with the same rate."""
    usual = draw(rates)
    matrix = np.zeros((5, 5))
    for i in range(5):
        for j in range(5):
            kind = draw(st.sampled_from(["none", "none", "usual", "other"])) if i != j else "none"
            if kind != "none":
                flow = usual if kind == "usual" else draw(rates)
                matrix[i, j] += flow
                matrix[j, j] -= flow
        matrix[i, i] -= draw(st.sampled_from([0.0, usual, 0.3]))
    matrix[0, 0] -= 0.1
    return matrix


@settings(max_examples=20)
@given(matrix=systems(), hours=st.sampled_from([0.05, 0.75, 6.0, 24.0]))
def test_any_compartment_system(matrix: np.ndarray, hours: float) -> None:
    check(matrix[None], [hours])


def test_the_short_series_at_the_end_of_its_range() -> None:
    # Relative to the largest entry of a column; an entry many flows away misses the terms that
    # have not been reached at degree 16.
    for matrix in (KETAMINE, TRANSIT):
        pattern = pattern_of(matrix[None])
        rates = entries(pattern, matrix[None])
        q = float(shift_rate(pattern, rates)[0])
        assert q == -np.diagonal(matrix).min()
        hours = SCALED_RATE_LIMIT / q
        short = np.asarray(exponential_short(pattern, rates, jnp.asarray(hours)))
        got = dense(pattern, short)[0]
        expected = exact(matrix, Decimal(hours))
        assert np.all(np.abs(got - expected) < 1e-15 * expected.max(axis=0))


@settings(max_examples=15)
@given(lengths=st.lists(st.floats(0.0, 24.0), min_size=3, max_size=3))
def test_a_length_of_its_own_in_every_lane(lengths: list[float]) -> None:
    lanes = np.stack([KETAMINE, 0.4 * KETAMINE, 2.0 * KETAMINE])
    chain = length_chain([to_ticks(24.0), to_ticks(0.25)], 2.0 * 26.5, every_power=True)
    arrays = chain_arrays(chain)
    pattern = pattern_of(lanes)
    rates = entries(pattern, lanes)
    table = table_of(pattern, rates, chain, arrays)
    start = np.array([[1.0, 0.0, 0.0], [0.2, 3.0, 0.0], [0.0, 1.0, 1.0]])
    begun = jnp.asarray(np.vstack([start.T, np.zeros(3)]))
    reached = advance_by_lane(pattern, rates, table, arrays, jnp.asarray(lengths), begun)
    got = np.asarray(reached).T[:, :3]
    for lane in range(3):
        expected = exact(lanes[lane], Decimal(lengths[lane])) @ start[lane]
        allowed = PER_BASE_STEP * (lengths[lane] / chain.base_h + 16)
        # A length just below a base step loses nothing but the rounding of the division.
        np.testing.assert_allclose(got[lane], expected, rtol=allowed + 1e-13, atol=1e-300)


def test_ticks_and_hours() -> None:
    assert to_ticks(1.0) == 3_600_000_000
    assert to_hours(to_ticks(2.0 / 3.0)) == 2.0 / 3.0
