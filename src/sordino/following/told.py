"""What a posterior says of each number of a person, and what has to be said beside it."""

from __future__ import annotations

from collections.abc import Iterator

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from sordino.following.ahead import Choice, Standing
from sordino.following.crowd import Crowd
from sordino.following.forecast import Range
from sordino.following.learn import Posterior
from sordino.following.person import Person, person
from sordino.following.ratings import Ratings
from sordino.following.result import Learned

Numbers = NDArray[np.float64]

FEW_RATINGS = 14
WEEK = 7


def learned(posterior: Posterior, people: Crowd, slow_clock: str) -> tuple[Learned, ...]:
    """Every number of the person, before the diary and now."""
    rng = np.random.default_rng((people.seed, 3))
    z = jnp.asarray(rng.standard_normal((people.count, posterior.z.shape[1])))
    typical = {name: jnp.asarray(v) for name, v in people.for_person(slow_clock).items()}
    before = _values(person(z, typical), people, people.lanes, slow_clock)
    now = _values(posterior.who, people, posterior.lane, slow_clock)
    return tuple(_one(old, new, posterior) for old, new in zip(before, now, strict=True))


Value = tuple[str, str, str, Numbers]


def _values(
    who: Person, people: Crowd, lane: NDArray[np.int32], slow_clock: str
) -> Iterator[Value]:
    """Name, meaning, unit, and the value of each particle."""
    relief = np.clip(
        people.value("relief_mean")[lane]
        + people.value("relief_sd")[lane] * np.asarray(who.placebo_z),
        0.0,
        people.value("relief_max")[lane],
    )
    top = people.top(slow_clock)[lane] * np.asarray(who.slow_responder)
    wait = np.asarray(who.habit_wait)
    yield "base_pain", "pain without treatment", "of 10", np.asarray(who.base_pain)
    yield "placebo_relief", "largest relief without drug", "fraction", relief
    yield "slow_effect", "largest slow effect of the drug", "fraction", top
    yield (
        "half_time_slow",
        "half-time of the slow effect",
        "day",
        people.value("half_time_slow")[lane],
    )
    yield "c50_fast", "level that gives half of the fast effect", "ng/mL", people.c50_fast[lane]
    yield "drift", "drift without treatment", "logit per week", np.asarray(who.drift)
    yield "day_sd", "size of good and bad days", "logit", np.asarray(who.day_sd)
    yield (
        "day_correlation",
        "how much of a bad day is left on the next",
        "correlation",
        np.asarray(who.day_correlation),
    )
    yield "habit_wait", "day of the diary with a new habit of rating", "day", wait


def _one(old: Value, new: Value, posterior: Posterior) -> Learned:
    name, meaning, unit, values = new
    before = old[3]
    low, middle, high = np.quantile(before, [0.05, 0.5, 0.95])
    low_now, middle_now, high_now = posterior.quantiles(values, np.array([0.05, 0.5, 0.95]))
    told = 1.0 - posterior.sd(values) / max(float(before.std()), 1e-12)
    return Learned(
        name,
        meaning,
        unit,
        Range(float(middle), float(low), float(high)),
        Range(float(middle_now), float(low_now), float(high_now)),
        float(np.clip(told, 0.0, 1.0)),
    )


def notes(now: Standing, ratings: Ratings, options: tuple[Choice, ...]) -> tuple[str, ...]:
    """What was left out or has to be known, in sentences."""
    return tuple(_notes(now, ratings, options))


def _ratings(count: int) -> str:
    return "1 rating" if count == 1 else f"{count} ratings"


def _notes(now: Standing, ratings: Ratings, options: tuple[Choice, ...]) -> Iterator[str]:
    rated, days = int(ratings.known.sum()), len(ratings.days)
    if rated < days:
        yield (
            f"{days - rated} of {days} days of the diary have no rating; nothing was put in "
            "their place."
        )
    if rated < FEW_RATINGS:
        yield (
            f"The diary has {_ratings(rated)}: most of what is said here is what is known of "
            "everybody."
        )
    before = int((ratings.known & (ratings.time_h < 0.0)).sum())
    if now.record.given and before < WEEK:
        yield (
            f"Before the first session there {'is' if before == 1 else 'are'} {_ratings(before)}: "
            "how the pain was without treatment is hard to tell from what the sessions did."
        )
    if not now.record.given:
        yield "No session has been given: the diary shows the pain without treatment only."
    missed = [s for s in now.record.sessions if not s.given]
    if missed:
        yield (f"{len(missed)} sessions of the record did not take place; nothing was given then.")
    if now.record.given and not any(c.name == "plan" for c in options):
        yield "The plan has no session after the end of the record."
    gap = (
        now.end.toordinal() - now.record.first_day.toordinal() if now.record.first_day else 0
    ) - int(ratings.days[-1])
    if gap > 0:
        yield f"The last rating is {gap} days before the end of the record."
    if now.patient.weight is None:
        yield "The weight is not known; people of usual weights stand in for this person."
    known = {"ketamine", "esketamine"}
    others = sorted({d.name for d in now.record.drugs} - known)
    if others:
        yield f"Other drugs are not part of the model: {', '.join(others)}."
    comparators = sorted({c.name for c in now.plan.comparators()})
    if comparators:
        yield f"Not simulated: {', '.join(comparators)}."
