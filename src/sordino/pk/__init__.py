"""Pharmacokinetics: compartment graphs, exact propagation, doses.

Importing this room turns on double precision in JAX, which every number here relies on, and
the cache of compiled code in the folder for caches of the user (`JAX_COMPILATION_CACHE_DIR`
chooses another one).
"""

import jax

from sordino.pk.cache import use_cache

jax.config.update("jax_enable_x64", True)
use_cache()
