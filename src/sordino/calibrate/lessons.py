"""What the data taught: each unknown before and after."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import jax.numpy as jnp
import numpy as np
from scipy.special import ndtr, ndtri

from sordino.calibrate.fit import Fit
from sordino.calibrate.unknowns import Unknown, unknowns

LEVELS = (0.05, 0.5, 0.95)
BINS = 20
ANY, SOME, MUCH = 0.1, 0.5, 0.8
"""Parts of the prior's variance that the data took away, from which on they taught a little,
something, and much."""

Lesson = Literal["nothing", "a little", "something", "much"]


@dataclass(frozen=True)
class Learned:
    """One unknown: median and 90 percent interval before and after, in its unit.

    `z` is the posterior in standard deviations of the prior from its median, `moved` its mean,
    `sd_ratio` its standard deviation (1 before); `overlap` how much of the prior the posterior
    covers, 1 when they are the same. `lesson` sums that up.
    """

    name: str
    owner: str
    unit: str
    prior: tuple[float, float, float]
    posterior: tuple[float, float, float]
    z: tuple[float, float, float]
    moved: float
    sd_ratio: float
    overlap: float
    lesson: Lesson

    def as_dict(self) -> dict[str, Any]:
        """The lesson as plain data."""
        return asdict(self)


def learned(fit: Fit) -> tuple[Learned, ...]:
    """Every unknown before and after."""
    return tuple(_one(u, fit.all_z[:, k]) for k, u in enumerate(unknowns()))


def _one(unknown: Unknown, z: np.ndarray) -> Learned:
    ends = np.quantile(z, LEVELS)
    before, after = _quantiles(unknown, ndtri(LEVELS)), _quantiles(unknown, ends)
    moved, ratio = float(z.mean()), float(z.std())
    return Learned(
        name=unknown.name,
        owner=unknown.owner,
        unit=unknown.parameter.unit,
        prior=before,
        posterior=after,
        z=(float(ends[0]), float(ends[1]), float(ends[2])),
        moved=moved,
        sd_ratio=ratio,
        overlap=_overlap(z),
        lesson=lesson(moved, ratio),
    )


def _quantiles(unknown: Unknown, z: np.ndarray) -> tuple[float, float, float]:
    low, middle, high = (float(v) for v in unknown.value(jnp.asarray(z)))
    return low, middle, high


def _overlap(z: np.ndarray) -> float:
    """Area under both densities, on the scale on which the prior is uniform."""
    shares = np.histogram(ndtr(z), BINS, (0.0, 1.0))[0] / len(z)
    return float(np.minimum(shares, 1.0 / BINS).sum())


def lesson(moved: float, sd_ratio: float) -> Lesson:
    """How much the data taught, by how much narrower or how far away the posterior is.

    A posterior that is as wide as the prior and in the same place has been taught nothing;
    one that moved has, even if it is as wide.
    """
    gained = max(1.0 - sd_ratio**2, 1.0 - 1.0 / (1.0 + moved**2))
    if gained < ANY:
        return "nothing"
    if gained < SOME:
        return "a little"
    return "something" if gained < MUCH else "much"
