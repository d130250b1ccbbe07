"""Rows for charts: quantiles of a summary, bands of administration, times of sessions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sordino.report.sentences import draw_count, is_typical
from sordino.simulation.answers import LEVELS
from sordino.simulation.summary import Summary

COLUMNS = ("q05", "q25", "q50", "q75", "q95")
LONG_H = 12.0
"""A session longer than this is drawn in hours instead of minutes."""


@dataclass(frozen=True)
class Window:
    """A stretch of time on an axis: from 0 to `end_h`, shown in `unit` (`per` of it an hour)."""

    end_h: float
    unit: str
    per: float

    @property
    def end(self) -> float:
        return self.end_h * self.per


def session_window(summary: Summary) -> Window:
    """From the first dose until some hours after the first session, or until the next one."""
    sessions = summary.course.sessions()
    length = sessions[0].end_h
    end = length + max(4.0, 0.2 * length)
    if len(sessions) > 1:
        end = min(end, sessions[1].start_h)
    end = min(max(end, length), float(summary.quantiles["time"].values[-1]))
    return Window(end, "hours", 1.0) if end > LONG_H else Window(end, "minutes", 60.0)


def course_window(summary: Summary) -> Window:
    """The whole time of observation, in days (in hours when it is short)."""
    end = float(summary.quantiles["time"].values[-1])
    return Window(end, "days", 1.0 / 24.0) if end > 72.0 else Window(end, "hours", 1.0)


def has(summary: Summary, name: str) -> bool:
    """Whether any model of the course describes a variable."""
    found = summary.quantiles
    return name in found and bool(np.isfinite(found[name].values).any())


def people(summary: Summary, name: str, window: Window, scale: float = 1.0) -> pd.DataFrame:
    """Time and quantiles over patients; the middle only when one typical patient was run."""
    return _rows(summary, name, window, scale, only_middle=is_typical(summary))


def middle(summary: Summary, name: str, window: Window, scale: float = 1.0) -> pd.DataFrame:
    """Time and quantiles over draws of the median patient; the middle only with one draw."""
    single = draw_count(summary) == 1
    return _rows(summary, f"{name}_median", window, scale, only_middle=single)


def _rows(
    summary: Summary, name: str, window: Window, scale: float, *, only_middle: bool
) -> pd.DataFrame:
    times = summary.quantiles["time"].values
    kept = times <= window.end_h + 1e-9
    values = summary.quantiles[name].values[:, kept] * scale
    rows = pd.DataFrame({"time": times[kept] * window.per})
    for level, column in zip(LEVELS, COLUMNS, strict=True):
        if level == 0.5 or not only_middle:
            rows[column] = values[int(np.flatnonzero(level == LEVELS)[0])]
    return rows.round(5)


def infusions(summary: Summary, window: Window) -> pd.DataFrame:
    """Start and end of the infusions in a window; the steps of one infusion are one.

    Those shorter than a hundredth of the window would be hairlines and are left out.
    """
    found = [
        (s.start_h * window.per, min(s.end_h, window.end_h) * window.per)
        for s in summary.course.sessions()
        if s.end_h - s.start_h > 0.01 * window.end_h and s.start_h < window.end_h
    ]
    return pd.DataFrame(found, columns=["start", "end"])


def session_marks(summary: Summary, window: Window) -> pd.DataFrame:
    """The start of every session in a window."""
    found = [s.start_h * window.per for s in summary.course.sessions()]
    return pd.DataFrame({"time": [t for t in found if t <= window.end]})
