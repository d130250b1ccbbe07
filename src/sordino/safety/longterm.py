"""What long or repeated use did to people elsewhere, and how near a course comes to that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sordino.course.describe import number
from sordino.library.evidence import safety
from sordino.library.evidence.safety import LongTermHarm, RegimenUsed
from sordino.safety.exposure import Dosing
from sordino.safety.tables import ExposureLimit, exposure_limits

LONG_H = 24.0
State = Literal[
    "reached", "not reached", "no limit known", "within what was seen", "beyond what was seen"
]
"""The last two stand where people were looked at and no harm was seen."""


@dataclass(frozen=True)
class LongTermFlag:
    """One organ: what was seen in whom, and whether the course reaches such an exposure."""

    id: str
    organ: str
    state: State
    seen: str
    exposure: str
    limit: str
    found: str
    cites: tuple[str, ...]


@dataclass(frozen=True)
class RegimenSeen:
    """A regimen that was given, and how the course compares with its largest amount."""

    id: str
    title: str
    dose: str
    people: int | None
    compared: str
    cites: tuple[str, ...]


def long_term_flags(given: Dosing) -> tuple[LongTermFlag, ...]:
    """Liver, bladder, bile ducts, dependence, cognition, psychosis: what is known, row by row."""
    limits = {limit.row: limit for limit in exposure_limits()}
    return tuple(_flag(row, limits.get(row.id), given) for row in safety().long_term)


def regimens(given: Dosing) -> tuple[RegimenSeen, ...]:
    """Regimens that others gave, beside what this course gives."""
    return tuple(
        RegimenSeen(row.id, row.title, row.dose, row.n, _compared(row, given), row.cites)
        for row in safety().regimen
    )


def _flag(row: LongTermHarm, limit: ExposureLimit | None, given: Dosing) -> LongTermFlag:
    state: State = "no limit known"
    words = found = ""
    if limit is not None:
        value = float(getattr(given, limit.quantity))
        beyond = value >= limit.at_least - 1e-9
        if limit.seen == "harm":
            state = "reached" if beyond else "not reached"
        else:
            state = "beyond what was seen" if beyond else "within what was seen"
        words = f"{limit.at_least:g} {limit.unit} ({limit.origin}: {limit.note})"
        found = f"{number(value)} {limit.unit}"
    return LongTermFlag(row.id, row.organ, state, _seen(row), row.exposure, words, found, row.cites)


def _seen(row: LongTermHarm) -> str:
    parts: list[str] = []
    if row.affected is not None and row.n_exposed is not None:
        parts.append(f"{row.affected} of {row.n_exposed} people")
    elif row.affected_percent is not None:
        parts.append(f"{row.affected_percent:g} of 100 people ({row.n_exposed} asked)")
    elif row.n_exposed is not None:
        parts.append(f"{row.n_exposed} people")
    parts += [row.definition] * bool(row.definition)
    for effect in row.effect:
        number = (
            f"{effect.percent:g} of 100"
            if effect.percent is not None
            else (f"{effect.count} of {effect.n}")
        )
        parts.append(f"{effect.event} {number}")
    if row.onset_months_mean is not None:
        parts.append(f"after {row.onset_months_mean:.0f} months on average")
    parts += row.findings
    if row.improved_after_stopping_percent is not None:
        parts.append(f"better after stopping in {row.improved_after_stopping_percent:g} of 100")
    return "; ".join(parts)


def _compared(row: RegimenUsed, given: Dosing) -> str:
    # A rate that was kept up for days says nothing about a short infusion.
    if row.max_rate_mg_h is not None and given.longest_infusion_h > LONG_H:
        return _within("rate", given.highest_rate_mg_h, row.max_rate_mg_h, "mg/h")
    if row.max_single_dose_mg is not None and given.largest_at_once_mg:
        return _within("dose", given.largest_at_once_mg, row.max_single_dose_mg, "mg")
    return ""


def _within(what: str, value: float, most: float, unit: str) -> str:
    side = "not above" if value <= most * (1 + 1e-9) else "above"
    return f"largest {what} here {number(value)} {unit}, {side} {most:g} {unit}"
