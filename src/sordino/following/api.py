"""`follow`: from a plan and a record to what was learned and what may come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sordino.course import Course, load_course
from sordino.errors import InputError
from sordino.following import blood
from sordino.following.ahead import Choice, Standing, by_rules, choices, standing
from sordino.following.crowd import Crowd, crowd, exposed
from sordino.following.forecast import LEVELS, Forecast, change, forecasts
from sordino.following.learn import HARD, USUAL, Effort, Posterior, learn
from sordino.following.likelihood import Response
from sordino.following.psis import LARGEST, effective_size, tail_shape
from sordino.following.ratings import Ratings, intervals
from sordino.following.result import Followed, Trust
from sordino.following.told import learned, notes
from sordino.record import Record, load_record
from sordino.rules import Advice, advise

Numbers = NDArray[np.float64]

Progress = Callable[[int, int], None]

MAX_SEED = 2**31 - 1
MOST_PEOPLE = 65536
FEWEST_BY_BLOOD = 400.0
"""Fewer virtual people than this that fit the blood samples, and more are drawn."""


def follow(
    course: Course | str | Path | Mapping[str, Any],
    record: Record | str | Path,
    others: Mapping[str, Course] | None = None,
    seed: int = 1,
    progress: Progress | None = None,
) -> Followed:
    """Learn from the record of one person and forecast the next four weeks.

    `course` is the plan; `others` are further choices by name: courses that would begin the day
    after the record ends. The sampler tries harder when it was not good enough, and says in
    `trust` whether the answer can be relied on. `progress` is called with steps done and steps
    in all, which become more when it tries again; what it raises ends the work.

    Raises `InputError` for a record without ratings of pain or of another patient, and
    `DocumentError` for files that cannot be read.

        found = sordino.follow("course.toml", "record.csv")
        found.slow_responder, found.forecasts[0].relief[30]
    """
    _check_seed(seed)
    plan = course if isinstance(course, Course) else load_course(course)
    read = record if isinstance(record, Record) else load_record(record, patient=plan.patient.id)
    _check_patient(plan, read)
    now = standing(read, plan)
    options = choices(now, others)
    samples = blood.usable(now)
    ratings = ratings_of(now)
    said = plan.patient.pain
    step = _Steps(progress, 2 + len(options))
    posterior, people, response, repeated = _learned(now, ratings, samples, said, seed, step)
    clock = plan.models.slow_clock
    found = learned(posterior, people, clock)
    coming, advice = _by_rules(
        now, options, lambda some: forecasts(now, ratings, posterior, people, some, seed, step)
    )
    was = float(100.0 * people.value("p_slow", clock).mean())
    return Followed(
        patient=read.patient,
        title=plan.title,
        first_day=read.first_day or now.end,
        end=now.end,
        standing=now,
        ratings=ratings,
        posterior=posterior,
        slow_responder=100.0 * posterior.mean(posterior.of("slow_responder")),
        slow_responder_was=was,
        learned=found,
        change=change(ratings, posterior, response, seed),
        forecasts=coming,
        advice=advice,
        trust=_trust(posterior, people, repeated=repeated),
        notes=(*notes(now, ratings, options), *samples.notes),
        assumed=ASSUMED,
        seed=seed,
        record_digest=read.digest(),
        plan_digest=plan.digest(),
    )


def _by_rules(
    now: Standing,
    options: tuple[Choice, ...],
    made: Callable[[tuple[Choice, ...]], tuple[Forecast, ...]],
) -> tuple[tuple[Forecast, ...], Advice | None]:
    """Forecasts of every choice; where the plan has rules, what they say, and what comes of it.

    Rules that wait for pain to return look at the forecast without a further session.
    """
    found = made(options)
    if not now.plan.rule:
        return found, None
    stop = next(f for f in found if f.name == "stop")
    middle = stop.quantiles[int(np.flatnonzero(LEVELS == 0.5)[0])]
    ahead = {now.end + timedelta(days=k + 1): float(v) for k, v in enumerate(middle)}
    advice = advise(now.plan, now.record, now.end + timedelta(days=1), ahead)
    if advice.day is None or advice.action != "session":
        return found, advice
    quiet = next(c for c in options if c.name == "stop")
    own = by_rules(now, advice.day, advice.dose)
    return (*found, made((quiet, own))[1]), advice


ASSUMED = (
    "How much people drift, how large their good and bad days are, and how often a rating says "
    "nothing: no source counts it in fibromyalgia.",
    "How much of the slow effect exists in fibromyalgia: from none to all of it is possible.",
    "A day without a clock time was rated at 20:00.",
)


def ratings_of(now: Standing) -> Ratings:
    """The pain of a record, from the first day to the last that was rated."""
    diary = now.record.diary
    pain = diary.values["pain"]
    known = np.flatnonzero(~np.isnan(pain))
    kept = slice(known[0], known[-1] + 1)
    days = diary.days[kept]
    time_h = diary.time_h[kept]
    if now.record.origin is None:
        time_h = (days - days[-1] - 1) * 24.0  # all before the first session
    return Ratings(days, time_h, pain[kept])


class _Steps:
    """Counts what is done; the total grows where more turns out to be needed."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._done, self._total = -1, total
        self()

    def __call__(self) -> None:
        self._done += 1
        self._total = max(self._total, self._done)
        if self._progress is not None:
            self._progress(self._done, self._total)


