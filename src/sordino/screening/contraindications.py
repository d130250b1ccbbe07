"""Conditions in which a guideline, a label or a trial does not treat, or only with care."""

from __future__ import annotations

from collections.abc import Iterator

from sordino.library.evidence.parts import time_h
from sordino.library.evidence.reader import safety
from sordino.library.evidence.safety import Contraindication
from sordino.patient import Conditions, Patient
from sordino.screening.asks import ConditionAsk, asks
from sordino.screening.logic import Answer, any_of, settled, time_words
from sordino.screening.result import Check

TABLE = "conditions"
NEVER = "never"


def contraindications(patient: Patient) -> Iterator[Check]:
    """One check for each condition of each row, in the order of the evidence."""
    for row in safety().contraindication:
        for ask in (ask for ask in asks().condition if ask.row == row.id):
            id_ = f"{row.id}.{ask.part}" if ask.part else row.id
            answer = _condition(patient.conditions, ask)
            yield _check(row, id_, ask.says or ask.condition, answer, ask.action or "")
        if row.within is not None:
            rule = f"{'; '.join(row.conditions)}, within {time_words(row.within)}"
            yield _check(row, row.id, rule, _event(row.within, patient.conditions))
        if row.sbp_above_mmhg is not None:
            yield _check(row, row.id, _pressure_rule(row), _pressure(row, patient))


def _condition(conditions: Conditions, ask: ConditionAsk) -> Answer:
    if ask.child_pugh is not None:
        return _child_pugh(conditions.child_pugh, ask.child_pugh)
    asked: dict[str, bool | None] = {key: getattr(conditions, key) for key in ask.keys}
    if ask.stop_bang_at_least is not None and conditions.stop_bang is not None:
        asked[f"stop_bang ({conditions.stop_bang}) >= {ask.stop_bang_at_least}"] = (
            conditions.stop_bang >= ask.stop_bang_at_least
        )
    elif ask.stop_bang_at_least is not None:
        asked["stop_bang"] = None
    return any_of(asked, {key: getattr(conditions, key) for key in ask.also}, TABLE)


def _child_pugh(given: str | None, wanted: str) -> Answer:
    if given is None:
        return Answer("unknown", "child_pugh is not stated", (f"{TABLE}.child_pugh",))
    return Answer(settled([given == wanted]), f"child_pugh is {given}")


def _event(within: str, conditions: Conditions) -> Answer:
    ago = conditions.last_cardiovascular_event
    if ago is None:
        key = "last_cardiovascular_event"
        return Answer("unknown", f"{key} is not stated", (f"{TABLE}.{key}",))
    if ago == NEVER:
        return Answer("not met", "there was never one")
    return Answer(settled([time_h(ago) <= time_h(within)]), f"the last one was {ago} ago")


def _pressure_rule(row: Contraindication) -> str:
    ages = f"under {row.age_below:g}" if row.age_below is not None else f"{row.age_from:g} and over"
    limits = f"{row.sbp_above_mmhg:g}/{row.dbp_above_mmhg:g}"
    return f"blood pressure before the dose above {limits} mmHg, age {ages}"


def _pressure(row: Contraindication, patient: Patient) -> Answer:
    """Age first: for other ages the row does not hold; then either pressure above its limit."""
    of_age = _of_age(row, patient.age)
    if of_age is False:
        return Answer("not met", f"age {patient.age:g}: another limit holds")
    given = {"baseline_sbp": patient.baseline_sbp, "baseline_dbp": patient.baseline_dbp}
    limits = {"baseline_sbp": row.sbp_above_mmhg, "baseline_dbp": row.dbp_above_mmhg}
    above = {
        key: None if value is None else value > (limits[key] or 0.0) for key, value in given.items()
    }
    high = any_of(above)
    reason = ", ".join(
        f"{key} is not stated" if value is None else f"{key} {value:g}"
        for key, value in given.items()
    )
    if high.status == "not met":
        return Answer("not met", reason)
    age = ("age",) if of_age is None else ()
    if of_age is None:
        reason += "; age is not stated"
    if high.status == "met" and of_age:
        return Answer("met", reason)
    return Answer("unknown", reason, (*age, *high.missing))


def _of_age(row: Contraindication, age: float | None) -> bool | None:
    if age is None:
        return None
    return (row.age_from or 0.0) <= age and (row.age_below is None or age < row.age_below)


def _check(row: Contraindication, id_: str, rule: str, answer: Answer, action: str = "") -> Check:
    return Check(
        id_,
        rule,
        answer.status,
        answer.reason,
        answer.missing,
        product=row.product,
        action=action or row.action,
        basis=row.basis,
        grade=row.grade or "",
        certainty=row.certainty or "",
        topic="safety",
        row=row.id,
        cites=row.cites,
        seen=row.seen,
        notes=row.notes,
    )
