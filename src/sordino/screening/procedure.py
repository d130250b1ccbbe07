"""What the rules ask for around a session: tests before it, watching during and after it."""

from __future__ import annotations

from collections.abc import Iterator

from sordino.library.evidence.parts import time_h
from sordino.library.evidence.reader import safety
from sordino.library.evidence.safety import GuidelineRule, Monitoring
from sordino.patient import Arrangements, Patient
from sordino.screening.asks import PopulationAsk, asks
from sordino.screening.doubts import HEALTHY, diseases
from sordino.screening.logic import Answer, any_of, settled, time_words
from sordino.screening.result import Check

TABLE = "arrangements"
# Fields of a row that say how long something is done at least, the key of the patient file that
# answers them, and the rule in words.
AT_LEAST = {
    "observe_at_least": ("observed_for", "observed for at least {}"),
    "pressure_watched_for": ("pressure_watched_for", "blood pressure watched for {}"),
    "no_food_before": ("no_food_before", "nothing eaten for {} before the dose"),
    "no_drink_before": ("no_drink_before", "nothing drunk for {} before the dose"),
    "nasal_drug_gap": ("nasal_drug_gap", "no other nasal drug for {} before the dose"),
}


def tests_needed(patient: Patient) -> Iterator[Check]:
    """One check for each test that the guideline asks for in some people; met: it is needed."""
    for ask in asks().population:
        row = ask.evidence
        if row.kind != "preinfusion_test":
            continue
        answer = _about(ask, patient)
        if not ask.tests:
            yield _guideline(row, row.id, f"{row.population}: no test is required", answer)
        for name, key in ask.tests.items():
            id_ = f"{row.id}.{name.replace(' ', '_').lower()}"
            done = getattr(patient.tests, key)
            own = _with_result(answer, key, done)
            rule = f"{row.population}: {name}"
            yield _guideline(
                row,
                id_,
                rule,
                own,
                effect=_done(done, needed=answer.status == "met"),
                basis=row.rule,
            )


def abuse(patient: Patient) -> Iterator[Check]:
    """What the guideline says about people who abuse a substance; met: it is about this person."""
    for ask in asks().population:
        if ask.evidence.kind == "abuse":
            yield _guideline(ask.evidence, ask.row, ask.evidence.rule, _about(ask, patient))


def monitoring(patient: Patient) -> Iterator[Check]:
    """One check for each thing that is to be done in a session; met: it is arranged so."""
    given = patient.arrangements
    for row in safety().monitoring:
        for field, (key, words) in AT_LEAST.items():
            wanted = getattr(row, field)
            if wanted is not None:
                answer = _long_enough(key, getattr(given, key), wanted)
                yield _watch(row, key, words.format(time_words(wanted)), answer)
        for key, rule in _yes_or_no(row):
            yield _watch(row, key, rule, any_of({key: getattr(given, key)}, table=TABLE))
        if row.pressure_after_dose is not None:
            rule = f"blood pressure taken {time_words(row.pressure_after_dose)} after the dose"
            answer = _checked_at(row.pressure_after_dose, given)
            yield _watch(row, "pressure_checks", rule, answer)
        if row.driving_from:
            answer = _driving(row.driving_from, given)
            yield _watch(row, "driving", f"no driving until {row.driving_from}", answer)


def _about(ask: PopulationAsk, patient: Patient) -> Answer:
    asked = {key: getattr(patient.conditions, key) for key in ask.keys}
    enough = {key: getattr(patient.conditions, key) for key in ask.also}
    answer = any_of(asked, enough, "conditions")
    ill = diseases(patient.conditions)
    if HEALTHY in ask.keys and answer.status == "met" and ill:
        return Answer("unknown", f"{HEALTHY} is true, but so is {', '.join(ill)}")
    return answer


def _with_result(answer: Answer, key: str, done: str | None) -> Answer:
    """A needed test whose result is not stated is missing as well."""
    if answer.status == "not met" or done is not None:
        return answer
    return Answer(answer.status, answer.reason, (*answer.missing, f"tests.{key}"))


def _done(result: str | None, *, needed: bool) -> str:
    if result is None:
        return "result not stated" if needed else ""
    return f"result: {result}"


def _yes_or_no(row: Monitoring) -> Iterator[tuple[str, str]]:
    """Key and rule of what is arranged or not."""
    if row.program:
        yield "supervised", row.program
    if row.release:
        yield "release_by_clinician", f"release: {row.release}"
    if row.pressure_before_dose:
        yield "pressure_before_dose", "blood pressure taken before the dose"
    if row.pressure_repeat:
        yield "pressure_repeated", f"blood pressure taken again {row.pressure_repeat}"


def _long_enough(key: str, given: str | None, wanted: str) -> Answer:
    if given is None:
        return Answer("unknown", f"{key} is not stated", (f"{TABLE}.{key}",))
    return Answer(settled([time_h(given) >= time_h(wanted)]), f"{key} is {given}")


def _checked_at(wanted: str, given: Arrangements) -> Answer:
    times = given.pressure_checks
    if times is None:
        return Answer("unknown", "pressure_checks is not stated", (f"{TABLE}.pressure_checks",))
    status = settled([time_h(wanted) in [time_h(time) for time in times]])
    return Answer(status, f"it is taken after {', '.join(times)}" if times else "it is not taken")


def _driving(wanted: str, given: Arrangements) -> Answer:
    if given.driving is None:
        return Answer("unknown", "driving is not stated", (f"{TABLE}.driving",))
    return Answer(settled([given.driving == wanted]), f"driving: {given.driving}")


def _guideline(
    row: GuidelineRule, id_: str, rule: str, answer: Answer, *, effect: str = "", basis: str = ""
) -> Check:
    return Check(
        id_,
        rule,
        answer.status,
        answer.reason,
        answer.missing,
        product=row.guideline,
        basis=basis,
        grade=row.grade or "",
        certainty=row.certainty or "",
        effect=effect,
        topic="safety",
        row=row.id,
        cites=row.cites,
        seen=row.seen,
        notes=row.notes,
    )


def _watch(row: Monitoring, key: str, rule: str, answer: Answer) -> Check:
    return Check(
        f"{row.id}.{key}",
        rule,
        answer.status,
        answer.reason,
        answer.missing,
        product=row.product,
        topic="safety",
        row=row.id,
        cites=row.cites,
        seen=row.seen,
        notes=row.notes,
    )
