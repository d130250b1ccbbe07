"""What the page shows of a course: sentences, limits, charts, tables, sources."""

from __future__ import annotations

from dataclasses import dataclass

from sordino.app.asked import OwnLimits
from sordino.app.charts import LiveChart, live_chart
from sordino.app.hearing import pain_in_words, session_in_words
from sordino.app.limits import LimitFound, limits
from sordino.app.thin import thinned
from sordino.course import describe_course
from sordino.report import words
from sordino.report.curves import PAIN, TIME, PainPlot, pain_plot, session_plot
from sordino.report.figures import PAINS, SESSION, Outline, pain_outline, session_outline
from sordino.report.html import session_table
from sordino.report.sentences import Sentences, is_typical, sentences
from sordino.report.tables import Table
from sordino.simulation.summary import Summary

SHOWN = tuple(name for name, *_ in (*SESSION, *PAINS))
"""The variables whose quantiles the page shows."""


@dataclass(frozen=True)
class FigureShown:
    """A figure of the page; `in_words` says what the chart shows to those who cannot see it."""

    id: str
    title: str
    in_words: str
    caption: str
    key: tuple[tuple[str, str], ...]
    sources: tuple[str, ...]
    chart: LiveChart
    table: Table


@dataclass(frozen=True)
class Fact:
    """One number of the course in words, with its label."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class PlanShown:
    """All that the page shows of one course.

    `exact`: it is what `summarize` gives; otherwise a first answer of a few people, which
    holds no ranges.
    """

    exact: bool
    title: str
    patients: str
    draws: int
    course_digest: str
    headline: str
    verdict: str
    said: Sentences
    facts: tuple[Fact, ...]
    limits: tuple[LimitFound, ...]
    course: tuple[str, ...]
    figures: tuple[FigureShown, ...]
    numbers: tuple[Table, ...]


def plan_shown(summary: Summary, own: OwnLimits, width: int, *, exact: bool) -> PlanShown:
    """Everything about one summary; `width` of a drawing in pixels."""
    said = sentences(summary)
    attrs = summary.quantiles.attrs
    return PlanShown(
        exact=exact,
        title=summary.course.title,
        patients=str(attrs["patients"]),
        draws=int(attrs["draws"]),
        course_digest=str(attrs["course_digest"]),
        headline=said.headline,
        verdict=said.verdict if exact else "",
        said=said,
        facts=_facts(summary),
        limits=limits(summary, own),
        course=tuple(describe_course(summary.course).splitlines()[1:]),
        figures=(_session(summary, width), _pain(summary, width)),
        numbers=(session_table(summary),) if exact else (),
    )


def _facts(summary: Summary) -> tuple[Fact, ...]:
    peaks, leave = summary.answers.peaks, summary.answers.fit_to_leave_min
    most = "the typical patient" if is_typical(summary) else "middle (90 of 100 people)"
    found = [
        Fact("Highest blood level", f"{words.spread(peaks['conc_ketamine'])} ng/mL", most),
        Fact("Dissociation", f"{words.spread(peaks['cadss'])} of 92", most),
        Fact("Upper blood pressure", f"+{words.spread(peaks['sbp_change'])} mmHg", most),
    ]
    if leave:
        first = leave[0]
        ends = f"{words.minutes(first.low)} to {words.minutes(first.high)}"
        note = most if is_typical(summary) else f"90 of 100 people: {ends}"
        found.append(Fact("Fit to leave after", words.minutes(first.median), note))
    return tuple(found)


def _session(summary: Summary, width: int) -> FigureShown:
    plot = session_plot(summary, leave=bool(summary.answers.fit_to_leave_min))
    chart = live_chart(plot, width)
    return _figure(session_outline(summary), session_in_words(plot), chart)


def _pain(summary: Summary, width: int) -> FigureShown:
    plot = pain_plot(summary)
    chart = live_chart(_thin(plot), width)
    return _figure(pain_outline(summary), pain_in_words(plot), chart)


def _thin(plot: PainPlot) -> PainPlot:
    tables = dict(plot.tables)
    for name in PAIN:
        for kind, by in (("people", "q50"), ("sure", "q05")):
            tables[f"{name}.{kind}"] = thinned(tables[f"{name}.{kind}"], by, plot.ends[TIME])
    return PainPlot(plot.unit, plot.typical, tables, plot.ends)


def _figure(outline: Outline, in_words: str, chart: LiveChart) -> FigureShown:
    return FigureShown(
        id=outline.id,
        title=outline.title,
        in_words=in_words,
        caption=outline.caption,
        key=outline.key,
        sources=outline.sources,
        chart=chart,
        table=outline.numbers(),
    )
