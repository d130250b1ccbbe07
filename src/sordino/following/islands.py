"""Sequential Monte Carlo from the prior to the posterior of one person.

An island has its own virtual people and its own particles. A particle is one of these people
(`lane`: what studies leave open, and the drug in the body) with coordinates of its own (`z`, see
`person`). The likelihood is raised from power 0 to 1 in steps that keep half of the particles
worth something; after each step particles are drawn anew by their weights and moved, by random
walks and by exchanges with the prior, which leave the tempered posterior as it is.
[del Moral, Doucet and Jasra, J. R. Stat. Soc. B 68 (2006) 411]

Islands share nothing. That they agree is the evidence that the answer is the posterior; pooled by
their evidence they stand for all people of all islands.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from numpy.typing import NDArray

from sordino.following.likelihood import Noise, Response, Seen, log_likelihood
from sordino.following.person import COORDINATES, log_odds, person
from sordino.following.psis import tail_shape

KEPT = 0.5
"""Part of the particles that a step of the power leaves effective."""
MOST_STEPS = 60
LAST = 4
"""Times as many moves after the last step: these particles are the answer."""

PLACEBO, MEMBER = COORDINATES.index("placebo"), COORDINATES.index("slow_responder")
HABIT = (COORDINATES.index("habit_wait"), COORDINATES.index("habit_shift"))

Lanes = Float[Array, " lanes"]


class Island(NamedTuple):
    """People of an island, lane by lane: the course in them, and what `person` needs of them.

    `weight`: how much each counts beforehand, on the log scale.
    """

    response: Response
    typical: dict[str, Lanes]
    weight: Lanes


class Particles(NamedTuple):
    """Particles: the person of each, coordinates, log-likelihood, noise after the last day."""

    lane: Int[Array, " lanes"]
    z: Float[Array, "lanes coordinate"]
    fit: Lanes
    noise: Noise


@dataclass(frozen=True)
class Settled:
    """Where an island came to rest.

    `evidence`: log of the probability of the diary. `shape`: the worst tail of the weights of a
    step; `first_shape`: that of the whole way from the prior in one step. `moved`: part of the
    last random walks that were accepted.
    """

    lane: NDArray[np.int32]
    z: NDArray[np.float64]
    noise_mean: NDArray[np.float64]
    noise_variance: NDArray[np.float64]
    evidence: float
    steps: int
    shape: float
    first_shape: float
    moved: float


def settle(
    seen: Seen, island: Island, particles: int, sweeps: int, seed: int, number: int
) -> Settled:
    """Run one island; `sweeps` moves follow each step.

    Equal arguments give equal numbers, whatever runs beside.
    """
    key = jax.random.fold_in(jax.random.key(seed), number)
    key, own = jax.random.split(key)
    now = _begin(seen, island, own, particles)
    power, evidence, shape, moved = 0.0, 0.0, -np.inf, 1.0
    first_shape = tail_shape(np.asarray(now.fit))
    steps = 0
    while power < 1.0 and steps < MOST_STEPS:
        fit = np.asarray(now.fit)
        rise = next_power(fit, power) - power
        weights = rise * (fit - fit.max())
        evidence += float(np.log(np.exp(weights).mean()) + rise * fit.max())
        shape = max(shape, tail_shape(weights))
        power = min(power + rise, 1.0)
        key, own = jax.random.split(key)
        moves = sweeps if power < 1.0 else LAST * sweeps
        now, accepted = _step(seen, island, now, jnp.asarray(weights), power, own, moves)
        moved = float(accepted)
        steps += 1
    return Settled(
        lane=np.asarray(now.lane),
        z=np.asarray(now.z),
        noise_mean=np.asarray(now.noise.mean),
        noise_variance=np.asarray(now.noise.variance),
        evidence=evidence,
        steps=steps,
        shape=shape,
        first_shape=first_shape,
        moved=moved,
    )


def next_power(fit: NDArray[np.float64], power: float) -> float:
    """The largest power, up to 1, that leaves `KEPT` of the particles effective."""
    low, high = power, 1.0
    if _effective_part(fit, 1.0 - power) >= KEPT:
        return 1.0
    for _ in range(50):
        middle = 0.5 * (low + high)
        if _effective_part(fit, middle - power) >= KEPT:
            low = middle
        else:
            high = middle
    return max(low, power + 1e-9)


def _effective_part(fit: NDArray[np.float64], rise: float) -> float:
    weights = np.exp(rise * (fit - fit.max()))
    return float(weights.sum() ** 2 / (weights**2).sum() / len(fit))


def fitted(seen: Seen, island: Island, lane: Array, z: Array) -> tuple[Lanes, Noise]:
    """Log-likelihood of particles, and the noise after the last day.

    What normal coordinates have more of than the prior is taken back here.
    """
    response = jax.tree.map(lambda a: a[..., lane], island.response)
    own = {name: values[lane] for name, values in island.typical.items()}
    who = person(z, own, seen.span, seen.share)
    found, noise = log_likelihood(seen, response, who)
    return found + log_odds(who.habit_wait, seen.span, seen.share), noise


@partial(jax.jit, static_argnames=("particles",))
def _begin(seen: Seen, island: Island, key: Array, particles: int) -> Particles:
    first, second = jax.random.split(key)
    lane = _drawn_lanes(first, island.weight, particles)
    z = jax.random.normal(second, (particles, len(COORDINATES)), jnp.float64)
    return Particles(lane, z, *fitted(seen, island, lane, z))


def _drawn_lanes(key: Array, weight: Lanes, count: int) -> Int[Array, " lanes"]:
    """People drawn by their weights, as evenly as can be."""
    at = (jnp.arange(count) + jax.random.uniform(key, (), jnp.float64)) / count
    return _lanes_at(at, weight)


def _lanes_at(at: Lanes, weight: Lanes) -> Int[Array, " lanes"]:
    """People at places from 0 to 1 of their added-up weights."""
    share = jnp.cumsum(jax.nn.softmax(weight))
    return jnp.clip(jnp.searchsorted(share, at), 0, weight.shape[0] - 1).astype(jnp.int32)


@jax.jit
def _step(
    seen: Seen,
    island: Island,
    now: Particles,
    weights: Lanes,
    power: float,
    key: Array,
    sweeps: int,
) -> tuple[Particles, Array]:
    """Draw particles anew by their weights and move them; and the part that moved."""
    first, key = jax.random.split(key)
    kept = _drawn_lanes(first, weights, now.fit.shape[0])
    now = jax.tree.map(lambda a: a[kept], now)

    def sweep(number: Array, carry: tuple[Particles, Array]) -> tuple[Particles, Array]:
        walk, swap = jax.random.split(jax.random.fold_in(key, number))
        after, accepted = _walked(seen, island, carry[0], power, walk)
        return _exchanged(seen, island, after, power, swap), accepted

    return jax.lax.fori_loop(0, sweeps, sweep, (now, jnp.zeros(())))


def _walked(
    seen: Seen, island: Island, now: Particles, power: float, key: Array
) -> tuple[Particles, Array]:
    """A random walk in all coordinates, as wide as the particles lie apart."""
    count, size = now.z.shape
    keys = jax.random.split(key, 3)
    apart = now.z - now.z.mean(axis=0)
    root = jnp.linalg.cholesky(apart.T @ apart / count + 1e-6 * jnp.eye(size))
    # Every third walk is wide, the others stay near: one width would not suit all powers.
    wide = jax.random.uniform(keys[0], (count, 1)) < 1.0 / 3.0
    width = jnp.where(wide, 2.38, 0.8) / size**0.5
    z = now.z + width * (jax.random.normal(keys[1], now.z.shape, jnp.float64) @ root.T)
    prior = 0.5 * (now.z**2 - z**2).sum(axis=1)
    return _decided(
        seen, island, now, Particles(now.lane, z, now.fit, now.noise), prior, power, keys[2]
    )


def _exchanged(seen: Seen, island: Island, now: Particles, power: float, key: Array) -> Particles:
    """Exchange some of a particle with the prior: its person, its membership, its habits.

    What is exchanged is drawn from the prior, so that only the likelihood decides.
    """
    count = now.z.shape[0]
    keys = jax.random.split(key, 5)
    # Which kind: another person; with another placebo response; other membership; other habit.
    kind = jax.random.categorical(
        keys[0], jnp.log(jnp.array([0.5, 0.15, 0.2, 0.15])), shape=(count,)
    )
    fresh = jax.random.normal(keys[1], now.z.shape, jnp.float64)
    other = _lanes_at(jax.random.uniform(keys[2], (count,), jnp.float64), island.weight)
    lane = jnp.where(kind < 2, other, now.lane)
    column = jnp.arange(now.z.shape[1])[None, :]
    own = kind[:, None]
    changed = (own == 1) & (column == PLACEBO)
    changed |= (own == 2) & (column == MEMBER)
    changed |= (own == 3) & jnp.isin(column, jnp.array(HABIT))
    z = jnp.where(changed, fresh, now.z)
    proposed = Particles(lane, z, now.fit, now.noise)
    return _decided(seen, island, now, proposed, jnp.zeros(count), power, keys[3])[0]


def _decided(
    seen: Seen,
    island: Island,
    now: Particles,
    proposed: Particles,
    prior: Lanes,
    power: float,
    key: Array,
) -> tuple[Particles, Array]:
    """Accept what is proposed, or stay, by Metropolis; and the part that was accepted."""
    fit, noise = fitted(seen, island, proposed.lane, proposed.z)
    gain = prior + power * (fit - now.fit)
    accept = jnp.log(jax.random.uniform(key, gain.shape, jnp.float64)) < gain
    new = Particles(proposed.lane, proposed.z, fit, noise)

    def chosen(a: Array, b: Array) -> Array:
        return jnp.where(accept.reshape(-1, *(1,) * (a.ndim - 1)), a, b)

    return jax.tree.map(chosen, new, now), accept.astype(jnp.float64).mean()
