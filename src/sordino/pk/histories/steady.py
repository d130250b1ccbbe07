r"""Steady states, solved at once.

With a dose every `period` the amounts right after its start obey z = E z + b, where
E = exp(A period) and b is what one dose leaves of itself after a period. For slow elimination
1 - E loses its digits when it is subtracted, so it is never formed: the amount lost in a
period is carried as one more state, and the equations are solved by the elimination of
Grassmann, Taksar and Heyman, which adds, multiplies and divides only (described in
doi:10.1016/j.laa.2003.12.019).
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from sordino.pk.exponential import SCALED_RATE_LIMIT
from sordino.pk.histories.walk import (
    Ladder,
    Lanes,
    Links,
    Matrix,
    State,
    advance,
    fastest_rates,
    make_ladder,
    needed_powers,
)


class Cycle(NamedTuple):
    """One repeated dose in every lane: what `SteadyDoses` says, compartments as unit vectors."""

    into: State
    amount_mg: Lanes
    rate: Lanes
    duration_h: Lanes
    period_h: Lanes
    lag_h: Lanes


def solve(inside: Matrix, lost: State, gained: State) -> State:
    """x with gained + inside x = (lost + what leaves each column of inside) x.

    `inside` (entries off the diagonal, not negative) is what moves between compartments,
    `lost` what leaves for good. A compartment that nothing leaves and something reaches is
    infinite.
    """
    count = lost.shape[0]
    total: list[Lanes] = [jnp.zeros(())] * count
    for k in range(count - 1, -1, -1):
        total[k] = lost[k] + jnp.sum(inside[:k, k], axis=0)
        inverse = jnp.where(total[k] > 0, 1.0 / jnp.where(total[k] > 0, total[k], 1.0), 0.0)
        share = inside[:k, k] * inverse
        inside = inside.at[:k, :k].add(share[:, None] * inside[k, :k][None, :])
        gained = gained.at[:k].add(share * gained[k])
        # What reaches a compartment that nothing leaves is lost to the others.
        gone = jnp.where(total[k] > 0, lost[k] * inverse, 1.0)
        lost = lost.at[:k].add(gone * inside[k, :k])
    amounts = jnp.zeros_like(gained)
    for k in range(count):
        arriving = gained[k] + jnp.sum(inside[k, :k] * amounts[:k], axis=0)
        filled = jnp.where(arriving > 0, jnp.inf, 0.0)
        reached = jnp.where(total[k] > 0, arriving / jnp.where(total[k] > 0, total[k], 1.0), filled)
        amounts = amounts.at[k].set(reached)
    return amounts


@jax.jit
def constant_infusion(rates: Matrix, lost: State, into: State, rate: Lanes) -> State:
    """Amounts, mg, under an infusion that has run for ever: -A x = rate into.

    `rates`: 1/h; `lost`: the rate at which each compartment loses mass for good, 1/h.
    """
    count = rates.shape[0]
    off = rates * (1.0 - jnp.eye(count))[:, :, None]
    return solve(off, lost, into * rate)


@functools.partial(jax.jit, static_argnums=0)
def repeated_dose(
    links: Links, rates: Matrix, lost: State, collects: Float[Array, " compartment"], cycle: Cycle
) -> State:
    """Amounts, mg, at the record of a dose that has been repeated for ever, without that dose.

    `links`: those of the states (compartments, what is lost, one input that runs).
    `collects` is 1 for compartments that only collect; they count from the record on.
    """
    count = rates.shape[0]
    ladder = _ladder(links, rates, lost, cycle)
    stays = (1.0 - collects)[:, None]

    def run(length_h: Lanes, amounts: State, rate: Lanes) -> State:
        full = jnp.concatenate([amounts, jnp.zeros_like(amounts[:1]), rate[None]])
        return advance(links, ladder, length_h, full)[:count]

    always = jnp.floor(cycle.duration_h / cycle.period_h)
    extra_h = cycle.duration_h - always * cycle.period_h
    steady, more = always * cycle.rate, (always + 1.0) * cycle.rate
    empty = jnp.zeros_like(cycle.into)
    left = run(cycle.period_h - extra_h, run(extra_h, empty, more), steady)
    inside, gone = _over_period(links, ladder, cycle.period_h, count)
    start = solve(inside, gone, left + cycle.into * cycle.amount_mg)
    start = jnp.where(stays > 0, start, 0.0)
    since = cycle.period_h - cycle.lag_h
    first = jnp.minimum(extra_h, since)
    return run(since - first, run(first, start, more), steady) * stays


def _ladder(links: Links, rates: Matrix, lost: State, cycle: Cycle) -> Ladder:
    """The ladder of the compartments, of what is lost, and of one input that runs."""
    count, lanes = cycle.into.shape
    full = jnp.zeros((count + 2, count + 2, lanes))
    full = full.at[:count, :count].set(rates)
    full = full.at[count, :count].set(lost)
    full = full.at[:count, count + 1].set(cycle.into)
    base = SCALED_RATE_LIMIT / fastest_rates(rates)
    return make_ladder(links, full, needed_powers(base, cycle.period_h))


def _over_period(links: Links, ladder: Ladder, period_h: Lanes, count: int) -> tuple[Matrix, State]:
    """What one mg in each compartment becomes in a period: where it is, and what is lost."""

    def column(k: Array) -> State:
        unit = jnp.broadcast_to((jnp.arange(count + 2) == k)[:, None], (count + 2, len(period_h)))
        return advance(links, ladder, period_h, unit.astype(period_h.dtype))

    columns = jax.lax.map(column, jnp.arange(count))
    moved = jnp.moveaxis(columns, 0, 1)
    off = moved[:count] * (1.0 - jnp.eye(count))[:, :, None]
    return off, moved[count]
