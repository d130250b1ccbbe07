"""The linear equations of a steady state, solved without subtraction."""

from __future__ import annotations

from fractions import Fraction

import jax.numpy as jnp
import numpy as np
import pytest

from sordino.pk.histories.steady import solve


def columns(inside: np.ndarray, lost: np.ndarray) -> np.ndarray:
    """The matrix of the equations: what leaves a column, less what moves inside."""
    return np.diag(lost + inside.sum(axis=0)) - inside


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_agrees_with_a_plain_solution(size: int) -> None:
    rng = np.random.default_rng(size)
    inside = rng.uniform(0, 1, (size, size))
    np.fill_diagonal(inside, 0.0)
    lost, gained = rng.uniform(0.1, 1, size), rng.uniform(0, 5, size)
    found = solve(*(jnp.asarray(a[..., None]) for a in (inside, lost, gained)))
    expected = np.linalg.solve(columns(inside, lost), gained)
    np.testing.assert_allclose(np.asarray(found)[:, 0], expected, rtol=1e-12)


def test_a_tiny_loss_beside_fast_exchange_keeps_its_digits() -> None:
    """Exact fractions: x0 + x1 flow back and forth, a part in 1e18 is lost from the second."""
    a, b, tiny = Fraction(3), Fraction(7), Fraction(1, 10**18)
    second = Fraction(5) / tiny
    first = (Fraction(5) + b * second) / a
    inside = np.array([[0.0, float(b)], [float(a), 0.0]])
    found = solve(
        jnp.asarray(inside[..., None]),
        jnp.asarray([[0.0], [float(tiny)]]),
        jnp.asarray([[5.0], [0.0]]),
    )
    np.testing.assert_allclose(np.asarray(found)[:, 0], [float(first), float(second)], rtol=1e-15)


def test_what_nothing_leaves_is_infinite_only_when_it_is_reached() -> None:
    inside = np.zeros((3, 3))
    inside[1, 0] = 2.0
    found = solve(
        jnp.asarray(inside[..., None]), jnp.zeros((3, 1)), jnp.asarray([[6.0], [0.0], [0.0]])
    )
    assert np.asarray(found)[:, 0].tolist() == [3.0, np.inf, 0.0]
