"""Every claim with the run that it asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sordino.credibility.arms import Setting
from sordino.credibility.claims import context, levels, relief, session, wellbeing
from sordino.credibility.claims.form import Run
from sordino.library.evidence import claims

SETTING = Setting(patients=400, draws=40, seed=1)
"""People and draws of the stored runs."""

RUNS: Mapping[str, Callable[[Setting], Run]] = {
    "mechanism_gain": levels.mechanism_gain,
    "rapid_relief": session.rapid_relief,
    "relief_days_weeks": relief.relief_days_weeks,
    "months_after_few": relief.months_after_few,
    "better_than_opioids": context.better_than_opioids,
    "root_cause_reset": relief.root_cause_reset,
    "mood": wellbeing.mood,
    "mental_clarity": wellbeing.mental_clarity,
    "iv_course_by_response": session.iv_course_by_response,
    "dissociation_brief": session.dissociation_brief,
    "nasal_lozenge": levels.nasal_lozenge,
    "side_effects_mild": session.side_effects_mild,
    "long_term_safety_open": context.long_term_safety_open,
    "right_for_you": context.right_for_you,
}


def run_claims(
    names: Iterable[str] | None = None,
    setting: Setting = SETTING,
    progress: Callable[[str], None] | None = None,
) -> list[Run]:
    """Run what claims ask for, in the order of the library; all of them by default."""
    chosen = {c.id for c in claims()} if names is None else set(names)
    found: list[Run] = []
    for name in (c.id for c in claims() if c.id in chosen):
        if progress is not None:
            progress(name)
        found.append(RUNS[name](setting))
    return found
