"""Simulation-based calibration: is the posterior as wide as it should be?

Unknowns are drawn from the prior, studies are made up from them, and the model is fitted to
these. The rank of the truth among the draws of its posterior is then uniform for every unknown
[Talts 2018, arXiv:1804.06788]; a posterior that is too narrow, too wide or beside the truth
shows in the ranks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import scipy.stats

from sordino.calibrate.fit import Sampler
from sordino.calibrate.model import Problem
from sordino.calibrate.unknowns import unknowns
from sordino.pk.compiled import make_room

KEPT = 63
"""Draws among which the truth is ranked: 64 ranks, in few bins of equal size."""

BINS = 8
WARMUP = 300
DRAWS = 252
"""Four draws for each that is kept, so that those kept are nearly independent."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Ranks:
    """Ranks 0 to `KEPT` (fit, unknown), and the share of draws that diverged."""

    rank: np.ndarray
    divergent: float

    def p_values(self) -> dict[str, float]:
        """For each unknown, how likely ranks are at least so uneven by chance (chi-square)."""
        return {
            u.name: float(scipy.stats.chisquare(self.counts(k)).pvalue)
            for k, u in enumerate(unknowns())
        }

    def counts(self, k: int) -> np.ndarray:
        """How many ranks of unknown `k` fell into each of `BINS` bins."""
        return np.histogram(self.rank[:, k], BINS, (0, KEPT + 1))[0]

    def as_dict(self, seed: int) -> dict[str, Any]:
        """Counts and p-values by unknown, as plain data."""
        return {
            "seed": seed,
            "fits": len(self.rank),
            "ranks": KEPT + 1,
            "bins": BINS,
            "divergent_share": self.divergent,
            "overall_p": self.overall(),
            "p": self.p_values(),
            "counts": {u.name: self.counts(k).tolist() for k, u in enumerate(unknowns())},
        }

    def overall(self) -> float:
        """How likely it is that any unknown is so uneven (Bonferroni); small is bad."""
        return min(1.0, min(self.p_values().values()) * len(unknowns()))


def ranks(
    prepared: Problem,
    fits: int,
    seed: int,
    *,
    warmup: int = WARMUP,
    draws: int = DRAWS,
    progress: Progress | None = None,
) -> Ranks:
    """Make up studies `fits` times, fit each, and rank the truth."""
    sampler = Sampler(prepared, chains=1, warmup=warmup, draws=draws)
    simulate = jax.jit(prepared.simulate)
    found: list[np.ndarray] = []
    divergent = 0
    for number in range(fits):
        random = np.random.default_rng([seed, number])
        truth = random.standard_normal(len(unknowns()))
        shift = random.standard_normal(len(prepared.shifts))
        key = jax.random.fold_in(jax.random.key(seed), number)
        data = simulate(jnp.asarray(truth), jnp.asarray(shift), key)
        fit = sampler.fit(data, seed + number)
        kept = fit.all_z[np.linspace(0, draws - 1, KEPT).astype(int)]
        found.append((kept < truth).sum(axis=0))
        divergent += fit.divergences
        # Every fit compiles some of its steps anew.
        make_room()
        if progress is not None:
            progress(number + 1, fits)
    return Ranks(np.array(found), divergent / (fits * draws))
