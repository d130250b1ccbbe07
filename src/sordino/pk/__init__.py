"""Pharmacokinetics: compartment graphs, exact propagation, doses.

Importing this room turns on double precision in JAX, which every number here relies on, and
the cache of compiled code in the folder for caches of the user (`JAX_COMPILATION_CACHE_DIR`
chooses another one).
"""

import os
from pathlib import Path

import jax


def _cache_folder() -> str:
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return str(Path(base) / "sordino" / "jax")


jax.config.update("jax_enable_x64", True)
if not os.environ.get("JAX_COMPILATION_CACHE_DIR"):
    jax.config.update("jax_compilation_cache_dir", _cache_folder())
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
jax.config.update("jax_persistent_cache_min_entry_size_bytes", 0)
