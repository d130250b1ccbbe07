"""The form of a `library/pd/*.toml` file: one effect, its numbers and how sure they are."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sordino.documents import read_document
from sordino.errors import UnknownName
from sordino.findings import Finding, as_form, reject
from sordino.library.parts import Finite, Parameter, Part, Positive, Source, Text

PD_FOLDER = Path(__file__).parent / "pd"


class Prior(Part):
    """What is not known about a parameter, before and beside the spread between patients.

    `lognormal`: median is the value, `sd` on the log; `normal`: mean is the value; `logit`:
    normal on the logit with `sd`; `uniform`, `loguniform`: between `low` and `high`.
    """

    distribution: Literal["normal", "lognormal", "logit", "uniform", "loguniform"]
    sd: Positive | None = None
    low: Finite | None = None
    high: Finite | None = None
    note: Text

    @model_validator(mode="after")
    def _numbers_fit(self) -> Prior:
        flat = self.distribution in ("uniform", "loguniform")
        if flat and (self.low is None or self.high is None or not self.low < self.high):
            reject([Finding((), f"a {self.distribution} prior needs low below high")])
        if not flat and self.sd is None:
            reject([Finding((), f"a {self.distribution} prior needs sd")])
        if self.distribution == "loguniform" and (self.low or 0.0) <= 0.0:
            reject([Finding((), "a loguniform prior needs low above 0")])
        return self


class PdParameter(Parameter):
    """A parameter of an effect; without a prior its value is taken as it is.

    `over_patients` says what the value is of parameters that differ between patients: the
    `median` (the typical patient), or the `mean` that a study reports.
    """

    prior: Prior | None = None
    over_patients: Literal["median", "mean"] = "median"


class SlowCheck(Part):
    """What the slow effect has reached, as a fraction of its maximum, after a regimen.

    `protocol` names a published course of the library; the typical patient weighs
    `weight`, R-ketamine counts `potency_r`; the look is `days` after the last session began
    (after it ended, for a session of a day or more).
    """

    name: Text
    protocol: Text
    weight: Positive
    potency_r: Finite
    days: Positive
    value: Finite
    tolerance: Positive
    tolerance_reason: Text
    place: Text
    source: Text


class PdModel(Part):
    """One effect of the drug, or of being treated: structure, numbers, sources."""

    schema_version: Literal[1] = Field(alias="schema")
    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    kind: Literal["pd"]
    structure: Text
    cautions: tuple[Text, ...] = ()
    not_seen: tuple[Text, ...] = ()
    citations: tuple[Text, ...] = ()
    """Keys of `references.bib`."""
    sources: dict[str, Source]
    parameter: Annotated[tuple[PdParameter, ...], Field(min_length=1)]
    check: tuple[SlowCheck, ...] = ()

    @property
    def parameters(self) -> dict[str, PdParameter]:
        """Parameters by name, in the order of the file."""
        return {parameter.name: parameter for parameter in self.parameter}

    @model_validator(mode="after")
    def _sound(self) -> PdModel:
        names = [p.name for p in self.parameter]
        if len(names) != len(set(names)):
            reject([Finding(("parameter",), "a parameter name is used twice")])
        for p in self.parameter:
            if p.origin != "assumed" and p.source not in self.sources:
                reject([Finding(("parameter",), f"{p.name} names no source of this file")])
            if p.origin == "assumed" and not p.note:
                reject([Finding(("parameter",), f"{p.name} is assumed and does not say why")])
        return self


@functools.lru_cache(maxsize=1)
def pd_model_ids() -> tuple[str, ...]:
    """Names of the effects of the library, in alphabetical order."""
    return tuple(sorted(path.stem for path in PD_FOLDER.glob("*.toml")))


@functools.lru_cache(maxsize=64)
def load_pd_model(model_id: str) -> PdModel:
    """Return an effect of the library by its name.

    Raises `UnknownName` for a name that the library lacks and `DocumentError` for a file
    that cannot be used.
    """
    if model_id not in pd_model_ids():
        raise UnknownName("effect", model_id, pd_model_ids())
    return read_pd_model(PD_FOLDER / f"{model_id}.toml", f"library effect {model_id}")


def read_pd_model(path: Path, name: str) -> PdModel:
    """Read an effect file; errors call it `name`.

    Raises `DocumentError` with all findings for a file that cannot be used.
    """
    return as_form(PdModel, read_document(path), name, kind="effect file")
