"""Compiled code on disk is whole, whoever writes and whoever reads it."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

LONG = bytes(30_000_000)

PROGRAM = """
import sys
import warnings
warnings.simplefilter(sys.argv[1])
import sordino.pk
import jax
import jax.numpy as jnp
print(jax.jit(lambda x: x * 7.0 + 1.0)(jnp.ones(3)))
"""


@pytest.fixture
def cache(tmp_path: Path) -> Any:
    """JAX's cache in an empty folder, without a limit of size."""
    import_module("sordino.pk")
    return import_module("jax._src.lru_cache").LRUCache(str(tmp_path), max_size=-1)


def test_an_entry_is_read_whole_or_not_at_all(cache: Any) -> None:
    with ThreadPoolExecutor(1) as pool:
        for key in map(str, range(10)):
            writing = pool.submit(cache.put, key, LONG)
            while not writing.done():
                found = cache.get(key)
                assert found is None or len(found) == len(LONG)
            writing.result()
            assert len(cache.get(key)) == len(LONG)


def test_nothing_but_the_entry_is_left(cache: Any, tmp_path: Path) -> None:
    cache.put("one", b"whole")
    assert [file.name for file in tmp_path.iterdir()] == ["one-cache"]
    assert cache.get("one") == b"whole"


def test_an_entry_that_cannot_be_written_leaves_nothing(cache: Any, tmp_path: Path) -> None:
    (tmp_path / "one-cache").mkdir()
    with pytest.raises(OSError, match="directory"):
        cache.put("one", b"whole")
    assert [file.name for file in tmp_path.iterdir()] == ["one-cache"]


def test_half_an_entry_is_said_once_and_replaced(tmp_path: Path, run_alone: Any) -> None:
    """A file cut short, as a full disk or an earlier version leaves it."""
    run_alone(tmp_path)
    whole = {file: file.stat().st_size for file in tmp_path.glob("*-cache")}
    assert whole
    for file in whole:
        file.write_bytes(file.read_bytes()[:100])
    assert "Error reading persistent compilation cache" in run_alone(tmp_path, "default")
    assert all(file.stat().st_size > 100 for file in whole)
    run_alone(tmp_path)


@pytest.fixture
def run_alone(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the program in a process of its own with a cache folder; returns what it warned of.

    `warnings`: what becomes of them, as `warnings.simplefilter` names it.
    """

    def run(folder: Path, warnings: str = "error") -> str:
        monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", str(folder))
        command = [sys.executable, "-c", PROGRAM, warnings]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        assert "8." in done.stdout
        return done.stderr

    return run
