"""Which entries are kept, and products of what is kept, against dense matrices."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sordino.pk.exponential import apply, multiply, shift_rate
from sordino.pk.pattern import Pattern, sum_of_products

LANES = 3

# A sum of some products of numbers up to 1 in size, in another order than that of NumPy.
ROUNDING = 1e-14


@st.composite
def patterns(draw: st.DrawFn) -> Pattern:
    """Up to seven states and any links between them, cycles and lonely states included."""
    size = draw(st.integers(1, 7))
    states = st.integers(0, size - 1)
    links = draw(st.frozensets(st.tuples(states, states).filter(lambda e: e[0] != e[1])))
    return Pattern(size, links)


def powers_reach(pattern: Pattern) -> np.ndarray:
    """Where (I + links)^size counts at least one path: (state, state)."""
    step = np.eye(pattern.size, dtype=int)
    for to, start in pattern.links:
        step[to, start] = 1
    return np.linalg.matrix_power(step, pattern.size) > 0


def matrices(pattern: Pattern, seed: int) -> tuple[np.ndarray, jnp.ndarray]:
    """Random matrices of the pattern, dense (lane, state, state) and as entries."""
    rng = np.random.default_rng(seed)
    full = rng.uniform(-1.0, 1.0, (LANES, pattern.size, pattern.size)) * powers_reach(pattern)
    kept = [full[:, i, j] for i, j in pattern.entries]
    return full, jnp.asarray(np.stack([*kept, np.zeros(LANES)]))


def dense(pattern: Pattern, kept: jnp.ndarray) -> np.ndarray:
    values = np.asarray(kept)
    np.testing.assert_array_equal(values[pattern.zero], 0.0)
    full = np.zeros((LANES, pattern.size, pattern.size))
    for k, (i, j) in enumerate(pattern.entries):
        full[:, i, j] = values[k]
    return full


@given(pattern=patterns())
def test_entries_are_what_paths_of_flows_reach(pattern: Pattern) -> None:
    expected = {(int(i), int(j)) for i, j in zip(*np.nonzero(powers_reach(pattern)), strict=True)}
    assert set(pattern.entries) == expected
    assert len(pattern.entries) == len(expected) == pattern.zero
    assert [pattern.entries[k] for k in pattern.diagonal] == [(i, i) for i in range(pattern.size)]


@given(pattern=patterns())
def test_a_product_has_no_entry_outside_the_pattern(pattern: Pattern) -> None:
    for i, k in pattern.entries:
        for other, j in pattern.entries:
            assert k != other or (i, j) in pattern.place


SEEDS = st.integers(0, 1000)
FEW = settings(max_examples=30)


@FEW
@given(pattern=patterns(), seed=SEEDS)
def test_products_are_those_of_dense_matrices(pattern: Pattern, seed: int) -> None:
    (a, kept_a), (b, kept_b) = matrices(pattern, seed), matrices(pattern, seed + 1)
    found = dense(pattern, multiply(pattern, kept_a, kept_b))
    np.testing.assert_allclose(found, a @ b, rtol=0.0, atol=ROUNDING)


@FEW
@given(pattern=patterns(), seed=SEEDS)
def test_a_matrix_acts_on_a_state_like_a_dense_one(pattern: Pattern, seed: int) -> None:
    a, kept = matrices(pattern, seed)
    state = np.random.default_rng(seed).uniform(-1.0, 1.0, (pattern.size + 1, LANES))
    state[-1] = 0.0
    found = np.asarray(apply(pattern, kept, jnp.asarray(state)))
    np.testing.assert_array_equal(found[-1], 0.0)
    expected = np.einsum("lij,jl->il", a, state[:-1])
    np.testing.assert_allclose(found[:-1], expected, rtol=0.0, atol=ROUNDING)


@FEW
@given(pattern=patterns(), seed=SEEDS)
def test_the_identity_changes_nothing(pattern: Pattern, seed: int) -> None:
    _, kept = matrices(pattern, seed)
    one = jnp.broadcast_to(jnp.asarray(pattern.identity), kept.shape)
    np.testing.assert_array_equal(dense(pattern, one)[0], np.eye(pattern.size))
    np.testing.assert_array_equal(multiply(pattern, one, kept), kept)
    np.testing.assert_array_equal(multiply(pattern, kept, one), kept)


@FEW
@given(pattern=patterns(), seed=SEEDS, data=st.data())
def test_rows_are_those_of_the_matrix_and_of_its_products(
    pattern: Pattern, seed: int, data: st.DataObject
) -> None:
    # Any states in any order, one of them twice as may be: two outputs can look at one state.
    states = data.draw(st.lists(st.integers(0, pattern.size - 1), min_size=1, max_size=4))
    (a, kept_a), (b, kept_b) = matrices(pattern, seed), matrices(pattern, seed + 1)
    rows = pattern.rows(states)
    picked = kept_a[rows.picked]
    grown = sum_of_products(rows.products, picked, kept_b)
    assert picked.shape == grown.shape == (rows.count + 1, LANES)
    for kept, expected in ((picked, a[:, states]), (grown, (a @ b)[:, states])):
        full = np.zeros((LANES, len(states), pattern.size))
        for k, terms in enumerate(rows.outputs):
            for place, state in terms:
                assert rows.output[place] == k
                full[:, k, state] = kept[place]
        np.testing.assert_allclose(full, expected, rtol=0.0, atol=ROUNDING)
        np.testing.assert_array_equal(kept[rows.count], 0.0)


def test_products_of_many_matrices_at_once() -> None:
    pattern = Pattern(3, frozenset({(1, 0), (2, 1)}))
    made = [matrices(pattern, seed) for seed in range(4)]
    stacked = jnp.stack([kept for _, kept in made])
    found = sum_of_products(pattern.products, stacked, stacked[::-1])
    for k in range(4):
        expected = made[k][0] @ made[3 - k][0]
        np.testing.assert_allclose(dense(pattern, found[k]), expected, rtol=0.0, atol=ROUNDING)


def test_the_fastest_state_sets_the_shift() -> None:
    pattern = Pattern(2, frozenset({(1, 0)}))
    rates = np.zeros((pattern.zero + 1, LANES))
    rates[pattern.place[0, 0]] = [-1.0, -2.0, -3.0]
    rates[pattern.place[1, 1]] = [-4.0, -0.5, -3.5]
    rates[pattern.place[1, 0]] = 9.0
    found = shift_rate(pattern, jnp.asarray(rates))
    np.testing.assert_array_equal(found, [4.0, 2.0, 3.5])


def test_a_chain_keeps_only_what_lies_downstream() -> None:
    chain = Pattern(4, frozenset({(1, 0), (2, 1), (3, 2)}))
    assert chain.entries == tuple((i, j) for i in range(4) for j in range(i + 1))
    # Entry (3, 0) of a product has a term for each state on the way.
    place = chain.place[3, 0]
    there = chain.products.left[place] != chain.zero
    assert np.count_nonzero(there) == 4
