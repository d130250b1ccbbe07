"""The posterior by NUTS, and whether the sampler can be believed."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from numpyro.diagnostics import effective_sample_size, split_gelman_rubin
from numpyro.infer import MCMC, NUTS, init_to_uniform

from sordino.calibrate.model import Data, Problem, numpyro_model
from sordino.calibrate.unknowns import unknowns

CHAINS = 4
WARMUP = 800
DRAWS = 1000
TARGET_ACCEPTANCE = 0.98
"""High, so that steps are short where a spread is small and the posterior narrow."""

TREE_DEPTH = 8
"""Trajectories of up to 255 steps; only the first part of warm-up asks for longer ones."""

INITIAL_RADIUS = 0.5
"""Chains begin so far from the middle of the prior, in its standard deviations: further out the
data are so unlikely that warm-up is spent on coming back."""

RHAT_LIMIT = 1.01
LEAST_ESS = 400.0


@dataclass(frozen=True, eq=False)
class Fit:
    """Draws of the posterior: `z` (chain, draw, unknown), `shift` (chain, draw, shift)."""

    z: np.ndarray
    shift: np.ndarray
    divergences: int
    seconds: float
    seed: int
    warmup: int

    @property
    def all_z(self) -> np.ndarray:
        """Draws of all chains one after the other, (draw, unknown)."""
        return np.concatenate(self.z)

    @property
    def all_shift(self) -> np.ndarray:
        """Draws of all chains one after the other, (draw, shift)."""
        return np.concatenate(self.shift)


@dataclass(frozen=True)
class Diagnostics:
    """How well the chains agree: R-hat and effective sample size by name, divergences."""

    rhat: Mapping[str, float]
    ess: Mapping[str, float]
    divergences: int

    @property
    def worst_rhat(self) -> float:
        """The largest R-hat."""
        return max(self.rhat.values())

    @property
    def least_ess(self) -> float:
        """The smallest effective sample size."""
        return min(self.ess.values())

    @property
    def sound(self) -> bool:
        """Whether every number is within its limit."""
        agree = self.worst_rhat < RHAT_LIMIT and self.least_ess > LEAST_ESS
        return agree and self.divergences == 0


class Sampler:
    """NUTS for one problem, block by block; compiled once, whatever data it is given."""

    def __init__(
        self,
        prepared: Problem,
        *,
        chains: int = CHAINS,
        warmup: int = WARMUP,
        draws: int = DRAWS,
        progress: bool = False,
    ) -> None:
        self.prepared = prepared
        self.shape = (chains, draws)
        self.warmup = warmup
        self._parts = [(part, self._sampler(part, progress)) for part in prepared.parts]

    def _sampler(self, part: Problem, progress: bool) -> MCMC:
        def model(data: Data) -> None:
            numpyro_model(part, data)

        chains, draws = self.shape
        return MCMC(
            NUTS(
                model,
                target_accept_prob=TARGET_ACCEPTANCE,
                dense_mass=True,
                max_tree_depth=TREE_DEPTH,
                init_strategy=init_to_uniform(radius=INITIAL_RADIUS),  # pyright: ignore[reportArgumentType]
            ),
            num_warmup=self.warmup,
            num_samples=draws,
            num_chains=chains,
            chain_method="sequential",
            progress_bar=progress,
            jit_model_args=True,
        )

    def fit(self, data: Data, seed: int) -> Fit:
        """Draw from the posterior of some data.

        What no row is about keeps its prior: it is drawn from that, independently.
        """
        begin = time.perf_counter()
        random = np.random.default_rng(seed)
        z = random.standard_normal((*self.shape, len(unknowns())))
        shift = np.zeros((*self.shape, len(self.prepared.shifts)))
        divergences = 0
        for number, (part, sampler) in enumerate(self._parts):
            own = {row.id: data[row.id] for row in part.rows}
            sampler.run(jax.random.key(seed + number), own, extra_fields=("diverging",))
            found: dict[str, Any] = sampler.get_samples(group_by_chain=True)
            z[:, :, [u.block == part.block for u in unknowns()]] = np.asarray(found["z"])
            places = [self.prepared.shifts.index(place) for place in part.shifts]
            shift[:, :, places] = np.asarray(found["shift"])
            extra: dict[str, Any] = sampler.get_extra_fields()
            divergences += int(np.sum(np.asarray(extra["diverging"])))
        seconds = time.perf_counter() - begin
        return Fit(z, shift, divergences, seconds, seed, self.warmup)


def diagnostics(fit: Fit, shifts: tuple[tuple[str, str], ...]) -> Diagnostics:
    """R-hat and effective sample size of every unknown and every shift of a study."""
    names = [u.name for u in unknowns()] + [f"shift_{family}[{study}]" for family, study in shifts]
    drawn = np.concatenate([fit.z, fit.shift], axis=-1)
    rhat, ess = split_gelman_rubin(drawn), effective_sample_size(drawn)
    return Diagnostics(
        rhat={n: float(v) for n, v in zip(names, rhat, strict=True)},
        ess={n: float(v) for n, v in zip(names, ess, strict=True)},
        divergences=fit.divergences,
    )