def _learned(
    now: Standing,
    ratings: Ratings,
    samples: blood.Samples,
    said: float | None,
    seed: int,
    step: Callable[[], None],
) -> tuple[Posterior, Crowd, Response, bool]:
    """Learn, and learn again with more effort when that was not enough."""
    clock = now.plan.models.slow_clock

    def tried(effort: Effort) -> tuple[Posterior, Crowd, Response]:
        people, response = _people(now, ratings, samples, effort, seed, step)
        found = learn(ratings, people, response, clock, said, effort, seed)
        step()
        return found, people, response

    first = tried(USUAL)
    return (*first, False) if first[0].sound else (*tried(HARD), True)


def _people(
    now: Standing,
    ratings: Ratings,
    samples: blood.Samples,
    effort: Effort,
    seed: int,
    step: Callable[[], None],
) -> tuple[Crowd, Response]:
    """Virtual people, as many as it takes for some to fit the blood samples."""
    time_h = intervals(ratings).time_h
    count = effort.people
    while True:
        people = crowd(count, seed)
        response, found = exposed(people, now.given, time_h, sample_h=samples.time_h)
        step()
        if not samples.used or now.given is None:
            return people, response
        people = replace(people, weight=blood.weights(samples, now.given, found))
        enough = effective_size(people.weight) >= FEWEST_BY_BLOOD
        if count >= MOST_PEOPLE or (enough and tail_shape(people.weight) <= LARGEST):
            return people, response
        count *= 4


def _trust(posterior: Posterior, people: Crowd, *, repeated: bool) -> Trust:
    by_blood = tail_shape(people.weight) if np.ptp(people.weight) > 0 else -np.inf
    return Trust(
        sound=posterior.sound and by_blood <= LARGEST,
        shape=max(posterior.shape, by_blood),
        first_shape=posterior.first_shape,
        effective=posterior.effective,
        agreement=posterior.islands_agree / len(posterior.settled),
        people=people.count,
        particles=len(posterior.lane),
        repeated=repeated,
    )


def _check_seed(seed: object) -> None:
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= MAX_SEED:
        raise InputError(f"seed is {seed!r}", allowed=f"a whole number from 0 to {MAX_SEED}")


def _check_patient(plan: Course, record: Record) -> None:
    own = plan.patient.id
    if own is not None and record.patient and record.patient != own:
        raise InputError(
            f"the record of another patient: {record.patient}",
            where="record",
            allowed=own,
            hint="patient.id of the course and patient of the record must agree",
        )
