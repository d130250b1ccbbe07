"""What the rules say of a record today, and why: the answer for a visit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np

from sordino.course import Course, rule_sentence
from sordino.record import Record
from sordino.rules.board import NEVER
from sordino.rules.judge import MET, NOT_MET, UNKNOWN, Judgement, Looked, Verdict, judge
from sordino.rules.policy import Policy, policy_of
from sordino.rules.record import Read, last_day, read_board

State = Literal["met", "not met", "not known", "kept", "holds back", "says"]
"""`kept`, `holds back`: a limit today; `says`: a rule that decides nothing by itself."""
Action = Literal["session", "wait", "stop", "done", "cannot tell"]

STATES: dict[int, State] = {MET: "met", NOT_MET: "not met", UNKNOWN: "not known"}
LIMITS: dict[int, State] = {MET: "holds back", NOT_MET: "kept", UNKNOWN: "not known"}
AHEAD_DAYS = 120
"""How far a planned session is looked for."""
NAMES = {
    "relief": ("relief", "percent"),
    "pain": ("pain", "of 10"),
    "cadss": ("CADSS", ""),
    "systolic_rise": ("rise of systolic pressure", "mmHg"),
    "systolic": ("systolic pressure", "mmHg"),
    "sessions": ("sessions", ""),
    "days since": ("days since the last session", ""),
}


@dataclass(frozen=True)
class RuleFound:
    """One rule on a record: its sentence, its source (or "assumed"), met or not, the numbers that
    it looked at, what it lacks."""

    id: str
    says: str
    source: str
    state: State
    looked: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Advice:
    """What the rules say on the morning of `today`.

    `action`: a session on `day` of `dose`; to wait; to stop; done: no rule asks for more; or that
    it cannot be told. `because`: rules behind it. `by_forecast`: the day rests on a forecast.
    """

    today: date
    action: Action
    day: date | None
    dose: str
    text: str
    because: tuple[str, ...]
    by_forecast: bool
    rules: tuple[RuleFound, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]


def advise(
    course: Course,
    record: Record,
    today: date | None = None,
    ahead: Mapping[date, float] | None = None,
) -> Advice:
    """What the rules of a course say of a record.

    `today`: the day to decide on, the day after the last entry unless stated; `ahead`: pain that
    is forecast without a further session, by day, which only rules of kind `next` look at.

    Raises InputError for a course without rules, and a record without ratings and sessions.
    """
    policy = policy_of(course)
    morning = today or last_day(record) + timedelta(days=1)
    now = read_board(policy, record, morning)
    found = judge(policy, now.board)
    action = _decided(policy, record, morning, now, found, ahead or {})
    rules = tuple(_found(v, now) for v in found.verdicts)
    unsure = _unsure(found, rules)
    if unsure and action.action == "session":
        action = replace(action, text=f"{action.text} {unsure}")
    missing = [text for rule in rules for text in rule.missing]
    every = tuple(dict.fromkeys([*missing, *action.missing]))
    return replace(action, rules=rules, missing=every, notes=tuple(_notes(policy, now)))


def _decided(
    policy: Policy,
    record: Record,
    morning: date,
    now: Read,
    found: Judgement,
    ahead: Mapping[date, float],
) -> Advice:
    """The first day on which the rules give a session, or why there is none."""
    plain = Advice(morning, "wait", None, "", "", (), False, (), (), ())
    if found.stop[0]:
        because = _ids(found, "stop")
        text = f"Stop: no further session ({_named(because)})."
        return replace(plain, action="stop", text=text, because=because)
    for later in range(AHEAD_DAYS):
        day = morning + timedelta(days=later)
        then, judged = _on(policy, record, morning, day, ahead)
        if judged.wanted[0] and judged.forbidden[0] == UNKNOWN:
            lacks = tuple(text for v in judged.verdicts for text in _missing(v, then))
            said = (
                f"A session is due on {words_of(day)}, and whether a limit forbids it is not known."
            )
            return replace(plain, action="cannot tell", day=day, text=said, missing=lacks)
        if judged.give[0]:
            return _session(policy, plain, now, judged, day, forecast=_by_forecast(then, judged))
    return _none(policy, plain, now, found, len(ahead))


def _on(
    policy: Policy, record: Record, morning: date, day: date, ahead: Mapping[date, float]
) -> tuple[Read, Judgement]:
    """What the rules will say on a later day, if nothing else is given or written until then."""
    coming = {d: pain for d, pain in ahead.items() if morning <= d < day}
    then = read_board(policy, record, morning, coming)
    then.board.today += (day - morning).days
    return then, judge(policy, then.board)


def _by_forecast(then: Read, judged: Judgement) -> bool:
    """Whether a rule of kind next that is met looked at days that are not written yet."""
    met = [v for v in judged.verdicts if v.rule.kind == "next" and v.state[0] == MET]
    return any(int(k.day[0]) >= then.board.rated_until for v in met for k in v.looked)


def _session(
    policy: Policy, plain: Advice, now: Read, judged: Judgement, day: date, *, forecast: bool
) -> Advice:
    dose = float(judged.dose[0])
    moved = tuple(
        v.rule.id
        for v in judged.verdicts
        if v.rule.kind in ("raise", "lower") and v.state[0] == MET
    )
    asked = () if _planned(policy, now, day) else _ids(judged, "next")
    change = _change(now, dose, policy)
    when = "today" if day == plain.today else f"on {words_of(day)}"
    why = "as planned" if _planned(policy, now, day) else _asked(asked, forecast=forecast)
    text = f"Session {when}, {why}: {dose:.4g} {policy.unit}{change}"
    changed = moved if change and "cut" not in change else ()
    said = f"{text} ({_named(changed)})." if changed else f"{text}."
    return replace(
        plain,
        action="session",
        day=day,
        dose=f"{dose:.4g} {policy.unit}",
        text=said,
        because=(*asked, *changed),
        by_forecast=forecast,
    )


def _planned(policy: Policy, now: Read, day: date) -> bool:
    return (day - now.zero).days in policy.planned


def _asked(asked: tuple[str, ...], *, forecast: bool) -> str:
    if not asked:
        return "at the latest"
    return f"asked for by {_named(asked)}{' on the forecast' if forecast else ''}"


def _change(now: Read, dose: float, policy: Policy) -> str:
    if not now.sessions:
        return ""
    last = float(now.board.doses[now.board.count[0] - 1, 0])
    if np.isclose(dose, last, rtol=1e-3):
        return ", as last time"
    return f", {'more' if dose > last else 'less'} than the last {last:.4g} {policy.unit}"


def _none(policy: Policy, plain: Advice, now: Read, found: Judgement, ahead_days: int) -> Advice:
    """No session is in sight: rules may still ask for one, or nothing does."""
    after = policy.of_kind("next")
    held = _ids(found, "limits")
    if held and (after or found.wanted[0]):
        text = f"No session: {_named(held)} holds it back."
        return replace(plain, action="wait", text=text, because=held)
    if after:
        said = rule_sentence(after[0])
        seen = (
            f" On the forecast that is not so in the next {ahead_days} days." if ahead_days else ""
        )
        return replace(plain, text=f"No session now. {said}{seen}", because=(after[0].id,))
    return replace(
        plain, action="done", text="The planned sessions are over, and no rule asks for another."
    )


def _ids(found: Judgement, kind: str) -> tuple[str, ...]:
    return tuple(v.rule.id for v in found.verdicts if v.rule.kind == kind and v.state[0] == MET)


def _named(ids: tuple[str, ...]) -> str:
    return f"rule{'s' if len(ids) > 1 else ''} {', '.join(ids)}"


def words_of(day: date) -> str:
    """A day as people write it."""
    return f"{day.day} {day:%B %Y}"


def _found(verdict: Verdict, now: Read) -> RuleFound:
    rule = verdict.rule
    return RuleFound(
        id=rule.id,
        says=rule_sentence(rule),
        source=rule.source or "assumed",
        state=_word(verdict),
        looked=tuple(_looked(k, now) for k in verdict.looked if _there(k)),
        missing=tuple(_missing(verdict, now)),
    )


def _unsure(found: Judgement, rules: tuple[RuleFound, ...]) -> str:
    """What to say where a rule might end the course, and cannot be judged."""
    unknown = [v.rule.id for v in found.verdicts if v.rule.kind == "stop" and v.state[0] == UNKNOWN]
    lacks = [text for rule in rules if rule.id in unknown for text in rule.missing]
    if not unknown:
        return ""
    return f"But {_named(tuple(unknown))} might stop the course; missing: {'; '.join(lacks)}."


def _word(verdict: Verdict) -> State:
    if verdict.rule.kind == "doses":
        return "says"
    words = LIMITS if verdict.rule.kind == "limits" else STATES
    return words[int(verdict.state[0])]


def _there(looked: Looked) -> bool:
    never = looked.what == "days since" and looked.value[0] >= NEVER
    return not np.isnan(looked.value[0]) and not never


def _looked(looked: Looked, now: Read) -> str:
    name, unit = NAMES.get(looked.what, (looked.what, ""))
    if "dose" in looked.what:
        unit = now.dose_unit
    unit = f" {unit}" if unit else ""
    dated = looked.what not in ("sessions", "days since", "dose", "cumulative dose")
    when = f" of {words_of(now.date_of(int(looked.day[0])))}" if dated else ""
    return f"{name}{when}: {_number(looked)}{unit} (limit {looked.limit[0]:.4g})"


def _number(looked: Looked) -> str:
    value = float(looked.value[0]) + 0.0
    return f"{round(value)}" if looked.what == "relief" else f"{value:.3g}"


def _missing(verdict: Verdict, now: Read) -> Iterator[str]:
    """What a rule lacks, where its state is not known."""
    if verdict.state[0] != UNKNOWN:
        return
    board = now.board
    for looked in verdict.looked:
        if _there(looked) and not np.isnan(looked.limit[0]):
            continue
        day = int(looked.day[0])
        if looked.what in ("relief", "pain"):
            if looked.what == "relief" and np.isnan(board.base[0]):
                yield "pain before treatment: ratings of the week before, or pain in the course"
            if day >= board.rated_until:
                yield (
                    "the next rating"
                    if day >= NEVER
                    else f"the rating of {words_of(now.date_of(day))}, still to come"
                )
            elif np.isnan(board.rating(np.array([day]))[0]):
                yield f"a rating of {words_of(now.date_of(day))}"
        elif looked.what in NAMES:
            name = NAMES[looked.what][0]
            yield f"{name} in the session of {words_of(now.date_of(day))}"
        else:
            yield "body weight, or the dose of a session in the unit of the course"


def _notes(policy: Policy, now: Read) -> Iterator[str]:
    if now.base_from:
        yield f"Pain before treatment: {now.board.base[0]:.1f} of 10, {now.base_from}."
    if now.held_by and policy.of_kind("raise"):
        yield f"The dose is not raised after the last session: {now.held_by}."
    yield (
        "Rules are those of the course file. They know nothing of contraindications: sordino "
        "screen does."
    )
