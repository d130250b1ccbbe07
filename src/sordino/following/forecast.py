"""The next four weeks of one person, for each choice, and where the change so far came from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from sordino.following.ahead import HORIZON_DAYS, Choice, Standing
from sordino.following.crowd import Crowd, response
from sordino.following.learn import Posterior
from sordino.following.likelihood import Response, level
from sordino.following.person import Person, constant
from sordino.following.ratings import Ratings
from sordino.pd.pain import SCALE

Numbers = NDArray[np.float64]

PEOPLE = 2048
"""People drawn from the posterior for forecasts: 1 of 100 is counted to within a point."""
LEVELS = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
THRESHOLDS = (30, 50)
WEEK = 7
WORTH_POINTS = 1.0
"""A difference that counts as better or worse, assumed."""


@dataclass(frozen=True)
class Range:
    """A number with its 90 percent interval over what the diary leaves open."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Forecast:
    """What one choice would bring.

    `days`: days from the first session; `quantiles`: (level, day) of the ratings to be written,
    before they are rounded, at `LEVELS`. `mean_last_week`: pain of the last seven days. `relief`:
    of 100 people with such a diary, how many then have at least so many percent less pain than
    without any treatment. `gained`: points by which the four weeks are better than without a
    further session, in the same person; `better`, `worse`: of 100 with at least a point of it.
    `drug`: points that the drug takes off in the last week, against the same sessions without it.
    """

    name: str
    title: str
    days: NDArray[np.int64]
    sessions_day: tuple[int, ...]
    quantiles: Numbers
    mean_last_week: Range
    relief: dict[int, float]
    gained: Range
    better: float
    worse: float
    drug: Range


@dataclass(frozen=True)
class Change:
    """Where the change so far came from, points of pain; positive is less pain.

    `before`: pain without treatment; `now`: mean over the last seven days up to the last rating,
    without the noise of the days. `total` = `drug` + `expectation` + `drift`: what the drug takes
    off, what the sessions do without it, and what has nothing to do with treatment (drift, and
    another habit of rating).
    """

    before: Range
    now: Range
    total: Range
    drug: Range
    expectation: Range
    drift: Range
    drug_helps: float


@dataclass(frozen=True, eq=False)
class Sampled:
    """People drawn from a posterior, all alike: lanes of the crowd, values, noise of the end."""

    lane: NDArray[np.int32]
    who: Person
    noise: Numbers

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.lane)


def sampled(posterior: Posterior, seed: int, count: int = PEOPLE) -> Sampled:
    """Draw people from a posterior, as evenly as can be."""
    rng = np.random.default_rng((seed, 1))
    at = (np.arange(count) + rng.uniform()) / count
    last = len(posterior.weight) - 1
    row = np.clip(np.searchsorted(np.cumsum(posterior.weight), at), 0, last)
    spread = np.sqrt(posterior.noise_variance[row])
    noise = posterior.noise_mean[row] + spread * rng.standard_normal(count)
    return Sampled(posterior.lane[row], jax.tree.map(lambda a: a[row], posterior.who), noise)


@dataclass(frozen=True, eq=False)
class Ahead:
    """The days of a forecast, from the day after a record ends."""

    days: NDArray[np.int64]
    running: Numbers
    time_h: Numbers
    gap: int
    """Days from the last day of the diary to the first day here."""


def ahead(now: Standing, ratings: Ratings) -> Ahead:
    """The days after the end of a record."""
    dates = [now.end + timedelta(days=k + 1) for k in range(HORIZON_DAYS)]
    days = np.array([(d - _zero_day(now)).days for d in dates])
    return Ahead(
        days,
        (days - ratings.days[0]).astype(float),
        np.array([now.hours(d) for d in dates]),
        int(days[0] - ratings.days[-1]),
    )


def _zero_day(now: Standing) -> date:
    return now.record.first_day or now.end


def _day_of(now: Standing, hours: float) -> int:
    return ((now.zero + timedelta(hours=hours)).date() - _zero_day(now)).days


class Coming(NamedTuple):
    """Days to come, (day, people): what is rated, before it is rounded; and the pain itself."""

    rated: Numbers
    pain: Numbers


