"""Every rule as a sentence made from its numbers."""

from __future__ import annotations

from collections.abc import Iterator

from sordino.course.rule import Rule

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")


def rule_sentence(rule: Rule) -> str:
    """What a rule says, as one sentence."""
    return {
        "stop": _stop,
        "doses": _doses,
        "raise": _raise,
        "lower": _lower,
        "next": _next,
        "limits": _limits,
    }[rule.kind](rule)


def _stop(rule: Rule) -> str:
    count = rule.sessions or 0
    said = "a session" if count == 1 else f"{_count(count)} sessions in a row"
    which = "it" if count == 1 else "each"
    return f"Stop after {said} without {_relief(rule, which)}."


def _relief(rule: Rule, which: str = "it") -> str:
    mean = "mean of the " if rule.look == "until" and rule.day != 1 else ""
    when = (
        f"on the {mean}{_days(rule.day)} after {which}"
        if mean
        else (f"{_days(rule.day)} after {which}")
    )
    return f"{rule.relief:g} percent relief {when}"


def _doses(rule: Rule) -> str:
    return f"Doses go in steps: {', '.join(rule.steps or ())}."


def _raise(rule: Rule) -> str:
    under = " and ".join(_tolerated(rule, "stayed under"))
    also = f", and it did not bring {_relief(rule)}" if rule.relief is not None else ""
    return f"Go one step up after a session in which {under}{also}."


def _lower(rule: Rule) -> str:
    return (
        f"Go one step down after a session in which {' or '.join(_tolerated(rule, 'went above'))}."
    )


def _tolerated(rule: Rule, word: str) -> Iterator[str]:
    if rule.cadss is not None:
        yield f"dissociation (CADSS) {word} {rule.cadss:g}"
    if rule.systolic_rise is not None:
        rise = "rose by less than" if word == "stayed under" else "rose by more than"
        yield f"systolic pressure {rise} {rule.systolic_rise:g} mmHg"
    if rule.systolic is not None:
        yield f"systolic pressure {word} {rule.systolic:g} mmHg"


def _next(rule: Rule) -> str:
    over = "of a day" if (rule.over or 1) == 1 else f"over {_days(rule.over)}"
    if rule.pain_above is not None:
        return (
            "When the planned sessions are given: another one when pain "
            f"{over} is above {rule.pain_above:g} of 10."
        )
    return (
        "When the planned sessions are given: another one when relief "
        f"{over} is below {rule.relief_below:g} percent."
    )


def _limits(rule: Rule) -> str:
    return f"Never {'; never '.join(_never(rule))}."


def _never(rule: Rule) -> Iterator[str]:
    if rule.min_interval is not None:
        yield f"a session within {_time(rule.days_of('min_interval'))} of the one before"
    if rule.max_sessions is not None:
        yield f"more than {_count(rule.max_sessions)} sessions"
    if rule.max_dose is not None:
        yield f"more than {rule.max_dose} at once"
    if rule.max_cumulative_dose is not None:
        days = rule.days_of("within")
        window = "in the whole course" if days is None else f"within {_time(days)}"
        yield f"more than {rule.max_cumulative_dose} {window}"
    if rule.max_interval is not None:
        yield f"longer than {_time(rule.days_of('max_interval'))} without a session until the last"


def _count(number: int) -> str:
    return _NUMBERS[number] if number < len(_NUMBERS) else f"{number}"


def _days(days: int | None) -> str:
    return "a day" if days == 1 else f"{_count(days or 0)} days"


def _time(days: float | None) -> str:
    return "1 day" if days == 1 else f"{days:g} days"
