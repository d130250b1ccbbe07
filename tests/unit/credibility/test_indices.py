"""Sobol indices against functions whose indices are known in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from sordino.credibility.sensitivity import sobol

ISHIGAMI = (7.0, 0.1)
"""The usual constants a and b of the function."""


def ishigami(uniform: np.ndarray) -> np.ndarray:
    a, b = ISHIGAMI
    x = np.pi * (2.0 * uniform - 1.0)
    return np.sin(x[0]) + a * np.sin(x[1]) ** 2 + b * x[2] ** 4 * np.sin(x[0])


def ishigami_indices() -> tuple[list[float], list[float]]:
    """First and total indices (Ishigami and Homma 1990), from the parts of the variance."""
    a, b = ISHIGAMI
    first = [0.5 * (1 + b * np.pi**4 / 5) ** 2, a**2 / 8, 0.0]
    both = 8 * b**2 * np.pi**8 / 225
    whole = sum(first) + both
    total = [first[0] + both, first[1], both]
    return [v / whole for v in first], [v / whole for v in total]


def test_the_ishigami_function() -> None:
    found = sobol(ishigami, [[0], [1], [2]], 4096, seed=3)
    first, total = ishigami_indices()
    np.testing.assert_allclose(found.first[0], first, atol=0.02)
    np.testing.assert_allclose(found.total[0], total, atol=0.02)
    assert found.runs == 4096 * 5
    for interval, exact in ((found.first_interval, first), (found.total_interval, total)):
        assert np.all(interval[0, 0] <= np.array(exact) + 1e-12)
        assert np.all(interval[1, 0] >= np.array(exact) - 1e-12)


def test_a_group_has_what_its_inputs_do_together() -> None:
    """Of x0 and x2 together nothing is left but x1, whose part of the variance is known."""
    found = sobol(ishigami, [[0, 2], [1]], 4096, seed=3)
    alone = ishigami_indices()[0][1]
    np.testing.assert_allclose(found.first[0], [1 - alone, alone], atol=0.02)
    np.testing.assert_allclose(found.total[0], [1 - alone, alone], atol=0.02)


def test_a_weighted_sum_shares_the_variance_by_squared_weights() -> None:
    weights = np.array([1.0, 2.0, 4.0])
    found = sobol(lambda u: weights @ u, [[0], [1], [2]], 1024, seed=1)
    share = weights**2 / np.sum(weights**2)
    np.testing.assert_allclose(found.first[0], share, atol=0.01)
    np.testing.assert_allclose(found.total[0], share, atol=0.01)
    assert found.mean[0] == pytest.approx(weights.sum() / 2, rel=1e-4)
    assert found.sd[0] == pytest.approx(np.sqrt(np.sum(weights**2) / 12), rel=1e-2)


def test_an_output_that_does_not_vary_has_indices_of_zero() -> None:
    found = sobol(lambda u: np.stack([u[0], np.full(u.shape[1], 5.0)]), [[0], [1]], 64, seed=1)
    assert np.all(found.first[1] == 0.0)
    assert np.all(found.total[1] == 0.0)
    assert found.first[0, 0] == pytest.approx(1.0, abs=0.05)


def test_the_same_seed_gives_the_same_intervals() -> None:
    once, again, other = (sobol(ishigami, [[0], [1], [2]], 128, seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(once.total_interval, again.total_interval)
    assert np.any(once.total_interval != other.total_interval)
