"""Which entries of a rate matrix, and of its exponentials, can be other than zero.

An amount can get from one state to another only along the flows, so most entries of exp(A h)
are zero whatever the numbers. Only the others are kept: a matrix is an array (entry, lanes)
with one more entry that stays zero, and a product is a sum over the few terms of each entry.
Lanes come last: one instruction works on several patients.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

Entries = Float[Array, "entry lanes"]
"""A matrix of every lane: the entries of a pattern, then a zero."""

State = Float[Array, "place lanes"]
"""A vector of every lane: the states, then a zero."""

Place = tuple[int, int]
"""(row, column) of an entry."""


class Terms(NamedTuple):
    """The factors of each sum of products, (sum, term), filled up with zero entries."""

    left: np.ndarray
    right: np.ndarray


def sum_of_products(
    terms: Terms, left: Float[Array, "... left lanes"], right: Float[Array, "... right lanes"]
) -> Float[Array, "... sum lanes"]:
    """All sums of products at once; leading axes broadcast."""

    def factor(values: Array, places: np.ndarray) -> Array:
        return jnp.take(values, places, axis=-2, mode="clip")

    parts = (
        factor(left, terms.left[:, k]) * factor(right, terms.right[:, k])
        for k in range(terms.left.shape[1])
    )
    return functools.reduce(jnp.add, parts)


@dataclass(frozen=True, eq=False)
class Pattern:
    """The entries of the exponentials of a matrix of `size` states.

    `links`: (to, from) of every flow between two different states.
    """

    size: int
    links: frozenset[Place]

    @cached_property
    def entries(self) -> tuple[Place, ...]:
        """Entries that can be other than zero, by row: the diagonal, and what can be reached."""
        reach = np.eye(self.size, dtype=bool)
        for to, start in self.links:
            reach[to, start] = True
        for middle in range(self.size):
            reach |= reach[:, [middle]] & reach[[middle], :]
        rows, columns = np.nonzero(reach)
        return tuple((int(i), int(j)) for i, j in zip(rows, columns, strict=True))

    @cached_property
    def place(self) -> dict[Place, int]:
        """Where each entry stands."""
        return {entry: k for k, entry in enumerate(self.entries)}

    @property
    def zero(self) -> int:
        """The place of the entry that stays zero."""
        return len(self.entries)

    @cached_property
    def diagonal(self) -> np.ndarray:
        """Places of the diagonal."""
        return np.array([self.place[i, i] for i in range(self.size)])

    @cached_property
    def identity(self) -> np.ndarray:
        """The unit matrix, (entry, 1)."""
        one = np.zeros((self.zero + 1, 1))
        one[self.diagonal] = 1.0
        return one

    @cached_property
    def products(self) -> Terms:
        """Terms of the product of two matrices."""
        return self._padded(self._through(self.entries, self.place), self.zero, self.zero)

    @cached_property
    def action(self) -> Terms:
        """Terms of a matrix applied to a vector."""
        sums = [
            [(self.place[i, j], j) for j in range(self.size) if (i, j) in self.place]
            for i in range(self.size)
        ]
        return self._padded(sums, self.zero, self.size)

    def rows(self, states: Sequence[int]) -> Rows:
        """The rows of some states."""
        entries = tuple(
            (k, j) for k, i in enumerate(states) for j in range(self.size) if (i, j) in self.place
        )
        place = {entry: k for k, entry in enumerate(entries)}
        return Rows(
            outputs=tuple(
                tuple((place[k, j], j) for j in range(self.size) if (k, j) in place)
                for k in range(len(states))
            ),
            count=len(entries),
            picked=np.array([*(self.place[states[k], j] for k, j in entries), self.zero]),
            output=np.array([*(k for k, _ in entries), 0]),
            products=self._padded(self._through(entries, place), len(entries), self.zero),
        )

    def _through(
        self, entries: Iterable[Place], left: dict[Place, int]
    ) -> list[list[tuple[int, int]]]:
        """For each entry (i, j): every way i <- k <- j, as places of the two factors."""
        return [
            [
                (left[i, k], self.place[k, j])
                for k in range(self.size)
                if (i, k) in left and (k, j) in self.place
            ]
            for i, j in entries
        ]

    @staticmethod
    def _padded(sums: list[list[tuple[int, int]]], zero_left: int, zero_right: int) -> Terms:
        """Terms of all sums and of one more that is zero."""
        most = max(len(terms) for terms in sums)
        full = [terms + [(zero_left, zero_right)] * (most - len(terms)) for terms in [*sums, []]]
        both = np.array(full)
        return Terms(both[:, :, 0], both[:, :, 1])


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a matrix, kept as the entries that can be other than zero, then a zero.

    `outputs`: for each row, (place among the entries, state) of its entries; `picked`: their
    places in a matrix; `output`: the row of each entry; `products`: rows times a matrix.
    """

    outputs: tuple[tuple[tuple[int, int], ...], ...]
    count: int
    picked: np.ndarray
    output: np.ndarray
    products: Terms
