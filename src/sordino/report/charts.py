"""The charts of a report, as Altair definitions."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from sordino.report import frames, panels
from sordino.report.frames import Window
from sordino.report.panels import DRUG, INK, MUTED, PLAIN, Axis, Layout
from sordino.report.sentences import is_typical
from sordino.simulation.answers import THRESHOLDS, Estimate
from sordino.simulation.summary import Summary

ARMS = {"with the drug": DRUG, "without any drug": PLAIN}


def session_chart(summary: Summary, layout: Layout) -> Any:
    """Blood level, dissociation and blood pressure of the first session, one under another."""
    window = frames.session_window(summary)
    rows = [
        ("conc_ketamine", "Ketamine in blood plasma, ng/mL", 1.0),
        ("conc_norketamine", "Norketamine in blood plasma, ng/mL", 1.0),
        ("cadss", "Dissociation, CADSS points of 92", 5.0),
        ("sbp_change", "Rise of the upper blood pressure, mmHg", 5.0),
    ]
    rows = [row for row in rows if frames.has(summary, row[0])]
    drawn: list[Any] = []
    for number, (name, title, least) in enumerate(rows):
        last = number == len(rows) - 1
        axis = Axis(window.end, f"{window.unit} from the first dose" if last else "")
        height = layout.height(120, 100)
        drawn.append(_over_time(summary, name, title, window, axis, layout, height, least))
    return panels.styled(alt.vconcat(*drawn), layout)


def gain_chart(summary: Summary, layout: Layout) -> Any:
    """Where relief comes from: fast effect, slow effect, and how full the slow clock is."""
    window = frames.course_window(summary)
    rows = [
        ("effect_fast", "Fast effect: percent of pain taken away", 20.0),
        ("effect_slow", "Slow effect: percent of pain taken away", 20.0),
        ("slow_fraction", "Slow clock: percent of its maximum", 20.0),
    ]
    drawn: list[Any] = []
    for number, (name, title, least) in enumerate(rows):
        last = number == len(rows) - 1
        axis = Axis(window.end, f"{window.unit} from the first dose" if last else "")
        drawn.append(
            _over_time(summary, name, title, window, axis, layout, 100, least, scale=100.0)
        )
    return panels.styled(alt.vconcat(*drawn), layout)


def pain_chart(summary: Summary, layout: Layout) -> Any:
    """Pain over the course: the middle with and without drug, and below how people differ."""
    window = frames.course_window(summary)
    axis = Axis(window.end, f"{window.unit} from the first dose; strokes: sessions")
    y = panels.scale(0, 10)
    layers = panels.marks(frames.session_marks(summary, window), axis, 210)
    before = summary.course.patient_covariates().get("pain")
    if before is not None:
        layers = [*_before(before, axis, y), *layers]
    for name, color, dash in (
        ("pain_placebo", PLAIN, panels.PLAIN_DASH),
        ("pain", DRUG, (1, 0)),
    ):
        rows = frames.middle(summary, name, window)
        layers += panels.ends(rows, axis, y, color)
        layers.append(panels.line(rows, axis, y, color, dash))
    who = "The typical patient" if is_typical(summary) else "The middle person"
    title = f"{who}: pain of 10"
    upper = panels.stacked(layers, title, layout.width, 210)
    if is_typical(summary):
        return panels.styled(upper, layout)
    lower = [
        _pain_of_people(summary, name, f"How people differ {arm}", color, window, layout)
        for name, arm, color in (
            ("pain", "with the drug", DRUG),
            ("pain_placebo", "without any drug", PLAIN),
        )
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
        only = _dots(pd.DataFrame(rows), "Pain of the typical patient, of 10", 10, layout.width)
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
        drawn.append(_dots(pd.DataFrame(rows), title, 100, width, labels=labels))
    beside = alt.hconcat(*drawn, spacing=28) if layout.wide else alt.vconcat(*drawn)
    return panels.styled(beside, layout)


def _over_time(
    summary: Summary,
    name: str,
    title: str,
    window: Window,
    axis: Axis,
    layout: Layout,
    height: int,
    least: float,
    scale: float = 1.0,
) -> Any:
    """One variable: bands for people, a line for the middle, dots for how sure it is."""
    spread = frames.people(summary, name, window, scale)
    sure = frames.middle(summary, name, window, scale)
    y = panels.scale(0, panels.top([spread, sure], least))
    layers = [
        *panels.shading(frames.infusions(summary, window), axis),
        *panels.band(spread, axis, y, DRUG),
        *panels.ends(sure, axis, y, INK),
        panels.line(spread, axis, y, DRUG),
        *panels.marks(frames.session_marks(summary, window), axis, height),
    ]
    return panels.stacked(layers, title, layout.width, height)


def _pain_of_people(
    summary: Summary, name: str, title: str, color: str, window: Window, layout: Layout
) -> Any:
    axis = Axis(window.end, f"{window.unit} from the first dose")
    rows = frames.people(summary, name, window)
    y = panels.scale(0, 10)
    layers = [*panels.band(rows, axis, y, color), panels.line(rows, axis, y, color)]
    return panels.stacked(layers, title, layout.share(2, 56), 140)


def _before(before: float, axis: Axis, y: alt.Scale) -> list[alt.Chart]:
    rows = pd.DataFrame({"time": [0.0, axis.end], "q50": [before, before]})
    text = pd.DataFrame({"time": [axis.end], "q50": [before], "text": ["before treatment"]})
    words = (
        alt.Chart(text)
        .mark_text(align="right", dy=-7, color=MUTED, fontSize=11)
        .encode(axis.encoding(), alt.Y("q50:Q", title=None, scale=y), text="text:N")
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


def _dots(rows: pd.DataFrame, title: str, most: int, width: int, *, labels: bool = True) -> Any:
    """A dot and its range for each arm, one line for each look."""
    order = list(dict.fromkeys(rows["look"]))
    y = alt.Y(
        "look:N",
        sort=order,
        title=None,
        axis=alt.Axis(
            labels=labels, labelLimit=200, labelPadding=8, grid=False, minExtent=80 if labels else 4
        ),
        scale=alt.Scale(paddingInner=0.3),
    )
    offset = alt.YOffset("arm:N", sort=list(ARMS))
    color = alt.Color(
        "arm:N", legend=None, scale=alt.Scale(domain=list(ARMS), range=list(ARMS.values()))
    )
    x = alt.X(
        "low:Q",
        title=None,
        scale=alt.Scale(domain=[0, most], nice=False),
        axis=alt.Axis(tickCount=5, grid=True, domain=False, ticks=False),
    )
    base = alt.Chart(rows)
    ranges = base.mark_rule(strokeWidth=2.2, strokeCap="round").encode(
        x, alt.X2("high:Q"), y, offset, color
    )
    dots = base.mark_point(filled=True, size=62, opacity=1.0).encode(
        alt.X("value:Q"),
        y,
        offset,
        color,
        alt.Shape(
            "arm:N", legend=None, scale=alt.Scale(domain=list(ARMS), range=["circle", "diamond"])
        ),
    )
    heading = alt.TitleParams(title, anchor="start", frame="bounds" if labels else "group")
    return alt.layer(ranges, dots).properties(width=width, height=alt.Step(15), title=heading)
