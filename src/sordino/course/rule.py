"""A rule that acts on how a course goes: when to stop, what dose, when the next session.

A closed form, not a language: each kind of rule has a few keys, and nothing else can be said.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, model_validator

from sordino.course.treatment import STRICT, Duration
from sordino.findings import Finding, quantity_text, reject, shown
from sordino.units import Kind, parse_quantity

RuleKind = Literal["stop", "doses", "raise", "lower", "next", "limits"]
Look = Literal["on", "until"]

DOSE_KINDS = (Kind.DOSE_PER_WEIGHT, Kind.DOSE)
Amount = Annotated[str, quantity_text(*DOSE_KINDS)]

TOLERATED = ("cadss", "systolic_rise", "systolic")
"""What a session did beside relief: what raising and lowering a dose look at."""
INTERVALS = ("min_interval", "max_interval", "within")

NEEDED: dict[str, tuple[str, ...]] = {
    "stop": ("sessions", "relief", "day"),
    "doses": ("steps",),
    "raise": (),
    "lower": (),
    "next": (),
    "limits": (),
}
USED: dict[str, tuple[str, ...]] = {
    "stop": ("sessions", "relief", "day", "look"),
    "doses": ("steps",),
    "raise": (*TOLERATED, "relief", "day", "look"),
    "lower": TOLERATED,
    "next": ("pain_above", "relief_below", "over"),
    "limits": (
        *("min_interval", "max_interval", "max_sessions", "max_dose"),
        *("max_cumulative_dose", "within"),
    ),
}
"""The keys of each kind of rule, and those that it cannot be without."""
SAID_OF_ALL = ("id", "kind", "source", "note")


def _name(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", value):
        allowed = "small letters, digits, - and _, up to 40 of them"
        reject([Finding((), f"{shown(value)} is no name for a rule", allowed)])
    return value


class Rule(BaseModel):
    """One rule of a course. Which keys go with which kind is in `USED`."""

    model_config = STRICT

    id: Annotated[str, AfterValidator(_name)] = Field(
        description="Name of the rule: small letters, digits, - and _.", examples=["stop-early"]
    )
    kind: RuleKind = Field(description="What the rule decides.")
    sessions: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="stop: how many sessions in a row brought too little."
    )
    relief: Annotated[float, Field(gt=0, le=100)] | None = Field(
        default=None, description="Percent less pain than before treatment."
    )
    day: Annotated[int, Field(ge=1, le=28)] | None = Field(
        default=None, description="Days after a session on which relief is looked at."
    )
    look: Look | None = Field(
        default=None,
        description='"on": the rating of that day; "until": the mean from the day after the '
        "session to that day. Absent: on.",
    )
    steps: (
        Annotated[tuple[Amount, ...], Field(strict=False, min_length=2, max_length=20)] | None
    ) = Field(default=None, description="doses: the doses to go along, ascending.")
    cadss: Annotated[float, Field(ge=0, le=92)] | None = Field(
        default=None, description="Largest CADSS total of a session; under it raise, above lower."
    )
    systolic_rise: Annotated[float, Field(gt=0, le=150)] | None = Field(
        default=None, description="Largest rise of systolic pressure in a session, mmHg."
    )
    systolic: Annotated[float, Field(ge=90, le=260)] | None = Field(
        default=None, description="Largest systolic pressure of a session, mmHg."
    )
    pain_above: Annotated[float, Field(ge=0, lt=10)] | None = Field(
        default=None, description="next: a session when pain, 0 to 10, is above this."
    )
    relief_below: Annotated[float, Field(gt=0, le=100)] | None = Field(
        default=None, description="next: a session when relief, percent, is below this."
    )
    over: Annotated[int, Field(ge=1, le=28)] | None = Field(
        default=None, description="next: the mean of so many days. Absent: 1."
    )
    min_interval: Duration | None = Field(
        default=None, description="limits: the least time between two sessions."
    )
    max_interval: Duration | None = Field(
        default=None, description="limits: a session is due at the latest after so long."
    )
    max_sessions: Annotated[int, Field(ge=1, le=100)] | None = Field(
        default=None, description="limits: how many sessions there may be."
    )
    max_dose: Amount | None = Field(default=None, description="limits: the largest single dose.")
    max_cumulative_dose: Amount | None = Field(
        default=None, description="limits: the largest sum of doses."
    )
    within: Duration | None = Field(
        default=None,
        description="limits: the time that max_cumulative_dose counts; absent: the whole course.",
    )
    source: Annotated[str, Field(max_length=1000)] | None = Field(
        default=None, description="Where the numbers are from; absent means assumed."
    )
    note: Annotated[str, Field(max_length=1000)] | None = Field(
        default=None, description="A remark for readers."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> Rule:
        reject([*_key_findings(self), *_choice_findings(self), *_interval_findings(self)])
        return self

    def days_of(self, key: str) -> float | None:
        """A length of time of this rule in days; nothing where it is absent."""
        text = getattr(self, key)
        return None if text is None else parse_quantity(text, Kind.TIME).value / 24.0


def _key_findings(rule: Rule) -> list[Finding]:
    """Keys of another kind of rule, and keys that this one lacks."""
    used = USED[rule.kind]
    stated = [k for k in Rule.model_fields if k not in SAID_OF_ALL and _stated(rule, k)]
    found = [
        Finding((key,), f"{key} does not go with a rule of kind {rule.kind}", ", ".join(used))
        for key in stated
        if key not in used
    ]
    missing = [key for key in NEEDED[rule.kind] if not _stated(rule, key)]
    return found + [Finding((key,), "this key is missing") for key in missing]


def _choice_findings(rule: Rule) -> list[Finding]:
    """Keys of which one or some must be there."""
    choices = {
        "raise": (TOLERATED, "at least one: a dose is not raised without looking at the last"),
        "lower": (TOLERATED, "at least one"),
        "limits": (USED["limits"][:-1], "at least one"),
        "next": (("pain_above", "relief_below"), "one of them"),
    }
    if rule.kind not in choices:
        return []
    keys, allowed = choices[rule.kind]
    there = [key for key in keys if _stated(rule, key)]
    if not there:
        return [Finding((), f"this rule says none of {', '.join(keys)}", allowed)]
    if rule.kind == "next" and len(there) == 2:
        what = "pain_above and relief_below are both given"
        return [Finding(("relief_below",), what, "one of them", "write a second rule")]
    if rule.kind == "raise" and (rule.relief is None) != (rule.day is None):
        key = "day" if rule.day is None else "relief"
        return [Finding((key,), "this key is missing", "relief and day together, or neither")]
    return []


def _interval_findings(rule: Rule) -> list[Finding]:
    """Times that are no times, and a window without a sum."""
    found = [
        Finding((key,), f"{getattr(rule, key)} is outside the allowed range", "1 to 366 days")
        for key in INTERVALS
        if (days := rule.days_of(key)) is not None and not 1.0 <= days <= 366.0
    ]
    found += [
        Finding((key,), "this is zero", "more than 0")
        for key in ("max_dose", "max_cumulative_dose")
        if (text := getattr(rule, key)) is not None and not parse_quantity(text, *DOSE_KINDS).exact
    ]
    if rule.within is not None and rule.max_cumulative_dose is None:
        found.append(Finding(("within",), "this goes with max_cumulative_dose only"))
    return found


def _stated(rule: Rule, key: str) -> bool:
    return getattr(rule, key) is not None
