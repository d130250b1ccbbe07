"""NMDA receptor block as a receptor model; a readout that drives nothing."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
from jaxtyping import Array, Float

Course = Float[Array, "time lanes"]
Values = Mapping[str, Float[Array, "..."]]


def nmda_block(concentrations: Mapping[str, Course], values: Values) -> Course:
    """Fraction of receptors blocked by competitive binding, 0 to 1.

    block = x / (1 + x), x = sum of unbound concentration / Ki over the ligands, umol/L.
    `concentrations`: ng/mL in plasma of `s_ketamine`, `r_ketamine`, `s_norketamine`,
    `r_norketamine`; those that are absent count as zero. Ki: [ebert_1997].
    """
    bound = jnp.zeros(())
    for ligand, concentration in concentrations.items():
        substance = ligand.partition("_")[2]
        micromolar = concentration / values[f"molar_mass_{substance}"]
        bound = bound + values[f"unbound_{substance}"] * micromolar / values[f"ki_{ligand}"]
    return bound / (1.0 + bound)
