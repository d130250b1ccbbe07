"""Dissociation during and after a session: CADSS total."""

from __future__ import annotations

import jax.numpy as jnp
from jaxtyping import Array, Float

Course = Float[Array, "time lanes"]
Lanes = Float[Array, "..."]


def cadss(
    site: Course,
    cadss_baseline: Lanes,
    cadss_rise: Lanes,
    cadss_reference: Lanes,
    c50_dissociation: Lanes,
    hill_dissociation: Lanes,
    cadss_max: Lanes,
) -> Course:
    """CADSS total of patients whose effect site holds `site` ng/mL of S-equivalents.

    A sigmoid curve through the measured rise at the reference concentration
    [goldway_2025, simons_2022_pd]; it ends where the scale ends.
    """
    rise = cadss_rise * _sigmoid(site, c50_dissociation, hill_dissociation)
    rise = rise / _sigmoid(cadss_reference, c50_dissociation, hill_dissociation)
    return jnp.clip(cadss_baseline + rise, 0.0, cadss_max)


def _sigmoid(concentration: Lanes, c50: Lanes, hill: Lanes) -> Lanes:
    powered = (concentration / c50) ** hill
    return powered / (1.0 + powered)
