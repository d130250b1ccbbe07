"""What a study saw, each kind of number in a form of its own.

`kind` tells them apart: `responders` counts people, `mean` is a mean over people, `share` a
percentage, `range` two ends, `median` a median, `contrast` compares two arms, and `words` is
what a source says without a number.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, model_validator

from sordino.findings import Finding, reject
from sordino.library.evidence.parts import (
    Certainty,
    Count,
    Finite,
    Part,
    Percent,
    Positive,
    Probability,
    Size,
    Text,
    Time,
    Uncertain,
    time_h,
)

Since = Literal[
    "infusion_start",
    "infusion_end",
    "bolus_end",
    "first_infusion",
    "last_infusion",
    "treatment_start",
    "course_end",
    "oral_start",
    "baseline",
    "around_infusion",
    "after_treatment",
    "ambiguous",
    "not_stated",
]
"""What a time is counted from. `ambiguous`: the source prints a time whose origin is unclear;
`baseline`: before treatment where there is no time, from then on where there is one."""


class Observed(Part):
    """What all kinds share.

    `outcome` names what was looked at, `scale` the ends of its scale, `unit` its unit. `time`
    counts from `since`; `when` is a time that the source gives only in words. `period` is the
    period of a crossover.
    """

    arm: str = ""
    outcome: Text
    scale: tuple[Finite, Finite] | None = None
    unit: str = ""
    time: Time | None = None
    since: Since = "not_stated"
    when: str = ""
    period: int | None = None
    n: Size | None = None
    certainty: Certainty | None = None
    note: str = ""

    @property
    def time_h(self) -> float | None:
        """The time in hours from `since`; None when there is none."""
        return None if self.time is None else time_h(self.time)


class Responders(Observed):
    """People who had the outcome: `responders` out of `n`.

    For pain relief, the pain fell by more than `threshold_percent`, or by at least that much
    where `at_least` is true.
    """

    kind: Literal["responders"]
    n: Size | None = Field(...)
    responders: Count
    threshold_percent: Percent | None = None
    at_least: bool = False

    @model_validator(mode="after")
    def _not_more_than_all(self) -> Responders:
        if self.n is None or self.responders > self.n:
            reject([Finding(("responders",), f"{self.responders} of {self.n} cannot be")])
        return self


class Mean(Observed, Uncertain):
    """A mean over people: of a `score`, of its `change`, of its `percent_change` or other.

    `spread` is a number that the source prints behind a plus-minus sign and does not name;
    `spread_is` says what it must be.
    """

    kind: Literal["mean"]
    of: Literal["score", "change", "percent_change", "area_under_curve", "drop", "duration"]
    spread: Positive | None = None
    spread_is: str = ""
    t_statistic: Finite | None = None


class Share(Observed):
    """A percentage of the people, or of the sessions, that had the outcome."""

    kind: Literal["share"]
    of: Literal["people", "sessions"]
    percent: Percent


class Range(Observed):
    """Two ends; with `count`, the number of people (of `n`) who lay between them."""

    kind: Literal["range"]
    low: Finite
    high: Finite
    count: Count | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if self.low > self.high:
            reject([Finding(("low",), f"{self.low:g} is above {self.high:g}")])
        if self.count is not None and (self.n is None or self.count > self.n):
            reject([Finding(("count",), "a count needs an n that is not below it")])
        return self


class Median(Observed):
    """A median with its quartiles."""

    kind: Literal["median"]
    value: Finite
    quartile_low: Finite
    quartile_high: Finite

    @model_validator(mode="after")
    def _ordered(self) -> Median:
        if not self.quartile_low <= self.value <= self.quartile_high:
            reject([Finding(("value",), "the median is outside its quartiles")])
        return self


class Contrast(Observed):
    """Two arms against each other, the first of `between` minus (or over) the second.

    `of` says what the value is; a row without a value holds only how likely chance was.
    """

    kind: Literal["contrast"]
    of: Literal["mean_difference", "risk_ratio", "standardised_difference"]
    between: tuple[Text, Text] | None = None
    value: Finite | None = None
    ci_low: Finite | None = None
    ci_high: Finite | None = None
    p: Probability | None = None
    p_below: Probability | None = None

    @model_validator(mode="after")
    def _interval_holds_value(self) -> Contrast:
        ends = (self.ci_low, self.ci_high)
        if self.value is None:
            if ends != (None, None):
                reject([Finding(("value",), "an interval needs its value")])
            return self
        low, high = ends
        if (low is not None and low > self.value) or (high is not None and high < self.value):
            reject([Finding(("value",), f"{self.value:g} is outside its own interval")])
        return self


class Words(Observed):
    """What a source says about the outcome without a number."""

    kind: Literal["words"]
    note: Text = Field(...)


Observation = Annotated[
    Responders | Mean | Share | Range | Median | Contrast | Words, Discriminator("kind")
]
