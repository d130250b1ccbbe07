"""What may come next: the rest of the plan, nothing more, or something else.

Each choice is a course: the sessions as they were given, and then those to come.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sordino.course import Course, Treatment, load_course
from sordino.course.administration import Session as Planned
from sordino.course.rule_checks import drug_treatment
from sordino.errors import InputError
from sordino.patient import Patient
from sordino.record import Record
from sordino.record.times import as_clock, moment_text
from sordino.rules.record import last_day

HORIZON_DAYS = 28
WATCHED_DAYS = 366
USUAL_START = timedelta(hours=10)
"""Clock time of a session where no session has been given yet."""
WEEKLY = 4

SCHEDULE = {"days", "every", "times", "start", "at"}


@dataclass(frozen=True)
class Choice:
    """One way on: its name, a line about it, and all doses from the first one given.

    `sessions_h`: hours of the sessions to come. Without any dose, given or to come, there is no
    course.
    """

    name: str
    title: str
    course: Course | None
    sessions_h: tuple[float, ...]


@dataclass(frozen=True)
class Standing:
    """Where a record stands: `zero` is the first session, given or to come; `end` the last day
    with an entry of the diary or a session; `given` the sessions as a course, if there were any."""

    record: Record
    plan: Course
    patient: Patient
    zero: datetime
    end: date
    given: Course | None

    def hours(self, moment: datetime | date) -> float:
        """Hours from `zero`; a day counts as its evening."""
        return (as_clock(moment, self.zero) - self.zero) / timedelta(hours=1)

    @property
    def next_start(self) -> datetime:
        """When a session could be next: the day after the end, at the hour of the last one."""
        usual = datetime.combine(self.end, datetime.min.time(), tzinfo=self.zero.tzinfo)
        last = self.record.given[-1].start if self.record.given else usual + USUAL_START
        day = self.end + timedelta(days=1)
        return datetime.combine(day, last.timetz() if last.tzinfo else last.time())


def standing(record: Record, plan: Course) -> Standing:
    """Where a record stands.

    Raises InputError for a record without ratings of pain, or one that is too long.
    """
    days, _ = record.diary.answered("pain")
    if not len(days):
        raise InputError(
            "no rating of pain in the diary",
            where="record",
            allowed="at least one diary entry named pain, 0 to 10",
            hint="sordino record template shows a diary",
        )
    end = last_day(record)
    patient = _known(record, plan)
    given = None
    if record.given:
        until = f"{WATCHED_DAYS} days"
        given = record.course(until=until, patient=patient, like=plan)
    found = Standing(record, plan, patient, record.origin or datetime.min, end, given)
    if record.origin is None:
        zero = datetime.combine(end + timedelta(days=1), datetime.min.time()) + USUAL_START
        found = Standing(record, plan, patient, zero, end, None)
    last_h = found.hours(end + timedelta(days=HORIZON_DAYS))
    if last_h > WATCHED_DAYS * 24.0:
        raise InputError(
            f"the record ends {found.hours(end) / 24.0:.0f} days after its first session",
            where="record",
            allowed=f"up to {WATCHED_DAYS - HORIZON_DAYS - 1} days",
            hint="leave out the sessions and entries of an earlier course",
        )
    return found


def _known(record: Record, plan: Course) -> Patient:
    """The patient of the plan, with the weight of the record where the plan has none.

    Pain is left out: the diary says more of it, and the model would take it as exact.
    """
    weights = [v.value for v in record.vitals if v.name == "weight"]
    update: dict[str, Any] = {"pain": None}
    if plan.patient.weight is None and weights:
        update["weight"] = f"{weights[-1]:g} kg"
    return plan.patient.model_copy(update=update)


def choices(now: Standing, others: Mapping[str, Course] | None = None) -> tuple[Choice, ...]:
    """The rest of the plan, no further session, more of the last one, and courses by name.

    Sessions of the plan count from the first session given; those after the end of the record
    are still to come. Other courses begin the day after the record ends. Raises InputError for a
    course without a dose, and what a course may not hold.
    """
    return tuple(_choices(now, others or {}))


def _choices(now: Standing, others: Mapping[str, Course]) -> Iterator[Choice]:
    left = tuple(s for s in now.plan.sessions() if _still_to_come(now, s))
    if left:
        count = "1 session" if len(left) == 1 else f"{len(left)} sessions"
        yield _choice(now, "plan", f"The plan: {count} to come", now.plan, left, 0.0)
    yield Choice("stop", "No further session", now.given, ())
    if now.record.given:
        yield _again(now, "once", "One more like the last", 1)
        yield _again(now, "weekly", f"{WEEKLY} more like the last, weekly", WEEKLY)
    for name, course in others.items():
        if not course.sessions():
            raise InputError(
                "this course has no ketamine or esketamine treatment",
                where=name,
                allowed="at least one dose",
            )
        shift = now.hours(now.next_start)
        yield _choice(now, name, course.title, course, course.sessions(), shift)


def _still_to_come(now: Standing, session: Planned) -> bool:
    if not now.record.given:
        return True
    start = now.zero + timedelta(hours=session.start_h)
    return start > as_clock(now.end, now.zero) and start.date() > now.end


def _choice(
    now: Standing,
    name: str,
    title: str,
    source: Course,
    sessions: Sequence[Planned],
    shift_h: float,
) -> Choice:
    """Sessions of a course, put after those that were given."""
    by_treatment: dict[int, list[datetime]] = {}
    for session in sessions:
        start = now.zero + timedelta(hours=session.start_h + shift_h)
        by_treatment.setdefault(session.treatment, []).append(start)
    tables = [_table(source.treatment[k], starts) for k, starts in by_treatment.items()]
    hours = tuple(s.start_h + shift_h for s in sessions)
    return Choice(name, title, _joined(now, tables), hours)


def _again(now: Standing, name: str, title: str, times: int) -> Choice:
    """The last session that was given, again."""
    assert now.given is not None
    last = now.given.treatment[now.given.sessions()[-1].treatment]
    starts = [now.next_start + timedelta(days=7 * k) for k in range(times)]
    hours = tuple(now.hours(start) for start in starts)
    return Choice(name, title, _joined(now, [_table(last, starts)]), hours)


def by_rules(now: Standing, day: date, dose: str) -> Choice:
    """One session on a day with the dose that the rules of the plan ask for, and none after it."""
    treatment = drug_treatment(now.plan)
    changed = {} if treatment.dose is None or not now.plan.rule else {"dose": dose}
    table = treatment.model_dump(mode="json", exclude_none=True) | changed
    start = datetime.combine(day, now.next_start.timetz())
    title = f"By the rules: {dose} on {day.day} {day:%B}"
    joined = _joined(now, [_table(Treatment.model_validate(table), [start])])
    return Choice("rules", title, joined, (now.hours(start),))


def _table(treatment: Treatment, starts: Sequence[datetime]) -> dict[str, Any]:
    """A treatment at other times."""
    table = treatment.model_dump(mode="json", exclude_none=True)
    kept = {key: value for key, value in table.items() if key not in SCHEDULE}
    return kept | {"at": [moment_text(start) for start in starts]}


def _joined(now: Standing, tables: list[dict[str, Any]]) -> Course:
    """What was given and what is to come as one course."""
    given = []
    if now.given is not None:
        given = [t.model_dump(mode="json", exclude_none=True) for t in now.given.treatment]
    document = {
        "title": now.plan.title,
        "patient": now.patient.model_dump(mode="json", exclude_none=True),
        "treatment": [*given, *tables],
        "observe": {"until": f"{WATCHED_DAYS} days"},
        "models": now.plan.models.model_dump(exclude_none=True),
    }
    return load_course(document)
