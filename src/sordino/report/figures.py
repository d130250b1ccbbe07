"""The figures of a report: chart, words beside it, key, sources, numbers behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sordino.report import charts, frames, tables
from sordino.report.background import used_models
from sordino.report.panels import NARROW, WIDE, Layout
from sordino.report.sentences import draw_count, is_typical
from sordino.report.svg import chart_svg, inline_svg
from sordino.report.tables import Table
from sordino.simulation.summary import Summary

SESSION = (
    ("conc_ketamine", "Ketamine, ng/mL", 1.0, 0),
    ("conc_norketamine", "Norketamine, ng/mL", 1.0, 0),
    ("cadss", "Dissociation", 1.0, 0),
    ("sbp_change", "Upper pressure, mmHg", 1.0, 0),
    ("dbp_change", "Lower pressure, mmHg", 1.0, 0),
    ("heart_rate_change", "Heart rate, 1/min", 1.0, 0),
)
"""Of the first session: name, heading, factor and decimals in the table of numbers."""
PAINS = (("pain", "With the drug", 1.0, 1), ("pain_placebo", "Without any drug", 1.0, 1))
"""The same of the whole course."""

SPREAD_KEY = (("band", "90 of 100 people"), ("band inner", "the middle 50 of 100"))
MIDDLE_KEY = ("line drug", "the middle person")
SURE_KEY = ("dots", "how sure the middle is: 90 of 100 ways to read the studies")


@dataclass(frozen=True)
class Figure:
    """One figure. `key` pairs the look of a mark (a CSS class) with what it means."""

    id: str
    title: str
    description: str
    caption: str
    key: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]
    wide: str
    narrow: str
    table: Table


@dataclass(frozen=True)
class Outline:
    """What there is to say about a figure, before it is drawn."""

    id: str
    title: str
    description: str
    caption: str
    key: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]
    draw: Callable[[Summary, Layout], Any]
    numbers: Callable[[], Table]


def figures(summary: Summary) -> tuple[Figure, ...]:
    """All figures of a report; those about pain only when pain was looked at."""
    found = [session_outline(summary), pain_outline(summary)]
    if summary.answers.pain:
        found.append(_responders(summary))
    return tuple(_figure(outline, summary) for outline in (*found, _gain(summary)))


def session_outline(summary: Summary) -> Outline:
    """What there is to say about the first session."""
    window = frames.session_window(summary)
    venous = summary.quantiles.attrs["sampling"] == "venous"
    infused = any(s.end_h > s.start_h for s in summary.course.sessions()[:1])
    shaded = (("shade", "infusion running"),) if infused else ()
    text = (
        f"Ketamine counts both mirror forms (S and R) together, in {_plasma(summary)}. Norketamine "
        "is what the body makes of it first."
    )
    if venous:
        text += " That is what a laboratory would measure; effects follow the arterial level."
    return Outline(
        "session",
        "The first session",
        "Charts over time: the blood level of ketamine and norketamine, the dissociation score "
        "and the rise of blood pressure during and after the first session.",
        text,
        (*_key(summary), *shaded),
        (*_models(summary), "dissociation", "circulation"),
        charts.session_chart,
        lambda: tables.over_time(summary, window, SESSION, tables.SESSION_ROWS),
    )


def pain_outline(summary: Summary) -> Outline:
    """What there is to say about pain over the course."""
    window = frames.course_window(summary)
    key = [("line drug", "with the drug"), ("line plain", "without any drug")]
    text = "In the calculation each session takes pain down for hours. What counts is what is left."
    if draw_count(summary) > 1:
        key.append(("dots drug", SURE_KEY[1]))
    if not is_typical(summary):
        key += SPREAD_KEY
        text += (
            " The upper panel shows the person in the middle; the lower ones show how far people "
            "lie apart, with the drug and without."
        )
    return Outline(
        "pain",
        "Pain over the weeks",
        "Charts over time: pain from 0 to 10 with the drug and without any drug over the whole "
        "time of observation.",
        text,
        tuple(key),
        ("fast_effect", "slow_lag", "placebo", "day_to_day", "equivalence"),
        charts.pain_chart,
        lambda: tables.over_time(summary, window, PAINS, tables.COURSE_ROWS),
    )


def _responders(summary: Summary) -> Outline:
    ranged = draw_count(summary) > 1
    key = [("dot drug", "with the drug"), ("dot plain", "without any drug")]
    if ranged:
        key.append(("bar", "what studies leave open"))
    if is_typical(summary):
        title, text = "Pain at some times", "One typical patient: counts need a population."
    else:
        title = "How many people have much less pain"
        text = (
            "Where the two lie on top of each other, the drug adds nothing. Weeks are means over "
            "seven days."
        )
    return Outline(
        "responders",
        title,
        "Dots with ranges: for each time, the result with the drug and without any drug.",
        text,
        tuple(key),
        ("fast_effect", "slow_lag", "placebo", "day_to_day"),
        charts.responder_chart,
        lambda: tables.responders(summary),
    )


def _gain(summary: Summary) -> Outline:
    window = frames.course_window(summary)
    rows = (
        ("effect_fast", "Fast effect, percent", 100.0, 0),
        ("effect_slow", "Slow effect, percent", 100.0, 0),
        ("slow_fraction", "Slow clock, percent", 100.0, 0),
        ("gain", "Pain that is left, percent", 100.0, 0),
    )
    clock = "slow_turnover" if summary.course.models.slow_clock == "turnover" else "slow_lag"
    return Outline(
        "clocks",
        "Where the relief comes from",
        "Charts over time: the fast effect, the slow effect, and the slow clock as part of its "
        "maximum.",
        "Two clocks. The fast one runs while the drug is in the blood. The slow one would outlast "
        "it; people who do not respond to it have none. Placebo relief is not in this figure.",
        _key(summary),
        ("fast_effect", clock, "equivalence"),
        charts.gain_chart,
        lambda: tables.over_time(summary, window, rows, tables.COURSE_ROWS),
    )


def _key(summary: Summary) -> tuple[tuple[str, str], ...]:
    if is_typical(summary):
        middle = ("line drug", "the typical patient")
        spread: tuple[tuple[str, str], ...] = ()
    else:
        middle, spread = MIDDLE_KEY, SPREAD_KEY
    sure = (("dots", SURE_KEY[1]),) if draw_count(summary) > 1 else ()
    return (middle, *spread, *sure)


def _plasma(summary: Summary) -> str:
    """Which blood the levels are of; no more than the models in use can say."""
    if all(model.sampling_verified for model in used_models(summary)):
        return f"{summary.quantiles.attrs['sampling']} plasma"
    return "plasma (from artery or vein, which the source did not tell)"


def _models(summary: Summary) -> tuple[str, ...]:
    return tuple(str(summary.quantiles.attrs["pk_models"]).split(", "))


def _figure(outline: Outline, summary: Summary) -> Figure:
    drawn = {
        layout.name: inline_svg(
            chart_svg(outline.draw(summary, layout)),
            outline.id,
            f"{outline.id}-text",
            layout.name,
        )
        for layout in (WIDE, NARROW)
    }
    return Figure(
        id=outline.id,
        title=outline.title,
        description=outline.description,
        caption=outline.caption,
        key=outline.key,
        sources=outline.sources,
        wide=drawn["wide"],
        narrow=drawn["narrow"],
        table=outline.numbers(),
    )
