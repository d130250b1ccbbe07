"""Exact steps against SciPy's matrix exponential and against closed forms."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
import scipy.linalg

from sordino.pk.histories.walk import (
    LADDER,
    SCALED_RATE_LIMIT,
    Links,
    Steps,
    advance,
    make_ladder,
    needed_powers,
    walk,
)

# exp(A h) y of SciPy holds about 1e-14 of the largest amount where rates are alike.
RELATIVE = 1e-12


def chain(rates: list[float]) -> tuple[Links, np.ndarray]:
    """Compartments in a row, each emptied into the next at its rate; the last into nothing."""
    size = len(rates)
    matrix = np.diag(-np.array(rates)) + np.diag(rates[:-1], -1)
    return Links(size, frozenset((k + 1, k) for k in range(size - 1))), matrix


def moved(links: Links, matrix: np.ndarray, hours: list[float], state: np.ndarray) -> np.ndarray:
    """States after some lengths of time, one lane each: (lane, state)."""
    rates = jnp.asarray(np.repeat(matrix[:, :, None], len(hours), axis=2))
    ladder = make_ladder(links, rates, jnp.asarray(LADDER))
    lanes = jnp.asarray(np.repeat(state[:, None], len(hours), axis=1))
    return np.asarray(advance(links, ladder, jnp.asarray(hours), lanes)).T


def test_steps_of_any_length_in_one_call() -> None:
    links, matrix = chain([2.0, 0.3, 5.0, 0.3])
    hours = [0.0, 1e-9, 0.01, 0.139, 0.14, 0.141, 1.0, 7.77, 24.0, 96.0]
    state = np.array([100.0, 0.0, 3.0, 0.5])
    expected = [scipy.linalg.expm(matrix * h) @ state for h in hours]
    np.testing.assert_allclose(moved(links, matrix, hours, state), expected, rtol=RELATIVE)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8, 9, 64, 512, 513])
def test_whole_multiples_of_the_short_step(count: int) -> None:
    """Every power of two has its own entry of the ladder, also where a logarithm rounds down."""
    links, matrix = chain([1.0])
    hours = count * SCALED_RATE_LIMIT * (1 + 1e-15)
    expected = np.exp(-hours)
    np.testing.assert_allclose(
        moved(links, matrix, [hours], np.ones(1))[0, 0], expected, rtol=1e-15 * (count + 10)
    )


@pytest.mark.parametrize(("whole", "powers"), [(0, 1), (1, 1), (2, 2), (7, 3), (8, 4), (2**29, 30)])
def test_needed_powers_are_the_bits_of_the_number_of_steps(whole: int, powers: int) -> None:
    longest = jnp.asarray([whole * 0.5 + 0.1])
    assert int(needed_powers(jnp.asarray([0.5]), longest)) == powers


def test_equal_rates_and_small_amounts_keep_their_digits() -> None:
    """Ten equal transit compartments: amount k is (r t)^k / k! exp(-r t), down to 1e-60."""
    rate, size = 4.0, 10
    links, matrix = chain([rate] * size)
    hours = [1e-6, 1e-3, 0.2, 3.0, 40.0]
    found = moved(links, matrix, hours, np.eye(size)[0])
    factorial = np.cumprod([1, *range(1, size)])
    for h, amounts in zip(hours, found, strict=True):
        expected = (rate * h) ** np.arange(size) / factorial * np.exp(-rate * h)
        np.testing.assert_allclose(amounts, expected, rtol=1e-12)


def test_the_series_has_more_terms_for_longer_ways() -> None:
    short, _ = chain([1.0] * 2)
    long, _ = chain([1.0] * 9)
    assert long.terms - short.terms == 7


def test_columns_name_what_a_state_depends_on() -> None:
    links = Links(3, frozenset({(1, 0), (0, 1), (0, 2)}))
    assert links.columns.T.tolist() == [[0, 1, 2], [1, 0, -1], [2, -1, -1]]


def test_a_block_of_steps_with_resets_doses_and_changing_rates() -> None:
    links = Links(3, frozenset({(1, 0), (0, 2)}))  # depot, central; state 2: inflow into the depot
    slow = np.array([[-0.5, 0.0, 1.0], [0.5, -0.1, 0.0], [0.0, 0.0, 0.0]])
    fast = slow * np.array([3.0, 3.0, 1.0])
    rates = np.stack([np.stack([slow, slow], -1), np.stack([slow, fast], -1)])
    length = np.array([[0.0, 0.0], [2.0, 1.0], [5.0, 0.0], [1.0, 4.0], [0.0, 0.0]])
    inflow = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 2.0], [0.0, 0.5], [9.0, 9.0]])[:, None]
    keep = np.array([[1.0, 1.0], [1.0, 1.0], [1.0, 0.0], [1.0, 1.0], [1.0, 1.0]])
    added = np.zeros((5, 2, 2))
    added[0, 0] = 10.0, 20.0
    added[2, 1] = 0.0, 7.0
    steps = Steps(
        *map(jnp.asarray, (rates, [0, 0, 0, 1, 1], [True, False, False, True, False])),
        *map(jnp.asarray, (length, inflow, keep, added)),
    )
    walked, last = walk(links, steps, jnp.asarray(4), jnp.zeros((2, 2)))
    found = np.moveaxis(np.asarray(walked), 0, -1)
    np.testing.assert_array_equal(np.asarray(last), found[3])
    for lane in range(2):
        state = np.zeros(2)
        for j in range(4):
            matrix = rates[0 if j < 3 else 1, :, :, lane]
            full = np.concatenate([state, inflow[j, :, lane]])
            state = (scipy.linalg.expm(matrix * length[j, lane]) @ full)[:2]
            state = state * keep[j, lane] + added[j, :, lane]
            np.testing.assert_allclose(found[j, :, lane], state, rtol=RELATIVE)
    assert not found[4].any()


def test_a_system_in_which_nothing_moves_stays_as_it_is() -> None:
    links = Links(2, frozenset())
    found = moved(links, np.zeros((2, 2)), [0.0, 1.0, 1e6], np.array([3.0, 4.0]))
    np.testing.assert_allclose(found, [[3.0, 4.0]] * 3, rtol=1e-15)
