"""What a rule study found, in sentences and a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from sordino.report import words
from sordino.report.tables import Table
from sordino.rules import Advice, Outcome, RuleStudy
from sordino.simulation.answers import Estimate


def advice_as_dict(found: Advice | None) -> dict[str, Any] | None:
    """What rules say of a record as plain data; nothing where there are none."""
    if found is None:
        return None
    day = None if found.day is None else found.day.isoformat()
    return asdict(found) | {"today": found.today.isoformat(), "day": day}


def ranged(found: Estimate, digits: int) -> str:
    """A number with its range, where there is one."""
    low, high = (words.fixed(end, digits) for end in (found.low, found.high))
    return words.fixed(found.value, digits) if low == high else words.ranged(found, digits)


def headlines(found: RuleStudy) -> Iterator[str]:
    """What matters most: what is saved, what it costs, who was stopped."""
    guided, fixed = found.guided, found.fixed
    yield (
        f"With the rules a person has {ranged(guided.sessions, 1)} sessions and "
        f"{ranged(guided.dose_mg, 0)} mg in {found.days} days; on the fixed schedule "
        f"{ranged(fixed.sessions, 1)} and {ranged(fixed.dose_mg, 0)} mg."
    )
    change = found.difference.relief_days
    yield (
        f"Days with at least 30 percent relief: {ranged(guided.relief_days, 0)} with the "
        f"rules, {ranged(fixed.relief_days, 0)} without; the difference is "
        f"{ranged(change, 1)}."
    )
    yield stopped(found)


def stopped(found: RuleStudy) -> str:
    """Who was stopped early, and whether going on would have helped."""
    gone = found.stopped
    if gone is None:
        return "No rule stopped anybody."
    last = max(gone.responders, default=None)
    text = (
        f"Of 100 people {words.count(gone.people)} are stopped by a rule, most of them by day "
        f"{gone.day[2]:.0f}."
    )
    if last is None:
        return text
    return (
        f"{text} Of 100 of these, {words.count(gone.responders[last])} have at least 30 percent "
        f"relief in the week before day {last}; had they gone on by the other rules, "
        f"{words.count(gone.had_they_gone_on[last])} would have."
    )


def table(found: RuleStudy) -> Table:
    """Both ways side by side, and the difference in the same people."""
    arms = (found.guided, found.fixed, found.without_drug, found.difference)

    def row(name: str, values: Iterator[Estimate], digits: int) -> tuple[str, ...]:
        return (name, *(ranged(value, digits) for value in values))

    def each(arm: Outcome) -> dict[str, tuple[Estimate, int]]:
        return {
            "Sessions": (arm.sessions, 1),
            "Dose in all, mg of base": (arm.dose_mg, 0),
            "Days with 30 percent relief": (arm.relief_days, 1),
            **{f"Pain, week before day {d}": (pain, 2) for d, pain in arm.pain.items()},
            **{
                f"Of 100 with 30 percent relief, day {d}": (n, 0) for d, n in arm.responders.items()
            },
        }

    columns = [each(arm) for arm in arms]
    rows = tuple(
        row(name, (column[name][0] for column in columns), columns[0][name][1])
        for name in columns[0]
    )
    header = ("", "With rules", "Fixed", "Fixed, no drug", "Difference")
    caption = (
        f"Means over {found.patients} made-up people; in brackets, what the studies leave open "
        f"(90 of 100 of {found.draws} readings). Fixed: {found.fixed_title}; difference: with "
        "rules less fixed, in the same people."
    )
    return Table(caption, header, rows)
