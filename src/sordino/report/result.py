"""The result document: everything of a summary as plain JSON that says what it means."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from sordino._version import __version__
from sordino.course import course_summary, describe_course
from sordino.report.background import (
    Assumption,
    CalibrationUsed,
    EffectUsed,
    ModelUsed,
    SourceUsed,
    background,
)
from sordino.report.sentences import PURPOSE, Sentences, draw_count, is_typical, sentences
from sordino.safety import Safety, assess
from sordino.safety.interactions import Change
from sordino.simulation.answers import LEVELS, Answers
from sordino.simulation.summary import Summary
from sordino.simulation.variables import VARIABLES
from sordino.simulation.wellbeing import Wellbeing, wellbeing

SCHEMA_VERSION = 1
DIGITS = 6
"""Significant digits of a number in the document."""

Numbers = list[float | None]
_NUMBERS = re.compile(r"\[\s+(?:-?[\d.e+-]+|null)(?:,\s+(?:-?[\d.e+-]+|null))*\s+\]")


@dataclass(frozen=True)
class CourseInWords:
    """What was given to whom; `sessions` in hours from the first dose."""

    words: list[str]
    covariates: dict[str, float]
    total_mg: float | None
    until_h: float
    source: str | None
    comparators: list[dict[str, Any]]


@dataclass(frozen=True)
class SessionTime:
    """One session: start and end in hours from the first dose."""

    start_h: float
    end_h: float
    drug: str
    route: str


@dataclass(frozen=True)
class VariableOverTime:
    """One readout at every time of `times_h`.

    `median`: the middle patient. `patients`: quantiles over patients, absent with one typical
    patient. `median_over_draws`: quantiles of the median over draws, absent with one draw.
    A value is null where no model describes the readout.
    """

    unit: str
    description: str
    median: Numbers
    patients: dict[str, Numbers] | None
    median_over_draws: dict[str, Numbers] | None


@dataclass(frozen=True)
class Result:
    """The result of one simulation, as it is written to result.json."""

    schema_version: int
    sordino_version: str
    purpose: str
    title: str
    provenance: dict[str, str | int]
    course: CourseInWords
    sessions: list[SessionTime]
    in_words: Sentences
    answers: Answers
    times_h: list[float]
    variables: dict[str, VariableOverTime]
    models: list[ModelUsed]
    effects: list[EffectUsed]
    assumptions: list[Assumption]
    limits: list[str]
    sources: list[SourceUsed]
    calibration: CalibrationUsed | None
    wellbeing: Wellbeing
    safety: Safety


def build_result(summary: Summary, changes: Sequence[Change] = ()) -> Result:
    """Everything there is to say about a summary.

    `changes`: what the simulation holds of other drugs.

    build_result(sordino.summarize("course.toml")).in_words.headline
    """
    behind = background(summary)
    course = course_summary(summary.course)
    return Result(
        schema_version=SCHEMA_VERSION,
        sordino_version=__version__,
        purpose=PURPOSE,
        title=summary.course.title,
        provenance=_provenance(summary),
        course=CourseInWords(
            words=describe_course(summary.course).splitlines(),
            covariates=course["covariates"],
            total_mg=course["total_mg"],
            until_h=course["until_h"],
            source=course["source"],
            comparators=course["comparators"],
        ),
        sessions=[
            SessionTime(s.start_h, s.end_h, s.drug, s.route) for s in summary.course.sessions()
        ],
        in_words=sentences(summary),
        answers=summary.answers,
        times_h=[float(t) for t in summary.quantiles["time"].values],
        variables={
            name: _variable(summary, name) for name in VARIABLES if name in summary.quantiles
        },
        models=list(behind.models),
        effects=list(behind.effects),
        assumptions=list(behind.assumptions),
        limits=list(behind.limits),
        sources=list(behind.sources),
        calibration=behind.calibration,
        wellbeing=wellbeing(summary.course, ranges=draw_count(summary) > 1),
        safety=assess(summary, changes=changes),
    )


def result_dict(result: Result) -> dict[str, Any]:
    """The document as plain values: numbers of six digits, null for what is not a number."""
    return plain_values(asdict(result))


def result_json(result: Result) -> str:
    """The document as JSON text, a list of numbers in one line."""
    text = json.dumps(result_dict(result), ensure_ascii=False, allow_nan=False, indent=1)
    return _NUMBERS.sub(lambda found: "".join(found[0].split()), text) + "\n"


def _provenance(summary: Summary) -> dict[str, str | int]:
    attrs = summary.quantiles.attrs
    return {k: v if isinstance(v, str) else int(v) for k, v in attrs.items() if k != "title"}


def _variable(summary: Summary, name: str) -> VariableOverTime:
    spread = summary.quantiles[name].values
    drawn = summary.quantiles[f"{name}_median"].values
    middle = int(np.flatnonzero(LEVELS == 0.5)[0])
    return VariableOverTime(
        unit=VARIABLES[name].unit,
        description=VARIABLES[name].description,
        median=spread[middle].tolist(),
        patients=None if is_typical(summary) else _by_level(spread),
        median_over_draws=None if draw_count(summary) == 1 else _by_level(drawn),
    )


def _by_level(values: np.ndarray) -> dict[str, Numbers]:
    return {
        f"q{100 * level:02.0f}": row.tolist() for level, row in zip(LEVELS, values, strict=True)
    }


def plain_values(value: Any) -> Any:
    """Dataclasses as JSON holds them: numbers of six digits, null for what is not a number."""
    if isinstance(value, dict):
        return {k: plain_values(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(v) for v in value]
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    return value
