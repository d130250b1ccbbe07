"""The charts of the report for a page that stays open.

A drawing depends only on which panels and columns there are; it is made once. Its tables and
the ends of its axes have names, and the page changes these.
"""

from __future__ import annotations

import hashlib
import math
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sordino.report.curves import TIME, PainPlot, Plot
from sordino.report.frames import Rows

FONT = 12
NARROWEST, WIDEST, STEP = 220, 900, 20
"""Widths of a drawing in pixels: the page asks for one, and gets the next smaller of these."""
SESSION_HEIGHT, PAIN_HEIGHT = 92, 190
STEPS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)

_drawings: dict[str, dict[str, Any]] = {}
_drawing = threading.Lock()


@dataclass(frozen=True)
class LiveChart:
    """One chart: the name of its drawing, and the numbers that are shown in it.

    `tables`: columns by name of table and column; `ends`: upper ends of axes.
    """

    drawing: str
    tables: dict[str, dict[str, list[Any]]]
    ends: dict[str, float]


def live_chart(plot: Plot | PainPlot, width: int) -> LiveChart:
    """A chart for the page, `width` pixels wide."""
    whole = replace(plot, tables={n: _whole(n, rows) for n, rows in plot.tables.items()})
    size = NARROWEST + (min(max(width, NARROWEST), WIDEST) - NARROWEST) // STEP * STEP
    name = hashlib.sha256(repr((size, _shape(whole))).encode()).hexdigest()[:16]
    with _drawing:
        if name not in _drawings:
            _drawings[name] = _draw(whole, size)
    shown = _drawings[name]["datasets"]
    tables = {t: _columns(rows) for t, rows in plot.tables.items() if t in shown}
    ends = {_signal(n): round(v if n == TIME else _steady(v), 5) for n, v in plot.ends.items()}
    return LiveChart(name, tables, ends)


def drawing(name: str) -> dict[str, Any] | None:
    """A drawing by its name, as Vega-Lite without rows; nothing when it was not made."""
    return _drawings.get(name)


def _steady(end: float) -> float:
    """The next larger of some round numbers.

    An axis that followed every change would hide it: twice the dose drew the same curve.
    """
    power = 10.0 ** math.floor(math.log10(end))
    return next(step * power for step in STEPS if step * power >= end * (1.0 - 1e-9))


def _shape(plot: Plot | PainPlot) -> tuple[Any, ...]:
    """All that a drawing depends on."""
    columns = tuple((n, tuple(rows), _empty(rows)) for n, rows in plot.tables.items())
    own = plot.panels if isinstance(plot, Plot) else plot.typical
    return type(plot).__name__, plot.unit, own, columns


def _empty(rows: Rows) -> bool:
    return not len(next(iter(rows.values())))


def _draw(plot: Plot | PainPlot, width: int) -> dict[str, Any]:
    import altair as alt

    from sordino.report.charts import over_time_chart, pain_over_time
    from sordino.report.panels import Layout
    from sordino.report.svg import definition

    layout = Layout("page", width, FONT, wide=False)
    ends: Mapping[str, Any] = {name: alt.ExprRef(_signal(name)) for name in plot.ends}
    if isinstance(plot, Plot):
        chart = over_time_chart(plot, layout, SESSION_HEIGHT, ends)
    else:
        chart = pain_over_time(plot, layout, ends, PAIN_HEIGHT)
    found = definition(chart)
    values = [{"name": _signal(name), "value": value} for name, value in plot.ends.items()]
    return found | {"params": values, "datasets": {name: [] for name in found["datasets"]}}


def _signal(name: str) -> str:
    return f"end_{name}"


def _whole(name: str, rows: Rows) -> Rows:
    """A table as a drawing is made from it: with a row where a later answer may have rows.

    A first answer has no ranges. It needs no drawing of its own.
    """
    later = name.endswith(".sure") and _empty(rows)
    return {column: np.zeros(1) for column in rows} if later else rows


def _columns(rows: Rows) -> dict[str, list[Any]]:
    return {name: values.tolist() for name, values in rows.items()}
