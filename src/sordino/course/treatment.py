"""One treatment of a course: what is given, how much of it, and on which schedule."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sordino.course.checks import comparator_findings, drug_findings
from sordino.course.names import (
    COMPARATORS,
    ROUTE_WORDS,
    ROUTES,
    DrugOrComparator,
    Route,
    Salt,
)
from sordino.course.schedule import schedule_findings
from sordino.findings import Finding, quantity_text, reject, shown
from sordino.units import Kind

MAX_SESSIONS = 1000
MAX_STEPS = 100

STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
RATE_KINDS = (Kind.RATE_PER_WEIGHT, Kind.RATE)

Duration = Annotated[str, quantity_text(Kind.TIME)]
Rate = Annotated[str, quantity_text(*RATE_KINDS)]


def _dose_text(value: object) -> object:
    """A dose must be text; whether it is a quantity depends on the drug."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        what = f"{value:g} has no unit"
        reject(
            [
                Finding(
                    (),
                    what,
                    "a number and a unit: mg/kg, ug/kg; mg, ug, g",
                    f'write "{value:g} mg/kg" or "{value:g} mg"',
                    unit=True,
                )
            ]
        )
    return value


def _route_name(value: object) -> object:
    """A route in other words is answered with its name: the nearest name would mislead."""
    word = value.lower().replace(".", "").strip() if isinstance(value, str) else ""
    name = ROUTE_WORDS.get(word)
    if name is not None:
        what = f"unknown route {shown(value)}"
        reject([Finding((), what, ", ".join(sorted(ROUTES)), f'write "{name}"')])
    return value


def _clock_text(value: object) -> object:
    """A clock time as ISO text; TOML's own dates with times are accepted too."""
    return value.isoformat(" ") if isinstance(value, datetime) else value


class Step(BaseModel):
    """One part of a stepped infusion, at a constant rate."""

    model_config = STRICT

    rate: Rate = Field(description="Infusion rate with its unit.", examples=["5 mg/h"])
    duration: Duration = Field(description="How long this step lasts.", examples=["8 h"])


class Treatment(BaseModel):
    """One drug by one route with one schedule, or one comparator."""

    model_config = STRICT

    drug: DrugOrComparator = Field(
        description="ketamine (the racemate), esketamine, or a comparator."
    )
    route: Annotated[Route | None, BeforeValidator(_route_name)] = Field(
        default=None, description="Needed for ketamine and esketamine."
    )
    dose: (
        Annotated[str, Field(min_length=1, max_length=100), BeforeValidator(_dose_text)] | None
    ) = Field(
        default=None,
        description="Amount per administration with its unit; free text for a comparator.",
        examples=["0.5 mg/kg", "84 mg"],
    )
    salt: Salt = Field(default="base", description="What the dose is weighed as.")
    duration: Duration | None = Field(
        default=None,
        description="Length of an infusion; leave out for a bolus, spray, lozenge or tablet.",
        examples=["40 min"],
    )
    rate: Rate | None = Field(
        default=None, description="Infusion rate with its unit.", examples=["0.35 mg/kg/h"]
    )
    steps: (
        Annotated[tuple[Step, ...], Field(strict=False, min_length=1, max_length=MAX_STEPS)] | None
    ) = Field(default=None, description="A stepped infusion, in place of dose and rate.")
    days: (
        Annotated[
            tuple[Annotated[float, Field(ge=0, le=366)], ...],
            Field(strict=False, min_length=1, max_length=MAX_SESSIONS),
        ]
        | None
    ) = Field(default=None, description="Days of the doses; fractions are allowed.")
    every: Duration | None = Field(default=None, description="Interval, together with times.")
    times: Annotated[int, Field(ge=1, le=MAX_SESSIONS)] | None = Field(
        default=None, description="Number of doses, together with every."
    )
    start: Duration | None = Field(
        default=None, description="When the first dose is given; absent means at once."
    )
    at: (
        Annotated[
            tuple[Annotated[str, BeforeValidator(_clock_text)], ...],
            Field(strict=False, min_length=1, max_length=MAX_SESSIONS),
        ]
        | None
    ) = Field(
        default=None, description="Clock times of the doses.", examples=[["2026-01-05 10:00"]]
    )
    absorption_rate: Annotated[str, quantity_text(Kind.FIRST_ORDER)] | None = Field(
        default=None, description="First-order absorption rate for im and sc.", examples=["3 1/h"]
    )
    absorption_half_life: Duration | None = Field(
        default=None, description="In place of absorption_rate: ln 2 divided by it."
    )
    bioavailability: Annotated[str, quantity_text(Kind.FRACTION)] | None = Field(
        default=None,
        description="Share of the dose that reaches the blood, for im and sc.",
        json_schema_extra={"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]},
    )
    allow_implausible: bool = Field(
        default=False, description="Accept an amount outside the plausible range, knowingly."
    )
    note: Annotated[str, Field(max_length=1000)] | None = Field(
        default=None, description="A remark for readers."
    )

    @property
    def is_comparator(self) -> bool:
        """Whether this is a comparator, which has no route and no concentration."""
        return self.drug in COMPARATORS

    @model_validator(mode="after")
    def _makes_sense(self) -> Treatment:
        findings = comparator_findings if self.is_comparator else drug_findings
        reject([*findings(self), *schedule_findings(self)])
        return self
