"""The chart of a visual predictive check."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from sordino.prediction.percentiles import NAMES, Panel, VisualCheck
from sordino.report import panels
from sordino.report.panels import DRUG, INK, MUTED, PLAIN, PLAIN_DASH, WIDE, Layout

MOST_POINTS = 2000
"""More observations than this would hide the lines; they are left out."""

GAP = 34
MARGIN = 0.015
"""Room at the right of the last time, as a part of the axis."""


def vpc_chart(check: VisualCheck, layout: Layout, *, log: bool = False) -> Any:
    """One panel for each analyte and stratum, two in a row where there is room."""
    across = 2 if len(check.panels) > 1 and layout.wide else 1
    width = layout.share(across, GAP) - 34
    points = shows_points(check)
    drawn = [_panel(check, panel, width, log=log, points=points) for panel in check.panels]
    rows = [alt.hconcat(*drawn[k : k + across], spacing=GAP) for k in range(0, len(drawn), across)]
    return panels.styled(alt.vconcat(*rows), layout)


def picture(check: VisualCheck, *, log: bool = False) -> Any:
    """The chart with a heading that says what it shows, to stand by itself."""
    points = " Circles: single observations." if shows_points(check) else ""
    lines = [
        "Lines: observed median (solid), 5th and 95th percentile (dashed)." + points,
        "Bands: 95% intervals of these percentiles in simulated replicates (median: orange).",
        f"{check.observations:,} observations, {check.replicates:,} replicates, seed {check.seed}, "
        f"model digest {check.model_digest[:12]}.",
    ]
    if check.left_out:
        lines.append(f"Left out: {'; '.join(check.left_out)}.")
    title = alt.TitleParams(
        f"Visual predictive check of {check.model}",
        subtitle=lines,
        anchor="start",
        frame="bounds",
        offset=14,
        fontSize=WIDE.font + 3,
        subtitleFontSize=WIDE.font - 1,
        subtitleColor=MUTED,
        subtitlePadding=6,
    )
    return vpc_chart(check, WIDE, log=log).properties(background="white", title=title)


def shows_points(check: VisualCheck) -> bool:
    """Whether single observations are drawn."""
    return check.observations <= MOST_POINTS


def heading(check: VisualCheck, panel: Panel) -> str:
    """What a panel shows, with its unit."""
    corrected = ", prediction-corrected" if check.corrected else ""
    stratum = f" – {panel.stratum}" if panel.stratum else ""
    return f"{panel.analyte}, {panel.unit}{corrected}{stratum}"


def _panel(check: VisualCheck, panel: Panel, width: int, *, log: bool, points: bool) -> Any:
    table = panel.table
    first, last = min(0.0, float(panel.times.min())), float(panel.times.max())
    domain = [first, last + MARGIN * (last - first)]
    name = "Time after dose" if check.by == "tad" else "Time"
    x = alt.X(
        "middle:Q",
        title=f"{name}, {check.time_unit}",
        scale=alt.Scale(domain=domain, nice=False, zero=False),
        axis=alt.Axis(grid=False, tickCount=6),
    )
    y = _scale(panel, log=log)
    layers: list[alt.Chart] = []
    for level in NAMES:
        layers.append(_band(table, level, x, y, log=log))
    if points:
        layers.append(_points(panel, x, y, log=log))
    layers += [_line(table, level, x, y, log=log) for level in NAMES]
    title = alt.TitleParams(heading(check, panel), anchor="start", frame="group", offset=6)
    return alt.layer(*layers, width=width, height=230, title=title)


def _band(table: pd.DataFrame, level: str, x: alt.X, y: alt.Scale, *, log: bool) -> alt.Chart:
    low, high = f"{level}_low", f"{level}_high"
    color = PLAIN if level == "p50" else DRUG
    rows = _drawable(table, [low, high], log=log)
    return (
        alt.Chart(rows)
        .mark_area(color=color, opacity=0.24, clip=True)
        .encode(x, alt.Y(f"{low}:Q", title=None, scale=y), alt.Y2(high))
    )


def _line(table: pd.DataFrame, level: str, x: alt.X, y: alt.Scale, *, log: bool) -> alt.Chart:
    column = f"{level}_observed"
    rows = _drawable(table, [column], log=log)
    dash = [1, 0] if level == "p50" else PLAIN_DASH
    return (
        alt.Chart(rows)
        .mark_line(color=INK, strokeWidth=1.7, strokeDash=dash, clip=True)
        .encode(x, alt.Y(f"{column}:Q", title=None, scale=y))
    )


def _points(panel: Panel, x: alt.X, y: alt.Scale, *, log: bool) -> alt.Chart:
    rows = _drawable(
        pd.DataFrame({"middle": panel.times, "value": panel.values}), ["value"], log=log
    )
    return (
        alt.Chart(rows)
        .mark_point(color=MUTED, size=9, opacity=0.45, strokeWidth=0.8, clip=True)
        .encode(x, alt.Y("value:Q", title=None, scale=y))
    )


def _drawable(rows: pd.DataFrame, columns: list[str], *, log: bool) -> pd.DataFrame:
    """Rows that have a place on the axis; a logarithm has none for 0."""
    kept = rows.loc[:, ["middle", *columns]].dropna()
    return kept.loc[(kept.loc[:, columns] > 0).all(axis=1)] if log else kept


def _scale(panel: Panel, *, log: bool) -> alt.Scale:
    """A vertical scale that holds all that is drawn."""
    drawn = [c for c in panel.table if c.startswith(NAMES) and not c.endswith("_simulated")]
    values = np.concatenate([panel.table[drawn].to_numpy().ravel(), panel.values])
    values = values[np.isfinite(values)]
    if log:
        positive = values[values > 0]
        ends = [float(positive.min()), float(positive.max())] if len(positive) else [0.1, 1.0]
        return alt.Scale(type="log", domain=ends, nice=False)
    low = min(0.0, float(values.min()))
    high = float(values.max())
    return panels.scale(low, high + 0.04 * (high - low) if high > low else low + 1.0)
