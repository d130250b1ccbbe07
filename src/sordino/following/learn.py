"""The posterior of one person: from a diary and the virtual people to weighted particles."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.special import logit
from numpy.typing import NDArray

from sordino.following.crowd import Crowd
from sordino.following.islands import Island, Settled, settle
from sordino.following.likelihood import Response, Seen
from sordino.following.person import COORDINATES, Person, constant, person
from sordino.following.psis import LARGEST, effective_size
from sordino.following.ratings import Intervals, Ratings, intervals
from sordino.pd.pain import SCALE
from sordino.simulation.blocks import thread_count

Numbers = NDArray[np.float64]

SAID_EDGE = 0.25
"""Who says 0 or 10 means no more than less than half a point from there."""
HABIT_SHARE = 0.5
"""Part of the particles that begin with a change of habit in the diary: enough to find the day."""
ISLANDS = 8
FEWEST_EFFECTIVE = 200.0
"""Below this an interval's ends would move by more than a tenth of its half-width."""


@dataclass(frozen=True)
class Effort:
    """How hard the sampler tries: people in all, particles of an island, moves after a step."""

    people: int = 4096
    particles: int = 1024
    sweeps: int = 4


USUAL, HARD = Effort(), Effort(people=16384, particles=2048, sweeps=6)
"""What is done at first, and what is done when that was not enough."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """What a diary says of one person: particles from all islands, equally good ones alike.

    `lane` counts people of the crowd; `weight` adds up to 1; `who` holds a value for each
    particle. `noise_*` is the noise of the last day of the diary.
    """

    lane: NDArray[np.int32]
    z: Numbers
    weight: Numbers
    island: NDArray[np.int32]
    who: Person
    noise_mean: Numbers
    noise_variance: Numbers
    settled: tuple[Settled, ...]

    def of(self, name: str) -> Numbers:
        """One number of the person, for each particle; names as in `Person`."""
        return np.asarray(getattr(self.who, name), float)

    def mean(self, values: Numbers) -> float:
        """Mean of a value for each particle."""
        return float(self.weight @ values)

    def sd(self, values: Numbers) -> float:
        """Standard deviation of a value for each particle."""
        return math.sqrt(max(self.mean((values - self.mean(values)) ** 2), 0.0))

    def quantiles(self, values: Numbers, levels: Numbers) -> Numbers:
        """Quantiles of a value for each particle."""
        order = np.argsort(values)
        below = np.cumsum(self.weight[order]) - 0.5 * self.weight[order]
        return np.interp(levels, below, values[order])

    @cached_property
    def shape(self) -> float:
        """The worst tail of weights that an island met, the middle one of islands; see `psis`.

        An island that met a worse one shows in how islands agree.
        """
        return float(np.median([s.shape for s in self.settled]))

    @cached_property
    def first_shape(self) -> float:
        """The tail of the weights in one step from the prior."""
        return float(np.median([s.first_shape for s in self.settled]))

    @cached_property
    def effective(self) -> float:
        """How many independent draws the particles are worth, from how far islands differ."""
        values = [self.z[:, k] for k in range(len(COORDINATES))]
        found = [self.effective_for(v) for v in values]
        return float(np.exp(np.mean(np.log(found))))

    def effective_for(self, values: Numbers) -> float:
        """How many independent draws the mean of `values` is worth."""
        means, shares = self._by_island(values)
        variance = self.sd(values) ** 2
        # The error of the pooled mean, from islands as independent estimates of it.
        error = (shares**2 * (means - self.mean(values)) ** 2).sum()
        error *= len(means) / (len(means) - 1.0)
        return float(np.clip(variance / max(error, 1e-300), 1.0, len(values)))

    def _by_island(self, values: Numbers) -> tuple[Numbers, Numbers]:
        share = np.bincount(self.island, self.weight, len(self.settled))
        total = np.bincount(self.island, self.weight * values, len(self.settled))
        return total / np.maximum(share, 1e-300), np.asarray(share, float)

    @cached_property
    def islands_agree(self) -> float:
        """Islands that are worth as much as all of them, by their evidence."""
        return effective_size(np.array([s.evidence for s in self.settled]))

    @property
    def sound(self) -> bool:
        """Whether the numbers can be trusted as the answer to what was asked."""
        return (
            self.shape <= LARGEST
            and self.effective >= FEWEST_EFFECTIVE
            and self.islands_agree >= 0.5 * len(self.settled)
        )


def seen(found: Intervals, said: float | None = None) -> Seen:
    """A diary as compiled code takes it; `said`: pain before treatment, 0 to 10."""
    arrays = (found.low, found.high, found.part, found.known, found.days, found.running)
    kept = np.nan if said is None else np.clip(said, SAID_EDGE, SCALE - SAID_EDGE)
    return Seen(
        *(jnp.asarray(a) for a in arrays),
        span=jnp.asarray(found.running[-1] + 1.0),
        share=jnp.asarray(HABIT_SHARE),
        slip=jnp.asarray(constant("slip")),
        before=logit(jnp.asarray(kept) / SCALE),
        recall=jnp.asarray(constant("recall")),
    )


def learn(
    ratings: Ratings,
    people: Crowd,
    response: Response,
    slow_clock: str = "lag",
    said: float | None = None,
    effort: Effort = USUAL,
    seed: int = 1,
) -> Posterior:
    """The posterior of the person who wrote a diary.

    `response`: the course as given at `intervals(ratings).time_h`, in all lanes of `people`;
    `said`: what the person said of the pain before treatment, 0 to 10.
    The numbers do not depend on how many cores there are.
    """
    diary = seen(intervals(ratings), said)
    size = people.count // ISLANDS
    typical = {n: jnp.asarray(v) for n, v in people.for_person(slow_clock).items()}

    def run(number: int) -> Settled:
        own = slice(number * size, (number + 1) * size)
        island = Island(
            jax.tree.map(lambda a: a[..., own], response),
            {name: values[own] for name, values in typical.items()},
            jnp.asarray(people.weight[own]),
        )
        return settle(diary, island, effort.particles, effort.sweeps, seed, number)

    with ThreadPoolExecutor(max(thread_count() // 2, 1)) as pool:
        settled = tuple(pool.map(run, range(ISLANDS)))
    return _pooled(settled, diary, people, typical, size)


def _pooled(
    settled: tuple[Settled, ...],
    diary: Seen,
    people: Crowd,
    typical: dict[str, jnp.ndarray],
    size: int,
) -> Posterior:
    """All islands together, each by its evidence and by what its people count beforehand."""
    island = np.repeat(np.arange(len(settled), dtype=np.int32), [len(s.lane) for s in settled])
    lane = np.concatenate([s.lane + k * size for k, s in enumerate(settled)]).astype(np.int32)
    z = np.concatenate([s.z for s in settled])
    before = [np.logaddexp.reduce(people.weight[k * size :][:size]) for k in range(len(settled))]
    evidence = np.array([s.evidence for s in settled]) + before
    share = np.exp(evidence - evidence.max())
    weight = share[island] / share[island].sum()
    own = {name: values[lane] for name, values in typical.items()}
    who = person(jnp.asarray(z), own, diary.span, diary.share)
    return Posterior(
        lane,
        z,
        weight,
        island,
        jax.tree.map(np.asarray, who),
        np.concatenate([s.noise_mean for s in settled]),
        np.concatenate([s.noise_variance for s in settled]),
        settled,
    )
