"""The form of a pharmacokinetic model file: one `PkModel`.

Unknown keys are refused. Formulas are kept as text and read by
`sordino.library.expressions`; what needs the whole model at once is checked by
`sordino.library.lint`. Write the JSON Schema anew with

    python -m sordino.library.schema src/sordino/schemas
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import Field, model_validator

from sordino.library.checks import (
    COVARIATES,
    DOSE_NAME,
    TYPICAL_PERSON,
    USER_ROUTE_NAMES,
    Check,
    EarlierDose,
)
from sordino.library.expressions import parse_expression
from sordino.library.graph import Analyte, Compartment, Flow, Residual, Route, RouteInput
from sordino.library.parts import (
    Citation,
    Finite,
    Formula,
    Identifier,
    Origin,
    Parameter,
    Part,
    Source,
    SpreadKind,
    Text,
    Variability,
)
from sordino.library.persons import (
    Adjustment,
    Covariance,
    Covariate,
    Derived,
    Individual,
    Moiety,
    Share,
)

__all__ = [
    "COVARIATES",
    "DOSE_NAME",
    "TYPICAL_PERSON",
    "USER_ROUTE_NAMES",
    "Adjustment",
    "Analyte",
    "Applicability",
    "Check",
    "Citation",
    "Compartment",
    "Covariance",
    "Covariate",
    "Derived",
    "EarlierDose",
    "Flow",
    "Individual",
    "Moiety",
    "Origin",
    "Parameter",
    "Part",
    "PkModel",
    "Residual",
    "Route",
    "RouteInput",
    "Share",
    "Source",
    "SpreadKind",
    "Variability",
    "json_schema",
    "write_json_schema",
]

Entries = tuple[dict[str, Any], ...]


class Applicability(Part):
    """The people and doses behind the model; outside them a result extrapolates."""

    population: Text = "not stated"
    age: tuple[Finite, Finite] | None = None
    weight: tuple[Finite, Finite] | None = None
    dose_mg: tuple[Finite, Finite] | None = None
    duration_min: tuple[Finite, Finite] | None = None
    routes: dict[str, str] = Field(default_factory=dict)


class PkModel(Part):
    """One pharmacokinetic model, as a graph of compartments.

    Order of evaluation for one person: typical values, `individual` formulas, etas,
    `after` formulas, the adjustments of a moiety, `derived`, then rates, volumes and
    routes. Amounts are mg, volumes L, times `time_unit`. Compartments are numbered from 1
    in the order of the file. `structure` names a ready structure, whose parts the reader has
    put in; `dynamics` a vector field that replaces the flows.
    """

    schema_version: Literal[1] = Field(alias="schema")
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str = ""
    kind: Literal["pk"] = "pk"
    structure: str = ""
    dynamics: str = ""
    drug: Identifier = "drug"
    measured: Literal["enantiomer", "total"] = "total"
    completeness: Literal["full", "typical"] = "typical"
    verification: Text = "not stated"
    adult: bool = True
    sampling: Literal["arterial", "venous", "unknown"] = "unknown"
    sampling_verified: bool = False
    time_unit: Literal["h", "min"] = "h"
    dose_basis: Text = "not stated"
    description: str = ""
    first_dose: Identifier | None = Field(default=None, alias="default_dose")
    first_observation: Identifier | None = Field(default=None, alias="default_observation")
    cautions: tuple[Text, ...] = ()
    not_seen: tuple[Text, ...] = ()
    checks_note: str = ""
    applicability: Applicability = Applicability()
    citation: Citation = Citation()
    sources: dict[str, Source] = Field(default_factory=dict)
    covariate: tuple[Covariate, ...] = ()
    parameter: Annotated[tuple[Parameter, ...], Field(min_length=1)]
    covariance: tuple[Covariance, ...] = ()
    share: tuple[Share, ...] = ()
    individual: tuple[Individual, ...] = ()
    derived: tuple[Derived, ...] = ()
    compartment: tuple[Compartment, ...] = ()
    flow: tuple[Flow, ...] = ()
    analyte: tuple[Analyte, ...] = ()
    route: tuple[Route, ...] = ()
    moiety: tuple[Moiety, ...] = ()
    check: tuple[Check, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _fill_from_the_rest(cls, data: Any) -> Any:
        """What a file leaves out and its other entries tell."""
        if not isinstance(data, dict):
            return data
        table = dict(cast("dict[str, Any]", data))
        if any("iiv" in entry for entry in _entries(table, "parameter")):
            table.setdefault("completeness", "full")
        first = {
            kind: next((e.get("name", "") for e in _entries(table, kind)), "")
            for kind in ("route", "analyte")
        }
        checks = table.get("check")
        if isinstance(checks, list | tuple):
            table["check"] = [
                {**first, **cast("dict[str, Any]", check)} if isinstance(check, dict) else check
                for check in cast("list[Any]", checks)
            ]
        return table

    @property
    def parameters(self) -> dict[str, Parameter]:
        """Parameters by name, in the order of the file."""
        return {parameter.name: parameter for parameter in self.parameter}

    @property
    def routes(self) -> dict[str, Route]:
        """Routes by name, in the order of the file."""
        return {route.name: route for route in self.route}

    @property
    def analytes(self) -> dict[str, Analyte]:
        """Analytes by name, in the order of the file."""
        return {analyte.name: analyte for analyte in self.analyte}

    @property
    def compartments(self) -> dict[str, Compartment]:
        """Compartments by name, in the order of their numbers, which start at 1."""
        return {compartment.name: compartment for compartment in self.compartment}

    @property
    def default_dose(self) -> str:
        """The compartment of a dose that names none: the first one that a route leads into."""
        if self.first_dose is not None:
            return self.first_dose
        return self.route[0].inputs[0].to if self.route else self.compartment[0].name

    @property
    def default_observation(self) -> str:
        """The analyte of an observation that names none: the first one."""
        return self.first_observation or self.analyte[0].name

    @property
    def is_linear(self) -> bool:
        """Whether the model is a rate matrix, for which doses superpose."""
        return not self.dynamics and not any(flow.saturable for flow in self.flow)

    @property
    def time_units_per_hour(self) -> float:
        """How many of the model's units of time an hour has."""
        return 60.0 if self.time_unit == "min" else 1.0

    @property
    def known_covariates(self) -> dict[str, float]:
        """Every covariate that a formula may use, with its value in the typical person."""
        return {**TYPICAL_PERSON, **{entry.name: entry.typical for entry in self.covariate}}

    @cached_property
    def covariate_names(self) -> tuple[str, ...]:
        """The covariates that the formulas use; a vector field may use all that are declared."""
        used = {entry.name for entry in self.covariate} if self.dynamics else set[str]()
        for text in self._formulas():
            used |= parse_expression(text).names
        return tuple(name for name in self.known_covariates if name in used)

    @property
    def typical_covariates(self) -> dict[str, float]:
        """The covariates that the formulas use, with their values in the typical person."""
        return {name: self.known_covariates[name] for name in self.covariate_names}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content; layout and comments of the file do not count."""
        text = json.dumps(self.model_dump(mode="json", by_alias=True), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _formulas(self) -> Iterator[Formula]:
        """Every formula that a prediction may need."""
        for c in self.compartment:
            yield from _given(c.bioavailability, c.lag, c.infusion_rate, c.infusion_duration)
        for f in self.flow:
            yield from _given(f.rate, f.vmax, f.km, f.volume, f.arrives)
        for entry in (i for route in self.route for i in route.inputs):
            yield from _given(entry.fraction, entry.lag, entry.duration)
        yield from (analyte.volume for analyte in self.analyte)
        yield from (derived.expression for derived in self.derived)
        yield from (change.expression for m in self.moiety for change in m.adjust)
        for rule in self.individual:
            yield from _given(rule.expression, rule.after)


def _given(*texts: str | None) -> Iterator[str]:
    return (text for text in texts if text is not None)


def _entries(table: dict[str, Any], kind: str) -> Entries:
    """The entries of one kind in a file as written, without those that are no tables."""
    found = table.get(kind)
    if not isinstance(found, list | tuple):
        return ()
    listed = cast("list[Any]", found)
    return tuple(cast("dict[str, Any]", entry) for entry in listed if isinstance(entry, dict))


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a pharmacokinetic model file."""
    schema = PkModel.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def write_json_schema(folder: Path) -> Path:
    """Write `pk-model.schema.json` into `folder` and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "pk-model.schema.json"
    path.write_text(json.dumps(json_schema(), indent=2, sort_keys=True) + "\n")
    return path


if __name__ == "__main__":
    import sys

    write_json_schema(Path(sys.argv[1]))
