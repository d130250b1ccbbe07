"""The form of `instruments.toml`: how questionnaires are scored. No question is quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sordino.findings import Finding, reject
from sordino.library.evidence.facts import Number
from sordino.library.evidence.parts import Cite, Finite, Part, Positive, Row, RowId, Size, Text

Pair = tuple[Finite, Finite]


class Band(Part):
    """A range of scores with a name. An `_exclusive` end is not part of it."""

    label: Text
    low: Finite | None = None
    low_exclusive: Finite | None = None
    high: Finite | None = None
    high_exclusive: Finite | None = None


class Bands(Part):
    """Bands that belong together, in ascending order; `of` says what they divide."""

    name: Text
    of: Literal["score", "percent decrease", "points decrease", "level"]
    preferred: bool = False
    band: Annotated[tuple[Band, ...], Field(min_length=1)]
    cites: tuple[Cite, ...] = ()
    read_at: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _ascending(self) -> Bands:
        ends = [_lower(band) for band in self.band]
        if ends not in (sorted(ends), sorted(ends, reverse=True)):
            reject([Finding(("band",), f"the bands {self.name} are not in order")])
        return self


def _lower(band: Band) -> float:
    found = band.low if band.low is not None else band.low_exclusive
    return float("-inf") if found is None else found


class Slot(Part):
    """Items that belong together, by what they ask about and not by their wording."""

    name: Text
    items: Annotated[tuple[Text, ...], Field(min_length=1)]
    range: Pair | None = None
    recall: str = ""


class Domain(Part):
    """A part of a questionnaire: the sum of its items is divided by `divisor`."""

    id: RowId
    items: Size
    divisor: Positive
    max_weighted: Positive


class Subscale(Part):
    """Subscales of one form: their names, items and range."""

    names: tuple[Text, ...]
    items_each: Size | None = None
    range: Pair | None = None
    score: str = ""


class Criterion(Part):
    """Counts of painful areas and severity that meet the criteria together."""

    wpi_low: Finite
    wpi_high: Finite
    sss_low: Finite


class Diagnosis(Part):
    """When a diagnosis is made; one of `any_of` is enough."""

    any_of: tuple[Criterion, ...] = ()
    regions_at_least: Size | None = None
    regions_of: Size | None = None
    sites_at_least: Size | None = None
    sites_of: Size | None = None
    requires: str = ""
    months_at_least: Size
    other_diagnosis_excludes: bool | None = None


class Instrument(Row):
    """One questionnaire or measure: its ranges and how it is scored.

    `ships_item_text = false`: the wording has an owner, and only scoring rules and slots for
    items may be in this package; missing means that nothing was noted.
    """

    name: Text
    items: Size | None = None
    range: Pair | None = None
    item_range: Pair | None = None
    unit: str = ""
    rater: str = ""
    recall: str = ""
    score: str = ""
    missing: str = ""
    missing_at_most: Size | None = None
    higher_is_worse: bool | None = None
    slot: tuple[Slot, ...] = ()
    domain: tuple[Domain, ...] = ()
    subscale: tuple[Subscale, ...] = ()
    levels: tuple[Text, ...] = ()
    diagnosis: Diagnosis | None = None
    bands: tuple[Bands, ...] = ()
    number: tuple[Number, ...] = ()
    suicide_item: Size | None = None
    suicide_rule: str = ""
    ships_item_text: bool | None = None
    license: str = ""

    @model_validator(mode="after")
    def _adds_up(self) -> Instrument:
        reject(self._wrong_sums())
        return self

    def _wrong_sums(self) -> Iterator[Finding]:
        if self.domain:
            if sum(domain.items for domain in self.domain) != self.items:
                yield Finding(("domain",), "the items of the domains are not all items")
            top = sum(domain.max_weighted for domain in self.domain)
            if self.range is not None and top != self.range[1]:
                yield Finding(("domain",), "the domains do not add up to the range")
        if self.items and self.item_range and self.range and not self.domain:
            ends = tuple(self.items * end for end in self.item_range)
            if ends != self.range:
                yield Finding(("range",), f"{self.items} items give {ends}")


class Code(Row):
    """Codes of LOINC for an instrument."""

    instrument: Text
    role: Text
    codes: Annotated[tuple[Text, ...], Field(min_length=1)]
    values: tuple[int, ...] = ()
    display: str = ""
    unit: str = ""

    @model_validator(mode="after")
    def _codes_are_codes(self) -> Code:
        wrong = [code for code in self.codes if not _has_check_digit(code)]
        if wrong:
            reject([Finding(("codes",), f"the last digit of {', '.join(wrong)} does not fit")])
        if self.values and len(self.values) != len(self.codes):
            reject([Finding(("values",), "a value for each code")])
        return self


def _has_check_digit(code: str) -> bool:
    """Whether a LOINC code ends in the check digit (Mod 10) of those before it.

    Codes of answers, which begin with LA, have digits of another kind.
    """
    match = re.fullmatch(r"([0-9]{1,7})-([0-9])", code)
    if match is None:
        return re.fullmatch(r"LA[0-9]+-[0-9]", code) is not None
    digits = [int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(match[1]))]
    total = sum(digit // 10 + digit % 10 for digit in digits) + int(match[2])
    return total % 10 == 0


class Fhir(Part):
    """How answers and scores are written as FHIR resources."""

    response_resource: Text
    item_link: Text
    answer: Text
    total_as: Text
    unit: Text
    category: Text
    cites: tuple[Cite, ...]
    read_at: tuple[Text, ...]


class Instruments(Part):
    """The file as a whole."""

    schema_version: Literal[1] = Field(alias="schema")
    instrument: Annotated[tuple[Instrument, ...], Field(min_length=1)]
    code: Annotated[tuple[Code, ...], Field(min_length=1)]
    fhir: Fhir
