"""What the rows about dissociation, circulation, mood and fatigue should show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from sordino.calibrate.exposure import Exposure
from sordino.calibrate.rows import Row
from sordino.pd.circulation import circulation_change
from sordino.pd.dissociation import cadss
from sordino.pd.wellbeing import fatigue_fall, kept, mood_fall, mood_response
from sordino.simulation.lanes import half_times_h

Values = Mapping[str, Float[Array, "..."]]

SITED = ("fast_effect", "slow_lag", "dissociation", "circulation")


class Predicted(NamedTuple):
    """What a row should show, for each reading of it.

    Counts: `shares` (reading, threshold) of people beyond each threshold. Means: `mean` and `sd`
    over people (reading,); `sd` is the spread that a study would print.
    """

    shares: Float[Array, "reading threshold"] | None = None
    mean: Float[Array, " reading"] | None = None
    sd: Float[Array, " reading"] | None = None


def site(
    name: str, values: Values, exposure: Exposure, at_h: np.ndarray
) -> Float[Array, "time patient"]:
    """S-equivalents at an effect site of the effects, ng/mL."""
    half_time_h = half_times_h(SITED, values)[f"half_time_{name}"]
    return exposure.site(at_h, half_time_h, values["potency_r"])


def predict_dissociation(row: Row, values: Values, exposure: Exposure) -> Predicted:
    """Mean and spread of CADSS; the rise is log-normal over people."""
    sites = site("dissociation", values, exposure, row.at_h[:, 0])
    names = ("cadss_rise", "cadss_reference", "c50_dissociation", "hill_dissociation", "cadss_max")
    none = jnp.zeros(())
    rise = cadss(sites, none, *(values[name] for name in names))
    mean, sd = _over_people(rise, values["omega_cadss_rise"])
    return Predicted(mean=values["cadss_baseline"] + mean, sd=sd)


def predict_circulation(
    row: Row, values: Values, exposure: Exposure, shift: Float[Array, ""]
) -> Predicted:
    """Mean and spread of the change of a pressure or of the heart rate."""
    name = row.readout.removesuffix("_change")
    sites = site("circulation", values, exposure, row.at_h[:, 0])
    rise = circulation_change(
        sites,
        values[f"{name}_rise"] * jnp.exp(shift),
        values["circulation_reference"],
        values["c50_circulation"],
    )
    mean, sd = _over_people(rise, values[f"omega_{name}_rise"])
    return Predicted(mean=mean, sd=sd)


def _over_people(typical: Array, omega: Array) -> tuple[Array, Array]:
    """Mean and SD over patients of (reading, patient) times a log-normal factor of mean 1."""
    mean = typical.mean(axis=1)
    second = jnp.exp(omega**2) * (typical**2).mean(axis=1)
    # An arm without drug has no spread; the bound keeps the square root's slope finite.
    return mean, jnp.sqrt(jnp.maximum(second - mean**2, 1e-12))


def predict_mood(row: Row, values: Values, exposure: Exposure, shift: Array) -> Predicted:
    """Change of MADRS, or the share of people in whom it halved; depression only.

    What the drug adds fades from each session on with `half_time_mood`; what comes without it
    is there from the first hours on.
    """
    fall = mood_fall(values, _left(row, exposure, values["half_time_mood"])) + shift
    if row.readout == "madrs_response":
        return Predicted(shares=mood_response(values, fall)[:, None])
    return Predicted(mean=-fall, sd=jnp.broadcast_to(values["mood_sd"], fall.shape))


def predict_fatigue(row: Row, values: Values, exposure: Exposure) -> Predicted:
    """Change of fatigue in percent; what the drug adds fades with `half_time_fatigue`."""
    fall = fatigue_fall(values, _left(row, exposure, values["half_time_fatigue"]))
    return Predicted(mean=-fall, sd=jnp.broadcast_to(values["fatigue_sd"], fall.shape))


def _left(row: Row, exposure: Exposure, half_time_days: Array) -> Float[Array, " reading"]:
    """What is left of a session's effect at each reading; 0 in an arm without drug."""
    since = exposure.clock(row.at_h[:, 0])[0]
    return kept(jnp.asarray(since), half_time_days) * float(row.treated)
