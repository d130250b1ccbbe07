"""Rows for charts: quantiles of a summary, bands of administration, times of sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sordino.report.sentences import draw_count, is_typical
from sordino.simulation.summary import Summary

Rows = dict[str, np.ndarray]
"""Columns of equal length by name."""

Quantile = Literal["q05", "q25", "q50", "q75", "q95"]
COLUMNS: tuple[Quantile, ...] = ("q05", "q25", "q50", "q75", "q95")
"""Quantiles, as the levels of a summary lie."""
SURE: tuple[Quantile, ...] = ("q05", "q95")
"""Those that say how sure a middle is."""
LONG_H = 12.0
"""A session longer than this is drawn in hours instead of minutes."""


@dataclass(frozen=True)
class Window:
    """A stretch of time from `start_h` to `end_h`; an axis counts from its start in `unit`."""

    start_h: float
    end_h: float
    unit: str
    per: float
    """Units in an hour."""

    @property
    def end(self) -> float:
        """The end on the axis."""
        return self.shown(self.end_h)

    def shown(self, time_h: float) -> float:
        """A time of the course as it stands on the axis."""
        return (time_h - self.start_h) * self.per

    def holds(self, times_h: np.ndarray) -> np.ndarray:
        """Which times lie within the stretch."""
        return (times_h >= self.start_h - 1e-9) & (times_h <= self.end_h + 1e-9)


def session_window(summary: Summary) -> Window:
    """From the first dose until some hours after the first session, or until the next one."""
    sessions = summary.course.sessions()
    first = sessions[0]
    end = first.end_h + max(4.0, 0.2 * (first.end_h - first.start_h))
    later = [s.start_h for s in sessions if s.start_h > first.start_h]
    end = max(min([end, *later]), first.end_h)
    end = min(end, float(summary.quantiles["time"].values[-1]))
    long = end - first.start_h > LONG_H
    return Window(first.start_h, end, *(("hours", 1.0) if long else ("minutes", 60.0)))


def course_window(summary: Summary) -> Window:
    """The whole time of observation, in days (in hours when it is short)."""
    end = float(summary.quantiles["time"].values[-1])
    return Window(0.0, end, *(("days", 1.0 / 24.0) if end > 72.0 else ("hours", 1.0)))


def has(summary: Summary, name: str) -> bool:
    """Whether any model of the course describes a variable."""
    found = summary.quantiles
    return name in found and bool(np.isfinite(found[name].values).any())


def people(summary: Summary, name: str, window: Window, scale: float = 1.0) -> Rows:
    """Time and quantiles over patients; the middle only when one typical patient was run."""
    columns: tuple[Quantile, ...] = ("q50",) if is_typical(summary) else COLUMNS
    return _rows(summary, name, window, scale, columns)


def sure(summary: Summary, name: str, window: Window, scale: float = 1.0) -> Rows:
    """Time and the ends of the range, over draws, of the median patient; no rows with one draw."""
    if draw_count(summary) == 1:
        return {column: np.zeros(0) for column in ("time", *SURE)}
    return _rows(summary, f"{name}_median", window, scale, SURE)


def _rows(
    summary: Summary, name: str, window: Window, scale: float, columns: Sequence[Quantile]
) -> Rows:
    times = summary.quantiles["time"].values
    kept = window.holds(times)
    values = dict(zip(COLUMNS, summary.quantiles[name].values[:, kept] * scale, strict=True))
    rows = {"time": (times[kept] - window.start_h) * window.per}
    rows |= {column: values[column] for column in columns}
    return {name: column.round(5) for name, column in rows.items()}


def infusions(summary: Summary, window: Window) -> Rows:
    """Start and end of the infusions in a window; the steps of one infusion are one.

    Those shorter than a hundredth of the window would be hairlines and are left out.
    """
    found = [
        (window.shown(s.start_h), window.shown(min(s.end_h, window.end_h)))
        for s in summary.course.sessions()
        if s.end_h - s.start_h > 0.01 * (window.end_h - window.start_h)
        and window.start_h <= s.start_h < window.end_h
    ]
    return {"start": np.array([a for a, _ in found]), "end": np.array([b for _, b in found])}


def session_marks(summary: Summary, window: Window) -> Rows:
    """The start of every session in a window."""
    found = [window.shown(s.start_h) for s in summary.course.sessions()]
    return {"time": np.array([t for t in found if t <= window.end])}
