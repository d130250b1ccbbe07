r"""Exponentials of rate matrices, with a small relative error in every entry.

A compartment system is essentially non-negative: only the diagonal of its rate matrix A is
below zero. With q = max |a_ii| the shifted matrix N = (A + qI) h has no negative entry, so

    exp(A h) = e^{-qh} (I + N + N^2/2! + ...)

adds positive numbers only, and squaring it stays free of cancellation: small entries come
out with the same relative accuracy as large ones, equal rate constants included
[xue_ye]. Rounding grows with the number of base steps in a step, by less than 4e-16 for
each; over a day it is tested to stay below 1e-10. A lane is one virtual patient; matrices of
all lanes are multiplied at once, without the entries that are zero in every lane.
"""

from __future__ import annotations

from math import factorial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from sordino.pk.pattern import Entries, Pattern, State, sum_of_products

Lanes = Float[Array, " lanes"]
Table = Float[Array, "slot entry lanes"]

TAYLOR_DEGREE = 16
VECTOR_TERMS = 24

SCALED_RATE_LIMIT = 0.7
"""The largest q h of a short step: what the series of degree 16 leaves out is then below
1e-17 of its sum."""


class ChainArrays(NamedTuple):
    """A `LengthChain` as it travels into compiled code; the counts leave padding out."""

    base_h: Float[Array, ""]
    short_h: Float[Array, " short"]
    shorts: Int[Array, ""]
    chain: Int[Array, "op 3"]
    products: Int[Array, ""]
    powers: Int[Array, " power"]


def multiply(pattern: Pattern, left: Entries, right: Entries) -> Entries:
    """Product of the matrices of all lanes."""
    return sum_of_products(pattern.products, left, right)


def apply(pattern: Pattern, matrix: Entries, state: State) -> State:
    """The matrix of each lane applied to its state."""
    return sum_of_products(pattern.action, matrix, state)


def shift_rate(pattern: Pattern, rates: Float[Array, "entry *lanes"]) -> Float[Array, "*lanes"]:
    """q, the largest rate at which anything leaves a state, 1/h."""
    return jnp.max(-rates[pattern.diagonal], axis=0)


def exponential_short(pattern: Pattern, rates: Entries, step_h: Float[Array, ""]) -> Entries:
    """exp(A h) for a step so short that q h <= `SCALED_RATE_LIMIT`, by the shifted series.

    The polynomial of degree 16 takes seven products, in powers of N^4 (Paterson-Stockmeyer).
    They stand in loops so that each product is stored, not computed again where it is used.
    """
    q = shift_rate(pattern, rates)
    one = jnp.asarray(pattern.identity, rates.dtype)
    shifted = (rates + q * one) * step_h
    powers = jnp.zeros((4, *rates.shape), rates.dtype).at[0].set(shifted)

    def next_power(k: Int[Array, ""], powers: Table) -> Table:
        return _put(powers, multiply(pattern, powers[k - 1], powers[0]), k)

    powers = jax.lax.fori_loop(1, 4, next_power, powers)
    first_power, square, cube, fourth = powers
    factors = jnp.asarray(_SERIES, rates.dtype)

    def part(k: Int[Array, ""]) -> Entries:
        own = factors[k]
        return own[0] * one + own[1] * first_power + own[2] * square + own[3] * cube

    def horner(k: Int[Array, ""], total: Entries) -> Entries:
        return multiply(pattern, fourth, total) + part(k + 1)

    first = fourth / factorial(TAYLOR_DEGREE) + part(jnp.asarray(0))
    total = jax.lax.fori_loop(0, TAYLOR_DEGREE // 4 - 1, horner, first)
    return total * jnp.exp(-q * step_h)


_SERIES = np.array(
    [[1.0 / factorial(low + k) for k in range(4)] for low in range(TAYLOR_DEGREE - 4, -1, -4)]
)


def exponential_table(
    pattern: Pattern, rates: Entries, lengths: ChainArrays, table: Table
) -> Table:
    """exp(A h) for every step length of a time plan, written over `table`.

    Slot 0 is the identity, slots 1.. are the short steps; each row (target, a, b) of the
    chain then fills one slot with the product of two earlier ones.
    """

    def fill_short(k: Int[Array, ""], table: Table) -> Table:
        return _put(table, exponential_short(pattern, rates, lengths.short_h[k]), k + 1)

    def fill_product(k: Int[Array, ""], table: Table) -> Table:
        target, a, b = lengths.chain[k]
        return _put(table, multiply(pattern, table[a], table[b]), target)

    identity = jnp.broadcast_to(jnp.asarray(pattern.identity, rates.dtype), rates.shape)
    table = _put(table, identity, 0)
    table = jax.lax.fori_loop(0, lengths.shorts, fill_short, table)
    return jax.lax.fori_loop(0, lengths.products, fill_product, table)


def _put(table: Table, matrix: Entries, slot: Int[Array, ""] | int) -> Table:
    return jax.lax.dynamic_update_index_in_dim(table, matrix, slot, 0)


def advance_by_lane(
    pattern: Pattern,
    rates: Entries,
    table: Table,
    lengths: ChainArrays,
    length_h: Lanes,
    state: State,
) -> State:
    """exp(A h) applied to a state, with a step length of its own in every lane.

    `lengths.powers[b]` is the slot that holds exp(A base 2^b). The part of the length below
    the base is taken by the series, the rest bit by bit.
    """
    whole = jnp.floor(length_h / lengths.base_h)
    rest = jnp.clip(length_h - whole * lengths.base_h, 0.0, lengths.base_h)
    q = shift_rate(pattern, rates)
    scaled = (rates + q * pattern.identity.astype(rates.dtype)) * rest

    def horner(k: Int[Array, ""], partial_sum: State) -> State:
        order = (VECTOR_TERMS - k).astype(rates.dtype)
        return state + apply(pattern, scaled, partial_sum) / order

    def add_bit(b: Int[Array, ""], current: State) -> State:
        bit = jnp.floor(whole / 2.0**b) % 2 == 1
        return jnp.where(bit, apply(pattern, table[lengths.powers[b]], current), current)

    series = jax.lax.fori_loop(0, VECTOR_TERMS, horner, state)
    reached = series * jnp.exp(-q * rest)
    return jax.lax.fori_loop(0, lengths.powers.shape[0], add_bit, reached)
