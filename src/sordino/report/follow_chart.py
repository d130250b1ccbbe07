"""The diary of a person, and what may come: dots, then a spread for two choices."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from sordino.following import LEVELS, Followed, Forecast
from sordino.report import panels
from sordino.report.panels import DRUG, INK, PLAIN, Axis, Layout

HEIGHT = 210


def shown_choices(found: Followed) -> tuple[Forecast | None, Forecast]:
    """The choice that is drawn in full, if there is one, and stopping."""
    stop = next(f for f in found.forecasts if f.name == "stop")
    return next((f for f in found.forecasts if f.name != "stop"), None), stop


def diary_chart(found: Followed, layout: Layout) -> Any:
    """Ratings so far, sessions, and four weeks ahead."""
    first = int(found.ratings.days[0])
    main, stop = shown_choices(found)
    axis = Axis(float(stop.days[-1] - first), "days since the first entry of the diary")
    y = panels.scale(0, 10)
    layers: list[Any] = []
    if main is not None:
        rows = _rows(main, first)
        layers += [*panels.band(rows, axis, y, DRUG), panels.line(rows, axis, y, DRUG)]
    plain = _rows(stop, first)
    layers += [*panels.ends(plain, axis, y, PLAIN)]
    layers.append(panels.line(plain, axis, y, PLAIN, panels.PLAIN_DASH))
    layers.append(_dots(found, axis, y))
    layers += panels.marks(_sessions(found, main, first), axis, HEIGHT)
    chart = panels.stacked(layers, "Pain of the day, 0 to 10", layout.width - 40, HEIGHT)
    return panels.styled(alt.vconcat(chart), layout)


def _rows(f: Forecast, first: int) -> pd.DataFrame:
    columns = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}
    table = {"time": (f.days - first).astype(float)}
    for name, wanted in columns.items():
        table[name] = f.quantiles[int(np.flatnonzero(wanted == LEVELS)[0])]
    return pd.DataFrame(table)


def _dots(found: Followed, axis: Axis, y: alt.Scale) -> Any:
    known = found.ratings.known
    days = (found.ratings.days - found.ratings.days[0]).astype(float)
    rows = pd.DataFrame({"time": days[known], "pain": found.ratings.pain[known]})
    return (
        alt.Chart(rows)
        .mark_point(color=INK, filled=True, size=22, opacity=1.0)
        .encode(axis.encoding(), alt.Y("pain:Q", title=None, scale=y))
    )


def _sessions(found: Followed, main: Forecast | None, first: int) -> pd.DataFrame:
    zero = found.first_day
    past = [(s.start.date() - zero).days - first for s in found.standing.record.given]
    coming = [day - first for day in main.sessions_day] if main is not None else []
    return pd.DataFrame({"time": [float(day) for day in (*past, *coming)]})
