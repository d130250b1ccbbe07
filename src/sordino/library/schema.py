"""The form of a pharmacokinetic model file (`library/pk/*.toml`): one `PkModel`.

Unknown keys are refused. Formulas are kept as text and read by
`sordino.library.expressions`; what needs the whole model at once is checked by
`sordino.library.lint`. Write the JSON Schema anew with

    python -m sordino.library.schema src/sordino/schemas
"""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sordino.findings import Finding, reject
from sordino.library.checks import (
    COVARIATES,
    DOSE_NAME,
    USER_ROUTE_NAMES,
    AnalyteName,
    Check,
    EarlierDose,
    RouteName,
)
from sordino.library.parts import (
    Citation,
    Finite,
    Formula,
    Identifier,
    NotNegative,
    Origin,
    Parameter,
    Part,
    Source,
    SpreadKind,
    Text,
    Variability,
)

__all__ = [
    "COVARIATES",
    "DOSE_NAME",
    "USER_ROUTE_NAMES",
    "Adjustment",
    "Analyte",
    "AnalyteName",
    "Applicability",
    "Check",
    "Citation",
    "Compartment",
    "Covariance",
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
    "RouteName",
    "Share",
    "Source",
    "SpreadKind",
    "Variability",
    "json_schema",
    "write_json_schema",
]


class Applicability(Part):
    """The people and doses behind the model; outside them a result extrapolates."""

    population: Text
    age: tuple[Finite, Finite] | None = None
    weight: tuple[Finite, Finite] | None = None
    dose_mg: tuple[Finite, Finite] | None = None
    duration_min: tuple[Finite, Finite] | None = None
    routes: dict[str, str] = Field(default_factory=dict)


class Covariance(Part):
    """Covariance of the between-patient etas of two parameters, on the eta scale."""

    a: Identifier
    b: Identifier
    value: Finite
    source: Text
    place: str = ""


class Share(Part):
    """`parameter` is one estimate with `of`: it takes that eta, and that parameter draw."""

    parameter: Identifier
    of: Identifier
    source: Text
    place: str = ""


class Individual(Part):
    """How covariates change a parameter.

    Individual value = expression * exp(etas); for a parameter whose spread is on the
    logit scale, ilogit(logit(expression) + etas). `after` is applied to that value, and
    there the name of the parameter stands for it.
    """

    parameter: Identifier
    expression: Formula
    origin: Origin
    source: str = ""
    after: Formula | None = None
    note: str = ""


class Derived(Part):
    """A quantity computed from individual parameters, covariates and earlier ones."""

    name: Identifier
    expression: Formula
    unit: str = ""
    note: str = ""


class Compartment(Part):
    """A place that holds an amount, in mg of the substance of that compartment."""

    name: Identifier
    note: str = ""


class Flow(Part):
    """First-order transfer; without `to` it leaves the body.

    `rate` (1/time_unit) empties `start`; each mg that leaves gives `arrives` mg in `end`
    (a fraction formed times a ratio of molar masses).
    """

    start: Identifier = Field(alias="from")
    end: Identifier | None = Field(default=None, alias="to")
    rate: Formula
    arrives: Formula = "1"
    note: str = ""


class Residual(Part):
    """The error between a measured and a predicted concentration.

    `scale` says whether the numbers are standard deviations or variances. `additive` is
    in `unit`; `log` belongs to an additive error on the natural log. `variants` holds
    values that the source prints for other groups of studies, on the same scale.
    """

    kind: Literal["proportional", "additive", "combined", "log_additive"]
    scale: Literal["sd", "variance"]
    origin: Origin
    source: Text
    place: str = ""
    proportional: NotNegative | None = None
    additive: NotNegative | None = None
    log: NotNegative | None = None
    unit: str = ""
    variants: dict[str, float] = Field(default_factory=dict)
    note: str = ""

    def _sd(self, value: float | None) -> float:
        if value is None:
            return 0.0
        return math.sqrt(value) if self.scale == "variance" else value

    @property
    def proportional_sd(self) -> float:
        """Standard deviation as a fraction of the prediction; 0 when there is none."""
        return self._sd(self.proportional)

    @property
    def additive_sd(self) -> float:
        """Standard deviation in `unit`; 0 when there is none."""
        return self._sd(self.additive)

    @property
    def log_sd(self) -> float:
        """Standard deviation on the natural log; 0 when there is none."""
        return self._sd(self.log)

    @model_validator(mode="after")
    def _kind_has_its_numbers(self) -> Residual:
        needed = {
            "proportional": {"proportional"},
            "additive": {"additive"},
            "combined": {"proportional", "additive"},
            "log_additive": {"log"},
        }[self.kind]
        given = {n for n in ("proportional", "additive", "log") if getattr(self, n) is not None}
        if given != needed:
            numbers = ", ".join(sorted(needed))
            reject([Finding((), f"the numbers do not fit kind {self.kind!r}", f"only {numbers}")])
        if self.additive is not None and not self.unit:
            reject([Finding((), "an additive error needs a unit")])
        return self


