"""The charts of a report, as Altair definitions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from sordino.report import panels
from sordino.report.curves import (
    PAIN,
    TIME,
    PainPlot,
    Panel,
    Plot,
    gain_plot,
    pain_plot,
    session_plot,
)
from sordino.report.frames import Rows
from sordino.report.panels import DRUG, INK, MUTED, PLAIN, Axis, End, Layout
from sordino.report.sentences import is_typical
from sordino.simulation.answers import THRESHOLDS, Estimate
from sordino.simulation.summary import Summary

ARMS = {"with the drug": DRUG, "without any drug": PLAIN}
LOOKS = panels.Lines("look", room=80, longest=200)


def session_chart(summary: Summary, layout: Layout) -> Any:
    """Blood level, dissociation and blood pressure of the first session, one under another."""
    return over_time_chart(session_plot(summary), layout, layout.height(120, 100))


def gain_chart(summary: Summary, layout: Layout) -> Any:
    """Where relief comes from: fast effect, slow effect, and how full the slow clock is."""
    return over_time_chart(gain_plot(summary), layout, 100)


def pain_chart(summary: Summary, layout: Layout) -> Any:
    """Pain over the course: the middle with and without drug, and below how people differ."""
    return pain_over_time(pain_plot(summary), layout)


def over_time_chart(
    plot: Plot, layout: Layout, height: int, ends: Mapping[str, End] | None = None
) -> Any:
    """The panels of a plot, one under another.

    `ends` replaces the upper ends of axes, by expressions that the holder of the drawing sets.
    """
    tables, tops = _tables(plot.tables), ends or plot.ends
    drawn = [
        _panel(panel, tables, _axis(plot, tops, last=last), tops[panel.name], layout, height)
        for panel, last in _with_last(plot.panels, "leave" not in tables)
    ]
    if "leave" in tables:
        axis = _axis(plot, tops, last=True)
        title = "Fit to leave: half of people (dot), 90 of 100 (line)"
        drawn.append(panels.stacked(panels.spell(tables["leave"], axis), title, layout.width, 18))
    return panels.styled(alt.vconcat(*drawn), layout)


def pain_over_time(
    plot: PainPlot, layout: Layout, ends: Mapping[str, End] | None = None, height: int = 210
) -> Any:
    """Pain over the course; `ends` as in `over_time_chart`."""
    tables, end = _tables(plot.tables), (ends or plot.ends)[TIME]
    axis = Axis(end, f"{plot.unit} from the first dose; strokes: sessions")
    y = panels.scale(0, 10)
    layers = panels.marks(tables["marks"], axis, height)
    if "before" in tables:
        layers = [*_before(tables["before"], tables["before.end"], axis, y), *layers]
    for name, color, dash in (
        ("pain_placebo", PLAIN, panels.PLAIN_DASH),
        ("pain", DRUG, (1, 0)),
    ):
        layers += panels.ends(tables[f"{name}.sure"], axis, y, color)
        layers.append(panels.line(tables[f"{name}.people"], axis, y, color, dash))
    who = "The typical patient" if plot.typical else "The middle person"
    upper = panels.stacked(layers, f"{who}: pain of 10", layout.width, height)
    if plot.typical:
        return panels.styled(upper, layout)
    below = Axis(end, f"{plot.unit} from the first dose")
    lower = [
        _pain_of_people(tables[f"{name}.people"], f"How people differ {arm}", color, below, layout)
        for (name, arm), color in zip(PAIN.items(), (DRUG, PLAIN), strict=True)
    ]
    beside = alt.hconcat(*lower, spacing=22) if layout.wide else alt.vconcat(*lower)
    return panels.styled(alt.vconcat(upper, beside), layout)


def responder_chart(summary: Summary, layout: Layout) -> Any:
    """People out of 100 with much less pain, by time; for the typical patient, the pain."""
    if is_typical(summary):
        rows = [
            _point(look.label, arm, estimate)
            for look in summary.answers.pain
            for arm, estimate in zip(ARMS, (look.with_drug, look.without_drug), strict=True)
        ]
        only = _dots(rows, "Pain of the typical patient, of 10", layout.width, most=10)
        return panels.styled(only, layout)
    drawn: list[Any] = []
    for level in THRESHOLDS:
        rows = [
            _point(r.label, arm, estimate)
            for r in summary.answers.responses
            if r.threshold_percent == level
            for arm, estimate in zip(ARMS, (r.with_drug, r.without_drug), strict=True)
        ]
        title = f"At least {level} percent less pain, of 100"
        labels = not layout.wide or level == THRESHOLDS[0]
        width = 276 if layout.wide else layout.width - 65
        drawn.append(_dots(rows, title, width, labels=labels))
    beside = alt.hconcat(*drawn, spacing=28) if layout.wide else alt.vconcat(*drawn)
    return panels.styled(beside, layout)


def _tables(tables: Mapping[str, Rows]) -> dict[str, pd.DataFrame]:
    """Tables for drawing, each with its name, by which it can be changed later."""
    drawn = {name: pd.DataFrame(rows) for name, rows in tables.items()}
    for name, table in drawn.items():
        table.attrs["name"] = name
    return drawn


def _with_last(found: tuple[Panel, ...], last: bool) -> list[tuple[Panel, bool]]:
    return [(p, last and number == len(found) - 1) for number, p in enumerate(found)]


def _axis(plot: Plot, ends: Mapping[str, End], *, last: bool) -> Axis:
    return Axis(ends[TIME], f"{plot.unit} from the first dose" if last else "")


def _panel(
    panel: Panel,
    tables: Mapping[str, pd.DataFrame],
    axis: Axis,
    top: End,
    layout: Layout,
    height: int,
) -> Any:
    """One variable: bands for people, a line for the middle, dots for how sure it is."""
    spread, sure = tables[f"{panel.name}.people"], tables[f"{panel.name}.sure"]
    y = panels.scale(0, top)
    layers = [
        *panels.shading(tables["infusions"], axis),
        *panels.band(spread, axis, y, DRUG),
        *panels.ends(sure, axis, y, INK),
        panels.line(spread, axis, y, DRUG),
        *panels.marks(tables["marks"], axis, height),
    ]
    return panels.stacked(layers, panel.title, layout.width, height)


def _pain_of_people(rows: pd.DataFrame, title: str, color: str, axis: Axis, layout: Layout) -> Any:
    y = panels.scale(0, 10)
    layers = [*panels.band(rows, axis, y, color), panels.line(rows, axis, y, color)]
    return panels.stacked(layers, title, layout.share(2, 56), 140)


def _before(rows: pd.DataFrame, end: pd.DataFrame, axis: Axis, y: alt.Scale) -> list[alt.Chart]:
    words = (
        alt.Chart(end)
        .mark_text(align="right", dy=-7, color=MUTED, fontSize=11)
        .encode(
            axis.encoding(),
            alt.Y("q50:Q", title=None, scale=y),
            text=alt.value("before treatment"),
        )
    )
    rule = (
        alt.Chart(rows)
        .mark_line(color=MUTED, strokeWidth=0.8)
        .encode(axis.encoding(), alt.Y("q50:Q", title=None, scale=y))
    )
    return [rule, words]


def _point(label: str, arm: str, estimate: Estimate) -> dict[str, Any]:
    low = estimate.value if estimate.low is None else estimate.low
    high = estimate.value if estimate.high is None else estimate.high
    short = label.replace(" after the first session", " after")
    return {"look": short, "arm": arm, "value": estimate.value, "low": low, "high": high}


def _dots(
    rows: list[dict[str, Any]], title: str, width: int, *, most: int = 100, labels: bool = True
) -> Any:
    heading = alt.TitleParams(title, anchor="start", frame="bounds" if labels else "group")
    table = pd.DataFrame(rows)
    return panels.dots(table, LOOKS, ARMS, heading, width, most=most, labels=labels)
