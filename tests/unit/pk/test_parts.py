"""Lanes in parts: whatever their number, each lane gets what it would get alone."""

from __future__ import annotations

import threading
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sordino.pk.parts import (
    PART,
    SpacePool,
    in_parts,
    new_space,
    over_parts,
    part_lanes,
    side_by_side,
)


def running_total(lanes: dict[str, jax.Array], used: jax.Array) -> tuple[Any, jax.Array]:
    """What is found depends on the lanes only; the scratch counts the calls."""
    found = {"sum": lanes["weight"] + lanes["etas"].sum(axis=0), "rows": 2.0 * lanes["etas"]}
    return (found, jnp.max(lanes["weight"])), used + 1


def people(count: int) -> dict[str, jax.Array]:
    rng = np.random.default_rng(count)
    weight, etas = rng.uniform(50.0, 90.0, count), rng.normal(size=(5, count))
    return {"weight": jnp.asarray(weight), "etas": jnp.asarray(etas)}


@pytest.mark.parametrize(
    ("count", "size"), [(1, 1), (63, 63), (64, 64), (65, 65), (128, 64), (300, 300), (512, 64)]
)
def test_lanes_of_a_part(count: int, size: int) -> None:
    assert part_lanes(count) == size


@pytest.mark.parametrize("count", [1, 7, PART, PART + 1, 3 * PART])
def test_every_lane_gets_its_own(count: int) -> None:
    lanes, calls = people(count), jnp.zeros((), int)
    space = over_parts(running_total, lanes, new_space(running_total, lanes, calls))
    (direct, heaviest), _ = running_total(lanes, calls)
    found, each = space.found
    parts = count // part_lanes(count)
    assert int(space.scratch) == parts
    assert found["rows"].shape == (parts, 5, count // parts)
    np.testing.assert_array_equal(side_by_side(found["sum"]).ravel(), direct["sum"])
    beside = side_by_side(found["rows"])
    np.testing.assert_array_equal(beside.reshape(5, count), direct["rows"])
    # What is one number for each part stays so.
    assert each.shape == (parts,)
    assert float(each.max()) == float(heaviest)


def test_parts_come_first_and_keep_the_order_of_lanes() -> None:
    numbers = jnp.arange(2.0 * 2 * PART).reshape(2, 2 * PART)
    split = in_parts({"a": numbers}, 2 * PART)["a"]
    assert split.shape == (2, 2, PART)
    np.testing.assert_array_equal(split[1], numbers[:, PART:])


def test_a_space_is_written_over() -> None:
    lanes, calls = people(2 * PART), jnp.zeros((), int)
    space = over_parts(running_total, lanes, new_space(running_total, lanes, calls))
    other = {n: v + 1.0 for n, v in lanes.items()}
    again = over_parts(running_total, other, space)
    (direct, _), _ = running_total(other, calls)
    np.testing.assert_array_equal(side_by_side(again.found[0]["sum"]).ravel(), direct["sum"])
    assert int(again.scratch) == 4


def test_a_pool_makes_as_many_spaces_as_are_used_at_a_time() -> None:
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    pool = SpacePool(make)
    first, second = pool.take(), pool.take()
    assert first is not second
    pool.give(first)
    assert pool.take() is first
    pool.give(first)
    pool.give(second)

    def use() -> None:
        for _ in range(50):
            pool.give(pool.take())

    users = [threading.Thread(target=use) for _ in range(2)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert len(made) == 2
