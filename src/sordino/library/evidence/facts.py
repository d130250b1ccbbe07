"""The forms of `pharmacology.toml`, `effects.toml` and `claims.toml`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sordino.findings import Finding, reject
from sordino.library.evidence.parts import (
    Cite,
    Finite,
    Part,
    Positive,
    Probability,
    Row,
    RowId,
    Size,
    Text,
    Time,
)


class Number(Part):
    """One number with a name, or two ends of a range, and its error or spread.

    `sd`, `se` and the 95 percent interval are in the unit of the value; `omega2` is the variance
    between people of the logarithm; `n` counts people and `comparisons` comparisons.
    """

    name: Text
    value: Finite | None = None
    low: Finite | None = None
    high: Finite | None = None
    unit: Text
    sd: Positive | None = None
    se: Positive | None = None
    ci_low: Finite | None = None
    ci_high: Finite | None = None
    quartiles: tuple[Finite, Finite] | None = None
    ci90: tuple[Finite, Finite] | None = None
    n: Size | None = None
    comparisons: Size | None = None
    time: Time | None = None
    when: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _sound(self) -> Number:
        single, ends = self.value is not None, self.low is not None and self.high is not None
        if single == ends or (self.low is None) != (self.high is None):
            reject([Finding(("value",), f"{self.name} needs a value, or low and high")])
        around = [(self.ci_low, self.ci_high), self.quartiles, self.ci90, (self.low, self.high)]
        for low, high in (pair for pair in around if pair is not None):
            point = self.value if self.value is not None else low
            if point is None:
                continue
            if (low is not None and low > point) or (high is not None and high < point):
                reject([Finding(("value",), f"{self.name} is outside its own interval")])
        return self


class Fact(Row):
    """One fact about the drug or its receptor, as one number or several."""

    quantity: Text
    number: Annotated[tuple[Number, ...], Field(min_length=1)]
    derived: str = ""


class Bioavailability(Row):
    """What part of a dose by one route reaches the blood; a gap has no number."""

    route: Text
    drug: Literal["S", "racemic", "racemic enantiomers", "racemic, not confirmed", "any"]
    formulation: Text
    children: bool = False
    number: tuple[Number, ...] = ()

    @model_validator(mode="after")
    def _shares(self) -> Bioavailability:
        for entry in self.number:
            if entry.unit == "fraction" and not 0.0 < (entry.value or 0.0) <= 1.0:
                reject([Finding(("number",), f"{entry.name} is no fraction of a dose")])
        if not self.number and self.seen != ("not found",):
            reject([Finding(("number",), "only what was not found has no number")])
        return self


class Pharmacology(Part):
    """The file as a whole."""

    schema_version: Literal[1] = Field(alias="schema")
    fact: Annotated[tuple[Fact, ...], Field(min_length=1)]
    bioavailability: Annotated[tuple[Bioavailability, ...], Field(min_length=1)]


class LagReading(Part):
    """One way to read the slow half-time, and the part of the maximum effect it gives."""

    reading: Text
    end_of_100h: Probability
    after_1_week: Probability
    after_2_weeks: Probability
    after_4_weeks: Probability
    after_50_days: Probability
    after_12_weeks: Probability
    days_at_half: Positive | None = None
    maximum_nrs_if_all_respond: Positive
    maximum_nrs_if_excess_responds: Positive


class EffectSource(Row):
    """What was published on how an effect follows concentration or time.

    `published` numbers were printed by authors, `empirical` ones are time points without a
    model, `derived` ones are arithmetic on published numbers (`derivation`); a `gap` is
    something that nobody has published.
    """

    kind: Literal["published", "empirical", "derived", "gap"]
    title: Text
    data: str = ""
    analyte: str = ""
    structure: str = ""
    question: str = ""
    based_on: tuple[RowId, ...] = ()
    number: tuple[Number, ...] = ()
    reading: tuple[LagReading, ...] = ()
    derivation: str = ""
    conclusion: str = ""
    cautions: tuple[Text, ...] = ()
    findings: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _derived_says_how(self) -> EffectSource:
        if self.kind == "derived" and not (self.derivation and self.based_on):
            reject([Finding(("derivation",), f"{self.id} is derived and does not say how")])
        return self


class Effects(Part):
    """The file as a whole."""

    schema_version: Literal[1] = Field(alias="schema")
    effect: Annotated[tuple[EffectSource, ...], Field(min_length=1)]


class Claim(Part):
    """Something that is said about ketamine in fibromyalgia, and what stands behind it.

    `studies` are rows of `studies.toml`, `rows` rows of the other files; `compute` is what the
    model must show beside the evidence.
    """

    id: RowId
    says: Text
    verdict: Literal["supported", "partly", "not_shown", "against", "untested"]
    why: Text
    studies: tuple[RowId, ...] = ()
    rows: tuple[RowId, ...] = ()
    cites: tuple[Cite, ...] = ()
    compute: Text


class Claims(Part):
    """The file as a whole."""

    schema_version: Literal[1] = Field(alias="schema")
    claim: Annotated[tuple[Claim, ...], Field(min_length=1)]
