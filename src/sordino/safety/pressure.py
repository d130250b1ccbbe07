"""Blood pressure over the first session: what is simulated, and what cohorts saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sordino.library.evidence import safety
from sordino.library.evidence.safety import CirculationStudy
from sordino.library.pd_schema import load_pd_model
from sordino.simulation.answers import LEVELS, Spread
from sordino.simulation.summary import Summary


@dataclass(frozen=True)
class PressureSeen:
    """What one cohort or label says of the pressure."""

    id: str
    about: str
    says: str
    cites: tuple[str, ...]


@dataclass(frozen=True)
class Pressure:
    """The upper and lower pressure, mmHg above the start.

    Rises are the largest of the whole course. `peak_min`: from the start of the first session to
    the largest rise of the middle person; `back_min`: from then until what is left of it is at
    most `back_mmhg`, missing when the next session or the end of observation comes first.
    """

    sbp_rise: Spread
    dbp_rise: Spread
    peak_min: float
    back_min: float | None
    back_mmhg: float
    published: tuple[PressureSeen, ...]


def pressure(summary: Summary) -> Pressure:
    """The pressure over the first session of a simulated course."""
    sessions = summary.course.sessions()
    later = [s.start_h for s in sessions if s.start_h > sessions[0].start_h]
    times = summary.quantiles["time"].values
    middle = summary.quantiles["sbp_change"].values[int(np.flatnonzero(LEVELS == 0.5)[0])]
    within = (times >= sessions[0].start_h) & (times <= min([*later, times[-1]]))
    times, middle = times[within], middle[within]
    peak = int(middle.argmax())
    back = load_pd_model("recovery").parameters["sbp_fit"].value
    low = np.flatnonzero(middle[peak:] <= back)
    return Pressure(
        sbp_rise=summary.answers.peaks["sbp_change"],
        dbp_rise=summary.answers.peaks["dbp_change"],
        peak_min=60.0 * float(times[peak] - sessions[0].start_h),
        back_min=60.0 * float(times[peak + low[0]] - times[peak]) if len(low) else None,
        back_mmhg=back,
        published=tuple(_seen(row) for row in safety().circulation),
    )


def _seen(row: CirculationStudy) -> PressureSeen:
    about = f"{row.drug}, {row.dose}"
    return PressureSeen(row.id, about, "; ".join(_says(row)), row.cites)


def _says(row: CirculationStudy) -> list[str]:
    found: list[str] = []
    for name, rise in (("upper", row.sbp_rise_mmhg), ("lower", row.dbp_rise_mmhg)):
        if rise is not None:
            spread = f" (SD {rise.sd:g})" if rise.sd is not None else ""
            found.append(f"{name} pressure up by {rise.value:g}{spread} mmHg")
    found += [f"largest at {row.peak}"] * bool(row.peak)
    if row.back_to_baseline_after_infusion is not None:
        found.append(f"back {row.back_to_baseline_after_infusion} after the infusion")
    if row.lasts_between is not None:
        found.append(f"lasts {row.lasts_between[0]} to {row.lasts_between[1]}")
    severe = f" ({row.severe_definition})" if row.severe_definition else ""
    if row.severe_percent_sessions is not None:
        found.append(f"severe in {row.severe_percent_sessions:g} of 100 sessions{severe}")
    if row.severe_percent_patients is not None:
        found.append(f"severe in {row.severe_percent_patients:g} of 100 people{severe}")
    names = {"sbp": "upper", "dbp": "lower", "sbp rise": "upper, rise", "dbp rise": "lower, rise"}
    found += [
        f"{names[t.measure]} of {t.mmhg:g} mmHg or more in {t.drug_percent:g} of 100 people "
        f"(placebo {t.control_percent:g})"
        for t in row.threshold
    ]
    return [*found, *row.findings]
