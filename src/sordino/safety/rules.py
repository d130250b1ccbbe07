"""What guidelines and labels say about a course: doses, tests, watching, who should not have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sordino.course import Course
from sordino.course.describe import number
from sordino.library.evidence import safety
from sordino.library.evidence.parts import time_h
from sordino.library.evidence.safety import GuidelineRule, Limit, Monitoring
from sordino.safety.exposure import HOME_ROUTES, Dosing
from sordino.screening import Check
from sordino.screening.contraindications import contraindications as screened
from sordino.screening.logic import time_words
from sordino.simulation.answers import Spread

Verdict = Literal["met", "not met", "does not apply", "says"]


@dataclass(frozen=True)
class RuleFound:
    """One rule of a guideline or label, what the course does, and whether that meets it.

    `says`: the rule asks for nothing that a course could meet or break.
    """

    id: str
    says: str
    found: str
    verdict: Verdict
    strength: str
    cites: tuple[str, ...]


@dataclass(frozen=True)
class ContraindicationFound:
    """Who should not have this drug, or only with care.

    `applies` to the patient of the course: nothing where the course does not say enough.
    """

    id: str
    product: str
    action: str
    basis: str
    conditions: str
    applies: bool | None
    reason: str
    cites: tuple[str, ...]


def rules(course: Course, given: Dosing, leave: tuple[Spread, ...]) -> tuple[RuleFound, ...]:
    """Every rule that speaks to the routes of a course.

    `leave`: minutes until people are fit to leave, by session.
    """
    routes = {a.route for a in course.administrations()}
    found: list[RuleFound] = []
    if "iv" in routes:
        found += [_guideline(rule, given) for rule in safety().guideline_rule if _speaks(rule)]
    known = products(course)
    for row in safety().monitoring:
        if row.product in known:
            found += _watching(row, leave, at_home=routes <= set(HOME_ROUTES))
    return tuple(found)


def contraindications(course: Course) -> tuple[ContraindicationFound, ...]:
    """Who should not have the drugs of a course by their routes.

    Where no list for the route was seen, that of infusions stands in.
    """
    known = products(course) or {"IV ketamine, chronic pain"}
    return tuple(_found(check) for check in screened(course.patient) if check.product in known)


def _found(check: Check) -> ContraindicationFound:
    applies = {"met": True, "not met": False, "unknown": None}[check.status]
    return ContraindicationFound(
        check.id,
        check.product,
        check.action,
        check.basis,
        check.rule,
        applies,
        check.reason,
        check.cites,
    )


def products(course: Course) -> set[str]:
    """The products of the evidence that a course gives, by drug and route."""
    found: set[str] = set()
    for dose in course.administrations():
        if dose.route == "iv":
            found.add("IV ketamine, chronic pain")
            if dose.drug == "esketamine":
                found.add("IV esketamine, FM trial")
        if dose.route == "intranasal":
            found.add("esketamine nasal")
        if dose.route == "sc" and dose.drug == "esketamine":
            found.add("esketamine subcutaneous 0.5-1 mg/kg")
    return found


def _speaks(rule: GuidelineRule) -> bool:
    return rule.kind != "indication" or rule.condition == "fibromyalgia"


def _guideline(rule: GuidelineRule, given: Dosing) -> RuleFound:
    strength = _strength(rule)
    if rule.limit is not None:
        says, found, verdict = _dose_rule(rule.limit, given)
        return RuleFound(rule.id, says, found, verdict, strength, rule.cites)
    return RuleFound(rule.id, _words(rule), "", "says", strength, rule.cites)


def _strength(rule: GuidelineRule) -> str:
    parts = [rule.guideline, f"grade {rule.grade}" if rule.grade else ""]
    parts.append(f"{rule.certainty} certainty" if rule.certainty else "")
    return ", ".join(part for part in parts if part)


def _words(rule: GuidelineRule) -> str:
    if rule.kind == "indication":
        strength = (rule.evidence or "not graded").replace("_", " ").replace("none", "no")
        later = "; none for later" if rule.later_evidence == "none" else ""
        return f"{rule.condition}: {strength} evidence for {rule.horizon}{later}"
    if rule.kind == "preinfusion_test":
        tests = ", ".join(rule.required_tests or ()) or "no tests"
        extra = f" ({rule.rule})" if rule.rule else ""
        return f"before an infusion, {rule.population}: {tests}{extra}"
    if rule.options:
        return f"{rule.population}: {', '.join(rule.options)} {rule.rule}"
    return rule.rule


def _dose_rule(limit: Limit, given: Dosing) -> tuple[str, str, Verdict]:
    if limit.quantity == "bolus":
        says = f"a bolus of at most {limit.high:g} {limit.unit}"
        if not given.largest_bolus_mg_per_kg:
            return says, "no bolus", "does not apply"
        ok = given.largest_bolus_mg_per_kg <= (limit.high or 0.0) * (1 + 1e-9)
        return says, f"{number(given.largest_bolus_mg_per_kg)} mg/kg", "met" if ok else "not met"
    if limit.quantity == "infusion rate":
        says = f"an infusion of {limit.low:g} to {limit.high:g} {limit.unit}"
        if not given.highest_rate_mg_h:
            return says, "no infusion", "does not apply"
        return _rate(limit, given, says)
    longer = limit.longer_than or "0 h"
    says = (
        f"at least {limit.low:g} mg an infusion, over more than {time_words(longer)}, for benefit "
        "(this rule is not about harm)"
    )
    if not given.highest_rate_mg_h:
        return says, "no infusion", "does not apply"
    ok = given.largest_session_mg >= (limit.low or 0.0) and (
        given.longest_infusion_h > time_h(longer)
    )
    found = f"{number(given.largest_session_mg)} mg over up to {number(given.longest_infusion_h)} h"
    return says, found, "met" if ok else "not met"


def _rate(limit: Limit, given: Dosing, says: str) -> tuple[str, str, Verdict]:
    low, high = given.lowest_rate_mg_per_kg_h, given.highest_rate_mg_per_kg_h
    ends = number(high)
    if high - low >= 1e-9:
        ends = f"{number(low)} to {ends}"
    found = f"{ends} mg/kg/h"
    if limit.high is not None and high > limit.high * (1 + 1e-9):
        return says, f"{found}: faster", "not met"
    if limit.low is not None and low < limit.low * (1 - 1e-9):
        return says, f"{found}: slower", "not met"
    return says, found, "met"


def _watching(row: Monitoring, leave: tuple[Spread, ...], *, at_home: bool) -> list[RuleFound]:
    label = f"label or study of {row.product}"
    found: list[RuleFound] = []

    def add(key: str, says: str, seen: str = "", verdict: Verdict = "says") -> None:
        found.append(RuleFound(f"{row.id}.{key}", says, seen, verdict, label, row.cites))

    if row.observe_at_least is not None:
        least = time_h(row.observe_at_least) * 60.0
        says = f"watch for at least {time_words(row.observe_at_least)}"
        if at_home or not leave:
            add("observe", says, "taken at home", "not met")
        else:
            stays = f"half are fit to leave after {leave[0].median:.0f} min"
            add("observe", says, stays, "met" if leave[0].median >= least - 1e-9 else "not met")
    if row.pressure_after_dose is not None:
        add(
            "pressure",
            f"blood pressure before the dose and {row.pressure_after_dose} after, "
            f"then {row.pressure_repeat}",
        )
    if row.pressure_watched_for is not None:
        add("pressure", f"blood pressure watched for {row.pressure_watched_for}")
    if row.no_food_before is not None:
        add(
            "fasting",
            f"no food for {time_words(row.no_food_before)} and no drink for "
            f"{time_words(row.no_drink_before or '0 h')} "
            "before the dose",
        )
    if row.driving_from:
        add("driving", f"no driving before the {row.driving_from}")
    return found