def simulate_ratings(people: Sampled, levels: Numbers, gap: int, seed: int) -> Coming:
    """Ratings to come: the pain with the noise of the days, and slips.

    `levels`: logit of pain/10 without noise, (day, people); `gap`: days since the noise was that
    of `people`. The same seed gives the same days for every choice.
    """
    rng = np.random.default_rng((seed, 2))
    noise = people.noise
    sd, correlation = np.asarray(people.who.day_sd), np.asarray(people.who.day_correlation)
    pain = np.empty_like(levels)
    for day in range(len(levels)):
        kept = correlation ** (gap if day == 0 else 1)
        fresh = sd * np.sqrt(1.0 - kept**2)
        noise = kept * noise + fresh * rng.standard_normal(people.count)
        pain[day] = SCALE * expit(levels[day] + noise)
    slip = rng.uniform(size=pain.shape) < constant("slip")
    return Coming(np.where(slip, SCALE * rng.uniform(size=pain.shape), pain), pain)


def expected(
    response: Response, who: Person, days: Numbers, running: Numbers, *, drug: bool = True
) -> Numbers:
    """Logit of pain/10 (day, people) without noise."""
    at = jnp.asarray(days, float), jnp.asarray(running, float)
    return np.asarray(_level(response, who, *at, drug=drug))


_level = jax.jit(level, static_argnames=("drug",))


def forecasts(
    now: Standing,
    ratings: Ratings,
    posterior: Posterior,
    crowd: Crowd,
    options: tuple[Choice, ...],
    seed: int,
    step: Callable[[], None],
) -> tuple[Forecast, ...]:
    """Forecast every choice for the same people and the same days to come; `step` after each."""
    people = sampled(posterior, seed)
    span = ahead(now, ratings)
    days = span.days.astype(float)
    felt: dict[str, tuple[Coming, Numbers]] = {}
    for choice in options:
        course = response(crowd, choice.course, span.time_h, people.lane)
        levels = expected(course, people.who, days, span.running)
        plain = expected(course, people.who, days, span.running, drug=False)
        coming = simulate_ratings(people, levels, span.gap, seed)
        felt[choice.name] = coming, SCALE * (expit(plain) - expit(levels))
        step()
    stop = felt["stop"][0].pain.mean(axis=0)
    return tuple(_forecast(c, now, span, people, *felt[c.name], stop) for c in options)


def _forecast(
    choice: Choice,
    now: Standing,
    span: Ahead,
    people: Sampled,
    coming: Coming,
    drug: Numbers,
    stop: Numbers,
) -> Forecast:
    last = coming.pain[-WEEK:].mean(axis=0)
    relief = 1.0 - last / np.asarray(people.who.base_pain)
    gained = stop - coming.pain.mean(axis=0)
    return Forecast(
        name=choice.name,
        title=choice.title,
        days=span.days,
        sessions_day=tuple(_day_of(now, h) for h in choice.sessions_h),
        quantiles=np.quantile(coming.rated, LEVELS, axis=1),
        mean_last_week=spread(last),
        relief={t: _of_100(relief >= t / 100.0) for t in THRESHOLDS},
        gained=spread(gained),
        better=_of_100(gained >= WORTH_POINTS),
        worse=_of_100(gained <= -WORTH_POINTS),
        drug=spread(drug[-WEEK:].mean(axis=0)),
    )


def change(ratings: Ratings, posterior: Posterior, response: Response, seed: int) -> Change:
    """Where the change so far came from; `response` at the days of the diary, in all lanes."""
    people = sampled(posterior, seed)
    last = int(np.flatnonzero(ratings.known)[-1]) + 1
    window = slice(max(last - WEEK, 0), last)
    own = jax.tree.map(lambda a: a[..., people.lane], response)
    spare = own.fast.shape[0] - len(ratings.days)
    rows = slice(spare + window.start, spare + window.stop)
    own = own._replace(fast=own.fast[rows], slow=own.slow[rows], envelope=own.envelope[rows])
    days = ratings.days[window].astype(float)
    running = days - ratings.days[0]
    with_drug = expected(own, people.who, days, running)
    without = expected(own, people.who, days, running, drug=False)
    nothing = own._replace(envelope=jnp.zeros_like(own.envelope))
    untreated = expected(nothing, people.who, days, running, drug=False)
    pain, plain, alone = (SCALE * expit(v).mean(axis=0) for v in (with_drug, without, untreated))
    base = np.asarray(people.who.base_pain)
    drug = plain - pain
    return Change(
        before=spread(base),
        now=spread(pain),
        total=spread(base - pain),
        drug=spread(drug),
        expectation=spread(alone - plain),
        drift=spread(base - alone),
        drug_helps=_of_100(drug >= WORTH_POINTS),
    )


def spread(values: Numbers) -> Range:
    """Mean and the middle 90 percent."""
    low, high = np.quantile(values, [0.05, 0.95])
    return Range(float(values.mean()), float(low), float(high))


def _of_100(found: NDArray[np.bool_]) -> float:
    return float(100.0 * found.mean())
