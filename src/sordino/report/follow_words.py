"""What following a person found, in sentences and tables: for the visit, and for the person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from sordino.following import Followed, Forecast, Range
from sordino.following.forecast import THRESHOLDS, WORTH_POINTS
from sordino.record import Session
from sordino.report import words
from sordino.report.tables import Table
from sordino.rules import Advice, RuleFound

RULES = "What the rules of the plan say"
LITTLE_TOLD = 10.0
"""A chance that a diary moves by fewer of 100 has not told much."""
SMALL_POINTS = 0.3
NBSP = "\N{NO-BREAK SPACE}"
WEEK = 7


def ranged(found: Range, digits: int = 1) -> str:
    """A number with its range."""
    low, high = (words.fixed(v, digits) for v in (found.low, found.high))
    # In a narrow column a range stays on one line.
    return f"{words.fixed(found.value, digits)} ({low}{NBSP}to{NBSP}{high})"


def of_100(value: float) -> str:
    """A count out of 100, never surer than the computation is."""
    if value < 1.0:
        return f"fewer than{NBSP}1"
    return f"more than{NBSP}99" if value > 99.0 else words.whole(value)


def given(found: Followed) -> str:
    """What was given so far, in a sentence."""
    sessions = found.standing.record.given
    if not sessions:
        return "No session has been given yet."
    first, last = sessions[0].start, sessions[-1].start
    count = "1 session" if len(sessions) == 1 else f"{len(sessions)} sessions"
    when = (
        f"on {first:%d %B %Y}"
        if first.date() == last.date()
        else (f"from {first:%d %B} to {last:%d %B %Y}")
    )
    return f"{count} given {when}: {words.listed(_amounts(sessions))}."


def _amounts(sessions: Sequence[Session]) -> list[str]:
    total: dict[tuple[str, str, str], float] = {}
    for s in sessions:
        key = s.drug, s.route, s.dose.unit
        total[key] = total.get(key, 0.0) + s.dose.value
    return [
        f"{dose:.4g} {unit} of {drug} in all, {route}"
        for (drug, route, unit), dose in total.items()
    ]


def went(found: Followed) -> str:
    """How the pain went, as it was written."""
    ratings = found.ratings
    before = ratings.pain[ratings.time_h < 0.0]
    late = ratings.pain[-WEEK:]
    said = f"Mean of the last {len(late)} days of the diary: {_mean(late)} of 10"
    if np.isfinite(before).any():
        return f"{said}; of the {len(before)} days before the first session: {_mean(before)}."
    return f"{said}; nothing was written before the first session."


def _mean(values: np.ndarray) -> str:
    known = values[np.isfinite(values)]
    return words.fixed(float(known.mean()), 1) if len(known) else "nothing written"


def changed(found: Followed) -> str:
    """Where the change so far came from."""
    c = found.change
    return (
        f"Untreated, pain would be {ranged(c.before)} of 10; it is now {ranged(c.now)}, good and "
        f"bad days taken out. Of the {ranged(c.total)} points less, the drug takes off "
        f"{ranged(c.drug)}, being treated without drug would take off {ranged(c.expectation)}, and "
        f"{ranged(c.drift)} has nothing to do with treatment."
    )


def slow(found: Followed) -> str:
    """Whether this is a slow responder, and how much the diary says of it."""
    now, was = found.slow_responder, found.slow_responder_was
    text = (
        f"Of 100 people with such a diary {of_100(now)} would be slow responders; before the diary "
        f"{of_100(was)}."
    )
    if abs(now - was) < LITTLE_TOLD:
        return f"{text} The diary says little about it."
    return text


def best(found: Followed) -> str:
    """How the choices differ, in a sentence."""
    others = [f for f in found.forecasts if f.name != "stop"]
    if not others:
        return "There is no further session to choose."
    top = max(others, key=lambda f: f.gained.value)
    if top.gained.high < SMALL_POINTS:
        return (
            f"None of the choices is expected to differ from stopping by {SMALL_POINTS} points "
            "over the next four weeks."
        )
    return (
        f"The choice with most to gain over the next four weeks is “{top.title}”: "
        f"{ranged(top.gained)} points better than no further session, and at least "
        f"{WORTH_POINTS:.0f} point better in {of_100(top.better)} of 100."
    )


def answer(found: Followed) -> list[str]:
    """What matters most, in a few sentences."""
    return [given(found), went(found), changed(found), slow(found), best(found)]


def options(found: Followed) -> Table:
    """Every choice with what it would bring."""
    header = (
        "Choice",
        "Mean pain in week 4",
        *(f"{t} percent less, of 100" for t in THRESHOLDS),
        "Better than stopping by",
        "By a point, of 100",
        "Due to the drug",
    )
    rows = tuple(_option(f) for f in found.forecasts)
    caption = "People with such a diary; in brackets, where 90 of 100 lie."
    return Table(caption, header, rows)


def _option(f: Forecast) -> tuple[str, ...]:
    stop = f.name == "stop"
    return (
        f.title,
        ranged(f.mean_last_week),
        *(of_100(f.relief[t]) for t in THRESHOLDS),
        "–" if stop else ranged(f.gained),
        "–" if stop else of_100(f.better),
        ranged(f.drug),
    )


def rules(found: Followed) -> Table:
    """Every rule of the plan with what it looked at."""
    rows = () if found.advice is None else tuple(_rule(one) for one in found.advice.rules)
    header = ("Rule", "Today", "Looked at")
    return Table("Rules of the plan on the day after the record ends.", header, rows)


def rules_shortly(advice: Advice) -> str:
    """Which rules are met, not met, or not known, in a line."""
    states: dict[str, list[str]] = {}
    for one in advice.rules:
        if one.state != "says":
            states.setdefault(one.state, []).append(one.id)
    return " ".join(
        words.sentence(f"{state}: {words.listed(names)}") for state, names in states.items()
    )


def _rule(one: RuleFound) -> tuple[str, ...]:
    says = one.says if one.source != "assumed" else f"{one.says} Assumed."
    lacks = f"missing: {'; '.join(one.missing)}" if one.missing else ""
    looked = "; ".join([*one.looked, *([lacks] if lacks else [])])
    return (f"{one.id}: {says}", one.state, looked or "–")


def sessions(found: Followed) -> Table:
    """What was given, session by session."""
    rows = [_session(s) for s in found.standing.record.sessions]
    header = ("Start", "Given", "Planned", "Length", "What happened")
    return Table("Sessions of the record.", header, tuple(rows))


def _session(s: Session) -> tuple[str, ...]:
    length = (
        "at once" if s.end == s.start else words.minutes((s.end - s.start) / timedelta(minutes=1))
    )
    notes = [f"{len(s.pauses)} pauses"] if s.pauses else []
    return (
        f"{s.start:%Y-%m-%d %H:%M}",
        f"{s.dose.value:g} {s.dose.unit} of {s.drug}, {s.route}" if s.given else "not given",
        "–" if s.planned is None else f"{s.planned.value:g} {s.planned.unit}",
        length if s.given else "–",
        "; ".join([*notes, *([s.note] if s.note else [])]) or "–",
    )


def effects(found: Followed) -> Table:
    """Side effects that the record holds."""
    rows = [
        (e.name.replace("_", " "), e.severity.replace("_", " "), str(e.time)[:16], e.note or "–")
        for e in found.standing.record.effects
    ]
    return Table("Side effects of the record.", ("What", "How bad", "When", "Note"), tuple(rows))


DIGITS = {"base_pain": 1, "half_time_slow": 0, "c50_fast": 0, "habit_wait": 0}


def learned(found: Followed) -> Table:
    """What the diary taught about each number of the person."""
    rows = [
        (
            f"{one.meaning} ({one.unit})",
            ranged(one.before, DIGITS.get(one.name, 2)),
            ranged(one.now, DIGITS.get(one.name, 2)),
            words.whole(100.0 * one.told),
        )
        for one in found.learned
    ]
    header = ("Number", "In everybody", "In this person", "Learned, percent")
    caption = (
        "Middle and the middle 90 of 100, before the diary and with it. “Learned” is how much of "
        "the spread the diary took away."
    )
    return Table(caption, header, tuple(rows))


MUCH = 0.3


def most_learned(found: Followed) -> str:
    """Which numbers the diary taught something about, and which it did not."""
    much = [one.meaning for one in found.learned if one.told >= MUCH]
    little = [one.meaning for one in found.learned if one.told < 0.1]
    said = f"It taught much about: {words.listed(much)}. " if much else "It taught little. "
    return said + (f"Next to nothing about: {words.listed(little)}." if little else "")


def trust(found: Followed) -> list[str]:
    """How far the computation can be relied on."""
    t = found.trust
    said = [
        f"{t.particles} particles over {t.people} virtual people are worth {t.effective:.0f} "
        f"independent draws; {100.0 * t.agreement:.0f} percent of the separate runs agree; the "
        f"worst tail of weights has a Pareto k of {t.shape:.2f} (above 0.7 is poor). Weighting the "
        f"virtual people in one step would have given {t.first_shape:.2f}."
    ]
    if not t.sound:
        said.insert(
            0,
            "These numbers are not reliable: no set of virtual people that was tried fits this "
            "record well. Look for wrong entries first.",
        )
    elif t.repeated:
        said.append("A first, smaller computation was not good enough and was repeated.")
    return said


def for_person(found: Followed) -> list[tuple[str, list[str]]]:
    """The page for the person: headings and plain sentences."""
    return [
        ("What you were given", [_given_plainly(found)]),
        ("How your pain went", _pain_plainly(found)),
        ("What may have helped", _helped_plainly(found)),
        ("What may come", [_coming_plainly(found), *_rules_plainly(found)]),
        ("How sure we are", _sure_plainly(found)),
    ]


def _given_plainly(found: Followed) -> str:
    count = len(found.standing.record.given)
    if not count:
        return "You have had no session yet. What you wrote shows your pain without treatment."
    return f"You have had {'1 session' if count == 1 else f'{count} sessions'} so far."


def _pain_plainly(found: Followed) -> list[str]:
    rated = int(found.ratings.known.sum())
    c = found.change
    less = c.total.value
    first = (
        f"You wrote down your pain on {rated} days. Thank you: without it, nothing here could be "
        "said about you."
    )
    if abs(less) < SMALL_POINTS:
        return [first, "Good and bad days aside, your pain is about what it was before."]
    word = "less" if less > 0 else "more"
    return [
        first,
        f"Good and bad days aside, your pain is about {words.fixed(c.now.value, 1)} of 10 now. "
        f"That is about {words.fixed(abs(less), 1)} points {word} than without treatment.",
    ]


def _helped_plainly(found: Followed) -> list[str]:
    c = found.change
    if not found.standing.record.given:
        return ["Nothing has been tried yet."]
    said = [
        f"The drug itself takes off about {words.fixed(c.drug.value, 1)} points now "
        f"(likely between {words.fixed(c.drug.low, 1)} and {words.fixed(c.drug.high, 1)})."
    ]
    if c.expectation.value >= SMALL_POINTS:
        said.append(
            f"Being treated takes off about {words.fixed(c.expectation.value, 1)} points, with or "
            "without the drug. That relief is real."
        )
    low, high = of_100(found.slow_responder), of_100(100.0 - found.slow_responder)
    said.append(
        f"In some people relief lasts for days after a session. Of 100 people with a diary like "
        f"yours, {low} are such people and {high} are not. Without a diary we would have said "
        f"{of_100(found.slow_responder_was)}."
    )
    return said


def _coming_plainly(found: Followed) -> str:
    f = next((f for f in found.forecasts if f.name != "stop"), found.forecasts[0])
    return (
        "The table shows some ways on for the next four weeks. Take the first row: of 100 people "
        f"with a diary like yours, {of_100(f.relief[THRESHOLDS[0]])} would have about a third less "
        "pain in the fourth week than without any treatment."
    )


def _rules_plainly(found: Followed) -> list[str]:
    """What the rules of the plan say, in a sentence."""
    advice = found.advice
    if advice is None:
        return []
    if advice.action == "session" and advice.day is not None:
        when = f"{advice.day.day} {advice.day:%B}"
        said = f"your next session would be on {when}"
    else:
        said = {
            "stop": "there would be no further session: so far they have brought too little",
            "done": "the planned sessions are over",
        }.get(advice.action, "there is no session now")
    return [f"Your plan has rules. By these rules, {said}. You decide together whether to follow."]


def options_plainly(found: Followed) -> Table:
    """The choices for the person."""
    rows = [
        (
            f.title,
            of_100(f.relief[THRESHOLDS[0]]),
            f"{words.fixed(f.mean_last_week.low, 0)} to {words.fixed(f.mean_last_week.high, 0)}",
        )
        for f in found.forecasts
    ]
    header = ("What is done", "People of 100 with a third less pain", "Most have pain between")
    return Table("The fourth week from now.", header, tuple(rows))


def _sure_plainly(found: Followed) -> list[str]:
    said = [
        "This is a calculation from your diary and from studies of other people. Nobody can know "
        "how your next weeks will be; talk about it with those who treat you.",
    ]
    if not found.trust.sound:
        said.insert(0, "For your diary the calculation did not work well. Do not rely on it.")
    return said
