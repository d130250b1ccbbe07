"""The course as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BaseModel, Field, model_validator

from sordino.course import expand
from sordino.course.administration import Administration, ComparatorUse, Session
from sordino.course.rule import Rule
from sordino.course.rule_checks import rule_findings
from sordino.course.schedule import ScheduleKind, has_time_zone, schedule_kind, schedule_of
from sordino.course.treatment import MAX_SESSIONS, STRICT, Duration, Treatment
from sordino.documents import digest
from sordino.findings import Finding, reject
from sordino.patient import Patient
from sordino.units import Kind, parse_quantity

MAX_TREATMENTS = 50
MAX_RULES = 50
MAX_OBSERVED_DAYS = 366
_DIGEST_FORMAT = 1


class Observe(BaseModel):
    """How long the course is watched."""

    model_config = STRICT

    until: Duration = Field(default="90 days", description="Time from the first dose.")

    @model_validator(mode="after")
    def _in_range(self) -> Observe:
        hours = parse_quantity(self.until, Kind.TIME).exact
        if not 0 < hours <= MAX_OBSERVED_DAYS * 24:
            what = f"{self.until} is outside the allowed range"
            reject([Finding(("until",), what, f"above 0 and up to {MAX_OBSERVED_DAYS} days")])
        return self


class ModelChoice(BaseModel):
    """Which published models to use; absent means the default for drug and route."""

    model_config = STRICT

    pk: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        default=None, description="Drug model that drives the effects (arterial)."
    )
    venous: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        default=None, description="Drug model for what a laboratory would measure."
    )
    slow_clock: Literal["lag", "turnover"] = Field(
        default="lag", description="Form of the slow effect."
    )


class Course(BaseModel):
    """One course of treatment for one patient.

    All times that it hands out are hours from the first dose of the course (or the start of a
    comparator, if that is earlier), which is at 0. Files are read with `load_course`.
    """

    model_config = STRICT

    title: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        default="Untitled course", description="One line."
    )
    source: Annotated[str, Field(max_length=1000)] | None = Field(
        default=None, description="Where the regimen was published."
    )
    assumed: Annotated[
        tuple[Annotated[str, Field(max_length=500)], ...], Field(strict=False, max_length=50)
    ] = Field(default=(), description="What the source does not say and this course assumes.")
    patient: Patient = Field(default=Patient(), description="Who is treated.")
    treatment: Annotated[
        tuple[Treatment, ...], Field(strict=False, min_length=1, max_length=MAX_TREATMENTS)
    ] = Field(description="What is given.")
    rule: Annotated[tuple[Rule, ...], Field(strict=False, max_length=MAX_RULES)] = Field(
        default=(), description="What is decided by how the course goes."
    )
    observe: Observe = Field(default=Observe(), description="How long to watch.")
    models: ModelChoice = Field(default=ModelChoice(), description="Which models to use.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Course:
        reject(_clock_findings(self.treatment) or _extent_findings(self) or rule_findings(self))
        return self

    @property
    def until_h(self) -> float:
        """How long the course is watched, in hours from the first dose."""
        return parse_quantity(self.observe.until, Kind.TIME).value

    def administrations(self) -> tuple[Administration, ...]:
        """All single administrations of drugs, sorted by start."""
        return expand.administrations(self.treatment)

    def sessions(self) -> tuple[Session, ...]:
        """All occasions on which a drug is given, sorted by start."""
        return expand.sessions(self.treatment)

    def comparators(self) -> tuple[ComparatorUse, ...]:
        """All comparators with their start, sorted by start."""
        return expand.comparators(self.treatment)

    def patient_covariates(self) -> dict[str, float]:
        """The covariates of the patient that were given; see `Patient.covariates`."""
        return self.patient.covariates()

    def digest(self) -> str:
        """SHA-256 (hex) of the course as canonical JSON with the patient inlined.

        The order of keys, the file format and keys that repeat a default do not change it.
        """
        content = self.model_dump(mode="json", exclude_defaults=True)
        return digest({"format": _DIGEST_FORMAT, "course": content})


def _clock_findings(treatments: tuple[Treatment, ...]) -> list[Finding]:
    """Clock times do not mix with days, nor times with a zone with times without one."""
    clocked = [t for t in treatments if schedule_kind(t) is ScheduleKind.CLOCK]
    if not clocked:
        return []
    return list(_mixed(treatments)) + list(_zones(treatments))


def _mixed(treatments: tuple[Treatment, ...]) -> Iterator[Finding]:
    for number, treatment in enumerate(treatments):
        kind = schedule_kind(treatment)
        # A comparator without a start begins with the course, on any clock.
        free = treatment.is_comparator and kind is ScheduleKind.NONE
        if kind is not ScheduleKind.CLOCK and not free:
            yield Finding(
                ("treatment", number),
                f"{kind.value} here and clock times (at) in another treatment cannot be mixed",
                "at in every treatment, or in none",
            )


def _zones(treatments: tuple[Treatment, ...]) -> Iterator[Finding]:
    clocked = [(n, has_time_zone(t)) for n, t in enumerate(treatments) if t.at is not None]
    for number, aware in clocked:
        if aware is not clocked[0][1]:
            yield Finding(
                ("treatment", number, "at"),
                "some treatments have times with a time zone and some without",
                "all or none",
            )


def _extent_findings(course: Course) -> list[Finding]:
    """Too many sessions, or doses after the end of observation."""
    drugs = [t for t in course.treatment if not t.is_comparator]
    number = sum(len(schedule_of(t).hours) for t in drugs)
    if number > MAX_SESSIONS:
        what = f"the course has {number} sessions"
        return [Finding(("treatment",), what, f"at most {MAX_SESSIONS} sessions")]
    until = parse_quantity(course.observe.until, Kind.TIME).exact
    findings: list[Finding] = []
    for index, last_h in expand.last_hours(course.treatment):
        if last_h > until:
            what = f"it ends {_days(last_h)} after the first dose, observation after {_days(until)}"
            hint = f"raise observe.until, at most {MAX_OBSERVED_DAYS} days"
            findings.append(Finding(("treatment", index), what, "", hint))
    return findings


def _days(hours: Fraction) -> str:
    days = float(hours) / 24
    return f"{days:.4g} day" if days == 1 else f"{days:.4g} days"
