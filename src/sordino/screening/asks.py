"""What stands in `asks.toml`: which key of a patient file answers which row of the evidence."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sordino.documents import read_document
from sordino.findings import Finding, reject
from sordino.library.evidence.parts import RowId, Size, Text
from sordino.library.evidence.reader import safety
from sordino.library.evidence.safety import (
    CirculationStudy,
    Contraindication,
    GuidelineRule,
    Interaction,
)
from sordino.library.parts import Part
from sordino.patient import Conditions, Examinations, Intake
from sordino.patient.history import DrugKind

PATH = Path(__file__).with_name("asks.toml")


class ConditionAsk(Part):
    """One condition of a contraindication, and the keys of `[conditions]` that answer it.

    `part` tells several conditions of one row apart; `says` and `action` replace those of the row
    where a row holds two statements.
    """

    row: RowId
    condition: Text
    part: str = ""
    says: str = ""
    keys: tuple[Text, ...] = ()
    also: tuple[Text, ...] = ()
    child_pugh: Literal["B", "C"] | None = None
    stop_bang_at_least: Size | None = None
    action: Literal["exclude", "caution"] | None = None

    @model_validator(mode="after")
    def _known(self) -> ConditionAsk:
        rows = [row for row in safety().contraindication if row.id == self.row]
        if not rows or self.condition not in rows[0].conditions:
            reject([Finding(("condition",), f"{self.row} has no {self.condition}")])
        reject(_unknown_keys("keys", (*self.keys, *self.also)))
        if not self.keys and self.child_pugh is None:
            reject([Finding(("keys",), "nothing answers this condition")])
        return self

    @property
    def evidence(self) -> Contraindication:
        """The row itself."""
        return next(row for row in safety().contraindication if row.id == self.row)


class PopulationAsk(Part):
    """Whom a statement of a guideline is about, and where the tests that it asks for stand."""

    row: RowId
    keys: Annotated[tuple[Text, ...], Field(min_length=1)]
    also: tuple[Text, ...] = ()
    tests: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> PopulationAsk:
        rows = [row for row in safety().guideline_rule if row.id == self.row]
        if not rows or set(rows[0].required_tests or ()) != set(self.tests):
            reject([Finding(("tests",), f"{self.row} asks for other tests")])
        reject(_unknown_keys("keys", (*self.keys, *self.also)))
        known = Examinations.model_fields
        reject(Finding(("tests",), f"no test {k}") for k in self.tests.values() if k not in known)
        return self

    @property
    def evidence(self) -> GuidelineRule:
        """The row itself."""
        return next(row for row in safety().guideline_rule if row.id == self.row)


class TakenAsk(Part):
    """How another drug is recognised: words in its name, its class, or a key of `[intake]`."""

    row: RowId
    names: tuple[Text, ...] = ()
    kinds: tuple[DrugKind, ...] = ()
    intake: tuple[Text, ...] = ()
    nasal: bool = False

    @model_validator(mode="after")
    def _known(self) -> TakenAsk:
        if self.row not in {row.id for row in _drug_rows()}:
            reject([Finding(("row",), f"no row {self.row}")])
        known = Intake.model_fields
        reject(Finding(("intake",), f"no key {key}") for key in self.intake if key not in known)
        return self

    @property
    def evidence(self) -> Interaction | CirculationStudy:
        """The row itself."""
        return next(row for row in _drug_rows() if row.id == self.row)


class Asks(Part):
    """The file as a whole."""

    schema_version: Literal[1] = Field(alias="schema")
    condition: Annotated[tuple[ConditionAsk, ...], Field(min_length=1)]
    population: Annotated[tuple[PopulationAsk, ...], Field(min_length=1)]
    taken: Annotated[tuple[TakenAsk, ...], Field(min_length=1)]


@functools.lru_cache(maxsize=1)
def asks() -> Asks:
    """The file, read once."""
    return Asks.model_validate(read_document(PATH))


def _drug_rows() -> tuple[Interaction | CirculationStudy, ...]:
    """Interactions, and studies of circulation that saw what another drug does."""
    return (*safety().interaction, *safety().circulation)


def _unknown_keys(field: str, keys: tuple[str, ...]) -> Iterator[Finding]:
    known = Conditions.model_fields
    return (Finding((field,), f"no condition {key}") for key in keys if key not in known)
