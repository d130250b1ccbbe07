r"""Exponentials of rate matrices, with a small relative error in every entry.

A compartment system is essentially non-negative: only the diagonal of its rate matrix A is
below zero. With q = max |a_ii| the shifted matrix N = (A + qI) h has no negative entry, so

    exp(A h) = e^{-qh} (I + N + N^2/2! + ...)

adds positive numbers only, and squaring it stays free of cancellation: small entries come
out with the same relative accuracy as large ones, equal rate constants included
[xue_ye]. Rounding grows with the number of base steps in a step, by less than 4e-16 for
each; over a day it is tested to stay below 1e-10. A lane is one virtual patient; matrices of
all lanes are multiplied at once.
"""

from __future__ import annotations

import functools
from math import factorial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

Lanes = Float[Array, " lanes"]
State = Float[Array, "lanes state"]
Matrix = Float[Array, "lanes state state"]
Table = Float[Array, "slot lanes state state"]

TAYLOR_DEGREE = 16
VECTOR_TERMS = 24

SCALED_RATE_LIMIT = 0.7
"""The largest q h of a short step: what the series of degree 16 leaves out is then below
1e-17 of its sum."""

_product = functools.partial(jnp.matmul, precision=jax.lax.Precision.HIGHEST)


def multiply(left: Matrix, right: Matrix) -> Matrix:
    """Product of the matrices of all lanes, as a sum over columns.

    For matrices this small the compiler fuses it with the look-up of its factors in a table,
    which is faster than a library's product of them.
    """
    columns = (left[:, :, k, None] * right[:, k, None, :] for k in range(left.shape[-1]))
    return functools.reduce(jnp.add, columns)


class ChainArrays(NamedTuple):
    """A `LengthChain` as it travels into compiled code; the counts leave padding out."""

    base_h: Float[Array, ""]
    short_h: Float[Array, " short"]
    shorts: Int[Array, ""]
    chain: Int[Array, "op 3"]
    products: Int[Array, ""]
    powers: Int[Array, " power"]


def shift_rate(rates: Float[Array, "*lanes state state"]) -> Float[Array, "*lanes"]:
    """q, the largest rate at which anything leaves a state, 1/h."""
    return jnp.max(-jnp.diagonal(rates, axis1=-2, axis2=-1), axis=-1)


def exponential_short(rates: Matrix, step_h: Float[Array, ""]) -> Matrix:
    """exp(A h) for a step so short that q h <= `SCALED_RATE_LIMIT`, by the shifted series.

    The polynomial of degree 16 takes seven products, in powers of N^4 (Paterson-Stockmeyer).
    """
    q = shift_rate(rates)
    one = jnp.eye(rates.shape[-1], dtype=rates.dtype)
    n1 = (rates + q[:, None, None] * one) * step_h
    n2 = _product(n1, n1)
    n3 = _product(n2, n1)
    n4 = _product(n2, n2)
    total = n4 / factorial(TAYLOR_DEGREE)
    for first in range(TAYLOR_DEGREE - 4, -1, -4):
        powers = (jnp.broadcast_to(one, n1.shape), n1, n2, n3)
        part = sum((p / factorial(first + k) for k, p in enumerate(powers)), start=jnp.zeros(()))
        total = part + (_product(n4, total) if first < TAYLOR_DEGREE - 4 else total)
    return total * jnp.exp(-q * step_h)[:, None, None]


def exponential_table(rates: Matrix, lengths: ChainArrays, slots: int) -> Table:
    """exp(A h) for every step length of a time plan.

    Slot 0 is the identity, slots 1.. are the short steps; each row (target, a, b) of the
    chain then fills one slot with the product of two earlier ones.
    """
    identity = jnp.broadcast_to(jnp.eye(rates.shape[-1], dtype=rates.dtype), rates.shape)

    def fill_short(k: Int[Array, ""], table: Table) -> Table:
        return table.at[k + 1].set(exponential_short(rates, lengths.short_h[k]))

    def fill_product(k: Int[Array, ""], table: Table) -> Table:
        target, a, b = lengths.chain[k]
        return table.at[target].set(multiply(table[a], table[b]))

    table = jnp.zeros((slots, *rates.shape), rates.dtype).at[0].set(identity)
    table = jax.lax.fori_loop(0, lengths.shorts, fill_short, table)
    return jax.lax.fori_loop(0, lengths.products, fill_product, table)


def apply(matrix: Matrix, state: State) -> State:
    """The matrix of each lane applied to its state."""
    return jnp.einsum("lij,lj->li", matrix, state, precision=jax.lax.Precision.HIGHEST)


def advance_by_lane(
    rates: Matrix, table: Table, lengths: ChainArrays, length_h: Lanes, state: State
) -> State:
    """exp(A h) applied to a state, with a step length of its own in every lane.

    `lengths.powers[b]` is the slot that holds exp(A base 2^b). The part of the length below
    the base is taken by the series, the rest bit by bit.
    """
    whole = jnp.floor(length_h / lengths.base_h)
    rest = jnp.clip(length_h - whole * lengths.base_h, 0.0, lengths.base_h)
    q = shift_rate(rates)
    scaled = (rates + q[:, None, None] * jnp.eye(rates.shape[-1])) * rest[:, None, None]

    def horner(k: Int[Array, ""], partial_sum: State) -> State:
        order = (VECTOR_TERMS - k).astype(rates.dtype)
        return state + apply(scaled, partial_sum) / order

    def add_bit(b: Int[Array, ""], current: State) -> State:
        bit = jnp.floor(whole / 2.0**b) % 2 == 1
        return jnp.where(bit[:, None], apply(table[lengths.powers[b]], current), current)

    series = jax.lax.fori_loop(0, VECTOR_TERMS, horner, state)
    reached = series * jnp.exp(-q * rest)[:, None]
    return jax.lax.fori_loop(0, lengths.powers.shape[0], add_bit, reached)
