"""Published numbers that a model must reproduce, and the names a model may speak of."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sordino.findings import Finding, reject
from sordino.library.parts import (
    Finite,
    Formula,
    Identifier,
    NotNegative,
    Part,
    Positive,
    Text,
)

COVARIATES: dict[str, str] = {
    "weight": "kg",
    "age": "years",
    "height": "cm",
    "female": "0 or 1",
    "asian": "0 or 1",
    "japanese": "0 or 1; a Japanese person is also asian = 1",
}
"""Names of a person that a formula of any model may use, with their units."""

TYPICAL_PERSON: dict[str, float] = {
    "weight": 70.0,
    "age": 40.0,
    "height": 170.0,
    "female": 0.0,
    "asian": 0.0,
    "japanese": 0.0,
}
"""The person for whom the formulas of a file are tried out, unless the file says otherwise."""

USER_ROUTE_NAMES: dict[str, str] = {
    "ka_user": "first-order absorption rate constant given by the course, per time_unit",
    "f_user": "fraction of the dose that reaches the circulation, given by the course",
}
"""Names that only the `depot` route (intramuscular, subcutaneous) may use."""

DOSE_NAME = "dose"
"""Name for the mg of base in one administration; only routes and checks may use it."""


class EarlierDose(Part):
    """A dose given `minutes_before` the dose of a check, as in the study it comes from."""

    route: Identifier
    dose_mg: Positive
    minutes_before: Positive
    duration_min: NotNegative = 0.0


class Check(Part):
    """A published number that the typical patient of the model must reproduce.

    kind            value
    parameter       `expression` over individual parameters, derived ones and `dose`
    concentration   `analyte` at `time_min` after the start of the dose, ng/mL
    peak            largest `analyte` concentration after the dose, ng/mL
    auc_inf         area under the `analyte` curve to infinity, ng*h/mL

    `route` and `analyte` are the first ones of the model when not named. `covariates` holds
    what the person has beside `weight`, `age`, `asian` and `japanese`.

    The model passes between `low` and `high`, or within `tolerance_percent` of `value`.
    A number that the model is known to miss says why in `known_miss` and what the model
    gives instead in `known_value`.
    """

    name: Text
    kind: Literal["parameter", "concentration", "peak", "auc_inf"]
    place: str = ""
    source: str = ""
    value: Finite
    unit: str
    low: Finite | None = None
    high: Finite | None = None
    tolerance_percent: Positive | None = None
    tolerance_reason: str = ""
    known_miss: str = ""
    known_value: Finite | None = None
    expression: Formula | None = None
    route: str = ""
    analyte: str = ""
    dose_mg: Positive | None = None
    dose_mg_per_kg: Positive | None = None
    duration_min: NotNegative = 0.0
    earlier: tuple[EarlierDose, ...] = ()
    time_min: NotNegative | None = None
    weight: Positive = 70.0
    age: Positive = 40.0
    asian: Literal[0, 1] = 0
    japanese: Literal[0, 1] = 0
    others: dict[str, Finite] = Field(default_factory=dict, alias="covariates")

    @property
    def bounds(self) -> tuple[float, float]:
        """Lowest and highest value that passes, in the unit of the check."""
        if self.low is not None and self.high is not None:
            return self.low, self.high
        spread = abs(self.value) * (self.tolerance_percent or 0.0) / 100.0
        return self.value - spread, self.value + spread

    @property
    def covariates(self) -> dict[str, float]:
        """The person of the check, with every name of `COVARIATES`."""
        return {
            **TYPICAL_PERSON,
            "weight": self.weight,
            "age": self.age,
            "asian": float(self.asian),
            "japanese": float(self.japanese),
            **self.others,
        }

    @property
    def dose(self) -> float | None:
        """Dose in mg of base; None when the check has no dose."""
        if self.dose_mg_per_kg is not None:
            return self.dose_mg_per_kg * self.weight
        return self.dose_mg

    @model_validator(mode="after")
    def _kind_has_its_fields(self) -> Check:
        found: list[str] = []
        if (self.kind == "parameter") != (self.expression is not None):
            found.append("kind 'parameter', and no other, has an expression")
        if self.kind != "parameter" and (self.dose_mg is None) == (self.dose_mg_per_kg is None):
            found.append("give either dose_mg or dose_mg_per_kg")
        if (self.kind == "concentration") != (self.time_min is not None):
            found.append("kind 'concentration', and no other, has time_min")
        if (self.low is None) != (self.high is None):
            found.append("give both low and high")
        if (self.low is None) == (self.tolerance_percent is None):
            found.append("give either low and high, or tolerance_percent")
        if bool(self.known_miss) != (self.known_value is not None):
            found.append("known_miss and known_value go together")
        reject(Finding((), what) for what in found)
        return self
