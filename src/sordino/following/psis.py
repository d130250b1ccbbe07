"""Pareto-smoothed importance sampling: how heavy the tail of the weights is.

Vehtari, Simpson, Gelman, Yao and Gabry, Journal of Machine Learning Research 25 (2024) 72; the
shape of the tail is estimated as Zhang and Stephens, Technometrics 51 (2009) 316, propose.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

LARGEST = 0.7
"""A shape above this means that the weights cannot be trusted, whatever their number."""

PRIOR_SHAPE, PRIOR_WEIGHT = 0.5, 10.0
"""The estimate is drawn towards this shape as ten more values of the tail would draw it."""

FEWEST = 5
SMALLEST = 1e-12


def tail_shape(log_weights: Numbers) -> float:
    """Shape k of the generalized Pareto distribution of the largest weights.

    Below 0.5 the variance of the weights is finite; above 0.7 estimates are not to be trusted.
    Infinite when there are too few weights to tell. Weights that stand there more than once, as
    copies of a particle that has not moved yet, count once: copies tell nothing about the tail.
    """
    log_weights = np.unique(log_weights)
    count = len(log_weights)
    size = int(min(count / 5.0, 3.0 * count**0.5))
    if size < FEWEST:
        return float("inf")
    weights = np.exp(log_weights[-size - 1 :] - log_weights[-1])
    excess = weights[1:] - weights[0]
    if excess[-1] <= 0.0:
        return float("-inf")  # equal to the last digit
    return _shape(np.maximum(excess, SMALLEST * excess[-1]))


def _shape(excess: Numbers) -> float:
    """Posterior mean of the shape for sorted excesses over a threshold."""
    count = len(excess)
    grid = 30 + int(count**0.5)
    quartile = excess[int(count / 4.0 + 0.5) - 1]
    step = np.arange(1, grid + 1, dtype=float)
    theta = (1.0 - np.sqrt(grid / (step - 0.5))) / (3.0 * quartile) + 1.0 / excess[-1]
    shape = np.log1p(-theta[:, None] * excess).mean(axis=1)
    profile = count * (np.log(-theta / shape) - shape - 1.0)
    weight = np.exp(profile - profile.max())
    best = (theta * weight).sum() / weight.sum()
    found = float(np.log1p(-best * excess).mean())
    return (count * found + PRIOR_WEIGHT * PRIOR_SHAPE) / (count + PRIOR_WEIGHT)


def effective_size(log_weights: Numbers) -> float:
    """Number of equally weighted values that are worth as much."""
    weights = np.exp(log_weights - log_weights.max())
    return float(weights.sum() ** 2 / (weights**2).sum())
