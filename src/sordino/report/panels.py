"""Pieces of charts: one panel over time, its bands and lines, the style of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

# Okabe and Ito's blue and vermilion, darkened for text contrast; told apart by dash as well.
DRUG = "#0b5fa5"
PLAIN = "#a84a00"
INK = "#1c2b33"
MUTED = "#55636b"
GRID = "#dde3e6"
SHADE = "#e9eef1"
TOKENS = {
    "drug": DRUG,
    "plain": PLAIN,
    "ink": INK,
    "muted": MUTED,
    "grid": GRID,
    "shade": SHADE,
}
"""Colours by what they mean; a page replaces them in the dark."""

DASH = [2, 2]
PLAIN_DASH = [7, 3]


@dataclass(frozen=True)
class Layout:
    """The size of a chart: a wide one for a screen or paper, a narrow one for a telephone."""

    name: str
    width: int
    font: int
    wide: bool

    def height(self, wide: int, narrow: int) -> int:
        return wide if self.wide else narrow

    def share(self, panels: int, gap: int) -> int:
        """The width of one of some panels side by side; the whole width when narrow."""
        return (self.width - gap * (panels - 1)) // panels if self.wide else self.width


End = float | alt.ExprRef
"""The upper end of an axis: a number, or an expression that is worked out where it is drawn."""

WIDE = Layout("wide", 660, 12, wide=True)
NARROW = Layout("narrow", 290, 12, wide=False)


@dataclass(frozen=True)
class Axis:
    """The time axis of a panel; without a title its labels are left out."""

    end: End
    title: str = ""

    def scale(self) -> alt.Scale:
        return alt.Scale(domain=[0, self.end], nice=False, zero=True)

    def encoding(self) -> alt.X:
        shown = bool(self.title)
        return alt.X(
            "time:Q",
            title=self.title or None,
            scale=self.scale(),
            axis=alt.Axis(labels=shown, ticks=shown, grid=False, tickCount=7),
        )


def band(rows: pd.DataFrame, axis: Axis, y: alt.Scale, color: str) -> list[alt.Chart]:
    """The spread of people: the middle 90 of 100 light, the middle 50 darker."""
    if "q05" not in rows:
        return []
    base = alt.Chart(rows)
    layers = (("q05", "q95", 0.16), ("q25", "q75", 0.26))
    return [
        base.mark_area(color=color, opacity=opacity, clip=True).encode(
            axis.encoding(), _y(low, y), alt.Y2(high)
        )
        for low, high, opacity in layers
    ]


def line(
    rows: pd.DataFrame, axis: Axis, y: alt.Scale, color: str, dash: Sequence[int] = (1, 0)
) -> alt.Chart:
    """The middle."""
    return (
        alt.Chart(rows)
        .mark_line(color=color, strokeWidth=1.8, strokeDash=list(dash), clip=True)
        .encode(axis.encoding(), _y("q50", y))
    )


def ends(rows: pd.DataFrame, axis: Axis, y: alt.Scale, color: str) -> list[alt.Chart]:
    """What studies leave open of the middle: two fine dotted lines."""
    if rows.empty or "q05" not in rows:
        return []
    return [
        alt.Chart(rows)
        .mark_line(color=color, strokeWidth=1.1, strokeDash=DASH, clip=True)
        .encode(axis.encoding(), _y(column, y))
        for column in ("q05", "q95")
    ]


def shading(infusions: pd.DataFrame, axis: Axis) -> list[alt.Chart]:
    """Infusions as grey stretches behind everything else."""
    if infusions.empty:
        return []
    return [
        alt.Chart(infusions)
        .mark_rect(color=SHADE, opacity=1.0)
        .encode(
            alt.X("start:Q", scale=alt.Scale(domain=[0, axis.end], nice=False)), alt.X2("end:Q")
        )
    ]


def marks(sessions: pd.DataFrame, axis: Axis, height: int) -> list[alt.Chart]:
    """A short stroke at the foot of a panel for each session."""
    return [
        alt.Chart(sessions)
        .mark_rule(color=INK, strokeWidth=1.2, clip=True)
        .encode(axis.encoding(), y=alt.value(height - 7), y2=alt.value(height))
    ]


def spell(rows: pd.DataFrame, axis: Axis) -> list[alt.Chart]:
    """From `low` to `high` as a stroke, and `time` between them as a dot."""
    base = alt.Chart(rows)
    line = base.mark_rule(color=INK, strokeWidth=2.2, strokeCap="round").encode(
        alt.X("low:Q", scale=axis.scale()), alt.X2("high:Q"), y=alt.value(9)
    )
    dot = base.mark_point(color=INK, filled=True, size=62, opacity=1.0).encode(
        axis.encoding(), y=alt.value(9)
    )
    return [line, dot]


def scale(low: float, high: End) -> alt.Scale:
    """A vertical scale that ends exactly where it says."""
    return alt.Scale(domain=[low, high], nice=False, zero=False)


def stacked(layers: Sequence[alt.Chart], title: str, width: int, height: int) -> Any:
    """Layers as one panel with a heading at its left."""
    heading = alt.TitleParams(title, anchor="start", frame="group", offset=6)
    # Given at once: every later change of a chart copies all of its parts.
    return alt.layer(*layers, width=width, height=height, title=heading)


@dataclass(frozen=True)
class Lines:
    """The lines of a chart of dots: the column that names them, and the room for their names."""

    column: str
    room: int
    longest: int


def dots(
    rows: pd.DataFrame,
    lines: Lines,
    arms: Mapping[str, str],
    heading: alt.TitleParams,
    width: int,
    *,
    most: int = 100,
    labels: bool = True,
) -> Any:
    """A dot and its range (`value`, `low`, `high`) for each `arm`, by line.

    `arms`: their names and colours; the first is drawn as circles, the second as diamonds.
    """
    names = list(arms)
    y = alt.Y(
        f"{lines.column}:N",
        sort=list(dict.fromkeys(rows[lines.column])),
        title=None,
        axis=alt.Axis(
            labels=labels,
            labelLimit=lines.longest,
            labelPadding=8,
            grid=False,
            minExtent=lines.room if labels else 4,
        ),
        scale=alt.Scale(paddingInner=0.3),
    )
    offset = alt.YOffset("arm:N", sort=names)
    color = alt.Color(
        "arm:N", legend=None, scale=alt.Scale(domain=names, range=list(arms.values()))
    )
    x = alt.X(
        "low:Q",
        title=None,
        scale=alt.Scale(domain=[0, most], nice=False),
        axis=alt.Axis(tickCount=5, grid=True, domain=False, ticks=False),
    )
    shape = alt.Shape(
        "arm:N", legend=None, scale=alt.Scale(domain=names, range=["circle", "diamond"])
    )
    base = alt.Chart(rows)
    ranges = base.mark_rule(strokeWidth=2.2, strokeCap="round").encode(
        x, alt.X2("high:Q"), y, offset, color
    )
    points = base.mark_point(filled=True, size=62, opacity=1.0).encode(
        alt.X("value:Q"), y, offset, color, shape
    )
    return alt.layer(ranges, points, width=width, height=alt.Step(15), title=heading)


def styled(chart: Any, layout: Layout) -> Any:
    """The same quiet style for every chart; no text roles, as the figure has its own text."""
    chart.config = alt.Config(
        aria=False,
        background="transparent",
        font="sans-serif",
        padding={"left": 2, "right": 6, "top": 2, "bottom": 2},
        view=alt.ViewConfig(stroke=None),
        concat=alt.CompositionConfig(spacing=22),
        title=alt.TitleConfig(fontSize=layout.font + 1, fontWeight=600, color=INK),
        axis=alt.AxisConfig(
            labelFontSize=layout.font,
            titleFontSize=layout.font,
            titleFontWeight="normal",
            labelColor=MUTED,
            titleColor=MUTED,
            gridColor=GRID,
            domainColor=GRID,
            tickColor=GRID,
            labelFlush=False,
            titlePadding=8,
        ),
        axisY=alt.AxisConfig(domain=False, ticks=False, tickCount=4, minExtent=26),
    )
    return chart


def _y(field: str, y: alt.Scale) -> alt.Y:
    return alt.Y(f"{field}:Q", title=None, scale=y)
