"""Which entries of a rate matrix and of its exponential can be other than zero."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

Entry = tuple[int, int]


@dataclass(frozen=True)
class Pattern:
    """The places (row, column) of a square matrix that may be other than zero.

    Row i, column j holds what flows into state i from state j. A `Pattern` is hashable:
    it belongs to the structure that a compiled function is made for.
    """

    size: int
    entries: tuple[Entry, ...]

    @cached_property
    def index(self) -> dict[Entry, int]:
        """The position of each entry in `entries`."""
        return {entry: k for k, entry in enumerate(self.entries)}

    @cached_property
    def columns(self) -> tuple[tuple[int, ...], ...]:
        """For each row, the columns it may draw on."""
        return tuple(tuple(j for (i, j) in self.entries if i == row) for row in range(self.size))

    def product_terms(self, left: Pattern) -> tuple[tuple[tuple[int, int], ...], ...]:
        """For each entry of `left @ self`, the pairs (index in left, index in self) to sum.

        The product is read at the entries of `self`: `self` has to be closed under
        multiplication by `left`.
        """
        return tuple(
            tuple(
                (left.index[(i, j)], self.index[(j, k)])
                for j in left.columns[i]
                if (j, k) in self.index
            )
            for (i, k) in self.entries
        )


def closure(size: int, flows: Iterable[Entry]) -> Pattern:
    """The pattern of the exponential: (i, j) is there when i can be reached from j."""
    reach = np.eye(size, dtype=bool)
    for i, j in flows:
        reach[i, j] = True
    for k in range(size):
        reach |= np.outer(reach[:, k], reach[k, :])
    return Pattern(size, tuple((int(i), int(j)) for i, j in np.argwhere(reach)))
