"""Claims about mood and fatigue: what trials in other people let one compute."""

from __future__ import annotations

from collections.abc import Sequence

from sordino.credibility.arms import Setting
from sordino.credibility.claims.courses import changed, digests
from sordino.credibility.claims.form import DRAWS, Run, Table, columns, with_ends
from sordino.credibility.claims.published import cited_table, observed_table
from sordino.library.evidence import claim
from sordino.library.pd_schema import load_pd_model
from sordino.library.protocols import load_protocol
from sordino.simulation.wellbeing import Change, wellbeing

ARMS = ("with the drug", "without any drug", "due to the drug")


def mood(_: Setting) -> Run:
    """Depression score of people with depression over six infusions."""
    course = load_protocol("six_infusions")
    found = wellbeing(course)
    first, last = found.response[0], found.response[-1]
    return Run(
        claim="mood",
        ran="Six racemic infusions in people with treatment-resistant depression.",
        tables=(
            _table("Depression score halved", "of 100", found.response),
            _table("Mean change of the depression score (MADRS)", "points", found.depression),
            observed_table(
                "Depression after ketamine in people with depression", claim("mood").studies
            ),
        ),
        says=(
            f"A day after the first infusion the score is halved in {with_ends(first.with_drug, 0)}"
            f" of 100 people with the drug and in {with_ends(first.without_drug, 0)} without it; "
            f"on day {last.day} the drug accounts for {with_ends(last.difference, 0)} of 100.",
            "All of these people had depression; none of the trials was in fibromyalgia, and none "
            "tells mood from pain.",
        ),
        lacks=(
            "A patient without depression: the library has no source of an effect on mood there.",
        ),
        cautions=load_pd_model("mood").cautions,
        courses=digests({"six_infusions": course}),
    )


def mental_clarity(_: Setting) -> Run:
    """Fatigue over three days after one infusion."""
    course = changed("six_infusions", {"days": [0]})
    found = wellbeing(course)
    last = found.fatigue[-1]
    return Run(
        claim="mental_clarity",
        ran="One racemic infusion of 0.5 mg/kg over 40 min; fatigue over three days.",
        tables=(
            _table("Mean change of fatigue", "percent of the score before", found.fatigue),
            observed_table("Fatigue after one infusion", claim("mental_clarity").studies),
            cited_table("mental_clarity"),
        ),
        says=(
            f"On day {last.day} the drug changes fatigue by {with_ends(last.difference, 0)} "
            "percent of the score before: minus is less fatigue. Ten people, four to six in each "
            "cell of the crossover: how they differ was not printed and is estimated with a prior.",
        ),
        lacks=(
            "Acute cognitive effect during a session: sources give half-times and words, no curve.",
        ),
        cautions=load_pd_model("fatigue").cautions,
        courses=digests({"one infusion": course}),
    )


def _table(title: str, unit: str, changes: Sequence[Change]) -> Table:
    heads = columns(("after the start", "day"), *((arm, unit) for arm in ARMS))
    rows = tuple((c.day, c.with_drug, c.without_drug, c.difference) for c in changes)
    return Table(title, heads, rows, DRAWS)
