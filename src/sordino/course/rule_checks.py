"""Rules that contradict each other or the plan, or that could never act."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from pydantic import ValidationError

from sordino.course import expand
from sordino.course.rule import DOSE_KINDS, TOLERATED, Rule
from sordino.course.treatment import Treatment
from sordino.findings import Finding
from sordino.units import Quantity, parse_quantity

if TYPE_CHECKING:
    from sordino.course.model import Course

LONGEST_SESSION_H = 10.0
"""A session ends before the rating of its evening."""
ONE_OF_A_KIND = ("doses", "raise", "lower")


def rule_findings(course: Course) -> list[Finding]:
    """What is wrong with the rules of a course that is otherwise in order."""
    rules = course.rule
    if not rules:
        return []
    found = [*_names(rules), *_plan(course)]
    if found:
        return found
    found = [*_doses(course), *_limits(course)]
    return found or [*_never(course), *_overlap(rules)]


def rules_of(rules: Sequence[Rule], kind: str) -> list[tuple[int, Rule]]:
    """Number and rule of every rule of a kind."""
    return [(number, rule) for number, rule in enumerate(rules) if rule.kind == kind]


def _names(rules: Sequence[Rule]) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for number, rule in enumerate(rules):
        if rule.id in seen:
            what = f"rule[{seen[rule.id] + 1}] is called {rule.id}, too"
            yield Finding(("rule", number, "id"), what, "a name of its own for each rule")
        seen.setdefault(rule.id, number)
    for kind in ONE_OF_A_KIND:
        for number, _ in rules_of(rules, kind)[1:]:
            what = f"there are several rules of kind {kind}"
            yield Finding(("rule", number, "kind"), what, "one, or none")


def _plan(course: Course) -> Iterator[Finding]:
    """Rules need one drug, and sessions that are whole days apart."""
    drugs = [k for k, t in enumerate(course.treatment) if not t.is_comparator]
    if len(drugs) != 1:
        what = f"this course has rules and {len(drugs)} drug treatments"
        yield Finding(("rule",), what, "one treatment with ketamine or esketamine")
        return
    sessions = expand.sessions(course.treatment)
    apart = [(s.start_h - sessions[0].start_h) / 24.0 for s in sessions]
    odd = next((day for day in apart if abs(day - round(day)) > 1e-6), None)
    if odd is not None:
        what = f"a session is {odd:.4g} days after the first one"
        yield Finding(("treatment", drugs[0]), what, "whole days, in a course with rules")
    length = sessions[0].end_h - sessions[0].start_h
    if length > LONGEST_SESSION_H:
        what = f"a session lasts {length:.4g} h"
        yield Finding(
            ("treatment", drugs[0]), what, f"up to {LONGEST_SESSION_H:g} h, in a course with rules"
        )


def drug_treatment(course: Course) -> Treatment:
    """The drug treatment of a course with rules."""
    return next(t for t in course.treatment if not t.is_comparator)


def _doses(course: Course) -> Iterator[Finding]:
    ladder = rules_of(course.rule, "doses")
    moves = rules_of(course.rule, "raise") + rules_of(course.rule, "lower")
    if not ladder:
        for number, rule in moves:
            what = f"there are no steps to {rule.kind} the dose along"
            yield Finding(("rule", number), what, "a rule of kind doses, with steps")
        return
    number, rule = ladder[0]
    if not moves:
        what = "no rule raises or lowers the dose along these steps"
        yield Finding(("rule", number), what, "a rule of kind raise or lower beside it")
    yield from _steps(course, number, rule.steps or ())


def _steps(course: Course, number: int, steps: Sequence[str]) -> Iterator[Finding]:
    treatment = drug_treatment(course)
    if treatment.dose is None or treatment.rate is not None:
        yield Finding(
            ("rule", number, "steps"),
            "doses change only where the treatment states dose, with duration or alone",
            hint="write dose and duration in place of rate or steps",
        )
        return
    plan = parse_quantity(treatment.dose, *DOSE_KINDS)
    read = [parse_quantity(step, *DOSE_KINDS) for step in steps]
    for k, quantity in enumerate(read):
        path = ("rule", number, "steps", k)
        if quantity.kind is not plan.kind:
            what = f"{steps[k]} and the dose of the treatment are not both per kg or both not"
            yield Finding(path, what, f"as {treatment.dose}")
        elif k and quantity.exact <= read[k - 1].exact:
            yield Finding(path, f"{steps[k]} is not more than {steps[k - 1]}", "ascending doses")
        else:
            yield from _implausible(treatment, steps[k], path)
    if plan not in read:
        what = f"the dose of the treatment, {treatment.dose}, is none of these steps"
        yield Finding(("rule", number, "steps"), what, "steps that hold the dose to begin with")


def _implausible(treatment: Treatment, step: str, path: tuple[str | int, ...]) -> Iterator[Finding]:
    """A step is refused where a treatment with that dose would be."""
    try:
        Treatment.model_validate(treatment.model_dump(exclude_none=True) | {"dose": step})
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            own: tuple[Finding, ...] = detail.get("ctx", {}).get("findings", ())
            for one in own:
                yield Finding(path, one.what, one.allowed, one.hint)


def _limits(course: Course) -> Iterator[Finding]:
    """Limits that the plan itself breaks, or that break each other."""
    days = planned_days(course)
    gaps = [b - a for a, b in pairwise(days)]
    dose, steps = _stated_doses(course)
    for number, rule in rules_of(course.rule, "limits"):
        least, most = rule.days_of("min_interval"), rule.days_of("max_interval")
        place = ("rule", number)
        if least is not None and gaps and min(gaps) < least:
            what = f"the plan has sessions {min(gaps):g} days apart, this asks for {least:g}"
            yield Finding((*place, "min_interval"), what, f"up to {min(gaps):g} days")
        if most is not None and gaps and max(gaps) > most:
            what = f"the plan has sessions {max(gaps):g} days apart, this allows {most:g}"
            yield Finding((*place, "max_interval"), what, f"at least {max(gaps):g} days")
        if most is not None and not rules_of(course.rule, "next"):
            what = "without a rule of kind next no session follows the plan"
            yield Finding((*place, "max_interval"), what, hint="add one, or leave this out")
        if rule.max_sessions is not None and len(days) > rule.max_sessions:
            what = f"the plan has {len(days)} sessions, this allows {rule.max_sessions}"
            yield Finding((*place, "max_sessions"), what, f"at least {len(days)}")
        yield from _dose_limits(rule, place, days, dose, steps)
    shortest = max((d for d in _all_days(course, "min_interval")), default=0.0)
    for number, rule in rules_of(course.rule, "limits"):
        most = rule.days_of("max_interval")
        if most is not None and most < shortest:
            what = f"a session is due after {most:g} days and not allowed before {shortest:g}"
            yield Finding(("rule", number, "max_interval"), what, f"at least {shortest:g} days")


def _all_days(course: Course, key: str) -> list[float]:
    found = [rule.days_of(key) for _, rule in rules_of(course.rule, "limits")]
    return [days for days in found if days is not None]


def _stated_doses(course: Course) -> tuple[Quantity | None, tuple[str, ...]]:
    dose = drug_treatment(course).dose
    ladder = rules_of(course.rule, "doses")
    steps = ladder[0][1].steps if ladder else None
    return None if dose is None else parse_quantity(dose, *DOSE_KINDS), steps or ()


def _dose_limits(
    rule: Rule,
    place: tuple[str, int],
    days: Sequence[float],
    dose: Quantity | None,
    steps: Sequence[str],
) -> Iterator[Finding]:
    """Doses of the plan, and steps, above a limit; only where both are per kg or both not."""
    if rule.max_dose is not None:
        most = parse_quantity(rule.max_dose, *DOSE_KINDS)
        if dose is not None and dose.kind is most.kind and dose.exact > most.exact:
            what = f"the dose of the treatment is above {rule.max_dose}"
            yield Finding((*place, "max_dose"), what, "the dose of the treatment or more")
        for step in steps:
            read = parse_quantity(step, *DOSE_KINDS)
            if read.kind is most.kind and read.exact > most.exact:
                what = f"the step {step} is above {rule.max_dose} and can never be given"
                yield Finding((*place, "max_dose"), what, hint="leave that step out")
    if rule.max_cumulative_dose is not None and dose is not None:
        total = parse_quantity(rule.max_cumulative_dose, *DOSE_KINDS)
        window = rule.days_of("within") or float("inf")
        most_in = max(sum(1 for d in days if 0 <= end - d < window) for end in days)
        if total.kind is dose.kind and dose.exact * most_in > total.exact:
            planned = f"{float(dose.exact * most_in):.4g} {dose.kind.unit}"
            what = f"the plan alone comes to {planned}, this allows {rule.max_cumulative_dose}"
            yield Finding((*place, "max_cumulative_dose"), what, f"at least {planned}")


def _never(course: Course) -> Iterator[Finding]:
    """Rules that could never act, and rules without an end."""
    planned = len(planned_days(course))
    limits = [r.max_sessions for _, r in rules_of(course.rule, "limits")]
    ends = [count for count in limits if count is not None]
    after = rules_of(course.rule, "next")
    for number, _ in after:
        place = ("rule", number)
        if not ends or not _all_days(course, "min_interval"):
            what = "this adds sessions without an end"
            allowed = "a rule of kind limits with max_sessions and min_interval beside it"
            yield Finding(place, what, allowed)
        elif min(ends) <= planned:
            what = f"the plan uses up all {min(ends)} sessions, so this never adds one"
            yield Finding(place, what, f"max_sessions above {planned}")
    most = min(ends) if after and ends else planned
    for number, rule in rules_of(course.rule, "stop"):
        if rule.sessions is not None and rule.sessions > most:
            what = f"there are at most {most} sessions, so this never stops the course"
            yield Finding(("rule", number, "sessions"), what, f"1 to {most}")


def _overlap(rules: Sequence[Rule]) -> Iterator[Finding]:
    """The same session must not ask for more and for less."""
    for _, up in rules_of(rules, "raise"):
        for number, down in rules_of(rules, "lower"):
            for key in TOLERATED:
                high, low = getattr(up, key), getattr(down, key)
                if high is not None and low is not None and high > low:
                    what = f"the dose is raised under {high:g} and lowered above {low:g}"
                    yield Finding(("rule", number, key), what, f"{high:g} or more")


def planned_days(course: Course) -> list[float]:
    """Days of the planned sessions, from the first one."""
    sessions = expand.sessions(course.treatment)
    return [round((s.start_h - sessions[0].start_h) / 24.0, 6) for s in sessions]
