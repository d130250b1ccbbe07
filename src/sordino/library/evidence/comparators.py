"""The form of `comparators.toml`: what other treatments, and placebo, do in fibromyalgia."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sordino.course.names import COMPARATORS
from sordino.findings import Finding, reject
from sordino.library.evidence.parts import (
    Certainty,
    Count,
    Finite,
    Part,
    Percent,
    Positive,
    Probability,
    Row,
    SideEffect,
    Size,
    Text,
    Time,
    Uncertain,
)

Kind = Literal["drug", "drug class", "not a drug", "ketamine", "placebo", "people", "guidance"]


class Relief(Part):
    """How many had relief: pain lower by at least `threshold_percent`.

    Percentages are of the people; counts are out of `drug_n` and `placebo_n`. `rr`, `odds`,
    `rd` are drug against placebo; `nnt` is how many are treated for one more responder.
    """

    threshold_percent: Percent | None = None
    definition: str = ""
    time: Time | None = None
    when: str = ""
    n: Size | None = None
    drug_percent: Percent | None = None
    placebo_percent: Percent | None = None
    drug_count: Count | None = None
    placebo_count: Count | None = None
    drug_n: Size | None = None
    placebo_n: Size | None = None
    placebo_percent_ci: tuple[Percent, Percent] | None = None
    rr: Uncertain | None = None
    odds: Uncertain | None = None
    rd: Uncertain | None = None
    nnt: Uncertain | None = None
    p: Probability | None = None
    p_below: Probability | None = None
    significant: bool | None = None

    @model_validator(mode="after")
    def _counts_fit(self) -> Relief:
        reject(_too_many(self, "drug"))
        reject(_too_many(self, "placebo"))
        return self


def _too_many(row: Part, arm: str) -> Iterator[Finding]:
    count, n = getattr(row, f"{arm}_count"), getattr(row, f"{arm}_n")
    if count is not None and (n is None or count > n):
        yield Finding((f"{arm}_count",), f"{count} of {n} cannot be")


class Effect(Uncertain):
    """A mean: in the drug arm, in the placebo arm, or drug minus placebo (`difference`).

    `of` says of what: a `change` from baseline (negative is better), the score at the `end`,
    the score at `baseline`, or a difference in units of its spread (`standardised`).
    """

    outcome: Text
    of: Literal["change", "end", "baseline", "standardised"]
    arm: Literal["drug", "placebo", "difference", "everybody"]
    scale: tuple[Finite, Finite] | None = None
    dose: str = ""
    n: Size | None = None
    when: str = ""
    p: Probability | None = None
    p_below: Probability | None = None
    certainty: Certainty | None = None
    note: str = ""


class Withdrawal(Part):
    """How many stopped, and why."""

    reason: Literal["side effects", "lack of effect", "any", "lost response"]
    drug_percent: Percent | None = None
    placebo_percent: Percent | None = None
    drug_count: Count | None = None
    placebo_count: Count | None = None
    drug_n: Size | None = None
    placebo_n: Size | None = None
    nnh: Uncertain | None = None
    population: str = ""

    @model_validator(mode="after")
    def _counts_fit(self) -> Withdrawal:
        reject(_too_many(self, "drug"))
        reject(_too_many(self, "placebo"))
        return self


class Onset(Part):
    """When something happens, as one time or between two, in the drug arm or on placebo."""

    what: Text
    arm: Literal["drug", "placebo"]
    time: Time | None = None
    between: tuple[Time, Time] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Onset:
        if (self.time is None) == (self.between is None):
            reject([Finding(("time",), "either time or between")])
        return self


class Comparator(Row):
    """One published result on a treatment.

    `treatment` is what the source calls it; `comparator` the name that a course file has for
    it, empty when it has none. Responders and effects are drug against placebo.
    """

    treatment: Text
    comparator: str = ""
    kind: Kind
    dose: str = ""
    population: str = ""
    design: str = ""
    duration: Time | None = None
    duration_between: tuple[Time, Time] | None = None
    duration_at_least: Time | None = None
    titration_between: tuple[Time, Time] | None = None
    n: Size | None = None
    n_drug: Size | None = None
    n_placebo: Size | None = None
    n_open_label: Size | None = None
    trials: Size | None = None
    age_mean: Positive | None = None
    women_percent: Percent | None = None
    relief: tuple[Relief, ...] = ()
    effect: tuple[Effect, ...] = ()
    withdrawal: tuple[Withdrawal, ...] = ()
    side_effect: tuple[SideEffect, ...] = ()
    onset: tuple[Onset, ...] = ()
    nnt: Uncertain | None = None
    nnh: Uncertain | None = None
    certainty: Certainty | None = None
    recommendation: str = ""
    findings: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _comparator_is_known(self) -> Comparator:
        if self.comparator and self.comparator not in COMPARATORS:
            reject([Finding(("comparator",), f"no course has {self.comparator}")])
        return self


class Comparators(Part):
    """The file as a whole."""

    schema_version: Literal[1] = Field(alias="schema")
    comparator: Annotated[tuple[Comparator, ...], Field(min_length=1)]
