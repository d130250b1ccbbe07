"""The judge: what the rules say on a morning, person by person.

Every rule is met, not met, or not known, because something that it looks at is missing; the
three are kept apart all the way (Kleene). Limits come first, then stopping, then the dose, then
the next session. What is not known never brings a session or a larger dose about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sordino.course import Rule
from sordino.course.rule import TOLERATED
from sordino.rules.board import NEVER, Board, Days, Flags, Numbers
from sordino.rules.policy import Policy

State = NDArray[np.int8]
UNKNOWN, NOT_MET, MET = -1, 0, 1

CLOSE = 1e-9
"""Sums of doses are equal up to rounding."""


@dataclass(frozen=True, eq=False)
class Looked:
    """A number that a rule looked at: what it is, of which day, and its limit.

    `what`: "relief", "pain", the names of `TOLERATED`, "sessions", "days since", "dose" or
    "cumulative dose". `day`: last day that it is about, `NEVER` where that is still to come.
    """

    what: str
    value: Numbers
    limit: Numbers
    day: Days


@dataclass(frozen=True, eq=False)
class Verdict:
    """What one rule says; `state` is `MET`, `NOT_MET` or `UNKNOWN` for each person.

    A limit is met when it holds a session back today.
    """

    rule: Rule
    state: State
    looked: tuple[Looked, ...]


@dataclass(frozen=True, eq=False)
class Judgement:
    """What follows from all rules today, person by person.

    `stop`: a rule ends the course. `wanted`: the plan or a rule asks for a session. `forbidden`:
    whether a limit holds it back. `give`: a session is given today, of `dose`.
    """

    verdicts: tuple[Verdict, ...]
    stop: Flags
    wanted: Flags
    forbidden: State
    dose: Numbers
    give: Flags


def judge(policy: Policy, board: Board) -> Judgement:
    """What the rules of a policy say of everybody on a board."""
    following = [_next(rule, policy, board) for rule in policy.of_kind("next")]
    wanted = _wanted(policy, board, following)
    stopping = [_stop(rule, board, wanted) for rule in policy.of_kind("stop")]
    moving = [
        _tolerated(rule, board, wanted)
        for kind in ("raise", "lower")
        for rule in policy.of_kind(kind)
    ]
    dose, holding = _dose_within_limits(policy, board, moving)
    stop = any_of([v.state for v in stopping], board.people) == MET
    forbidden = any_of([v.state for v in holding], board.people)
    found = {v.rule.id: v for v in (*following, *stopping, *moving, *holding)}
    ladder = [_ladder(rule, board) for rule in policy.of_kind("doses")]
    found |= {v.rule.id: v for v in ladder}
    return Judgement(
        verdicts=tuple(found[rule.id] for rule in policy.rules),
        stop=stop,
        wanted=wanted,
        forbidden=forbidden,
        dose=dose,
        give=wanted & ~stop & (forbidden == NOT_MET),
    )


def any_of(states: list[State], people: int) -> State:
    """Met where one is met, not met where none is, else not known."""
    if not states:
        return np.full(people, NOT_MET, np.int8)
    every = np.stack(states)
    unsure = np.where((every == UNKNOWN).any(axis=0), UNKNOWN, NOT_MET)
    return np.where((every == MET).any(axis=0), MET, unsure).astype(np.int8)


def all_of(states: list[State], people: int) -> State:
    """Met where all are met, not met where one is not, else not known."""
    if not states:
        return np.full(people, MET, np.int8)
    every = np.stack(states)
    unsure = np.where((every == UNKNOWN).any(axis=0), UNKNOWN, MET)
    return np.where((every == NOT_MET).any(axis=0), NOT_MET, unsure).astype(np.int8)


def _state(condition: Flags, *seen: Numbers) -> State:
    """Whether a condition holds, where everything that it rests on is a number."""
    known = ~np.isnan(np.stack(seen)).any(axis=0)
    return np.where(known, np.where(condition, MET, NOT_MET), UNKNOWN).astype(np.int8)


def _full(board: Board, value: float) -> Numbers:
    return np.full(board.people, value)


def _next(rule: Rule, policy: Policy, board: Board) -> Verdict:
    """Whether pain, or relief, of the last days asks for another session, once the plan is over."""
    over = np.full(board.people, MET if board.today > policy.last_planned else NOT_MET, np.int8)
    last = np.full(board.people, board.today - 1)
    pain = board.mean(last - (rule.over or 1) + 1, last)
    if rule.pain_above is not None:
        limit = _full(board, rule.pain_above)
        looked = Looked("pain", pain, limit, last)
        asked = _state(pain > limit, pain)
        return Verdict(rule, all_of([over, asked], board.people), (looked,))
    limit, relief = _full(board, rule.relief_below or 0.0), board.relief(pain)
    looked = Looked("relief", relief, limit, last)
    asked = _state(relief < limit, relief)
    return Verdict(rule, all_of([over, asked], board.people), (looked,))


def _wanted(policy: Policy, board: Board, following: list[Verdict]) -> Flags:
    """Whether the plan, a rule of kind next, or the longest interval asks for a session today."""
    planned = np.full(board.people, board.today in policy.planned)
    if not following:
        return planned
    asked = any_of([v.state for v in following], board.people) == MET
    since = board.today - board.day_of()
    for rule in policy.of_kind("limits"):
        most = rule.days_of("max_interval")
        if most is not None:
            asked |= (since >= most) & (board.count > 0)
    return planned | (asked & (board.today > policy.last_planned))


def _stop(rule: Rule, board: Board, wanted: Flags) -> Verdict:
    """Whether each of the last sessions brought too little."""
    limit, needed = _full(board, rule.relief or 0.0), rule.sessions or 1
    looked: list[Looked] = []
    for back in reversed(range(needed)):
        day, relief = _relief_after(rule, board, wanted, back)
        looked.append(Looked("relief", relief, limit, day))
    little = all_of([_state(k.value < k.limit, k.value) for k in looked], board.people)
    enough = board.count >= needed
    count = Looked("sessions", board.count.astype(float), _full(board, needed), board.day_of())
    return Verdict(rule, np.where(enough, little, NOT_MET).astype(np.int8), (count, *looked))


def _relief_after(rule: Rule, board: Board, wanted: Flags, back: int) -> tuple[Days, Numbers]:
    """The day on which relief after a session is looked at, and the relief, percent.

    The next session, given or wanted today, ends the look the evening before it.
    """
    start = board.day_of(back)
    coming = np.where(wanted, board.today, NEVER)
    following = board.day_of(back - 1) if back else coming
    look = np.minimum(start + (rule.day or 1), following - 1)
    there = (board.count > back) & (look < board.rated_until)
    first = np.minimum(start + 1, look) if rule.look == "until" else look
    safe = np.where(there, look, board.first_day - 1)
    pain = board.mean(np.where(there, first, safe), safe)
    day = np.where((board.count > back) & (look < NEVER), look, NEVER)
    return day, board.relief(pain)


def _tolerated(rule: Rule, board: Board, wanted: Flags) -> Verdict:
    """Whether what the last session did beside relief lets the dose go up, or asks for less."""
    looked: list[Looked] = []
    states: list[State] = []
    day, up = board.day_of(), rule.kind == "raise"
    for name in TOLERATED:
        limit = getattr(rule, name)
        if limit is not None:
            found = board.last(board.peaks[name]).astype(float)
            found = np.where(board.count > 0, found, np.nan)
            looked.append(Looked(name, found, _full(board, limit), day))
            states.append(_state(found < limit if up else found > limit, found))
    if not up:
        states = [any_of(states, board.people)]
    else:
        states.append(np.where(board.held, NOT_MET, MET).astype(np.int8))
    if up and rule.relief is not None:
        at, relief = _relief_after(rule, board, wanted, 0)
        looked.append(Looked("relief", relief, _full(board, rule.relief), at))
        states.append(_state(relief < rule.relief, relief))
    begun = np.where(board.count > 0, all_of(states, board.people), NOT_MET)
    return Verdict(rule, begun.astype(np.int8), tuple(looked))


def _ladder(rule: Rule, board: Board) -> Verdict:
    return Verdict(rule, np.full(board.people, NOT_MET, np.int8), ())


def _dose_within_limits(
    policy: Policy, board: Board, moving: list[Verdict]
) -> tuple[Numbers, list[Verdict]]:
    """The dose, and what limits say of it; it is not raised where only that breaks a limit."""

    def limited(dose: Numbers) -> list[Verdict]:
        return [_limits(rule, policy, board, dose) for rule in policy.of_kind("limits")]

    dose = _dose(policy, board, moving)
    kept = _dose(policy, board, [v for v in moving if v.rule.kind == "lower"])
    broken = any_of([v.state for v in limited(dose)], board.people) != NOT_MET
    dose = np.where(broken, np.minimum(dose, kept), dose)
    return dose, limited(dose)


def _dose(policy: Policy, board: Board, moving: list[Verdict]) -> Numbers:
    """The dose of a session today: that of the last step, moved by rules, cut to limits."""
    if not policy.of_kind("doses"):
        dose = _full(board, policy.dose)
    else:
        last = board.last(board.doses).astype(float)
        step = np.searchsorted(policy.steps, last * (1.0 + CLOSE) + CLOSE, side="right") - 1
        for verdict in moving:
            way = 1 if verdict.rule.kind == "raise" else -1
            step = step + way * (verdict.state == MET)
        moved = policy.steps[np.clip(step, 0, len(policy.steps) - 1)]
        dose = np.where(board.count > 0, moved, policy.dose)
    for rule in policy.of_kind("limits"):
        if rule.max_dose is not None:
            dose = np.minimum(dose, policy.limit(rule.max_dose, board.weight))
    return dose


def _limits(rule: Rule, policy: Policy, board: Board, dose: Numbers) -> Verdict:
    """Whether a limit holds a session of this dose back today."""
    looked = list(_limited(rule, policy, board, dose))
    over = {
        "days since": lambda k: k.value < k.limit,
        "sessions": lambda k: k.value >= k.limit,
        "cumulative dose": lambda k: k.value > k.limit * (1.0 + CLOSE),
        "dose": lambda k: k.value > k.limit * (1.0 + CLOSE),
    }
    states = [_state(over[k.what](k), k.value, k.limit) for k in looked]
    return Verdict(rule, any_of(states, board.people), tuple(looked))


def _limited(rule: Rule, policy: Policy, board: Board, dose: Numbers) -> Iterator[Looked]:
    last = board.day_of()
    least = rule.days_of("min_interval")
    if least is not None:
        since = np.where(board.count > 0, board.today - last, NEVER).astype(float)
        yield Looked("days since", since, _full(board, least), last)
    if rule.max_sessions is not None:
        yield Looked("sessions", board.count.astype(float), _full(board, rule.max_sessions), last)
    if rule.max_dose is not None:
        yield Looked("dose", dose, policy.limit(rule.max_dose, board.weight), last)
    if rule.max_cumulative_dose is not None:
        window = rule.days_of("within") or float(NEVER)
        number = np.arange(len(board.days))[:, None]
        recent = (number < board.count) & (board.today - board.days < window)
        total = np.where(recent, board.doses, 0.0).sum(axis=0) + dose
        yield Looked(
            "cumulative dose", total, policy.limit(rule.max_cumulative_dose, board.weight), last
        )
