"""Three courses, answered: the sentence, the figures, the numbers, the sources, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sordino.course import describe_course
from sordino.library import posterior
from sordino.report.background import Background, background
from sordino.report.charts import pain_chart, responder_chart
from sordino.report.credibility_text import markdown_table
from sordino.report.html import limit_sentences
from sordino.report.panels import WIDE
from sordino.report.sentences import Sentences, sentences
from sordino.report.svg import chart_svg
from sordino.report.tables import responders
from sordino.report.wellbeing import told
from sordino.simulation.summary import Summary
from sordino.simulation.wellbeing import wellbeing

CHARTS = {"pain": pain_chart, "responders": responder_chart}


def answers_page(summaries: Mapping[str, Summary], made: str) -> str:
    """docs/answers.md; `made` says when and with what it was computed."""
    first = sentences(next(iter(summaries.values())))
    parts = [
        "# Three courses, answered",
        "What sordino says of six short infusions, of 100 hours of S-ketamine, and of one short "
        "infusion, in a made-up population with fibromyalgia. The count without any drug stands "
        "beside every count: what a session does by being one is not the drug. Written by `python "
        "tools/credibility.py answers`; `sordino simulate` gives the same with a full report.",
        made,
        "**What the ranges hold.** " + " ".join(first.interval),
        _misses(),
        *(part for name, summary in summaries.items() for part in _course(name, summary)),
    ]
    return "\n\n".join(parts) + "\n"


def answer_drawings(summaries: Mapping[str, Summary]) -> dict[str, str]:
    """The drawings of the page as SVG, by file name."""
    return {
        f"answer-{name}-{kind}.svg": chart_svg(chart(summary, WIDE))
        for name, summary in summaries.items()
        for kind, chart in CHARTS.items()
    }


def _misses() -> str:
    """Published numbers that lie outside what the fitted model expects."""
    told = posterior.draws().about["studies"]
    missed = [
        f"[{s['study']}](library/studies/{s['study']}.md), {s['arm']}, {s['what']}: "
        f"{s['published']:.3g} {s['unit']}, expected {s['predicted'][0]:.3g} to "
        f"{s['predicted'][2]:.3g}"
        for s in told
        if not s["inside"]
    ]
    apart = [s for s in told if not s["fitted"]]
    return (
        f"**What the model misses.** Of {len(apart)} published numbers that were not fitted, "
        f"{sum(s['inside'] for s in apart)} lie where 90 of 100 such studies should. Outside, "
        f"fitted or not: {'; '.join(missed)}."
    )


def _course(name: str, summary: Summary) -> Iterator[str]:
    said, behind = sentences(summary), background(summary)
    yield f"## {summary.course.title}"
    yield "\n".join(
        f"- {line.strip()}" for line in describe_course(summary.course).splitlines()[1:]
    )
    yield f"**{said.headline} {said.verdict}** {said.slow}"
    yield f"![Pain over the weeks with the drug and without: {name}](img/answer-{name}-pain.svg)"
    yield " ".join([*said.soon, *_early(said)])
    drawn = f"img/answer-{name}-responders.svg"
    yield f"![How many of 100 people have much less pain: {name}]({drawn})"
    table = responders(summary)
    yield markdown_table(table.header, table.rows)
    yield " ".join(said.session)
    yield " ".join(told(wellbeing(summary.course)))
    yield "**Beyond what is known.** " + " ".join(limit_sentences(behind.limits))
    yield _sources(behind)


def _early(said: Sentences) -> Iterator[str]:
    yield said.fast
    if said.relief_days:
        yield said.relief_days


def _sources(behind: Background) -> str:
    models = ", ".join(f"[{m.id}](library/models/{m.id}.md)" for m in behind.models)
    effects = ", ".join(f"[{e.id}](library/effects/{e.id}.md)" for e in behind.effects)
    fitted = behind.calibration.studies if behind.calibration else ()
    studies = ", ".join(f"[{name}](library/studies/{name}.md)" for name in fitted)
    return (
        f"**Sources.** Drug model: {models}. Effects: {effects}. Fitted to: {studies}. "
        f"{len(behind.assumptions)} things are assumed; `sordino simulate` lists them."
    )
