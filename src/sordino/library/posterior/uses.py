"""Which published observation enters the calibration, how, and why the others do not."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from sordino.documents import read_document
from sordino.findings import Finding, as_form, quantity_text, reject
from sordino.library.parts import Finite, Part, Positive, Text
from sordino.units import Kind

USES_FILE = Path(__file__).parent / "uses.toml"

Readout = Literal[
    "responders",
    "pain",
    "pain_area",
    "cadss",
    "sbp_change",
    "dbp_change",
    "heart_rate_change",
    "madrs_change",
    "madrs_response",
    "fatigue_change",
]
"""What the model predicts: shares of people whose pain fell far enough, means over people."""

Origin = Literal["infusion_start", "infusion_end"]

Duration = Annotated[str, quantity_text(Kind.TIME)]


class Use(Part):
    """What is done with one observation, or with several that share a reason.

    The first keys say which: those that are given must all agree. `fit`: it enters the
    likelihood; `compare`: it is predicted and shown beside what was published; `leave_out`: it
    cannot be predicted. `thresholds` (percent of relief) takes counts of the same people together;
    with `below` those are counted who have less. `clock` is the arm whose sessions set the clock,
    where the arm itself has none. Where a source leaves the time
    open, `origins` or `times` lists the readings of it, which count equally. `people` is how many
    are taken to be in the arm where the source does not say, `standard_deviation` what the
    standard error is made from where it prints none. With `spread` the published standard
    deviation counts too.
    """

    study: Text
    outcome: Text | None = None
    arm: str | None = None
    time: Text | None = None
    since: Text | None = None
    period: int | None = None
    use: Literal["fit", "compare", "leave_out"]
    readout: Readout | None = None
    thresholds: tuple[Finite, ...] = ()
    below: bool = False
    clock: str = ""
    origins: tuple[Origin, ...] = ()
    times: tuple[Duration, ...] = ()
    people: int | None = None
    standard_deviation: Positive | None = None
    spread: bool = False
    assumed: tuple[Text, ...] = ()
    why: str = ""

    @model_validator(mode="after")
    def _sound(self) -> Use:
        if (self.use == "leave_out") == (self.readout is not None):
            reject([Finding(("readout",), "what is predicted needs a readout, and nothing else")])
        if self.use != "fit" and not self.why:
            reject([Finding(("why",), "what is not fitted says why")])
        chosen = self.times or self.origins or self.people or self.standard_deviation
        if chosen and not self.assumed:
            reject([Finding(("assumed",), "a choice that the source does not make is assumed")])
        return self


class ArmCourse(Part):
    """The course of an arm where the evidence row alone does not make one."""

    study: Text
    arm: Text
    protocol: str = ""
    treatment: tuple[dict[str, Any], ...] = ()
    assumed: Annotated[tuple[Text, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _one_of_both(self) -> ArmCourse:
        if bool(self.protocol) == bool(self.treatment):
            reject([Finding((), "an arm has either a protocol or treatments")])
        return self


class Population(Part):
    """Whose pain a study is about: the unknown that holds it, and how much of the slow effect.

    `pain` names an unknown, or is empty for fibromyalgia; `transfer` names the unknown that
    scales the slow effect, or is empty where all of it counts.
    """

    study: Text
    pain: str = ""
    transfer: str = ""


class Uses(Part):
    """The file as a whole."""

    schema_version: Literal[1] = Field(alias="schema")
    population: tuple[Population, ...]
    course: tuple[ArmCourse, ...]
    use: Annotated[tuple[Use, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _populations_known(self) -> Uses:
        reject(list(self._without_population()))
        return self

    def _without_population(self) -> Iterator[Finding]:
        known = {p.study for p in self.population}
        for number, use in enumerate(self.use):
            if use.readout in ("responders", "pain", "pain_area") and use.study not in known:
                yield Finding(("use", number), f"{use.study} has no population")


PAIN: tuple[Readout, ...] = ("responders", "pain", "pain_area")
READ_BY: dict[str, tuple[Readout, ...]] = {
    **dict.fromkeys(("fast_effect", "slow_lag", "placebo", "day_to_day"), PAIN),
    "equivalence": (*PAIN, "cadss", "sbp_change", "dbp_change"),
    "dissociation": ("cadss",),
    "circulation": ("sbp_change", "dbp_change", "heart_rate_change"),
    "mood": ("madrs_change", "madrs_response"),
    "fatigue": ("fatigue_change",),
}
"""What is read off each effect file when it is fitted."""


def fitted_studies(effects: Iterable[str]) -> tuple[str, ...]:
    """The studies that effect files were fitted to, in the order of the file of uses."""
    readouts = {readout for effect in effects for readout in READ_BY.get(effect, ())}
    found = [u.study for u in uses().use if u.use == "fit" and u.readout in readouts]
    return tuple(dict.fromkeys(found))


@functools.lru_cache(maxsize=1)
def uses() -> Uses:
    """What is done with the observations of the studies that a calibration may use."""
    return read_uses(USES_FILE)


def read_uses(path: Path) -> Uses:
    """Read a file of uses.

    Raises `DocumentError` with all findings for a file that cannot be used.
    """
    return as_form(Uses, read_document(path), f"library {path.name}", kind="calibration file")
