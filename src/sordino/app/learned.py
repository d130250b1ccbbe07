"""What published trials taught about each parameter: before and after, side by side."""

from __future__ import annotations

import csv
import functools
import io
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from sordino.library.evidence.ledger import ledger
from sordino.library.posterior import Draws, draws

if TYPE_CHECKING:
    from sordino.calibrate.unknowns import Unknown

GRID = 2000
"""Even quantiles that a prior is drawn from."""
BINS = 32
TAILS = (0.005, 0.995)
WIDE_RATIO = 30.0
"""From this ratio of the ends on, an axis is logarithmic."""
WIDTH, HEIGHT = 190, 54

LESSONS = {
    "nothing": "nothing: what comes out is what went in",
    "a little": "a little",
    "something": "something",
    "much": "much",
}


@dataclass(frozen=True)
class Density:
    """How often each value is expected, before (prior) and after (posterior): one bar a bin.

    `edges` has one more entry than the others; densities are of 1 at the highest of both.
    """

    edges: tuple[float, ...]
    prior: tuple[float, ...]
    posterior: tuple[float, ...]
    log: bool


@dataclass(frozen=True)
class LearnedShown:
    """One parameter. `prior`, `posterior`: 5th, 50th and 95th of 100 draws."""

    name: str
    owner: str
    unit: str
    note: str
    prior: tuple[float, float, float]
    posterior: tuple[float, float, float]
    sd_ratio: float
    lesson: str
    row: str
    density: Density

    @property
    def in_words(self) -> str:
        """What the small figure shows, for people who cannot see it."""
        before, after = (ranged(ends) for ends in (self.prior, self.posterior))
        return f"{self.name}, {self.unit}: before {before}, after {after}"


@functools.lru_cache(maxsize=1)
def learned() -> tuple[LearnedShown, ...]:
    """Every parameter that was estimated, in the order of the calibration."""
    shipped, notes = draws(), {row.id: row.note for row in ledger()}
    return tuple(_shown(entry, shipped, notes) for entry in shipped.about["learned"])


def _shown(entry: dict[str, Any], shipped: Draws, notes: dict[str, str]) -> LearnedShown:
    name, owner = entry["name"], entry["owner"]
    row = f"{owner}.{name}"
    return LearnedShown(
        name=name,
        owner=owner,
        unit=entry["unit"],
        note=notes.get(row, ""),
        prior=tuple(entry["prior"]),
        posterior=tuple(entry["posterior"]),
        sd_ratio=entry["sd_ratio"],
        lesson=entry["lesson"],
        row=f"/evidence/parameters/{row}" if row in notes else "",
        density=_density(name, shipped.values[name]),
    )


def _density(name: str, after: np.ndarray) -> Density:
    from sordino.calibrate.unknowns import unknowns

    unknown = next(u for u in unknowns() if u.name == name)
    log = unknown.prior.distribution in ("lognormal", "loguniform")
    return density(_before(unknown), after, log=log)


def _before(unknown: Unknown) -> np.ndarray:
    """The prior as values at even quantiles."""
    normal = NormalDist()
    return np.asarray(
        unknown.value(np.array([normal.inv_cdf((k + 0.5) / GRID) for k in range(GRID)]))
    )


def density(before: np.ndarray, after: np.ndarray, *, log: bool = False) -> Density:
    """Both as bars over the same bins, which hold 99 of 100 draws of each.

    `log`: what is above 0 and reaches far is looked at on a logarithmic axis.
    """
    ends = np.quantile(before, TAILS), np.quantile(after, TAILS)
    low, high = min(e[0] for e in ends), max(e[1] for e in ends)
    log = bool(log and low > 0.0 and high / low > WIDE_RATIO)
    edges = np.geomspace(low, high, BINS + 1) if log else np.linspace(low, high, BINS + 1)
    bars = [np.histogram(values, edges)[0] / len(values) for values in (before, after)]
    top = max(b.max() for b in bars)
    prior, posterior = (tuple(float(v) for v in (b / top).round(4)) for b in bars)
    return Density(tuple(float(f"{e:.5g}") for e in edges), prior, posterior, log)


def ranged(ends: tuple[float, float, float]) -> str:
    """Middle, and the ends in brackets."""
    low, middle, high = (number(v) for v in ends)
    return f"{middle} ({low} to {high})"


def number(value: float) -> str:
    """Three digits, and a whole number from a hundred on."""
    text = f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return text.replace("-", "\N{MINUS SIGN}")


@functools.cache
def drawing(name: str) -> str:
    """The small figure of a parameter as SVG to be put into a page."""
    import altair as alt
    import pandas as pd

    from sordino.report.panels import DRUG, GRID, MUTED
    from sordino.report.svg import chart_svg, inline_svg

    found = next(one for one in learned() if one.name == name)
    edges = found.density.edges
    table = pd.DataFrame(
        {
            "from": edges[:-1],
            "to": edges[1:],
            "prior": found.density.prior,
            "posterior": found.density.posterior,
        }
    )
    scale = alt.Scale(type="log" if found.density.log else "linear", domain=[edges[0], edges[-1]])
    axis = alt.Axis(
        tickCount=4,
        grid=False,
        title=None,
        labelFontSize=10,
        format=".3~r",
        labelColor=MUTED,
        tickColor=GRID,
        domainColor=GRID,
    )
    x = alt.X("from:Q", scale=scale, axis=axis)
    base = alt.Chart(table)
    bars = base.mark_rect(color=MUTED, opacity=0.28).encode(
        x, alt.X2("to:Q"), alt.Y("prior:Q", axis=None), alt.Y2(datum=0)
    )
    line = base.mark_line(interpolate="step-after", color=DRUG, strokeWidth=1.6).encode(
        x, alt.Y("posterior:Q", axis=None)
    )
    chart = alt.layer(bars, line).properties(width=WIDTH, height=HEIGHT)
    styled = chart.configure(background="transparent").configure_view(stroke=None)
    return inline_svg(chart_svg(styled), f"p-{name}", f"words-{name}", "small")


def draws_csv() -> str:
    """Every draw as a row, every parameter as a column."""
    shipped = draws()
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["draw", *shipped.values])
    for k in range(shipped.count):
        rows.writerow([k, *(repr(float(values[k])) for values in shipped.values.values())])
    return text.getvalue()
