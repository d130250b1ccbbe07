r"""Exact steps of many individuals at once, each with a rate matrix and a step length of its own.

The rate matrix A of a compartment system has no negative entry off its diagonal. With
q = max |a_ii| the series

    exp(A h) y = e^{-qh} (I + N + N^2/2! + ...) y,     N = (A + qI) h

adds positive numbers only [xue_ye]. It is used for q h <= `SCALED_RATE_LIMIT`; a longer step
is that one and a sum of powers of two of it, whose exponentials are made by squaring (a
ladder). Nothing is subtracted, so small amounts keep their digits, equal rates included.

Arrays have the individuals (lanes) last. A state is the amount in every compartment, mg, then
the rate of every input that may run, mg/h; the latter stay as they are during a step.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from sordino.pk.exponential import SCALED_RATE_LIMIT

Lanes = Float[Array, " lanes"]
State = Float[Array, "state lanes"]
Matrix = Float[Array, "state state lanes"]

SMALLEST_RATE = 1e-30
"""Stands for the fastest rate of a system in which nothing moves, 1/h."""

TAIL_TERMS = 14
"""Terms of the series beyond the first that reaches a state: 0.7^15 / 15! is below 1e-14."""

LADDER = 40
"""Powers of two of the short step: the longest step is 2^40 short ones."""


class Links(NamedTuple):
    """Which entries of a rate matrix off its diagonal can be other than zero: (to, from)."""

    size: int
    pairs: frozenset[tuple[int, int]]

    @property
    def columns(self) -> Int[np.ndarray, "width state"]:
        """For each state the states that it depends on, itself first.

        Where a state depends on fewer than others the place is filled with -1.
        """
        rows = [[i, *sorted(b for a, b in self.pairs if a == i)] for i in range(self.size)]
        width = max(map(len, rows))
        return np.array([row + [-1] * (width - len(row)) for row in rows]).T

    @property
    def terms(self) -> int:
        """Terms of the series that leave out less than 1e-14 of any amount.

        A state that is k transfers away is first reached by term k; the terms from there on
        fall like those of the exponential function.
        """
        near = np.eye(self.size, dtype=bool)
        for to, start in self.pairs:
            near[to, start] = True
        reached, depth = np.eye(self.size, dtype=bool), 0
        while (grown := reached @ near).sum() > reached.sum():
            reached, depth = grown, depth + 1
        return depth + TAIL_TERMS


class Ladder(NamedTuple):
    """What steps of any length need: the shifted matrix, and exp(A base 2^k) for each k.

    The shifted matrix holds, for each state, only the entries that `Links.columns` names.
    """

    shifted: Float[Array, "width state lanes"]
    fastest: Lanes
    base_h: Lanes
    powers: Float[Array, "power state state lanes"]


class Steps(NamedTuple):
    """A block of steps, in order.

    `rates[slab[j]]` is the matrix of step j; `fresh` says whether it differs from that of the
    step before. After a step of `length_h` the amounts are multiplied by `keep` (0 where a
    record resets them), `added` mg come in, and `inflow` mg/h runs during the step.
    """

    rates: Float[Array, "slab state state lanes"]
    slab: Int[Array, " step"]
    fresh: Bool[Array, " step"]
    length_h: Float[Array, "step lanes"]
    inflow: Float[Array, "step channel lanes"]
    keep: Float[Array, "step lanes"]
    added: Float[Array, "step compartment lanes"]


def act(matrix: Matrix, state: State) -> State:
    """A matrix times a state, lane by lane, as a sum over columns."""
    columns = (matrix[:, k] * state[k] for k in range(state.shape[0]))
    return functools.reduce(jnp.add, columns)


def multiply(left: Matrix, right: Matrix) -> Matrix:
    """A product of matrices, lane by lane."""

    def column(k: Int[Array, ""], product: Matrix) -> Matrix:
        return product.at[:, k].set(act(left, right[:, k]))

    return jax.lax.fori_loop(0, right.shape[1], column, jnp.zeros_like(right))


def series(
    links: Links,
    shifted: Float[Array, "width state lanes"],
    fastest: Lanes,
    length_h: Lanes,
    state: State,
) -> State:
    """exp(A h) times a state for a short step, by the shifted series."""
    columns, degree = links.columns, links.terms

    def horner(k: Int[Array, ""], partial: State) -> State:
        parts = (shifted[w] * partial[column] for w, column in enumerate(columns))
        return state + functools.reduce(jnp.add, parts) * (length_h / (degree - k))

    total = jax.lax.fori_loop(0, degree, horner, state)
    return total * jnp.exp(-fastest * length_h)


def fastest_rates(rates: Float[Array, "*slab state state lanes"]) -> Float[Array, "*slab lanes"]:
    """The largest rate at which anything leaves a compartment, 1/h."""
    diagonal = jnp.stack([rates[..., k, k, :] for k in range(rates.shape[-2])])
    return jnp.maximum(jnp.max(-diagonal, axis=0), SMALLEST_RATE)


def make_ladder(links: Links, rates: Matrix, powers: Int[Array, ""]) -> Ladder:
    """The ladder of every lane, filled up to `powers` entries."""
    identity = jnp.eye(links.size, dtype=rates.dtype)
    fastest = fastest_rates(rates)
    columns = links.columns
    entries = (rates + identity[:, :, None] * fastest)[np.arange(links.size), columns]
    shifted = jnp.where((columns >= 0)[:, :, None], entries, 0.0)
    base = SCALED_RATE_LIMIT / fastest

    def short(k: Int[Array, ""], matrix: Matrix) -> Matrix:
        unit = jnp.broadcast_to(identity[k][:, None], rates.shape[1:])
        return matrix.at[:, k].set(series(links, shifted, fastest, base, unit))

    def square(k: Int[Array, ""], filled: Array) -> Array:
        return filled.at[k].set(multiply(filled[k - 1], filled[k - 1]))

    table = jnp.zeros((LADDER, *rates.shape), rates.dtype)
    first = jax.lax.fori_loop(0, links.size, short, jnp.zeros_like(rates))
    table = jax.lax.fori_loop(1, powers, square, table.at[0].set(first))
    return Ladder(shifted, fastest, base, table)


def needed_powers(base_h: Lanes, longest_h: Lanes) -> Int[Array, ""]:
    """How many entries of a ladder a step takes that is at most so long, at least one."""
    whole = jnp.max(jnp.floor(longest_h / base_h))
    # The exponent of a floating-point number counts its bits; a logarithm may round down.
    return jnp.clip(jnp.frexp(whole)[1], 1, LADDER).astype(int)


def advance(links: Links, ladder: Ladder, length_h: Lanes, state: State) -> State:
    """exp(A h) times a state, with a length of its own in every lane."""
    whole = jnp.floor(length_h / ladder.base_h)
    rest = jnp.clip(length_h - whole * ladder.base_h, 0.0, ladder.base_h)
    count = jnp.where(jnp.max(whole) > 0, needed_powers(ladder.base_h, length_h), 0)

    def rung(k: Int[Array, ""], carry: tuple[State, Lanes]) -> tuple[State, Lanes]:
        moved, left = carry
        half = jnp.floor(left * 0.5)
        return jnp.where(left - 2.0 * half > 0.5, act(ladder.powers[k], moved), moved), half

    start = series(links, ladder.shifted, ladder.fastest, rest, state)
    return jax.lax.fori_loop(0, count, rung, (start, whole))[0]


@functools.partial(jax.jit, static_argnums=0)
def walk(
    links: Links,
    steps: Steps,
    count: Int[Array, ""],
    amounts: Float[Array, "compartment lanes"],
) -> tuple[Float[Array, "lanes step compartment"], Float[Array, "compartment lanes"]]:
    """Amounts, mg, after each of the first `count` steps of a block, and after the last of them.

    What would be the amounts after further steps stays zero.
    """
    compartments, lanes = amounts.shape
    base = SCALED_RATE_LIMIT / jnp.max(fastest_rates(steps.rates), axis=0)
    powers = needed_powers(base, jnp.max(steps.length_h, axis=0))

    def step(j: Int[Array, ""], carry: tuple[Ladder, Array, Array]) -> tuple[Ladder, Array, Array]:
        ladder, here, walked = carry
        ladder = jax.lax.cond(
            steps.fresh[j],
            lambda: make_ladder(links, steps.rates[steps.slab[j]], powers),
            lambda: ladder,
        )
        state = jnp.concatenate([here, steps.inflow[j]])
        moved = advance(links, ladder, steps.length_h[j], state)[:compartments]
        here = moved * steps.keep[j] + steps.added[j]
        return ladder, here, walked.at[j].set(here)

    shape = (LADDER, links.size, links.size, lanes)
    one = jnp.ones(lanes)
    empty = Ladder(jnp.zeros((*links.columns.shape, lanes)), one, one, jnp.zeros(shape))
    walked = jnp.zeros((steps.length_h.shape[0], compartments, lanes))
    _, last, walked = jax.lax.fori_loop(0, count, step, (empty, amounts, walked))
    return jnp.moveaxis(walked, -1, 0), last
