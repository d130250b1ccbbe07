"""The rules of a course with their numbers ready: what the judge reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sordino.course import Course, Rule, Treatment, load_course
from sordino.course.amounts import BASE_PER_HYDROCHLORIDE, parts_of
from sordino.course.rule import DOSE_KINDS
from sordino.course.rule_checks import drug_treatment, planned_days
from sordino.errors import InputError
from sordino.units import Kind, parse_quantity

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Policy:
    """A course and its rules. Doses are as the course weighs them, mg/kg where `per_kg`, else mg.

    `planned`: days of the planned sessions from the first one. `base`: part of a dose that is
    base.
    """

    course: Course
    rules: tuple[Rule, ...]
    treatment: Treatment
    planned: NDArray[np.int64]
    dose: float
    per_kg: bool
    base: float

    @property
    def unit(self) -> str:
        """The unit of doses."""
        return "mg/kg" if self.per_kg else "mg"

    def of_kind(self, kind: str) -> tuple[Rule, ...]:
        """The rules of a kind."""
        return tuple(rule for rule in self.rules if rule.kind == kind)

    @cached_property
    def steps(self) -> Numbers:
        """The doses that there are, ascending."""
        ladder = self.of_kind("doses")
        texts = ladder[0].steps if ladder else None
        return np.array([self.dose] if texts is None else [_amount(text)[0] for text in texts])

    @property
    def last_planned(self) -> int:
        """Day of the last planned session."""
        return int(self.planned[-1])

    @property
    def most_sessions(self) -> int:
        """How many sessions there can be at most."""
        ends = [r.max_sessions for r in self.of_kind("limits") if r.max_sessions is not None]
        return min(ends) if ends and self.of_kind("next") else len(self.planned)

    def limit(self, text: str, weight: Numbers) -> Numbers:
        """A dose of a rule in the unit of doses, for people of some weights, kg."""
        value, per_kg = _amount(text)
        if per_kg == self.per_kg:
            return np.full(weight.shape, value)
        return value * weight if per_kg else value / weight

    def base_mg(self, dose: Numbers, weight: Numbers) -> Numbers:
        """Doses in mg of base."""
        return dose * self.base * (weight if self.per_kg else 1.0)

    def without(self, kind: str) -> Policy:
        """The same without the rules of a kind."""
        return replace(self, rules=tuple(r for r in self.rules if r.kind != kind))

    def as_planned(self) -> Policy:
        """The plan alone, without any rule."""
        return replace(self, rules=())

    def session(self, dose: float | None = None) -> Course:
        """A course of one session, of the dose of the plan or another."""
        return self.realized([0], [self.dose if dose is None else dose])

    def realized(self, days: list[int], doses: list[float]) -> Course:
        """The course that sessions on some days with some doses make up."""
        kept = self.treatment.model_dump(mode="json", exclude_none=True)
        kept = {k: v for k, v in kept.items() if k not in ("days", "every", "times", "start", "at")}
        tables: list[Mapping[str, object]] = []
        for dose in dict.fromkeys(doses):
            own = [float(d) for d, given in zip(days, doses, strict=True) if given == dose]
            amount = {} if dose == self.dose else {"dose": f"{dose:.12g} {self.unit}"}
            tables.append(kept | amount | {"days": own})
        return load_course(
            {
                "title": self.course.title,
                "patient": self.course.patient.model_dump(mode="json", exclude_none=True),
                "treatment": tables,
                "observe": {"until": self.course.observe.until},
                "models": self.course.models.model_dump(exclude_none=True),
            }
        )


def _amount(text: str) -> tuple[float, bool]:
    quantity = parse_quantity(text, *DOSE_KINDS)
    return quantity.value, quantity.kind is Kind.DOSE_PER_WEIGHT


def policy_of(course: Course) -> Policy:
    """The policy of a course.

    Raises InputError for a course without rules.
    """
    if not course.rule:
        raise InputError(
            "this course has no rules",
            where="rule",
            allowed="at least one table [[rule]]",
            hint="sordino new --protocol by_response writes a course that has some",
        )
    return plain_policy(course)


def plain_policy(course: Course) -> Policy:
    """The policy of a course with one drug treatment, which may have no rules."""
    treatment = drug_treatment(course)
    parts = parts_of(treatment)
    base = float(BASE_PER_HYDROCHLORIDE) if treatment.salt == "hydrochloride" else 1.0
    return Policy(
        course=course,
        rules=course.rule,
        treatment=treatment,
        planned=np.array([round(day) for day in planned_days(course)]),
        dose=float(sum(part.amount for part in parts)) / base,
        per_kg=parts[0].per_kg,
        base=base,
    )
