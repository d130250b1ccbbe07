"""Lanes in parts that stay in the cache of a core."""

from __future__ import annotations

import queue
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

PART = 64
"""Lanes that are computed together on a CPU."""

Made = TypeVar("Made")


def part_lanes(count: int) -> int:
    """Lanes of a part: all of them on other devices, or where they cannot be divided evenly."""
    if jax.default_backend() != "cpu" or count % PART:
        return count
    return PART


def in_parts(tree: Any, count: int) -> Any:
    """Split the last axis, the lanes, of every array; the parts come first."""
    size = part_lanes(count)

    def split(a: Array) -> Array:
        return jnp.moveaxis(a.reshape(*a.shape[:-1], count // size, size), -2, 0)

    return jax.tree.map(split, tree)


class Space(NamedTuple):
    """Memory that a computation in parts writes over, so that nobody has to clear it.

    `scratch` is handed on from part to part; in `found` the parts come first. Give it to
    compiled code as a donated argument and it comes back in the same place.
    """

    scratch: Any
    found: Any


PartFunction = Callable[[Any, Any], tuple[Any, Any]]
"""From the lanes of a part and scratch to what is found and the scratch again."""


def new_space(function: PartFunction, lanes: Any, scratch: Any) -> Space:
    """Space for `over_parts`; `scratch` as its function takes it, for the lanes of one part."""
    count = _count(lanes)
    parts = in_parts(lanes, count)
    one = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape[1:], a.dtype), parts)
    shapes = jax.eval_shape(lambda lanes, scratch: function(lanes, scratch)[0], one, scratch)
    full = (count // part_lanes(count),)
    return Space(scratch, jax.tree.map(lambda s: jnp.zeros(full + s.shape, s.dtype), shapes))


def over_parts(function: PartFunction, lanes: Any, space: Space) -> Space:
    """Write what `function` finds for each part of the lanes into a space."""
    put = jax.lax.dynamic_update_index_in_dim
    parts = in_parts(lanes, _count(lanes))

    def part(space: Space, now: tuple[Array, Any]) -> tuple[Space, None]:
        found, scratch = function(now[1], space.scratch)
        kept = jax.tree.map(lambda every, one: put(every, one, now[0], 0), space.found, found)
        return Space(scratch, kept), None

    numbers = jnp.arange(jax.tree.leaves(parts)[0].shape[0])
    return jax.lax.scan(part, space, (numbers, parts))[0]


def side_by_side(parts: np.ndarray | Array) -> np.ndarray:
    """The parts of an array next to each other: (..., part, lanes), a view."""
    return np.moveaxis(np.asarray(parts), 0, -2)


class SpacePool(Generic[Made]):
    """Spaces for reuse by several threads: as many as there are users at a time."""

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._free: queue.LifoQueue[Made] = queue.LifoQueue()
        self.used = False
        """Whether a space has ever been handed back."""

    def take(self) -> Made:
        """A free space, or a new one."""
        try:
            return self._free.get_nowait()
        except queue.Empty:
            return self._make()

    def give(self, space: Made) -> None:
        """Hand a space back; nothing may look at its arrays any more."""
        self._free.put(space)
        self.used = True


def _count(lanes: Any) -> int:
    return jax.tree.leaves(lanes)[0].shape[-1]
