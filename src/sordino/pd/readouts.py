"""All readouts of one course for a block of lanes, in one compiled function."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
from jaxtyping import Array, Float, Int

from sordino.pd.circulation import circulation_change
from sordino.pd.dissociation import cadss
from sordino.pd.gain import fast_effect, gain, slow_effect, slow_fraction
from sordino.pd.pain import expectation, pain_score, placebo_relief
from sordino.pd.receptor import nmda_block
from sordino.pd.recovery import fit_to_leave_h

Course = Float[Array, "time lanes"]
Lanes = Float[Array, "..."]

HOURS_PER_DAY = 24.0
MINUTES_PER_HOUR = 60.0


class Clocks(NamedTuple):
    """What the time axis and the sessions of a course look like to the readouts."""

    times_h: Float[Array, " time"]
    day: Int[Array, " time"]
    since_h: Float[Array, " time"]
    running_h: Float[Array, " time"]
    session_of_time: Int[Array, " time"]
    session_h: Float[Array, " session"]
    shortest_stay_h: Float[Array, " session"]


class People(NamedTuple):
    """What is particular to each lane beside the parameters."""

    base_pain: Float[Array, " lanes"]
    slow_responder: Float[Array, " lanes"]
    placebo_z: Float[Array, " lanes"]
    noise: Float[Array, "day lanes"]


@partial(jax.jit, static_argnames=("turnover",))
def readouts(
    clocks: Clocks,
    people: People,
    values: dict[str, Lanes],
    ligands: dict[str, Course],
    sites: dict[str, Course],
    slow_state: Course | None = None,
    *,
    turnover: bool = False,
) -> dict[str, Array]:
    """Effects over time, by the names of the result.

    `values`: parameters by name, in the units of the library files; `ligands`: plasma
    concentrations for the receptor model; `sites`: S-equivalents at the effect sites, ng/mL.
    With `turnover` the slow effect comes from `slow_state` (0 to 1), else from the lagged
    concentration `sites["slow"]`.
    """
    fast = fast_effect(sites["fast"], values["emax_fast"], values["c50_fast"])
    if turnover and slow_state is not None:
        fraction, top = slow_state, values["emax_turnover"]
    else:
        fraction, top = slow_fraction(sites["slow"], values["c50_slow"]), values["emax_slow"]
    slow = slow_effect(fraction, people.slow_responder, values["transfer"], top)
    left = gain(fast, slow)
    relief = placebo_relief(
        expectation(
            clocks.since_h,
            clocks.running_h,
            values["half_time_expectation"],
            values["half_time_course"] * HOURS_PER_DAY,
        ),
        people.placebo_z,
        values["relief_mean"],
        values["relief_sd"],
        values["relief_max"],
    )
    noise = people.noise[clocks.day]
    score = _dissociation(sites["dissociation"], values)
    pressure = {
        f"{name}_change": circulation_change(
            sites["circulation"],
            values[f"{name}_rise"],
            values["circulation_reference"],
            values["c50_circulation"],
        )
        for name in ("sbp", "dbp", "heart_rate")
    }
    unfit = (score > values["cadss_fit"]) | (pressure["sbp_change"] > values["sbp_fit"])
    leave_h = fit_to_leave_h(
        clocks.times_h, clocks.session_of_time, clocks.session_h, clocks.shortest_stay_h, unfit
    )
    return {
        "nmda_block": nmda_block(ligands, values),
        "effect_fast": fast,
        "effect_slow": slow,
        "slow_fraction": fraction,
        "gain": left,
        "pain": pain_score(people.base_pain, left * (1.0 - relief), noise),
        "pain_placebo": pain_score(people.base_pain, 1.0 - relief, noise),
        "cadss": score,
        **pressure,
        "fit_to_leave": leave_h * MINUTES_PER_HOUR,
    }


def _dissociation(site: Course, values: dict[str, Lanes]) -> Course:
    return cadss(
        site,
        values["cadss_baseline"],
        values["cadss_rise"],
        values["cadss_reference"],
        values["c50_dissociation"],
        values["hill_dissociation"],
        values["cadss_max"],
    )
