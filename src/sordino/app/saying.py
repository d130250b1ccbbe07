"""What is said about ketamine: each claim with what studies found and what was computed."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sordino.app.jobs import Job
from sordino.app.rows import row_link
from sordino.app.runner import Runner
from sordino.app.sources import Source, sources
from sordino.credibility.claims import SETTING, StoredRuns, made_runs, run_claims, stored_runs
from sordino.errors import UnknownName
from sordino.library.evidence import claim, claims
from sordino.library.evidence.topics import TOPICS
from sordino.report.claims import VERDICTS, ClaimShown, claims_shown

TITLES: Mapping[str, str] = {
    "mechanism_gain": "The volume of pain",
    "rapid_relief": "Relief within hours",
    "relief_days_weeks": "Relief for days or weeks",
    "months_after_few": "Months from a few infusions",
    "better_than_opioids": "Safer than opioids",
    "root_cause_reset": "A reset of the cause",
    "mood": "Mood",
    "mental_clarity": "Fatigue and a clear head",
    "iv_course_by_response": "A course shaped by response",
    "dissociation_brief": "Feeling detached, for a while",
    "nasal_lozenge": "Sprays and lozenges",
    "side_effects_mild": "Mild side effects",
    "long_term_safety_open": "Safety over years",
    "right_for_you": "Who should consider it",
}
"""What a page calls each claim."""


@dataclass(frozen=True)
class ClaimListed:
    """One claim in the list."""

    id: str
    title: str
    says: str
    verdict: str
    group: str


@dataclass(frozen=True)
class ClaimPage:
    """One claim with all that is shown of it, and how it was computed.

    `studies`: rows with their addresses. `current`: computed with the data of this version.
    """

    title: str
    group: str
    claim: ClaimShown
    studies: tuple[tuple[str, str], ...]
    sources: tuple[Source, ...]
    people: int
    draws: int
    seed: int
    made: str
    version: str
    current: bool


def listed() -> tuple[ClaimListed, ...]:
    """Every claim, in the order of the library."""
    return tuple(
        ClaimListed(c.id, TITLES[c.id], c.says, VERDICTS[c.verdict], c.verdict) for c in claims()
    )


def claim_page(name: str, runs: StoredRuns | None = None) -> ClaimPage:
    """One claim with its stored run, or another one; raises `UnknownName`."""
    if name not in TITLES:
        raise UnknownName("claim", name, TITLES)
    if runs is None:
        return _stored(name)
    return _page(name, runs, current=True)


@functools.lru_cache(maxsize=len(TITLES))
def _stored(name: str) -> ClaimPage:
    return _page(name, stored_runs(), current=stored_runs().current)


def _page(name: str, runs: StoredRuns, *, current: bool) -> ClaimPage:
    only = StoredRuns(runs.made_with, runs.setting, {name: runs.runs[name]})
    (shown,) = claims_shown(only)
    row = claim(name)
    return ClaimPage(
        title=TITLES[name],
        group=row.verdict,
        claim=shown,
        studies=tuple((study, row_link(study)) for study in row.studies),
        sources=sources(TOPICS["claims"].entry(name).cites),
        people=runs.setting["patients"],
        draws=runs.setting["draws"],
        seed=runs.setting["seed"],
        made=runs.made_with["date"],
        version=runs.made_with["sordino"],
        current=current,
    )


def claim_work(runner: Runner, name: str) -> Callable[[Job], ClaimPage]:
    """Work that computes a claim again; raises `UnknownName` before anything is begun.

    It stops and makes way for first answers between the blocks of each run that the claim needs.
    """
    if name not in TITLES:
        raise UnknownName("claim", name, TITLES)

    def work(job: Job) -> ClaimPage:
        job.progress(0, 1)
        setting = replace(SETTING, progress=lambda *_: runner.make_way(job.stop))
        return claim_page(name, made_runs(run_claims([name], setting), setting))

    return work
