"""A screening as the page shows it: what stands out first, then what is open, then the rest."""

from __future__ import annotations

from dataclasses import dataclass

from sordino.app.rows import row_link
from sordino.app.screening_form import labels
from sordino.app.sources import Source, sources
from sordino.screening import Check, Group, Screening
from sordino.screening.result import NO_VERDICT

GOOD = ("criteria", "tried", "monitoring")
"""Groups in which a rule that is met speaks for nothing bad."""
ORDER = {"met": 0, "not met": 1, "unknown": 2}


@dataclass(frozen=True)
class RuleShown:
    """One rule: how it came out, why, and where it stands."""

    status: str
    rule: str
    reason: str
    about: str
    notes: tuple[str, ...]
    row: str
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class GroupShown:
    """Rules of one kind: those that are settled, and those that wait for an answer."""

    name: str
    title: str
    met_means: str
    counts: tuple[tuple[str, int], ...]
    settled: tuple[RuleShown, ...]
    open: tuple[RuleShown, ...]
    care: bool


@dataclass(frozen=True)
class ScreeningShown:
    """All of it. `scores` are pairs of name and value; `missing` are keys with their labels."""

    scores: tuple[tuple[str, str], ...]
    groups: tuple[GroupShown, ...]
    missing: tuple[tuple[str, str], ...]
    note: str


def screening_shown(found: Screening) -> ScreeningShown:
    """What the page shows of a screening."""
    names = labels()
    return ScreeningShown(
        scores=tuple((s.name, _score(s.value, s.bounds)) for s in found.scores),
        groups=tuple(_group(group) for group in found.groups),
        missing=tuple((key, names.get(key, key)) for key in found.missing),
        note=NO_VERDICT,
    )


def _score(value: float | None, bounds: tuple[float, float] | None) -> str:
    if value is not None:
        return f"{value:g}"
    return f"not known, {bounds[0]:g} to {bounds[1]:g}" if bounds else "not known"


def _group(group: Group) -> GroupShown:
    states = [check.status for check in group.checks]
    in_order = group.checks
    if group.name != "criteria":  # a whole and its parts follow each other there
        in_order = tuple(sorted(group.checks, key=lambda check: ORDER[check.status]))
    return GroupShown(
        name=group.name,
        title=group.title,
        met_means=group.met_means,
        counts=tuple((state, states.count(state)) for state in ORDER),
        settled=tuple(_rule(check) for check in in_order if check.status != "unknown"),
        open=tuple(_rule(check) for check in in_order if check.status == "unknown"),
        care=group.name not in GOOD,
    )


def _rule(check: Check) -> RuleShown:
    strength = [
        check.action,
        check.basis,
        f"grade {check.grade}" if check.grade else "",
        f"certainty {check.certainty}" if check.certainty else "",
    ]
    about = [check.product, check.effect, ", ".join(part for part in strength if part)]
    return RuleShown(
        status=check.status,
        rule=check.rule,
        reason=check.reason,
        about="; ".join(part for part in about if part),
        notes=check.notes,
        row=row_link(check.row),
        sources=sources(check.cites),
    )
