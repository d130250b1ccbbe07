"""The pieces that every kind of library file shares: a number, its spread, its source."""

from __future__ import annotations

import keyword
import math
import re
from typing import Annotated, Any, Literal, Self, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sordino.errors import DocumentError
from sordino.findings import Finding, reject
from sordino.library.expressions import FUNCTIONS, parse_expression

Origin = Literal["estimated", "fixed_by_source", "inherited", "digitised", "derived", "assumed"]
SpreadKind = Literal["variance", "sd_log", "cv_percent", "sd_logit"]

_IDENTIFIER = r"[A-Za-z][A-Za-z0-9_]*"


def _check_name(text: str) -> str:
    if not re.fullmatch(_IDENTIFIER, text) or text in FUNCTIONS or keyword.iskeyword(text):
        reject(
            [
                Finding(
                    (),
                    f"{text[:60]!a} cannot be a name",
                    "letters, digits and _, a letter first, no function and no word of Python",
                )
            ]
        )
    return text


def _check_formula(text: str) -> str:
    try:
        parse_expression(text)
    except DocumentError as error:
        reject([Finding((), error.what, error.allowed, error.hint)])
    return text


Formula = Annotated[str, AfterValidator(_check_formula)]
Identifier = Annotated[
    str,
    Field(max_length=40, json_schema_extra={"pattern": f"^{_IDENTIFIER}$"}),
    AfterValidator(_check_name),
]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Text = Annotated[str, Field(min_length=1)]


class Part(BaseModel):
    """A frozen piece of a library file that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _lists_become_tuples(cls, data: Any) -> Any:
        """Accept the lists of TOML and JSON for the tuples of the model."""
        if not isinstance(data, dict):
            return data
        table = cast("dict[str, Any]", data)
        return {
            key: tuple(cast("list[Any]", value)) if isinstance(value, list) else value
            for key, value in table.items()
        }

    def __copy__(self) -> Self:
        """A copy without what was worked out of the fields: the copy may get others."""
        made = super().__copy__()
        fields = {k: v for k, v in made.__dict__.items() if k in type(self).model_fields}
        object.__setattr__(made, "__dict__", fields)
        return made


class Citation(Part):
    """The paper that a file encodes. A field that was not seen is left empty."""

    key: str = Field(default="", pattern=f"^({_IDENTIFIER})?$")
    authors: str = ""
    title: str = ""
    journal: str = ""
    year: int = 0
    volume: str = ""
    pages: str = ""
    doi: str = ""
    note: str = ""


class Source(Part):
    """A place where numbers were read: a transcription, an abstract, a table."""

    kind: Text
    url: str = ""
    also: str = ""
    commit: str = ""
    version: str = ""
    path: str = ""
    note: str = ""


class Variability(Part):
    """How much a parameter differs between patients or between occasions.

    `kind` says what `value` is: `variance` (of a normal eta on the log scale), `sd_log`
    (its standard deviation), `cv_percent` (coefficient of variation of the log-normal
    parameter), `sd_logit` (standard deviation of a normal eta on the logit scale).
    """

    value: Annotated[float, Field(ge=0, le=1e6)]
    kind: SpreadKind
    origin: Origin = "estimated"
    note: str = ""

    @property
    def sd_eta(self) -> float:
        """Standard deviation of the eta.

        A coefficient of variation c becomes sqrt(log(1 + c^2)), which is exact for a
        log-normal parameter.
        """
        if self.kind == "variance":
            return math.sqrt(self.value)
        if self.kind == "cv_percent":
            return math.sqrt(math.log1p((self.value / 100.0) ** 2))
        return self.value


class Parameter(Part):
    """One number of a model, with its unit, its uncertainty and where it comes from.

    Without an `origin` the value is an assumption of whoever wrote the file. Without a
    `unit` nothing is checked about it: "fraction" or "ratio" says that there is none.
    `se` is the standard error in the unit of the value, `rse_percent` the relative one.
    `low` and `high` give the range of an assumed value. `at` names the person for whom
    the value is printed ("70 kg").
    """

    name: Identifier
    value: Finite
    unit: str = ""
    origin: Origin = "assumed"
    source: str = ""
    place: str = ""
    at: str = ""
    se: Positive | None = None
    rse_percent: Positive | None = None
    low: Finite | None = None
    high: Finite | None = None
    note: str = ""
    iiv: Variability | None = None
    iov: Variability | None = None

    @property
    def standard_error(self) -> float | None:
        """Standard error in the unit of the value; None when the source prints none."""
        if self.se is not None:
            return self.se
        if self.rse_percent is not None:
            return abs(self.value) * self.rse_percent / 100.0
        return None

    @property
    def assumed(self) -> bool:
        """True when the value or one of its spreads is an assumption."""
        spreads = [spread for spread in (self.iiv, self.iov) if spread is not None]
        return self.origin == "assumed" or any(s.origin == "assumed" for s in spreads)

    @model_validator(mode="after")
    def _range_holds_value(self) -> Parameter:
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        if not low <= self.value <= high:
            reject([Finding(("value",), f"{self.value} is outside its range", f"{low} to {high}")])
        return self
