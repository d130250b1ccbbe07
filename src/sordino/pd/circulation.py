"""Blood pressure and heart rate during and after a session."""

from __future__ import annotations

from jaxtyping import Array, Float

Course = Float[Array, "time lanes"]
Lanes = Float[Array, "..."]


def circulation_change(
    site: Course, rise: Lanes, circulation_reference: Lanes, c50_circulation: Lanes
) -> Course:
    """Change of a circulation reading from its baseline, in the unit of `rise`.

    `rise` is the change where the effect site holds `circulation_reference` ng/mL
    [bp_yale_2342_infusions, bp_741_infusions]; the shape C / (C + c50) is assumed.
    """
    full = circulation_reference / (circulation_reference + c50_circulation)
    return rise * site / (site + c50_circulation) / full
