"""The patient document as a whole, and reading it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from sordino.documents import check_values, read_document
from sordino.findings import Finding, as_form, quantity_text, reject
from sordino.patient.history import (
    MAX_ENTRIES,
    Arrangements,
    Conditions,
    Drug,
    Examinations,
    Intake,
    Symptoms,
    Tried,
)
from sordino.units import Kind, parse_quantity

# Plausibility limits, assumed: wide enough for any adult, narrow enough to catch a wrong unit.
AGE_YEARS = (18.0, 120.0)
WEIGHT_KG = (20.0, 400.0)
HEIGHT_CM = (90.0, 250.0)
SYSTOLIC_MMHG = (60.0, 260.0)
DIASTOLIC_MMHG = (30.0, 160.0)


class Patient(BaseModel):
    """One adult: covariates for the models, pain before treatment, and what screening asks."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    title: Annotated[str, Field(max_length=200)] | None = Field(
        default=None, description="Name of this patient document."
    )
    id: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="Your own mark for this patient; no model uses it."
    )
    age: float | None = Field(
        default=None,
        description="Age in years.",
        json_schema_extra={"minimum": AGE_YEARS[0], "maximum": AGE_YEARS[1]},
    )
    sex: Literal["female", "male"] | None = Field(default=None, description="Sex.")
    weight: Annotated[str, quantity_text(Kind.WEIGHT)] | None = Field(
        default=None, description="Actual body weight with its unit.", examples=["70 kg", "154 lb"]
    )
    height: Annotated[str, quantity_text(Kind.LENGTH)] | None = Field(
        default=None, description="Height with its unit.", examples=["165 cm", "65 in"]
    )
    pain: Annotated[float, Field(ge=0, le=10)] | None = Field(
        default=None, description="Average pain of the last week, 0 to 10."
    )
    ancestry: Literal["japanese", "asian", "other"] | None = Field(
        default=None, description="Used by one nasal and oral model only; japanese implies asian."
    )
    baseline_sbp: Annotated[float, Field(ge=SYSTOLIC_MMHG[0], le=SYSTOLIC_MMHG[1])] | None = Field(
        default=None, description="Systolic blood pressure before treatment, mmHg."
    )
    baseline_dbp: Annotated[float, Field(ge=DIASTOLIC_MMHG[0], le=DIASTOLIC_MMHG[1])] | None = (
        Field(default=None, description="Diastolic blood pressure before treatment, mmHg.")
    )
    symptoms: Symptoms = Field(
        default=Symptoms(), description="What the criteria for fibromyalgia count."
    )
    conditions: Conditions = Field(
        default=Conditions(), description="What a guideline, a label or a trial asks about."
    )
    drug: Annotated[tuple[Drug, ...], Field(strict=False, max_length=MAX_ENTRIES)] | None = Field(
        default=None, description="All drugs that are taken now; empty: none."
    )
    intake: Intake = Field(default=Intake(), description="What people take and do not call a drug.")
    tried: Annotated[tuple[Tried, ...], Field(strict=False, max_length=MAX_ENTRIES)] | None = Field(
        default=None, description="All treatments of fibromyalgia so far; empty: none."
    )
    tests: Examinations = Field(
        default=Examinations(), description="Tests that a guideline asks for."
    )
    arrangements: Arrangements = Field(
        default=Arrangements(), description="How a session is going to be run."
    )

    @field_validator("age")
    @classmethod
    def _adult(cls, age: float | None) -> float | None:
        if age is not None and 0 <= age < AGE_YEARS[0]:
            reject([_outside("age", age, "18 to 120 years", "no model here covers children")])
        if age is not None and not 0 <= age <= AGE_YEARS[1]:
            reject([_outside("age", age, "18 to 120 years", "")])
        return age

    @field_validator("weight")
    @classmethod
    def _plausible_weight(cls, weight: str | None) -> str | None:
        if weight is not None:
            kg = parse_quantity(weight, Kind.WEIGHT).value
            if not WEIGHT_KG[0] <= kg <= WEIGHT_KG[1]:
                reject([_outside("weight", weight, "20 to 400 kg", "is the unit right?")])
        return weight

    @field_validator("height")
    @classmethod
    def _plausible_height(cls, height: str | None) -> str | None:
        if height is not None:
            cm = parse_quantity(height, Kind.LENGTH).value
            if not HEIGHT_CM[0] <= cm <= HEIGHT_CM[1]:
                reject([_outside("height", height, "90 to 250 cm", "is the unit right?")])
        return height

    @model_validator(mode="after")
    def _pressures_in_order(self) -> Patient:
        upper, lower = self.baseline_sbp, self.baseline_dbp
        if upper is not None and lower is not None and lower >= upper:
            what = f"the diastolic pressure {lower:g} is not below the systolic {upper:g}"
            reject([Finding(("baseline_dbp",), what)])
        return self

    @property
    def weight_kg(self) -> float | None:
        """Actual body weight in kg, when given."""
        return None if self.weight is None else parse_quantity(self.weight, Kind.WEIGHT).value

    @property
    def height_cm(self) -> float | None:
        """Height in cm, when given."""
        return None if self.height is None else parse_quantity(self.height, Kind.LENGTH).value

    def covariates(self) -> dict[str, float]:
        """The covariates that were given, and no others.

        Keys: age (years), weight (kg), height (cm), female (1 or 0), pain (0 to 10), asian and
        japanese (1 or 0).
        """
        values = {
            "age": self.age,
            "weight": self.weight_kg,
            "height": self.height_cm,
            "female": None if self.sex is None else float(self.sex == "female"),
            "pain": self.pain,
        }
        if self.ancestry is not None:
            values["asian"] = float(self.ancestry in ("asian", "japanese"))
            values["japanese"] = float(self.ancestry == "japanese")
        return {name: value for name, value in values.items() if value is not None}


def _outside(name: str, value: object, allowed: str, hint: str) -> Finding:
    return Finding((), f"{name} {value} is outside what is accepted", allowed, hint)


def load_patient(source: str | Path | Mapping[str, Any]) -> Patient:
    """Read a patient from a TOML or JSON file, or from a table of plain values.

    Raises DocumentError with all findings when the document cannot be used.
    """
    if isinstance(source, Mapping):
        name, data = "patient", dict(source)
        check_values(data, name)
    else:
        name, data = str(source), read_document(Path(source))
    return as_form(Patient, data, name, kind="patient")
