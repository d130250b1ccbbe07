"""Compiled code is forgotten before the memory maps of the process run out."""

from __future__ import annotations

import itertools
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest

from sordino.pk import compiled


@pytest.fixture(autouse=True)
def _counting_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_calls", itertools.count())


@pytest.fixture
def full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that holds 50 of 100 maps."""
    (tmp_path / "maps").write_text("one\n" * 50)
    (tmp_path / "most").write_text("100\n")
    monkeypatch.setattr(compiled, "MAPS", tmp_path / "maps")
    monkeypatch.setattr(compiled, "MOST", tmp_path / "most")


@pytest.mark.usefixtures("full")
def test_compiled_code_is_forgotten_when_maps_run_short() -> None:
    traced: list[int] = []

    @jax.jit
    def doubled(x: jax.Array) -> jax.Array:
        traced.append(1)
        return 2.0 * x

    doubled(jnp.ones(3))
    doubled(jnp.ones(3))
    assert len(traced) == 1
    assert compiled.taken() == 0.5
    assert compiled.make_room()
    assert doubled(jnp.ones(3)).tolist() == [2.0, 2.0, 2.0]
    assert len(traced) == 2


@pytest.mark.usefixtures("full")
def test_maps_are_counted_now_and_then() -> None:
    found = [compiled.make_room() for _ in range(2 * compiled.EVERY)]
    assert [k for k, forgot in enumerate(found) if forgot] == [0, compiled.EVERY]


def test_with_maps_to_spare_nothing_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "maps").write_text("one\n" * 10)
    monkeypatch.setattr(compiled, "MAPS", tmp_path / "maps")
    assert 0.0 < compiled.taken() < compiled.FULL
    assert not compiled.make_room()


def test_where_nobody_tells_the_maps_nothing_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "MAPS", tmp_path / "missing")
    assert compiled.taken() == 0.0
    assert not compiled.make_room()
