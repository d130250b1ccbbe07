"""What the codes of a bundle mean in a record, both ways."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from sordino.documents import read_document
from sordino.library.evidence import instruments

_FILE = Path(__file__).parent / "codes.toml"
_FORM = ConfigDict(extra="forbid", frozen=True)


class VitalCode(BaseModel):
    """A vital sign: its LOINC codes, the one to write first, and its UCUM unit."""

    model_config = _FORM
    name: str
    loinc: tuple[str, ...]
    unit: str
    read_at: str


class DrugCode(BaseModel):
    """A drug and its ATC code."""

    model_config = _FORM
    name: str
    atc: str
    read_at: str


class ScoreCode(BaseModel):
    """The code of an item or of an answer that the evidence library lacks."""

    model_config = _FORM
    instrument: str
    item: str = ""
    answer: int | None = None
    loinc: str
    read_at: str


class _File(BaseModel):
    model_config = _FORM
    systems: dict[str, str]
    vital: tuple[VitalCode, ...]
    panel: dict[str, str]
    drug: tuple[DrugCode, ...]
    routes: dict[str, str]
    severity: dict[str, str]
    score: Annotated[tuple[ScoreCode, ...], Field(min_length=1)]


@functools.lru_cache(maxsize=1)
def _file() -> _File:
    return _File.model_validate(read_document(_FILE))


def system(name: str) -> str:
    """The URI of a code system: loinc, snomed, atc, ucum, or local."""
    return _file().systems[name]


@dataclass(frozen=True, slots=True)
class Scores:
    """The LOINC codes of scores. Names of items are `instrument.number`."""

    totals: Mapping[str, str]
    items: Mapping[str, str]
    answers: Mapping[str, Mapping[str, int]]
    panels: Mapping[str, str]


@functools.lru_cache(maxsize=1)
def score_codes() -> Scores:
    """Codes of the evidence library, with what it lacks; instruments that it scores only."""
    known = {row.id for row in instruments().instrument}
    totals: dict[str, str] = {}
    items: dict[str, str] = {}
    answers: dict[str, dict[str, int]] = {}
    panels: dict[str, str] = {}
    for row in instruments().code:
        if row.instrument not in known:
            continue
        if row.role in ("total", "score"):
            totals[row.instrument] = row.codes[0]
        elif row.role == "panel":
            panels[row.instrument] = row.codes[0]
        elif row.role == "interference score":
            totals[f"{row.instrument}.interference"] = row.codes[0]
        elif row.role == "items":
            items |= {f"{row.instrument}.{n}": code for n, code in enumerate(row.codes, start=1)}
        elif row.role == "answers":
            answers[row.instrument] = dict(zip(row.codes, row.values, strict=True))
    for extra in _file().score:
        if extra.item:
            items.setdefault(f"{extra.instrument}.{extra.item}", extra.loinc)
        elif extra.answer is not None:
            answers.setdefault(extra.instrument, {}).setdefault(extra.loinc, extra.answer)
    return Scores(totals, items, answers, panels)


def vital_codes() -> dict[str, VitalCode]:
    """Vital signs by their names."""
    return {row.name: row for row in _file().vital}


def pressure_panel() -> str:
    """The LOINC code under which both pressures stand together."""
    return _file().panel["blood_pressure"]


def drug_codes() -> dict[str, str]:
    """ATC codes by the name of the drug."""
    return {row.name: row.atc for row in _file().drug}


def route_codes() -> dict[str, str]:
    """SNOMED CT codes by the name of the route."""
    return {name: code for name, code in _file().routes.items() if name != "read_at"}


def severity_codes() -> dict[str, str]:
    """SNOMED CT codes by the word for a severity."""
    return {name: code for name, code in _file().severity.items() if name != "read_at"}


@functools.lru_cache(maxsize=1)
def meaning_of_observations() -> dict[tuple[str, str], tuple[str, str]]:
    """Kind and name in a record, by system and code of an observation."""
    loinc = system("loinc")
    found = {(loinc, c): ("vital", row.name) for row in _file().vital for c in row.loinc}
    scores = score_codes()
    for table in (scores.totals, scores.items):
        found |= {(loinc, code): ("score", name) for name, code in table.items()}
    return found
