"""Pharmacokinetics: compartment graphs, exact propagation, doses.

Importing this room turns on double precision in JAX, which every number here relies on.
"""

import jax

jax.config.update("jax_enable_x64", True)  # pyright: ignore[reportUnknownMemberType]
