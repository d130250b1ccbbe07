"""Which evidence a comparator is drawn from (`profiles.toml`)."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sordino.course import COMPARATORS
from sordino.documents import read_document
from sordino.errors import UnknownName
from sordino.findings import Finding, reject
from sordino.library.evidence import Comparator, comparator, comparators
from sordino.library.evidence.comparators import Relief
from sordino.library.evidence.parts import Percent, Time, time_h
from sordino.library.parts import Part, Text

PROFILES_FILE = Path(__file__).parent / "profiles.toml"


def _check_rows(names: tuple[str, ...]) -> None:
    known = {row.id for row in comparators()}
    reject(Finding((), f"no result {name}") for name in names if name and name not in known)


class MeanUse(Part):
    """A row with a difference of mean pain; `dose` where it has several."""

    row: Text
    dose: str = ""


class ReliefUse(Part):
    """A row with responders in both arms at one threshold."""

    row: Text
    threshold_percent: Percent

    @property
    def result(self) -> Relief:
        """The responders themselves."""
        found = [
            r
            for r in comparator(self.row).relief
            if r.threshold_percent == self.threshold_percent and r.drug_percent is not None
        ]
        return found[0]

    @model_validator(mode="after")
    def _known(self) -> ReliefUse:
        _check_rows((self.row,))
        has = [r.threshold_percent for r in comparator(self.row).relief if r.drug_percent]
        if self.threshold_percent not in has:
            reject([Finding(("threshold_percent",), f"{self.row} has no such responders")])
        return self


class Onset(Part):
    """When nine tenths of the effect are there, as a range."""

    low: Time
    high: Time
    row: str = ""
    origin: Literal["derived", "assumed"]
    note: Text

    @property
    def days(self) -> tuple[float, float]:
        """The ends of the range in days."""
        return time_h(self.low) / 24.0, time_h(self.high) / 24.0

    @property
    def words(self) -> str:
        """The range as it is said."""
        low, high = self.days
        return f"{low:g} to {high:g} days"


class Profile(Part):
    """One comparator: rows for each thing that is shown of it.

    `says` are rows whose findings are told in words. `visits`: clinic visits that it needs.
    """

    name: Text
    title: Text
    visits: Literal["none", "unknown"]
    doses: Text
    mean: tuple[MeanUse, ...] = ()
    relief: tuple[ReliefUse, ...] = ()
    onset: Onset | None = None
    withdrawal: tuple[Text, ...] = ()
    side_effects: str = ""
    says: tuple[Text, ...] = ()
    note: str = ""

    @property
    def known(self) -> bool:
        """Whether there is anything to draw."""
        return bool(self.mean or self.relief or self.name == "placebo")

    @property
    def rows(self) -> tuple[Comparator, ...]:
        """Every row in use, once."""
        names = (
            *(m.row for m in self.mean),
            *(r.row for r in self.relief),
            *((self.onset.row,) if self.onset else ()),
            *self.withdrawal,
            self.side_effects,
            *self.says,
        )
        return tuple(comparator(name) for name in dict.fromkeys(names) if name)

    @model_validator(mode="after")
    def _sound(self) -> Profile:
        _check_rows((*self.withdrawal, self.side_effects, *self.says, *(m.row for m in self.mean)))
        if self.name not in COMPARATORS:
            reject([Finding(("name",), f"no course has {self.name}")])
        if self.known and self.onset is None:
            reject([Finding(("onset",), "what is drawn needs an onset")])
        return self


class Profiles(Part):
    """The file as a whole."""

    schema_version: Literal[1] = Field(alias="schema")
    profile: Annotated[tuple[Profile, ...], Field(min_length=1)]


@functools.lru_cache(maxsize=1)
def profiles() -> Mapping[str, Profile]:
    """Every comparator by its name, in the order of the file."""
    found = Profiles.model_validate(read_document(PROFILES_FILE)).profile
    return MappingProxyType({profile.name: profile for profile in found})


def profile(name: str) -> Profile:
    """One comparator by its name; raises `UnknownName` for another."""
    if name not in profiles():
        raise UnknownName("comparator", name, profiles())
    return profiles()[name]
