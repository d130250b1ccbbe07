"""What stands in the files of this folder: which evidence is used for what."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sordino.course import ROUTES
from sordino.documents import read_document
from sordino.findings import Finding, reject
from sordino.library.evidence import safety
from sordino.library.evidence.safety import LongTermHarm, SideEffectStudy
from sordino.library.parts import Part, Positive, Text
from sordino.library.reader import load_pk_model

FOLDER = Path(__file__).parent

Event = Literal[
    "nausea", "dizziness", "sedation", "headache", "vomiting", "hallucination", "dissociation"
]
Quantity = Literal[
    "infused_h_in_30_days", "longest_infusion_h", "sessions", "span_days", "home_days"
]


class ProxyUse(Part):
    """One row of side effects, the routes it stands for, and over how many sessions it counted.

    `events`: our name of an event, and the one that the row has for it.
    """

    routes: Annotated[tuple[Text, ...], Field(min_length=1)]
    row: Text
    sessions: tuple[Positive, Positive]
    note: Text
    events: dict[Event, Text]

    @model_validator(mode="after")
    def _known(self) -> ProxyUse:
        reject(Finding(("routes",), f"no route {r}") for r in self.routes if r not in ROUTES)
        found = [row for row in safety().side_effects if row.id == self.row]
        if not found:
            reject([Finding(("row",), f"no side effects {self.row}")])
        known = {effect.event for effect in found[0].effect}
        reject(
            Finding(("events",), f"{self.row} has no {name}")
            for name in self.events.values()
            if name not in known
        )
        return self

    @property
    def study(self) -> SideEffectStudy:
        """The row itself."""
        return next(row for row in safety().side_effects if row.id == self.row)


class ExposureLimit(Part):
    """From which exposure on a harm of long use is close to a course.

    Where a row saw `no harm`, from which exposure on nobody has looked.
    """

    row: Text
    seen: Literal["harm", "no harm"] = "harm"
    quantity: Quantity
    at_least: Positive
    unit: Text
    origin: Literal["derived", "assumed"]
    note: Text

    @model_validator(mode="after")
    def _known(self) -> ExposureLimit:
        if self.row not in {row.id for row in safety().long_term}:
            reject([Finding(("row",), f"no long-term harm {self.row}")])
        return self

    @property
    def harm(self) -> LongTermHarm:
        """The row itself."""
        return next(row for row in safety().long_term if row.id == self.row)


class Elimination(Part):
    """The parameters of a drug model that are the elimination of ketamine."""

    id: Text
    parameters: Annotated[tuple[Text, ...], Field(min_length=1)]
    note: Text

    @model_validator(mode="after")
    def _known(self) -> Elimination:
        known = load_pk_model(self.id).parameters
        reject(
            Finding(("parameters",), f"{self.id} has no {name}")
            for name in self.parameters
            if name not in known
        )
        return self


class Eliminations(Part):
    """elimination.toml as a whole."""

    schema_version: Literal[1] = Field(alias="schema")
    model: Annotated[tuple[Elimination, ...], Field(min_length=1)]


class Proxies(Part):
    """proxies.toml as a whole."""

    schema_version: Literal[1] = Field(alias="schema")
    use: Annotated[tuple[ProxyUse, ...], Field(min_length=1)]


class Limits(Part):
    """limits.toml as a whole."""

    schema_version: Literal[1] = Field(alias="schema")
    limit: Annotated[tuple[ExposureLimit, ...], Field(min_length=1)]


@functools.lru_cache(maxsize=1)
def proxies() -> tuple[ProxyUse, ...]:
    """Which row stands for which side effect."""
    return Proxies.model_validate(read_document(FOLDER / "proxies.toml")).use


@functools.lru_cache(maxsize=1)
def eliminations() -> dict[str, tuple[str, ...]]:
    """The parameters that are the elimination of ketamine, by drug model."""
    found = Eliminations.model_validate(read_document(FOLDER / "elimination.toml")).model
    return {entry.id: entry.parameters for entry in found}


@functools.lru_cache(maxsize=1)
def exposure_limits() -> tuple[ExposureLimit, ...]:
    """From which exposure on long-term harms are flagged."""
    return Limits.model_validate(read_document(FOLDER / "limits.toml")).limit
