"""What a comparison consists of: arms on the same axes, with where each number is from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sordino.simulation.answers import Estimate

Origin = Literal["simulated", "published", "derived", "unknown"]
"""simulated: by the course models; published: a printed difference, on the placebo of this
program; derived: worked out from another printed number; unknown: no source."""


@dataclass(frozen=True)
class Curve:
    """Mean pain by day, 0 to 10, with the treatment and without any drug, with 90 percent
    intervals over draws (absent with one draw)."""

    days: tuple[int, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...] | None
    high: tuple[float, ...] | None
    without: tuple[float, ...]


@dataclass(frozen=True)
class Share:
    """People of 100 with at least `threshold_percent` less pain at one look."""

    day: int
    threshold_percent: int
    with_treatment: Estimate | None
    without_drug: Estimate | None
    difference: Estimate | None
    origin: Origin


@dataclass(frozen=True)
class Harm:
    """One unwanted effect: people of 100 with the treatment, and with control or beyond it.

    `proxy` says in what the source differs from the treatment.
    """

    event: str
    percent: Estimate | None
    control_percent: Estimate | None
    excess: Estimate | None
    rows: tuple[str, ...]
    proxy: str


@dataclass(frozen=True)
class Stopped:
    """People of 100 who stopped, by reason, with the treatment and with control."""

    reason: str
    percent: float | None
    control_percent: float | None
    population: str
    row: str


@dataclass(frozen=True)
class Effort:
    """What a treatment asks of a person in 90 days.

    `clinic_hours`: from the start of each session until fit to leave, summed, middle and middle
    90 of 100 people. What no source says is missing.
    """

    sessions: int | None
    clinic_hours: Estimate | None
    lifts_home: int | None
    doses: str
    note: str


@dataclass(frozen=True)
class EvidenceRow:
    """One source: how many people and trials, how it was graded, how it was seen."""

    id: str
    design: str
    certainty: str
    seen: str
    says: str


@dataclass(frozen=True)
class Arm:
    """One treatment of a comparison. What is unknown is missing, and `notes` say why."""

    name: str
    title: str
    kind: Literal["course", "comparator"]
    curve: Curve | None
    shares: tuple[Share, ...]
    relief_days: Estimate | None
    relief_days_without: Estimate | None
    first_relief_day: Estimate | None
    first_relief_day_without: Estimate | None
    harms: tuple[Harm, ...]
    stopped: tuple[Stopped, ...]
    effort: Effort
    strength: str
    evidence: tuple[EvidenceRow, ...]
    notes: tuple[str, ...]
    cites: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """All arms for the same people."""

    title: str
    arms: tuple[Arm, ...]
    people: str
    patients: int
    draws: int
    seed: int
    course_digests: dict[str, str]
    sordino_version: str
