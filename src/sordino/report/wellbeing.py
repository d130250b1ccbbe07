"""Mood and fatigue in words and numbers, apart from pain: other people, other trials."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sordino.report import words
from sordino.report.tables import Table
from sordino.simulation.answers import Estimate
from sordino.simulation.wellbeing import Change, Wellbeing

MOOD_WHO = (
    "From trials in people with treatment-resistant depression. None was in fibromyalgia; for "
    "people without depression nothing is known of an effect on mood."
)
FATIGUE_WHO = (
    "From ten people, some with fibromyalgia, in one trial that found no difference between "
    "ketamine and midazolam."
)


NEXT_TO_NOTHING = 0.5
"""An end of a range that is printed as 0."""


def told(found: Wellbeing) -> tuple[str, ...]:
    """What can be said, mood first; one sentence with the reason where nothing can."""
    if found.why_not:
        return (f"Nothing can be said of mood and fatigue: {found.why_not}.",)
    return (*_mood(found), *_fatigue(found))


def _mood(found: Wellbeing) -> Iterator[str]:
    if found.response:
        first = found.response[0]
        yield (
            f"In 100 people with depression, the depression score would be halved a day after "
            f"the first session in about {words.count(first.with_drug)} with the drug and "
            f"{words.count(first.without_drug)} without it."
        )
        last = found.response[-1]
        if last.day != first.day:
            yield (
                f"On day {last.day} the drug itself would account for "
                f"{words.count(last.difference)} of 100: {_sure(last.difference)}"
            )
        yield MOOD_WHO


def _fatigue(found: Wellbeing) -> Iterator[str]:
    if found.fatigue:
        look = found.fatigue[0]
        yield (
            f"A day after the first session fatigue would be lower by {_fall(look.with_drug)} "
            f"percent with the drug and by {_fall(look.without_drug)} percent without it; "
            f"{_fall(look.difference)} is due to the drug: {_sure(look.difference)}"
        )
        yield FATIGUE_WHO


def _sure(difference: Estimate) -> str:
    if difference.low is None or difference.high is None:
        return "how sure this is was not worked out."
    if difference.low < 0.0 < difference.high:
        return "a help and a harm both fit what was seen."
    if min(abs(difference.low), abs(difference.high)) < NEXT_TO_NOTHING:
        return "it may be next to nothing."
    return "the whole range is above none."


def tables(found: Wellbeing) -> tuple[Table, ...]:
    """The numbers behind the sentences."""
    made = (
        ("Depression score halved, of 100 people with depression.", found.response, 0),
        ("Mean change of the depression score (MADRS, points).", found.depression, 1),
        ("Mean change of fatigue, percent of the score before.", found.fatigue, 0),
    )
    return tuple(_table(caption, rows, digits) for caption, rows, digits in made if rows)


def _table(caption: str, changes: Sequence[Change], digits: int) -> Table:
    header = ("After the start", "With the drug", "Without any drug", "Due to the drug")
    rows = tuple(
        (
            f"day {c.day}",
            *(words.ranged(e, digits) for e in (c.with_drug, c.without_drug, c.difference)),
        )
        for c in changes
    )
    return Table(caption, header, rows)


def _fall(change: Estimate) -> str:
    """A change for the better as a positive number."""
    if change.low is None or change.high is None:
        return words.ranged(Estimate(-change.value, None, None), 0)
    return words.ranged(Estimate(-change.value, -change.high, -change.low), 0)
