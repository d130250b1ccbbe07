"""The charts of a comparison: one panel for each arm on the same axes, and counts of people."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from sordino.compare import Arm, Comparison
from sordino.compare.model import Share
from sordino.report import panels
from sordino.report.panels import DRUG, MUTED, PLAIN, Axis, Layout
from sordino.simulation.answers import Estimate

UNKNOWN = "unknown: no source gives its effect on pain"
WITH, WITHOUT = "with the treatment", "without any drug"
ARMS = {WITH: DRUG, WITHOUT: PLAIN}
TREATMENTS = panels.Lines("treatment", room=120, longest=170)
COLUMNS = 2
GAP = 56
LEVEL = 30
LOOKS = ((28, "Week 4"), (84, "Week 12"))


def pain_chart(found: Comparison, layout: Layout) -> Any:
    """Mean pain over 90 days, a panel for each arm; every panel has the same axes."""
    columns = COLUMNS if layout.wide else 1
    rows = [found.arms[k : k + columns] for k in range(0, len(found.arms), columns)]
    drawn: list[Any] = []
    for number, arms in enumerate(rows):
        last = number == len(rows) - 1 or not layout.wide
        beside = [_panel(arm, layout, titled=last) for arm in arms]
        drawn.append(alt.hconcat(*beside, spacing=22))
    return panels.styled(alt.vconcat(*drawn), layout)


def _panel(arm: Arm, layout: Layout, *, titled: bool) -> Any:
    axis = Axis(90.0, "days from the first dose" if titled else "")
    y = panels.scale(0, 10)
    width = layout.share(COLUMNS, GAP)
    limit = width if layout.wide else layout.width
    if arm.curve is None:
        text = pd.DataFrame({"time": [45.0], "q50": [5.0], "text": [UNKNOWN]})
        layers: list[Any] = [
            alt.Chart(text)
            .mark_text(color=MUTED, fontSize=11, fontStyle="italic")
            .encode(axis.encoding(), alt.Y("q50:Q", title=None, scale=y), text="text:N")
        ]
    else:
        rows = pd.DataFrame({"time": list(map(float, arm.curve.days)), "q50": arm.curve.mean})
        if arm.curve.low is not None and arm.curve.high is not None:
            rows = rows.assign(q05=arm.curve.low, q95=arm.curve.high)
        plain = pd.DataFrame({"time": rows["time"], "q50": arm.curve.without})
        layers = [
            panels.line(plain, axis, y, PLAIN, panels.PLAIN_DASH),
            *panels.ends(rows, axis, y, DRUG),
            panels.line(rows, axis, y, DRUG),
        ]
    heading = alt.TitleParams(arm.title, anchor="start", frame="group", offset=6, limit=limit)
    return alt.layer(*layers).properties(width=width, height=130, title=heading)


def responder_chart(found: Comparison, layout: Layout) -> Any:
    """People of 100 with at least 30 percent less pain, an arm a line, in weeks 4 and 12."""
    drawn: list[Any] = []
    for day, title in LOOKS:
        rows = pd.DataFrame([row for arm in found.arms for row in _points(arm, day)])
        labels = not layout.wide or day == LOOKS[0][0]
        width = 220 if layout.wide else layout.width - 130
        heading = alt.TitleParams(f"{title}, people of 100", anchor="start", frame="group")
        drawn.append(panels.dots(rows, TREATMENTS, ARMS, heading, width, labels=labels))
    beside = alt.hconcat(*drawn, spacing=28) if layout.wide else alt.vconcat(*drawn)
    return panels.styled(beside, layout)


def _points(arm: Arm, day: int) -> list[dict[str, Any]]:
    share = share_at(arm, day, LEVEL)
    if share is None:
        nothing = {"value": None, "low": None, "high": None}
        return [{"arm": arm.title, "which": which, **nothing} for which in (WITH, WITHOUT)]
    both = ((WITH, share.with_treatment), (WITHOUT, share.without_drug))
    return [_point(arm.title, which, e) for which, e in both if e is not None]


def share_at(arm: Arm, day: int, level: int) -> Share | None:
    """The responders of an arm at one look; nothing where its effect is unknown."""
    found = [s for s in arm.shares if s.day == day and s.threshold_percent == level]
    return found[0] if found else None


def _point(title: str, which: str, e: Estimate) -> dict[str, Any]:
    low = e.value if e.low is None else e.low
    high = e.value if e.high is None else e.high
    return {"treatment": title, "arm": which, "value": e.value, "low": low, "high": high}
