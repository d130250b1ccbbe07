"""The numbers of the charts over time, apart from how they are drawn.

A page that is open keeps the drawing and changes the numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sordino.report import frames
from sordino.report.frames import Rows, Window
from sordino.report.sentences import is_typical
from sordino.report.words import LEAVE_END_MIN
from sordino.simulation.summary import Summary

PAIN = {"pain": "with the drug", "pain_placebo": "without any drug"}
TIME = "time"
"""The end of the time axis among the ends of axes."""


@dataclass(frozen=True)
class Panel:
    """One readout over time and the heading above it."""

    name: str
    title: str


@dataclass(frozen=True)
class Plot:
    """Panels above a common time axis.

    `tables`: rows by name: `NAME.people` and `NAME.sure` for each panel, `infusions`, `marks`,
    and `leave` where it was asked for. `ends`: upper ends of axes by name, `TIME` among them.
    """

    unit: str
    panels: tuple[Panel, ...]
    tables: Mapping[str, Rows]
    ends: Mapping[str, float]


@dataclass(frozen=True)
class PainPlot:
    """Pain over the course. `tables` as in `Plot`, and `before` where pain before is known."""

    unit: str
    typical: bool
    tables: Mapping[str, Rows]
    ends: Mapping[str, float]


@dataclass
class _Collected:
    """Tables and ends while they are put together."""

    summary: Summary
    window: Window
    tables: dict[str, Rows] = field(default_factory=dict[str, Rows])
    ends: dict[str, float] = field(default_factory=dict[str, float])

    def add(self, name: str, least: float, scale: float = 1.0) -> None:
        people = frames.people(self.summary, name, self.window, scale)
        sure = frames.sure(self.summary, name, self.window, scale)
        self.tables |= {f"{name}.people": people, f"{name}.sure": sure}
        self.ends[name] = _top([people, sure], least)


def session_plot(summary: Summary, *, leave: bool = False) -> Plot:
    """Blood level, dissociation and blood pressure of the first session.

    `leave` adds when people are fit to leave, on the same axis.
    """
    rows = (
        ("conc_ketamine", "Ketamine in blood plasma, ng/mL", 1.0),
        ("conc_norketamine", "Norketamine in blood plasma, ng/mL", 1.0),
        ("cadss", "Dissociation, CADSS points of 92", 5.0),
        ("sbp_change", "Rise of the upper blood pressure, mmHg", 5.0),
    )
    window = frames.session_window(summary)
    known = [row for row in rows if frames.has(summary, row[0])]
    found = _over_time(summary, window, tuple((*row, 1.0) for row in known))
    if not leave:
        return found
    return Plot(
        found.unit, found.panels, {**found.tables, "leave": _leave(summary, window)}, found.ends
    )


def gain_plot(summary: Summary) -> Plot:
    """Fast effect, slow effect, and how full the slow clock is, in percent."""
    rows = (
        ("effect_fast", "Fast effect: percent of pain taken away", 20.0, 100.0),
        ("effect_slow", "Slow effect: percent of pain taken away", 20.0, 100.0),
        ("slow_fraction", "Slow clock: percent of its maximum", 20.0, 100.0),
    )
    return _over_time(summary, frames.course_window(summary), rows)


def pain_plot(summary: Summary) -> PainPlot:
    """Pain with and without the drug over the whole time of observation."""
    window = frames.course_window(summary)
    found = _Collected(summary, window)
    for name in PAIN:
        found.add(name, 10.0)
    found.tables["marks"] = frames.session_marks(summary, window)
    before = summary.course.patient_covariates().get("pain")
    if before is not None:
        found.tables["before"] = {
            "time": np.array([0.0, window.end]),
            "q50": np.array([before, before]),
        }
        found.tables["before.end"] = {"time": np.array([window.end]), "q50": np.array([before])}
    return PainPlot(window.unit, is_typical(summary), found.tables, {TIME: window.end})


def _over_time(
    summary: Summary, window: Window, rows: tuple[tuple[str, str, float, float], ...]
) -> Plot:
    """Panels of (name, heading, least end of the axis, factor)."""
    found = _Collected(summary, window)
    for name, _, least, scale in rows:
        found.add(name, least, scale)
    found.tables["infusions"] = frames.infusions(summary, window)
    found.tables["marks"] = frames.session_marks(summary, window)
    shown = tuple(Panel(name, title) for name, title, _, _ in rows)
    return Plot(window.unit, shown, found.tables, {**found.ends, TIME: window.end})


def _leave(summary: Summary, window: Window) -> Rows:
    """When people are fit to leave after the first session, within the window.

    Those who were never seen to be fit lie at its end.
    """
    first = summary.answers.fit_to_leave_min[0]
    minutes = np.array([first.low, first.median, first.high])
    at = minutes * (window.per / 60.0)
    low, middle, high = np.where(minutes >= LEAVE_END_MIN, window.end, np.minimum(at, window.end))
    return {"low": np.array([low]), "time": np.array([middle]), "high": np.array([high])}


def _top(rows: list[Rows], least: float) -> float:
    """The upper end of an axis: a little above all that is drawn, and not below `least`."""
    drawn = [float(v.max()) for r in rows for name, v in r.items() if name != "time" and v.size]
    return max([least, *(1.04 * value for value in drawn)])
