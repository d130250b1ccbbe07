"""Are the forecasts right? Diaries of made-up people whose truth is known, followed and judged.

People come from the same library as the virtual people of the prior, with other random numbers;
a `Twist` makes them differ from what the prior believes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from sordino.course import Course, load_course
from sordino.following.ahead import HORIZON_DAYS
from sordino.following.crowd import Crowd, crowd, response
from sordino.following.forecast import expected, sampled, simulate_ratings
from sordino.following.learn import HARD, USUAL, Effort, Posterior, learn
from sordino.following.likelihood import Response
from sordino.following.naive import NAIVE, score
from sordino.following.person import COORDINATES, Person, constant, person
from sordino.following.ratings import Ratings, intervals, rounded
from sordino.pd.pain import SCALE

Numbers = NDArray[np.float64]

PRIOR_SEED, TRUTH_SEED = 1, 20
BEFORE_DAYS = 7
LENGTHS = (14, 28, 60)
"""Days of the diaries, of which `BEFORE_DAYS` lie before the first session."""
MISSING = 0.15
STEP = 1.0
EVENING_H = 10.0
"""Ratings are at 20:00, sessions at 10:00."""

COURSE: Mapping[str, Any] = {
    "title": "Six infusions over two weeks",
    "patient": {"age": 47, "sex": "female", "weight": "70 kg", "height": "165 cm"},
    "treatment": [
        {
            "drug": "ketamine",
            "route": "iv",
            "dose": "0.5 mg/kg",
            "duration": "40 min",
            "days": [0, 2, 4, 7, 9, 11],
        }
    ],
}


@dataclass(frozen=True)
class Twist:
    """How the truth differs from what the prior believes.

    `factor` and `plus` change typical values by name; `tails` gives the noise of the days heavy
    tails (Student's t with so many degrees of freedom, same variance); `correlation` replaces
    that of the noise.
    """

    name: str
    about: str
    factor: Mapping[str, float]
    plus: Mapping[str, float]
    tails: float | None = None
    correlation: float | None = None


TWISTS = (
    Twist("none", "the model is right", {}, {}),
    Twist(
        "noise",
        "good and bad days have heavy tails (t, 3 degrees of freedom) and a correlation of 0.8",
        {},
        {},
        tails=3.0,
        correlation=0.8,
    ),
    Twist(
        "half-time",
        "the slow effect comes and goes three times as slowly",
        {"half_time_slow": 3.0},
        {},
    ),
    Twist(
        "placebo",
        "everybody has 30 percent more relief without drug, and a session's lift lasts a week",
        {"half_time_expectation": 7.0},
        {"relief_mean": 0.3},
    ),
)


@dataclass(frozen=True, eq=False)
class Truth:
    """Made-up people: ratings (day, person) before and after the end of the diaries."""

    days: NDArray[np.int64]
    time_h: Numbers
    written: Numbers
    who: Person
    people: Crowd


def truth(count: int, twist: Twist, seed: int = TRUTH_SEED, step: float = STEP) -> Truth:
    """Made-up people who keep a diary from a week before the first session on."""
    people = crowd(count, seed)
    for values in people.typical.values():
        for name in values:
            values[name] = values[name] * twist.factor.get(name, 1.0) + twist.plus.get(name, 0.0)
    days = np.arange(-BEFORE_DAYS, max(LENGTHS) - BEFORE_DAYS + HORIZON_DAYS)
    time_h = days.astype(np.float64) * 24.0 + EVENING_H
    rng = np.random.default_rng((seed, 10))
    z = rng.standard_normal((count, len(COORDINATES)))
    typical = {name: jnp.asarray(v) for name, v in people.for_person("lag").items()}
    who = jax.tree.map(np.asarray, person(jnp.asarray(z), typical))
    if twist.correlation is not None:
        who = who._replace(day_correlation=np.full(count, twist.correlation))
    course = response(people, load_course(COURSE), time_h)
    levels = expected(course, who, days.astype(float), (days - days[0]).astype(float))
    noise = _noise(rng, levels.shape, np.asarray(who.day_correlation), twist.tails)
    pain = SCALE * expit(levels + np.asarray(who.day_sd) * noise)
    slip = rng.uniform(size=pain.shape) < constant("slip")
    written = np.where(slip, SCALE * rng.uniform(size=pain.shape), pain)
    return Truth(days, time_h, rounded(written, step), who, people)


def _noise(
    rng: np.random.Generator, shape: tuple[int, ...], correlation: Numbers, tails: float | None
) -> Numbers:
    """A stationary autoregression over days with variance 1."""
    fresh = rng.standard_normal(shape)
    if tails is not None:
        fresh = rng.standard_t(tails, size=shape) * ((tails - 2.0) / tails) ** 0.5
    noise = np.empty(shape)
    noise[0] = fresh[0]
    for day in range(1, shape[0]):
        kept = correlation * noise[day - 1]
        noise[day] = kept + np.sqrt(1.0 - correlation**2) * fresh[day]
    return noise


@dataclass(frozen=True)
class Judged:
    """One person followed and compared with the truth.

    `length`: days of the diary. `level`: for each day ahead, where the rating fell in the
    forecast, 0 to 1, made uniform within a rounded rating at random. `scores`: mean CRPS over the
    days ahead, by forecaster. `ranks`: where the truth fell in the posterior, by number.
    """

    length: int
    level: Numbers
    scores: Mapping[str, float]
    ranks: Mapping[str, float]
    slow_chance: float
    slow: bool
    sound: bool
    effective: float
    shape: float


class Panel:
    """The virtual people of the prior, with the course in them, once for all who are judged."""

    def __init__(self, effort: Effort = USUAL, seed: int = PRIOR_SEED) -> None:
        self.effort, self.seed = effort, seed
        self.course: Course = load_course(COURSE)
        self.people = crowd(effort.people, seed)
        self._made: dict[tuple[int, int], Response] = {}

    def response(self, time_h: Numbers) -> Response:
        """The course in all virtual people at these times."""
        key = len(time_h), round(time_h[-1])
        if key not in self._made:
            self._made[key] = response(self.people, self.course, time_h)
        return self._made[key]

    def judge(self, found: Truth, number: int, length: int) -> Judged:
        """Follow one person on a diary of some days and compare with what comes.

        As `follow` does, it tries harder when that was not enough.
        """
        rng = np.random.default_rng((self.seed, 11, number))
        kept = found.written[:length, number].copy()
        kept[1:-1][rng.uniform(size=length - 2) < MISSING] = np.nan
        diary = Ratings(found.days[:length], found.time_h[:length], kept)
        course = self.response(intervals(diary).time_h)
        posterior = learn(diary, self.people, course, effort=self.effort, seed=number)
        if not posterior.sound and self.effort is not HARD:
            return self._harder.judge(found, number, length)
        coming = slice(length, length + HORIZON_DAYS)
        values = self._coming(posterior, found, coming, diary.step, number)
        actual = found.written[coming, number]
        return Judged(
            length=length,
            level=np.array([_place(v, a, rng) for v, a in zip(values, actual, strict=True)]),
            scores=dict(_scores(values, actual, kept)),
            ranks=dict(_ranks(posterior, found, number, self.people)),
            slow_chance=posterior.mean(posterior.of("slow_responder")),
            slow=bool(np.asarray(found.who.slow_responder)[number] == 1.0),
            sound=posterior.sound,
            effective=posterior.effective,
            shape=posterior.shape,
        )

    @cached_property
    def _harder(self) -> Panel:
        return Panel(HARD, self.seed)

    def _coming(
        self, posterior: Posterior, found: Truth, coming: slice, step: float, seed: int
    ) -> Numbers:
        """Ratings to come, (day, value)."""
        people = sampled(posterior, seed)
        course = self.response(found.time_h[coming])
        own = jax.tree.map(lambda a: a[..., people.lane], course)
        days = found.days[coming].astype(float)
        levels = expected(own, people.who, days, days - found.days[0])
        return rounded(simulate_ratings(people, levels, 1, seed).rated, step)


def _place(values: Numbers, actual: float, rng: np.random.Generator) -> float:
    below, same = (values < actual - 1e-9).mean(), (np.abs(values - actual) < 1e-9).mean()
    return float(below + rng.uniform() * same)


def _scores(values: Numbers, actual: Numbers, diary: Numbers) -> Iterator[tuple[str, float]]:
    yield "sordino", float(np.mean([score(v, a) for v, a in zip(values, actual, strict=True)]))
    for name, forecaster in NAIVE.items():
        found = [score(forecaster(diary, k + 1), a) for k, a in enumerate(actual)]
        yield name, float(np.mean(found))


def _ranks(
    posterior: Posterior, found: Truth, number: int, people: Crowd
) -> Iterator[tuple[str, float]]:
    for name in Person._fields:
        if name != "slow_responder":
            true = float(np.asarray(getattr(found.who, name))[number])
            yield name, _rank(posterior, posterior.of(name), true)
    for name in ("c50_slow", "half_time_slow", "transfer", "half_time_course", "relief_mean"):
        true = float(found.people.value(name)[number])
        yield name, _rank(posterior, people.value(name)[posterior.lane], true)
    true = float(found.people.c50_fast[number])
    yield "c50_fast", _rank(posterior, people.c50_fast[posterior.lane], true)


def _rank(posterior: Posterior, values: Numbers, true: float) -> float:
    return float(posterior.weight @ (values < true))


def coverage(levels: Numbers, wanted: float) -> float:
    """Part of places in a forecast that lie within its middle `wanted`."""
    return float((np.abs(levels - 0.5) <= wanted / 2.0).mean())
