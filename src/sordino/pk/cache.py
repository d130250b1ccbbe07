"""The cache of compiled code on disk, which processes share.

JAX writes an entry under its final name: who reads it meanwhile gets half of it, and a process
that is ended while it writes leaves a half that every later start fails to read. Here an entry
takes its name once it is whole, and replaces one that could not be read. JAX has no setting for
this; with a version whose cache is built differently, its own way stays.
"""

from __future__ import annotations

import os
import secrets
from importlib import import_module
from pathlib import Path
from typing import Any

import jax


def use_cache() -> None:
    """Keep compiled code in `JAX_COMPILATION_CACHE_DIR` or the user's folder for caches."""
    if not os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        jax.config.update("jax_compilation_cache_dir", _folder())
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
    try:
        cache = import_module("jax._src.lru_cache").LRUCache
    except (ImportError, AttributeError):
        return
    cache.put = _whole(cache.put)


def _folder() -> str:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return str(Path(base) / "sordino" / "jax")


def _whole(put: Any) -> Any:
    """`put` of JAX's cache, with entries that take their names when they are whole."""

    def whole(cache: Any, key: str, value: bytes) -> None:
        folder = str(getattr(cache, "path", "://"))
        # A cache that evicts has a lock, and a file of times beside each entry; one in a store
        # of objects writes whole entries anyhow.
        if getattr(cache, "eviction_enabled", True) or "://" in folder:
            put(cache, key, value)
            return
        entry = Path(folder) / f"{key}-cache"
        part = entry.with_name(f".{secrets.token_hex(8)}.part")
        try:
            part.write_bytes(value)
            os.replace(part, entry)
        finally:
            part.unlink(missing_ok=True)

    return whole
