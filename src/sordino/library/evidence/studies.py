"""The form of `studies.toml`: one published study a row, its arms and what they showed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sordino.findings import Finding, quantity_text, reject
from sordino.library.evidence.observations import Observation
from sordino.library.evidence.parts import (
    Amount,
    Finite,
    Part,
    Percent,
    Positive,
    Row,
    SideEffect,
    Size,
    Text,
    Time,
)
from sordino.library.protocols import protocol_names
from sordino.units import Kind

Role = Literal["calibrate", "context", "sanity_check", "withheld"]
"""`calibrate` may enter a likelihood; `context` never does; `sanity_check` is compared and never
fitted, because it may share trials with `withheld` ones; of those only the reference is here."""

About = Literal["pain", "mood", "fatigue", "dissociation", "circulation", "liver", "drugs"]

Dose = Annotated[Text, quantity_text(Kind.DOSE, Kind.DOSE_PER_WEIGHT)]
Rate = Annotated[Text, quantity_text(Kind.RATE, Kind.RATE_PER_WEIGHT)]


class Given(Part):
    """One drug as an arm got it, in the words of a course file.

    What the source leaves open is missing. A range or a choice stands beside the key that it
    belongs to; a row with one cannot be turned into a course.
    """

    drug: Text
    route: Literal["iv", "im", "sc", "oral", "epidural"] | None = None
    dose: Dose | None = None
    rate: Rate | None = None
    duration: Time | None = None
    days: tuple[Finite, ...] | None = None
    start: Time | None = None
    dose_between: tuple[Amount, Amount] | None = None
    rate_between: tuple[Amount, Amount] | None = None
    duration_between: tuple[Time, Time] | None = None
    dose_among: tuple[Amount, ...] = ()
    target_ng_ml: tuple[Finite, ...] = ()
    """Plasma concentrations that a controlled infusion aims at, one after the other."""
    note: str = ""

    def as_treatment(self) -> dict[str, Any]:
        """The keys of a course's treatment table that the source gives."""
        keys = ("drug", "route", "dose", "rate", "duration", "days", "start")
        found = {key: getattr(self, key) for key in keys}
        return {key: value for key, value in found.items() if value is not None}


class Arm(Part):
    """One arm: who they are, what they got, and what of it nobody wrote down.

    `protocol` names the ready course of the library that encodes the arm, with what that
    course assumes; `unknown` is what keeps the row itself from being a course.
    """

    name: Text
    n: Size | None = None
    control: bool = False
    protocol: str = ""
    given: tuple[Given, ...] = ()
    unknown: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _protocol_is_there(self) -> Arm:
        if self.protocol and self.protocol not in protocol_names():
            reject([Finding(("protocol",), f"{self.protocol} is no ready course")])
        return self


class Numbers(Part):
    """How many: people, or studies where the row is a review."""

    randomised: Size | None = None
    analysed: Size | None = None
    total: Size | None = None
    planned: Size | None = None
    planned_per_cohort: Size | None = None
    patients: Size | None = None
    infusions: Size | None = None
    studies: Size | None = None
    reviews: Size | None = None
    trials: Size | None = None


class People(Part):
    """Who took part."""

    women: Size | None = None
    age_mean: Positive | None = None
    age_sd: Positive | None = None
    weight_mean_kg: Positive | None = None
    weight_sd_kg: Positive | None = None
    note: str = ""


class Titration(Part):
    """Rates of an infusion that was titrated for each patient, in mg/h for 70 kg."""

    start_mg_h_70kg: Positive
    range_mg_h_70kg: tuple[Positive, Positive]
    end_mean_mg_h_70kg: Positive
    end_spread_mg_h_70kg: Positive


class TestPerformance(Part):
    """How well the ketamine test told who would respond to the drug by mouth."""

    __test__ = False

    sensitivity_percent: Percent
    specificity_percent: Percent
    ppv_percent: Percent
    npv_percent: Percent
    pearson_r: Finite
    agreement_percent: Percent


class Study(Row):
    """One study, review or trial registration."""

    role: Role
    about: About
    condition: str = ""
    design: str = ""
    registry: str = ""
    status: str = ""
    results_available: bool = True
    may_include_withheld: bool = False
    size: Numbers = Numbers()
    people: People = People()
    sessions: Size | None = None
    schedule: str = ""
    follow_up_weeks: tuple[Finite, ...] = ()
    instruments: tuple[Text, ...] = ()
    arm: tuple[Arm, ...] = ()
    titration: Titration | None = None
    observation: tuple[Observation, ...] = ()
    test: TestPerformance | None = None
    side_effect: tuple[SideEffect, ...] = ()
    findings: tuple[Text, ...] = ()

    @property
    def arms(self) -> dict[str, Arm]:
        """Arms by name, in the order of the file."""
        return {arm.name: arm for arm in self.arm}

    @model_validator(mode="after")
    def _sound(self) -> Study:
        reject([*self._arms_known(), *self._withheld_is_empty()])
        return self

    def _arms_known(self) -> Iterator[Finding]:
        if len(self.arms) != len(self.arm):
            yield Finding(("arm",), "an arm name is used twice")
        named = [o.arm for o in self.observation] + [e.arm for e in self.side_effect]
        for o in self.observation:
            named += getattr(o, "between", None) or ()
        for name in sorted(set(named) - set(self.arms) - {""}):
            yield Finding(("observation",), f"{name} is no arm of {self.id}")

    def _withheld_is_empty(self) -> Iterator[Finding]:
        told = (self.arm, self.observation, self.side_effect, self.findings, self.notes)
        if (self.role == "withheld") != (self.seen == ("reference",)):
            yield Finding(("seen",), "of a withheld study, and of no other, only the reference")
        if self.role == "withheld" and any(told):
            yield Finding((), f"{self.id} is withheld and tells what it found")


class Studies(Part):
    """The file as a whole."""

    schema_version: Literal[1] = Field(alias="schema")
    study: Annotated[tuple[Study, ...], Field(min_length=1)]
