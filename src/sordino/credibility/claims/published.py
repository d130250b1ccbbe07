"""Tables of what was published, made from rows of the library."""

from __future__ import annotations

from collections.abc import Sequence

from sordino.credibility.claims.form import Cell, Table, columns
from sordino.library.evidence import claim, comparators, study
from sordino.library.evidence.observations import (
    Contrast,
    Mean,
    Median,
    Observation,
    Range,
    Responders,
    Share,
    Words,
)

SOURCE = "as the sources print it"


def observed_table(title: str, studies: Sequence[str], outcome: Sequence[str] = ()) -> Table:
    """What studies observed; `outcome` keeps the outcomes whose name holds one of the words."""
    rows = [
        (name, seen.arm or "both", seen.outcome, _when(seen), observed(seen))
        for name in studies
        for seen in study(name).observation
        if not outcome or any(word in seen.outcome.lower() for word in outcome)
    ]
    return Table(title, columns("study", "arm", "outcome", "when", "result"), tuple(rows), SOURCE)


def observed(seen: Observation) -> str:
    """The result of an observation in words."""
    if isinstance(seen, Responders):
        return f"{seen.responders} of {seen.n} people{_threshold(seen)}"
    if isinstance(seen, Share):
        return f"{seen.percent:g} of 100 {seen.of}"
    if isinstance(seen, Mean):
        error = next((f", {k.upper()} {v:g}" for k, v in _errors(seen) if v is not None), "")
        return f"mean {seen.of.replace('_', ' ')} {seen.value:g}{_unit(seen.unit)}{error}"
    if isinstance(seen, Median):
        ends = f"{seen.quartile_low:g} to {seen.quartile_high:g}"
        return f"median {seen.value:g} (quartiles {ends}){_unit(seen.unit)}"
    if isinstance(seen, Range):
        return f"{seen.low:g} to {seen.high:g}{_unit(seen.unit)}"
    return seen.note if isinstance(seen, Words) else _contrast(seen)


def _threshold(seen: Responders) -> str:
    if seen.threshold_percent is None:
        return ""
    least = "at least" if seen.at_least else "more than"
    return f" with {least} {seen.threshold_percent:g} percent less"


def _errors(seen: Mean) -> tuple[tuple[str, float | None], ...]:
    return ("sd", seen.sd), ("se", seen.se)


def _contrast(seen: Contrast) -> str:
    if seen.value is not None:
        return f"{seen.of.replace('_', ' ')} {seen.value:g}"
    if seen.p is not None:
        return f"p = {seen.p:g}"
    return f"p < {seen.p_below:g}" if seen.p_below is not None else seen.note


def _unit(unit: str) -> str:
    return f" {unit}" if unit else ""


def _when(seen: Observation) -> str:
    period = f", period {seen.period}" if seen.period else ""
    unclear = {"not_stated": "", "ambiguous": " (from what is not clear)"}
    counted = unclear.get(seen.since, f" from {seen.since.replace('_', ' ')}")
    return f"{seen.time or seen.when}{counted if seen.time else ''}{period}"


def onset_table(names: Sequence[str]) -> Table:
    """When other treatments begin to help, as published."""
    rows = [
        (row.treatment, onset.arm, onset.what, onset.time or " to ".join(onset.between or ()))
        for name in names
        for row in comparators()
        if name in (row.comparator, row.treatment)
        for onset in row.onset
        if "loss" not in onset.what
    ]
    return Table(
        "When daily drugs begin to help",
        columns("treatment", "arm", "what", "when"),
        tuple(rows),
        SOURCE,
    )


def cited_table(claim_id: str) -> Table:
    """The findings of the studies and rows that the claim names."""
    from sordino.library.evidence.topics import TOPICS

    named = claim(claim_id)
    rows: list[tuple[Cell, ...]] = [
        (name, finding) for name in named.studies for finding in study(name).findings
    ]
    entries = {e.id: e.row for t in TOPICS.values() if t.name != "parameters" for e in t.entries()}
    for name in named.rows:
        found: tuple[str, ...] = getattr(entries[name], "findings", ())
        recommended: str = getattr(entries[name], "recommendation", "")
        rows += [(name, text) for text in ([recommended] * bool(recommended)) + list(found)]
    return Table("What the sources say", columns("row", "finding"), tuple(rows), SOURCE)
