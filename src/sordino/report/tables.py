"""The numbers behind each figure, as tables of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sordino.report import frames, words
from sordino.report.frames import Window
from sordino.report.sentences import draw_count, is_typical
from sordino.simulation.answers import LEVELS
from sordino.simulation.summary import Summary

SESSION_ROWS = 16
COURSE_ROWS = 20


@dataclass(frozen=True)
class Table:
    """A caption, a heading for each column, and rows whose first cell heads the row."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def over_time(
    summary: Summary,
    window: Window,
    variables: Sequence[tuple[str, str, float, int]],
    most_rows: int,
) -> Table:
    """For some times: the middle, the spread of people, and how sure the middle is.

    `variables`: name, heading, factor and decimals of each.
    """
    at = _times(summary, window, most_rows)
    times = summary.quantiles["time"].values
    header = [window.unit.capitalize()]
    columns = [[_time(window.shown(float(times[i])), window) for i in at]]
    people, sure = not is_typical(summary), draw_count(summary) > 1
    for name, heading, factor, digits in variables:
        if not frames.has(summary, name):
            continue
        header.append(f"{heading}, middle")
        columns.append(_cells(summary, name, at, factor, digits, (0.5,)))
        if people:
            header.append("90 of 100 people")
            columns.append(_cells(summary, name, at, factor, digits, (0.05, 0.95)))
        if sure:
            header.append("how sure the middle is")
            columns.append(_cells(summary, f"{name}_median", at, factor, digits, (0.05, 0.95)))
    caption = "Some of the times behind this figure; all of them are in result.json."
    return Table(caption, tuple(header), tuple(zip(*columns, strict=True)))


def responders(summary: Summary) -> Table:
    """Every count of people with much less pain; for the typical patient, the pain."""
    if is_typical(summary):
        rows = [
            (
                p.label,
                words.pain(p.with_drug),
                words.pain(p.without_drug),
                words.pain(p.difference),
            )
            for p in summary.answers.pain
        ]
        header = ("When", "Pain with the drug", "Pain without any drug", "Difference")
        return Table("Pain of the typical patient, of 10.", header, tuple(rows))
    rows = [
        (
            f"{_short(r.label)}: {r.threshold_percent} percent less",
            words.count(r.with_drug),
            words.count(r.without_drug),
            words.count(r.difference),
        )
        for r in summary.answers.responses
    ]
    header = ("When and how much", "With the drug", "Without any drug", "Due to the drug")
    caption = (
        "People out of 100 with at least so much less pain, and the range that studies leave open."
        if draw_count(summary) > 1
        else "People out of 100 with at least so much less pain."
    )
    return Table(caption, header, tuple(rows))


def _short(label: str) -> str:
    return label.replace("the first session", "session 1")


def _times(summary: Summary, window: Window, most: int) -> np.ndarray:
    """Places of at most `most` times, even in number over the output times of a window."""
    times = summary.quantiles["time"].values
    inside = np.flatnonzero(window.holds(times))
    if window.unit == "days":
        daily = [i for i in inside if abs(times[i] / 24.0 - round(times[i] / 24.0)) < 1e-9]
        inside = np.array(daily)
    if len(inside) <= most:
        return inside
    return inside[np.unique(np.linspace(0, len(inside) - 1, most).round().astype(int))]


def _time(value: float, window: Window) -> str:
    return words.fixed(value, 1) if window.unit == "hours" else words.fixed(value, 0)


def _cells(
    summary: Summary,
    name: str,
    at: np.ndarray,
    factor: float,
    digits: int,
    levels: tuple[float, ...],
) -> list[str]:
    places = [int(np.flatnonzero(level == LEVELS)[0]) for level in levels]
    values = summary.quantiles[name].values[places][:, at] * factor
    return [" to ".join(words.fixed(float(v), digits) for v in column) for column in values.T]
