r"""Exponentials of rate matrices, exact to rounding in every entry.

A compartment system is essentially non-negative: only the diagonal of its rate matrix A is
below zero. With q = max |a_ii| the shifted matrix N = (A + qI) h has no negative entry, so

    exp(A h) = e^{-qh} (I + N + N^2/2! + ...)

adds positive numbers only, and squaring it stays free of cancellation: small entries come
out with the same relative accuracy as large ones, equal rate constants included
[xue_ye_2013]. Matrices are tuples of arrays, one array over the lanes for each entry of a
`Pattern`; a lane is one virtual patient.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from sordino.pk.pattern import Pattern

Lanes = Float[Array, " lanes"]
Entries = tuple[Lanes, ...]
Table = Float[Array, "slot entry lanes"]

TAYLOR_TERMS = 24
"""Terms kept. For q h up to `SCALED_RATE_LIMIT` what is left out is below 1e-17 of the sum."""

SCALED_RATE_LIMIT = 2.0
"""The largest q h for which the truncated series is exact to rounding."""


def multiply(closed: Pattern, left: Sequence[Lanes], right: Sequence[Lanes]) -> Entries:
    """The matrix product of two matrices over the same closed pattern."""
    return _products(closed.product_terms(closed), left, right)


def _products(
    terms: tuple[tuple[tuple[int, int], ...], ...], left: Sequence[Lanes], right: Sequence[Lanes]
) -> Entries:
    zero = jnp.zeros_like(right[0])
    return tuple(sum((left[a] * right[b] for a, b in pairs), start=zero) for pairs in terms)


def shift_rate(rates: Pattern, values: Sequence[Lanes]) -> Lanes:
    """q, the largest rate at which anything leaves a state, 1/h."""
    diagonal = [-values[k] for k, (i, j) in enumerate(rates.entries) if i == j]
    return jnp.max(jnp.stack(diagonal), axis=0)


def exponential_short(
    closed: Pattern, rates: Pattern, values: Sequence[Lanes], step_h: Float[Array, ""]
) -> Entries:
    """exp(A h) for a step so short that q h <= `SCALED_RATE_LIMIT`, by the shifted series."""
    q = shift_rate(rates, values)
    shifted = [v + q if i == j else v for v, (i, j) in zip(values, rates.entries, strict=True)]
    scaled = [s * step_h for s in shifted]
    terms = closed.product_terms(rates)
    identity = tuple(jnp.full_like(q, float(i == j)) for i, j in closed.entries)

    def horner(k: Int[Array, ""], partial: Entries) -> Entries:
        order = (TAYLOR_TERMS - k).astype(q.dtype)
        product = _products(terms, scaled, partial)
        return tuple(one + p / order for one, p in zip(identity, product, strict=True))

    series = jax.lax.fori_loop(0, TAYLOR_TERMS, horner, identity)
    decay = jnp.exp(-q * step_h)
    return tuple(entry * decay for entry in series)


def exponential_table(
    closed: Pattern,
    rates: Pattern,
    values: Sequence[Lanes],
    short_h: Float[Array, " short"],
    chain: Int[Array, "op 3"],
    slots: int,
) -> Table:
    """exp(A h) for every step length of a time plan.

    Slot 0 is the identity, slots 1.. are the short steps; each row (target, a, b) of
    `chain` then fills one slot with the product of two earlier ones. The last slot is a
    scrap slot for rows that only pad the chain.
    """
    zeros = jnp.zeros((slots, len(closed.entries), *values[0].shape), values[0].dtype)
    identity = jnp.stack([jnp.full_like(values[0], float(i == j)) for i, j in closed.entries])

    def fill_short(table: Table, k: Int[Array, ""]) -> tuple[Table, None]:
        entries = exponential_short(closed, rates, values, short_h[k])
        return table.at[k + 1].set(jnp.stack(entries)), None

    def fill_product(table: Table, op: Int[Array, "3"]) -> tuple[Table, None]:
        left, right = table[op[1]], table[op[2]]
        return table.at[op[0]].set(jnp.stack(multiply(closed, tuple(left), tuple(right)))), None

    table = zeros.at[0].set(identity)
    table, _ = jax.lax.scan(fill_short, table, jnp.arange(short_h.shape[0]))
    table, _ = jax.lax.scan(fill_product, table, chain)
    return table


def apply_entries(closed: Pattern, entries: Sequence[Lanes], state: Sequence[Lanes]) -> Entries:
    """The matrix applied to a state vector."""
    return tuple(
        sum(
            (entries[closed.index[(i, j)]] * state[j] for j in closed.columns[i]),
            start=jnp.zeros_like(state[i]),
        )
        for i in range(closed.size)
    )


def advance_by_lane(
    closed: Pattern,
    rates: Pattern,
    values: Sequence[Lanes],
    table: Table,
    powers: Int[Array, " power"],
    base_h: Float[Array, ""],
    length_h: Lanes,
    state: Sequence[Lanes],
) -> Entries:
    """exp(A h) applied to a state, with a step length of its own in every lane.

    `powers[b]` is the slot that holds exp(A base 2^b). The part of the length below the
    base is taken by the series, the rest bit by bit.
    """
    whole = jnp.floor(length_h / base_h)
    rest = jnp.clip(length_h - whole * base_h, 0.0, base_h)
    q = shift_rate(rates, values)
    shifted = [v + q if i == j else v for v, (i, j) in zip(values, rates.entries, strict=True)]
    start = tuple(state)

    def horner(k: Int[Array, ""], partial: Entries) -> Entries:
        order = (TAYLOR_TERMS - k).astype(q.dtype)
        moved = apply_entries(rates, shifted, partial)
        return tuple(s + m * rest / order for s, m in zip(start, moved, strict=True))

    series = jax.lax.fori_loop(0, TAYLOR_TERMS, horner, start)
    decay = jnp.exp(-q * rest)
    reached = tuple(s * decay for s in series)

    def add_bit(b: Int[Array, ""], current: Entries) -> Entries:
        bit = jnp.floor(whole / 2.0**b) % 2 == 1
        moved = apply_entries(closed, tuple(table[powers[b]]), current)
        return tuple(jnp.where(bit, m, c) for m, c in zip(moved, current, strict=True))

    return jax.lax.fori_loop(0, powers.shape[0], add_bit, reached)
