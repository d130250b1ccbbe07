"""The pieces that rows of the evidence library share: how a number was seen, and its numbers.

Times and doses are text with a unit, as in a course file, so that a row keeps what its source
prints ("8 week"); `time_h` gives the one unit that the package counts in.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from sordino.errors import UnitError
from sordino.findings import Finding, quantity_text, reject
from sordino.library.cite import references
from sordino.library.parts import Finite, Part, Positive, Text
from sordino.units import Kind, in_hours

Seen = Literal[
    "reference",
    "abstract",
    "protocol abstract",
    "congress abstract",
    "thesis abstract",
    "introduction",
    "table",
    "secondary table",
    "secondary summary",
    "registry",
    "label",
    "code",
    "transcription",
    "open data",
    "patient report",
    "not noted",
    "not found",
]
SEEN: dict[str, str] = {
    "reference": "only the reference: what the study found is kept apart on purpose",
    "abstract": "the abstract of the publication",
    "protocol abstract": "the abstract of the published protocol",
    "congress abstract": "the abstract of a congress talk",
    "thesis abstract": "the abstract of a thesis",
    "introduction": "the introduction of the publication",
    "table": "a table of the publication or registry",
    "secondary table": "a table in another publication",
    "secondary summary": "a summary by somebody else",
    "registry": "a trial registry",
    "label": "the text of a product label",
    "code": "public source code",
    "transcription": "a transcription of the paper by somebody else",
    "open data": "the open data of the study",
    "patient report": "a story that a patient told",
    "not noted": "how it was read was not noted",
    "not found": "looked for and not found",
}

Certainty = Literal["high", "moderate", "low", "very low"]
Percent = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]
Size = Annotated[int, Field(gt=0)]
RowId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.]*$", max_length=60)]

_CALENDAR = re.compile(r"([0-9]+(?:\.[0-9]+)?) (month|year)s?")
_MONTH_DAYS = 365.25 / 12


def time_h(text: str) -> float:
    """A time of a row in hours; a month counts as 365.25/12 days, a year as twelve of them.

    Raises `UnitError` for anything that is no time.

        time_h("8 week")    # 1344.0
    """
    match = _CALENDAR.fullmatch(text)
    if match is None:
        return in_hours(text)
    months = float(match[1]) * (12.0 if match[2] == "year" else 1.0)
    return months * _MONTH_DAYS * 24.0


def _check_time(text: str) -> str:
    try:
        time_h(text)
    except UnitError as error:
        reject([Finding((), error.what, error.allowed, error.hint)])
    return text


def _check_key(key: str) -> str:
    if key not in references():
        reject([Finding((), f"{key} is no entry of references.bib")])
    return key


Time = Annotated[Text, AfterValidator(_check_time)]
Amount = Annotated[
    Text, quantity_text(Kind.DOSE, Kind.DOSE_PER_WEIGHT, Kind.RATE, Kind.RATE_PER_WEIGHT)
]
Cite = Annotated[Text, AfterValidator(_check_key)]


class Uncertain(Part):
    """A number with whatever its source prints about its error or its spread."""

    value: Finite
    sd: Positive | None = None
    se: Positive | None = None
    ci_low: Finite | None = None
    ci_high: Finite | None = None

    @model_validator(mode="after")
    def _interval_holds_value(self) -> Uncertain:
        low, high = self.ci_low, self.ci_high
        if (low is not None and low > self.value) or (high is not None and high < self.value):
            reject([Finding(("value",), f"{self.value:g} is outside its own interval")])
        return self


class SideEffect(Part):
    """An unwanted effect: how many had it, or how it compares with the control.

    `percent` of the people who had the drug (or where the source prints only that:
    `percent_between`, `percent_below`) and `control_percent` of the others; `count` out of
    `n`; `rr` the relative risk; `rd_percent` the risk difference in percent points; `nnh` how
    many are treated for one more person harmed. `lasts` is how long it lasted.
    """

    event: Text
    arm: str = ""
    percent: Percent | None = None
    percent_between: tuple[Percent, Percent] | None = None
    percent_below: Percent | None = None
    control_percent: Percent | None = None
    count: Count | None = None
    n: Size | None = None
    rr: Positive | None = None
    rr_ci: tuple[Positive, Positive] | None = None
    rd_percent: Finite | None = None
    rd_ci_percent: tuple[Finite, Finite] | None = None
    nnh: Positive | None = None
    lasts: Time | None = None
    lasts_is: Literal["at most", "about", "after the infusion, about"] | None = None
    certainty: Certainty | None = None
    note: str = ""

    @model_validator(mode="after")
    def _counts_fit(self) -> SideEffect:
        if self.count is not None and (self.n is None or self.count > self.n):
            reject([Finding(("count",), "a count needs an n that is not below it")])
        return self


class Row(Part):
    """What every row says of itself: where it is from and how it was seen.

    `cites` holds keys of `references.bib`; `seen` how the numbers were read (`SEEN`);
    `read_at` the pages they were read on; `not_seen` what was looked for and not found.
    """

    id: RowId
    cites: Annotated[tuple[Cite, ...], Field(min_length=1)]
    seen: Annotated[tuple[Seen, ...], Field(min_length=1)]
    read_at: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()
    not_seen: tuple[Text, ...] = ()


__all__ = [
    "SEEN",
    "Amount",
    "Certainty",
    "Cite",
    "Count",
    "Finite",
    "Part",
    "Percent",
    "Positive",
    "Probability",
    "Row",
    "RowId",
    "Seen",
    "SideEffect",
    "Size",
    "Text",
    "Time",
    "Uncertain",
    "time_h",
]
