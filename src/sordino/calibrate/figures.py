"""Two figures: what the data taught, and every published number beside what is expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

WIDTH = 430
STEP = 17
INK, BAND, MISS = "#1f4e79", "#c9c9c9", "#b3261e"
PRIOR = 1.645
"""Half of the 90 percent interval of a prior, in its own standard deviations."""

FONT = "sans-serif"


def learned_figure(learned: Sequence[Mapping[str, Any]]) -> Any:
    """90 percent intervals after, on the scale on which every prior is the same grey band."""
    rows = [
        {"name": entry["name"], "low": low, "middle": middle, "high": high}
        for entry in learned
        for low, middle, high in [entry["z"]]
    ]
    frame = pd.DataFrame(rows)
    order = [row["name"] for row in rows]
    y = alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=220))
    band = alt.Chart(pd.DataFrame([{"from": -PRIOR, "to": PRIOR}])).mark_rect(color=BAND)
    band = band.encode(x=alt.X("from:Q"), x2="to:Q")
    title = "standard deviations of the prior from its median"
    lines = alt.Chart(frame).mark_rule(color=INK, strokeWidth=3)
    lines = lines.encode(x=alt.X("low:Q", title=title), x2="high:Q", y=y)
    dots = alt.Chart(frame).mark_point(color=INK, filled=True, size=45, opacity=1)
    dots = dots.encode(x=alt.X("middle:Q"), y=y)
    chart = alt.layer(band, lines, dots).properties(width=WIDTH, height=alt.Step(STEP))
    return _styled(chart)


GROUPS = (
    ("Share of people, of 100", ("of 100",)),
    ("Pain, of 10", ("of 10",)),
    ("Area under daily pain over 35 days", ("point days",)),
    ("CADSS points; mmHg; beats a minute", ("CADSS points", "mmHg", "1/min")),
    ("MADRS points", ("MADRS points",)),
    ("Fatigue, percent of baseline", ("percent",)),
)


def studies_figure(studies: Sequence[Mapping[str, Any]]) -> Any:
    """Every published number as a dot on the 90 percent interval for a study of its size."""
    drawn: list[Any] = []
    for title, units in GROUPS:
        rows = [_point(s) for s in studies if s["unit"] in units]
        if rows:
            drawn.append(_group(rows, title))
    return _styled(alt.vconcat(*drawn, spacing=18))


def _point(shown: Mapping[str, Any]) -> dict[str, Any]:
    low, middle, high = shown["predicted"]
    return {
        "row": label(shown),
        "low": low,
        "middle": middle,
        "high": high,
        "published": shown["published"],
        "where": "inside" if shown["inside"] else "outside",
    }


def label(shown: Mapping[str, Any]) -> str:
    """One line for a row: study, arm, what, when."""
    study, *rest = shown["row"].split(" / ")
    time = [part for part in rest if part not in (shown["arm"],) and "_" not in part]
    time = [part for part in time if part not in ("responders", "pain", "cadss")]
    mark = "" if shown["fitted"] else " (not fitted)"
    parts = [study.replace("_", " "), shown["arm"].replace("_", " "), shown["what"], *time]
    return ", ".join(p for p in parts if p) + mark


def _group(rows: list[dict[str, Any]], title: str) -> Any:
    frame = pd.DataFrame(rows)
    y = alt.Y("row:N", sort=[r["row"] for r in rows], title=None, axis=alt.Axis(labelLimit=460))
    lines = alt.Chart(frame).mark_rule(color=BAND, strokeWidth=7)
    lines = lines.encode(x=alt.X("low:Q", title=title), x2="high:Q", y=y)
    ticks = alt.Chart(frame).mark_tick(color=INK, thickness=2, height=11)
    ticks = ticks.encode(x="middle:Q", y=y)
    color = alt.Color(
        "where:N", scale=alt.Scale(domain=["inside", "outside"], range=[INK, MISS]), legend=None
    )
    shape = alt.Shape(
        "where:N",
        scale=alt.Scale(domain=["inside", "outside"], range=["circle", "diamond"]),
        legend=None,
    )
    dots = alt.Chart(frame).mark_point(filled=True, size=55, opacity=1)
    dots = dots.encode(x="published:Q", y=y, color=color, shape=shape)
    return alt.layer(lines, ticks, dots).properties(width=WIDTH, height=alt.Step(STEP))


def _styled(chart: Any) -> Any:
    return chart.configure(font=FONT, background="white").configure_view(stroke=None)
