"""Sobol indices of a function of groups of independent inputs.

The first index of a group is the part of the variance that is gone once the group is known; the
total index is the part that is left when all else is known. The estimators are those of Saltelli
et al. 2010 (doi 10.1016/j.cpc.2009.09.018) as SciPy has them; inputs are scrambled Sobol points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import qmc, sobol_indices

RESAMPLES = 200
LEVEL = (0.025, 0.975)
FEWEST, MOST = 64, 65_536

Function = Callable[[np.ndarray], np.ndarray]
"""Inputs (input, run), each uniform on 0 to 1, to outputs (output, run)."""


@dataclass(frozen=True)
class Indices:
    """Indices (output, group) with 95 percent intervals (end, output, group).

    `mean`, `sd` (output,): of the outputs over what is not known; `runs`: how often the function
    was evaluated.
    """

    first: np.ndarray
    total: np.ndarray
    first_interval: np.ndarray
    total_interval: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    runs: int


def sobol(function: Function, groups: Sequence[Sequence[int]], points: int, seed: int) -> Indices:
    """First and total indices of groups of inputs, for all outputs at once.

    `groups`: the inputs of each, together all inputs from 0 on; `points`: a power of 2. The
    function is called once, with points * (groups + 2) runs. An output that does not vary has
    indices of 0. Intervals come from resampling the points.
    """
    inputs = sum(len(group) for group in groups)
    both = qmc.Sobol(2 * inputs, rng=seed).random(points).T
    a, b = both[:inputs], both[inputs:]
    mixed = [_exchanged(a, b, group) for group in groups]
    found = np.atleast_2d(function(np.concatenate([a, b, *mixed], axis=1)))
    blocks = np.stack(np.split(found, len(groups) + 2, axis=1))
    first, total = _estimated(blocks)
    rng = np.random.default_rng(seed)
    again = [_estimated(blocks[..., rng.integers(0, points, points)]) for _ in range(RESAMPLES)]
    spread = np.quantile(np.array(again), LEVEL, axis=0)
    base = blocks[:2]
    return Indices(
        first=first,
        total=total,
        first_interval=spread[:, 0],
        total_interval=spread[:, 1],
        mean=base.mean(axis=(0, 2)),
        sd=base.std(axis=(0, 2)),
        runs=found.shape[1],
    )


def _exchanged(a: np.ndarray, b: np.ndarray, group: Sequence[int]) -> np.ndarray:
    mixed = a.copy()
    mixed[list(group)] = b[list(group)]
    return mixed


def _estimated(blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and total indices (output, group) from the blocks A, B and one for each group."""
    still = np.ptp(blocks, axis=(0, 2)) == 0.0
    moving = blocks[:, ~still]
    shape = (blocks.shape[1], blocks.shape[0] - 2)
    first, total = np.zeros(shape), np.zeros(shape)
    if moving.shape[1]:
        parts = {"f_A": moving[0], "f_B": moving[1], "f_AB": moving[2:]}
        found = sobol_indices(func=parts, n=blocks.shape[2])
        first[~still] = np.reshape(found.first_order, first[~still].shape)
        total[~still] = np.reshape(found.total_order, total[~still].shape)
    return first, total
