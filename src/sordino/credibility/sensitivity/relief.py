"""Sobol indices of what the drug does to pain at days 1, 7 and 28 of a course."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from sordino.course import Course
from sordino.credibility.arms import Arms, Setting, run_arms
from sordino.credibility.provenance import made_with
from sordino.credibility.sensitivity.indices import FEWEST, MOST, Indices, sobol
from sordino.credibility.sensitivity.unknowns import (
    Unknown,
    groups_of,
    typical_draws,
    unknowns_of,
)
from sordino.errors import InputError
from sordino.library.evidence.ledger import ledger
from sordino.library.evidence.parts import Part, Text
from sordino.library.evidence.reader import read_file
from sordino.simulation.answers import estimate
from sordino.simulation.dataset import course_engine

DAYS = (1, 7, 28)
POINTS = 256
PATIENTS = 256
"""The same people in every run: what differs between runs is what is not known."""
OTHER_DRAWS = 40
STUDIES_FILE = Path(__file__).parent / "studies.toml"


@dataclass(frozen=True)
class Outcome:
    """What is looked at: its name, its unit, its mean and spread over what is not known."""

    name: str
    unit: str
    mean: float
    sd: float


@dataclass(frozen=True)
class Share:
    """How much one unknown matters for one outcome; intervals are 95 percent."""

    unknown: str
    first: tuple[float, float, float]
    total: tuple[float, float, float]
    """Value, low end, high end."""


@dataclass(frozen=True)
class Sensitivity:
    """Indices of every unknown for every outcome, the largest total first.

    `shares`: by the name of the outcome; `taken`: assumptions without a range, which are in no
    index; `clocks`: mean drug effect on pain by day under each reading of the slow clock.
    """

    course: str
    course_digest: str
    seed: int
    points: int
    patients: int
    runs: int
    unknowns: tuple[Unknown, ...]
    outcomes: tuple[Outcome, ...]
    shares: Mapping[str, tuple[Share, ...]]
    studies: Mapping[str, str]
    taken: tuple[str, ...]
    clocks: Mapping[str, tuple[str, ...]]

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "course": self.course,
            "course_digest": self.course_digest,
            "seed": self.seed,
            "points": self.points,
            "patients": self.patients,
            "runs": self.runs,
            "made_with": made_with(),
            "unknowns": [
                {
                    "name": u.name,
                    "about": u.about,
                    "range": u.range,
                    "assumed": u.assumed,
                    "gap": u.gap,
                    "study": self.studies[u.name],
                }
                for u in self.unknowns
            ],
            "outcomes": [
                {
                    "name": o.name,
                    "unit": o.unit,
                    "mean": o.mean,
                    "sd": o.sd,
                    "shares": [
                        {"unknown": s.unknown, "first": s.first, "total": s.total}
                        for s in self.shares[o.name]
                    ],
                }
                for o in self.outcomes
            ],
            "taken_as_they_are": list(self.taken),
            "slow_clock": {name: list(values) for name, values in self.clocks.items()},
        }


def sensitivity(
    course: Course,
    points: int = POINTS,
    patients: int = PATIENTS,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Sensitivity:
    """Which unknown matters most for what the drug does to pain.

    `points`: base points, a power of 2; the course is run points * (unknowns + 2) times. Raises
    `InputError` for other numbers and for a course that cannot be simulated.
    """
    if points not in {2**k for k in range(17)} or not FEWEST <= points <= MOST:
        raise InputError(
            f"{points} base points cannot be used",
            allowed=f"a power of 2 from {FEWEST} to {MOST}",
            hint=f"-n {POINTS} gives {POINTS * 17} runs or so",
        )
    engine = course_engine(course, patients, 1, seed, None, "arterial")
    unknowns = unknowns_of(engine)
    first_h = course.sessions()[0].start_h

    def outputs(uniform: np.ndarray) -> np.ndarray:
        setting = Setting(patients, uniform.shape[1], seed, progress)
        drawn = typical_draws(unknowns, uniform)
        return _outputs(run_arms(course, DAYS, setting, from_h=first_h, typical_draws=drawn))

    found = sobol(outputs, groups_of(unknowns), points, seed)
    names = [f"{what}, day {day}" for what in ("pain", "responders") for day in DAYS]
    units = [unit for unit in ("points of 10", "of 100") for _ in DAYS]
    return Sensitivity(
        course=course.title,
        course_digest=course.digest(),
        seed=seed,
        points=points,
        patients=patients,
        runs=found.runs,
        unknowns=unknowns,
        outcomes=tuple(
            Outcome(name, unit, float(mean), float(sd))
            for name, unit, mean, sd in zip(names, units, found.mean, found.sd, strict=True)
        ),
        shares={name: _shares(found, k, unknowns) for k, name in enumerate(names)},
        studies={unknown.name: study_for(unknown) for unknown in unknowns},
        taken=_taken(engine.effects),
        clocks=_clocks(course, patients, seed),
    )


def _outputs(arms: Arms) -> np.ndarray:
    """Drug effect on pain, then on 30 percent responders, by day: (output, run)."""
    return np.concatenate([arms.pain_effect, arms.responder_effect[..., 0]], axis=1).T


def _shares(found: Indices, k: int, unknowns: tuple[Unknown, ...]) -> tuple[Share, ...]:
    rows = [
        Share(
            unknown.name,
            (float(found.first[k, j]), *_ends(found.first_interval, k, j)),
            (float(found.total[k, j]), *_ends(found.total_interval, k, j)),
        )
        for j, unknown in enumerate(unknowns)
    ]
    return tuple(sorted(rows, key=lambda share: -share.total[0]))


def _ends(interval: np.ndarray, k: int, j: int) -> tuple[float, float]:
    return float(interval[0, k, j]), float(interval[1, k, j])


def _taken(effects: Mapping[str, object]) -> tuple[str, ...]:
    """Assumed numbers that no run changes, because the library gives them no range."""
    used = {*effects, "virtual_patients"} - {
        "dissociation",
        "circulation",
        "recovery",
        "nmda_block",
    }
    return tuple(
        f"{row.id} = {row.value:g} {row.unit}"
        for row in ledger()
        if row.model in used and "value" in row.assumed and row.uncertainty.startswith("taken")
    )


def _clocks(course: Course, patients: int, seed: int) -> dict[str, tuple[str, ...]]:
    """Drug effect on pain by day when the slow clock is read as a lag and as a turnover state."""
    found: dict[str, tuple[str, ...]] = {}
    for clock in ("lag", "turnover"):
        models = course.models.model_copy(update={"slow_clock": clock})
        other = course.model_copy(update={"models": models})
        setting = Setting(patients, OTHER_DRAWS, seed)
        arms = run_arms(other, DAYS, setting, from_h=course.sessions()[0].start_h)
        effects = [estimate(arms.pain_effect[:, k]) for k in range(len(DAYS))]
        found[clock] = tuple(f"{e.value:.2f} ({e.low:.2f} to {e.high:.2f})" for e in effects)
    return found


class Reducing(Part):
    """The study that would reduce an unknown."""

    unknown: Text
    study: Text


class Studies(Part):
    """The file as a whole."""

    schema_version: Literal[1] = Field(alias="schema")
    for_drug_models: Text
    otherwise: Text
    reducing: Annotated[tuple[Reducing, ...], Field(min_length=1)]


@functools.lru_cache(maxsize=1)
def _studies() -> Studies:
    return read_file(Studies, STUDIES_FILE)


def study_for(unknown: Unknown) -> str:
    """What study would reduce an unknown; one that the file does not name is answered by kind."""
    named = {entry.unknown: entry.study for entry in _studies().reducing}
    if unknown.model is not None:
        return _studies().for_drug_models
    return named.get(unknown.name, _studies().otherwise)
