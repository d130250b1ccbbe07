"""What a policy yields, and what a fixed schedule yields in the same people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sordino.rules.closed_loop import Lived
from sordino.simulation.answers import Estimate, estimate

Numbers = NDArray[np.float64]

RESPONSE = 0.3
"""Part of the pain before treatment that a responder is rid of; see `answers.THRESHOLDS`."""
LOOKS = (28, 84)
"""Last days of the weeks that are looked at."""
WEEK = 7


@dataclass(frozen=True, eq=False)
class Arm:
    """Virtual people on one way of treatment; people last, draw by draw.

    `pain`: (day, person) from the first session on, without drug in `plain`.
    """

    draws: int
    base: Numbers
    pain: Numbers
    plain: Numbers
    sessions: Numbers
    dose_mg: Numbers

    @staticmethod
    def of(lived: Lived, draws: int) -> Arm:
        """The arm that people under a policy make up."""
        who, count = lived.who, lived.board.count.astype(np.float64)
        return Arm(draws, who.base_pain, lived.pain, lived.plain, count, lived.doses_mg)

    def without_drug(self) -> Arm:
        """The same people in the same sessions with nothing in the syringe."""
        return replace(self, pain=self.plain, dose_mg=np.zeros_like(self.dose_mg))

    def week(self, day: int) -> Numbers:
        """Mean pain of the week that ends on a day."""
        return self.pain[day - WEEK + 1 : day + 1].mean(axis=0)

    def relieved(self, pain: Numbers) -> NDArray[np.bool_]:
        """Whether so much pain is a response; who had none cannot respond."""
        base = np.where(self.base > 0.0, self.base, np.nan)
        return 1.0 - pain / base >= RESPONSE

    @property
    def relief_days(self) -> Numbers:
        """Days with a response, from the day after the first session on."""
        return self.relieved(self.pain[1:]).sum(axis=0).astype(np.float64)


@dataclass(frozen=True)
class Outcome:
    """What people get and have on one way of treatment, with intervals over draws.

    `sessions`, `dose_mg` (base), `relief_days`, `pain`: means over people; `responders`: of 100.
    `pain` and `responders` are of the weeks that end on days `LOOKS`. `dose_spread`: the middle
    90 of 100 people.
    """

    sessions: Estimate
    dose_mg: Estimate
    dose_spread: tuple[float, float]
    relief_days: Estimate
    pain: dict[int, Estimate]
    responders: dict[int, Estimate]


@dataclass(frozen=True)
class Stopped:
    """Who was stopped by a rule: of 100; day of it, middle and middle 90 of 100 people.

    Of 100 of them: responders in the weeks that end on days `LOOKS` as it went, and had they gone
    on by all other rules.
    """

    people: Estimate
    day: tuple[float, float, float]
    responders: dict[int, Estimate]
    had_they_gone_on: dict[int, Estimate]


@dataclass(frozen=True)
class RuleStudy:
    """A policy and a fixed schedule in the same virtual people.

    `without_drug`: the fixed schedule with nothing in the syringe; `difference`: guided less
    fixed, person by person. `sessions`: of 100 people, how many had
    so many sessions under the rules. `stopped`: nothing where nobody was.
    """

    title: str
    rules: tuple[tuple[str, str, str], ...]
    fixed_title: str
    patients: int
    draws: int
    seed: int
    days: int
    guided: Outcome
    fixed: Outcome
    without_drug: Outcome
    difference: Outcome
    sessions: dict[int, float]
    stopped: Stopped | None
    notes: tuple[str, ...]
    course_digest: str
    fixed_digest: str
    sordino_version: str


def looks(days: int) -> tuple[int, ...]:
    """The looks that fit into so many days."""
    return tuple(day for day in LOOKS if day <= days)


def outcome(arm: Arm, days: int) -> Outcome:
    """What one arm comes to."""
    return _outcome(arm.draws, days, lambda of: of(arm), arm.dose_mg)


def difference(guided: Arm, fixed: Arm, days: int) -> Outcome:
    """Guided less fixed, person by person."""
    return _outcome(
        guided.draws, days, lambda of: of(guided) - of(fixed), guided.dose_mg - fixed.dose_mg
    )


def _outcome(
    draws: int, days: int, value: Callable[[Callable[[Arm], Numbers]], Numbers], dose: Numbers
) -> Outcome:
    def mean(of: Callable[[Arm], Numbers], factor: float = 1.0) -> Estimate:
        return over_draws(factor * value(of), draws)

    def responds(day: int) -> Callable[[Arm], Numbers]:
        return lambda arm: arm.relieved(arm.week(day)).astype(np.float64)

    def pain(day: int) -> Callable[[Arm], Numbers]:
        return lambda arm: arm.week(day)

    low, high = np.quantile(dose, [0.05, 0.95])
    return Outcome(
        sessions=mean(lambda arm: arm.sessions),
        dose_mg=mean(lambda arm: arm.dose_mg),
        dose_spread=(float(low), float(high)),
        relief_days=mean(lambda arm: arm.relief_days),
        pain={day: mean(pain(day)) for day in looks(days)},
        responders={day: mean(responds(day), 100.0) for day in looks(days)},
    )


def over_draws(values: NDArray[np.floating[Any]], draws: int) -> Estimate:
    """The mean over people in each draw, then over draws with its interval."""
    return estimate(values.reshape(draws, -1).mean(axis=1))


def stopped(
    guided: Arm, on: NDArray[np.int64], gone_on: Arm, lanes: NDArray[np.int64], days: int
) -> Stopped | None:
    """Who was stopped, and what they would have had otherwise.

    `on`: day on which each person of `guided` was stopped, -1 for none; `gone_on`: those people
    (`lanes`), not stopped.
    """
    if not len(lanes):
        return None
    draw = lanes // (len(on) // guided.draws)
    low, middle, high = np.quantile(on[lanes], [0.05, 0.5, 0.95])

    def of_100(hit: NDArray[np.bool_]) -> Estimate:
        own = [hit[draw == k].mean() for k in range(guided.draws) if (draw == k).any()]
        return estimate(100.0 * np.array(own))

    return Stopped(
        people=over_draws(100.0 * (on >= 0), guided.draws),
        day=(float(middle), float(low), float(high)),
        responders={d: of_100(guided.relieved(guided.week(d))[lanes]) for d in looks(days)},
        had_they_gone_on={d: of_100(gone_on.relieved(gone_on.week(d))) for d in looks(days)},
    )
