"""A screening as the page shows it: what stands out first, then what is open, then the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sordino.app.rows import row_link
from sordino.app.screening_form import labels
from sordino.app.sources import Source, sources
from sordino.screening import Check, Group, Screening
from sordino.screening.result import NO_VERDICT

GOOD = ("criteria", "tried", "monitoring")
"""Groups in which a rule that is met speaks for nothing bad."""
ANSWERED = {"true": "answered yes", "false": "answered no"}
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
    """All of it. `scores` are pairs of name and value; `missing` are keys with their labels.

    `doubts`: answers that hardly go together, in words.
    """

    scores: tuple[tuple[str, str], ...]
    groups: tuple[GroupShown, ...]
    missing: tuple[tuple[str, str], ...]
    doubts: tuple[str, ...]
    note: str


def screening_shown(found: Screening) -> ScreeningShown:
    """What the page shows of a screening."""
    names = labels()
    return ScreeningShown(
        scores=tuple((s.name, _score(s.value, s.bounds)) for s in found.scores),
        groups=tuple(_group(group, names) for group in found.groups),
        missing=tuple((key, names.get(key, key)) for key in found.missing),
        doubts=tuple(
            f"{' and '.join(names.get(key, key) for key in doubt.keys)}: {doubt.words}"
            for doubt in found.doubts
        ),
        note=NO_VERDICT,
    )


def _score(value: float | None, bounds: tuple[float, float] | None) -> str:
    if value is not None:
        return f"{value:g}"
    return f"not known, {bounds[0]:g} to {bounds[1]:g}" if bounds else "not known"


def _group(group: Group, names: Mapping[str, str]) -> GroupShown:
    states = [check.status for check in group.checks]
    in_order = group.checks
    if group.name != "criteria":  # a whole and its parts follow each other there
        in_order = tuple(sorted(group.checks, key=lambda check: ORDER[check.status]))
    return GroupShown(
        name=group.name,
        title=group.title,
        met_means=group.met_means,
        counts=tuple((state, states.count(state)) for state in ORDER),
        settled=tuple(_rule(check, names) for check in in_order if check.status != "unknown"),
        open=tuple(_rule(check, names) for check in in_order if check.status == "unknown"),
        care=group.name not in GOOD,
    )


def _rule(check: Check, names: Mapping[str, str]) -> RuleShown:
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
        reason=_reason(check, names),
        about="; ".join(part for part in about if part),
        notes=check.notes,
        row=row_link(check.row),
        sources=sources(check.cites),
    )


def _reason(check: Check, names: Mapping[str, str]) -> str:
    """Why, in the words of the form; nothing where answers are missing, which are listed."""
    if check.status == "unknown" and check.missing:
        return ""
    words = {path.rpartition(".")[2]: label for path, label in names.items()}
    text = re.sub(r"\b(?:is|are) (true|false)\b", lambda found: ANSWERED[found[1]], check.reason)
    return re.sub(r"\b[a-z]+(?:_[a-z]+)+\b", lambda found: words.get(found[0], found[0]), text)