class Analyte(Part):
    """What is measured: the amount in `compartment` over `volume` (L)."""

    name: AnalyteName
    compartment: Identifier
    volume: Formula
    molar_mass: Formula
    residual: Residual | None = None
    note: str = ""


class RouteInput(Part):
    """One input of a route: `fraction` times the dose enters `to`.

    `direct` is an amount at once, or the infusion that the course gives. `zero_order`
    spreads it evenly over `duration` (time_unit).
    """

    to: Identifier
    kind: Literal["direct", "zero_order"]
    fraction: Formula = "1"
    duration: Formula | None = None

    @model_validator(mode="after")
    def _duration_fits_kind(self) -> RouteInput:
        if (self.kind == "zero_order") != (self.duration is not None):
            reject([Finding((), "a zero_order input needs a duration, a direct input has none")])
        return self


class Route(Part):
    """How a dose enters the model. Every input sees the whole dose."""

    name: RouteName
    inputs: Annotated[tuple[RouteInput, ...], Field(min_length=1)]
    origin: Origin = "estimated"
    note: str = ""


class Adjustment(Part):
    """A parameter that differs in the other enantiomer; applied to the individual value."""

    parameter: Identifier
    expression: Formula


class Moiety(Part):
    """The other enantiomer, described by what differs from the measured one."""

    name: Literal["R", "S"]
    adjust: Annotated[tuple[Adjustment, ...], Field(min_length=1)]
    origin: Origin
    source: Text
    note: str = ""


class PkModel(Part):
    """One published pharmacokinetic model, as a linear graph of compartments.

    Order of evaluation for one person: typical values, `individual` formulas, etas,
    `after` formulas, the adjustments of a moiety, `derived`, then rates, volumes and
    routes. Amounts are mg, volumes L, times `time_unit`.
    """

    schema_version: Literal[1] = Field(alias="schema")
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    kind: Literal["pk"]
    drug: Literal["esketamine", "ketamine"]
    measured: Literal["enantiomer", "total"]
    completeness: Literal["full", "typical"]
    verification: Text
    adult: bool
    sampling: Literal["arterial", "venous", "unknown"]
    sampling_verified: bool
    time_unit: Literal["h", "min"]
    dose_basis: Text
    structure: Text
    cautions: tuple[Text, ...] = ()
    not_seen: tuple[Text, ...] = ()
    checks_note: str = ""
    applicability: Applicability
    citation: Citation
    sources: dict[str, Source]
    parameter: Annotated[tuple[Parameter, ...], Field(min_length=1)]
    covariance: tuple[Covariance, ...] = ()
    share: tuple[Share, ...] = ()
    individual: tuple[Individual, ...] = ()
    derived: tuple[Derived, ...] = ()
    compartment: Annotated[tuple[Compartment, ...], Field(min_length=1)]
    flow: Annotated[tuple[Flow, ...], Field(min_length=1)]
    analyte: Annotated[tuple[Analyte, ...], Field(min_length=1)]
    route: Annotated[tuple[Route, ...], Field(min_length=1)]
    moiety: tuple[Moiety, ...] = ()
    check: tuple[Check, ...] = ()

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
    def digest(self) -> str:
        """SHA-256 of the content; layout and comments of the file do not count."""
        text = json.dumps(self.model_dump(mode="json", by_alias=True), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


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
