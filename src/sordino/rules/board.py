"""What is known on a morning, of one person or of many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sordino.course.rule import TOLERATED

Numbers = NDArray[np.float64]
Days = NDArray[np.int64]
Flags = NDArray[np.bool_]

NEVER = 10**6
"""Stands for a day that does not come."""


@dataclass(eq=False)
class Board:
    """What is known on the morning of `today`, days from the first session; people last.

    `ratings` (day, person): pain 0 to 10 of the evenings from `first_day` on, nan where there is
    none; before `rated_until` they were written, from then on forecast. `base`: pain before
    treatment; `weight`: kg; both nan where unknown. `count`: sessions given; `days`, `doses`
    (session, person): when, and how much as the course weighs it. `peaks`: what sessions did
    beside relief, by the names of `TOLERATED`. `held`: the last session speaks against more.
    """

    today: int
    rated_until: int
    first_day: int
    ratings: Numbers
    base: Numbers
    weight: Numbers
    count: Days
    days: Days
    doses: Numbers
    peaks: dict[str, Numbers]
    held: Flags

    @property
    def people(self) -> int:
        """How many people there are."""
        return len(self.base)

    def last(self, values: NDArray[np.generic], back: int = 0) -> NDArray[np.generic]:
        """What belongs to the last session, or to one before it; to the first where there is
        no such one."""
        at = np.clip(self.count - 1 - back, 0, len(values) - 1)
        return values[at, np.arange(self.people)]

    def day_of(self, back: int = 0) -> Days:
        """Day of the last session, or of one before it; long ago where there is no such one."""
        found = self.last(self.days, back).astype(np.int64)
        return np.where(self.count > back, found, -NEVER)

    def rating(self, day: Days) -> Numbers:
        """Ratings of a day of each person, nan where there is none."""
        at = day - self.first_day
        inside = (at >= 0) & (at < len(self.ratings))
        found = self.ratings[np.where(inside, at, 0), np.arange(self.people)]
        return np.where(inside, found, np.nan)

    def mean(self, first: Days, last: Days) -> Numbers:
        """Mean of the ratings there are from one day to another, nan where there are none."""
        total, known = np.zeros(self.people), np.zeros(self.people)
        for back in range(int(np.max(last - first, initial=0)) + 1):
            day = last - back
            rated = np.where(day >= first, self.rating(day), np.nan)
            there = ~np.isnan(rated)
            total += np.where(there, rated, 0.0)
            known += there
        return np.where(known > 0, total / np.maximum(known, 1), np.nan)

    def relief(self, pain: Numbers) -> Numbers:
        """Percent less pain than before treatment; nan where that is not known or was none."""
        base = np.where(self.base > 0.0, self.base, np.nan)
        return 100.0 * (1.0 - pain / base)


def empty_board(people: int, sessions: int, first_day: int, rated: int) -> Board:
    """A board on which nothing has happened."""
    return Board(
        today=0,
        rated_until=0,
        first_day=first_day,
        ratings=np.full((rated, people), np.nan),
        base=np.full(people, np.nan),
        weight=np.full(people, np.nan),
        count=np.zeros(people, np.int64),
        days=np.full((max(sessions, 1), people), NEVER, np.int64),
        doses=np.zeros((max(sessions, 1), people)),
        peaks={name: np.full((max(sessions, 1), people), np.nan) for name in TOLERATED},
        held=np.zeros(people, bool),
    )
