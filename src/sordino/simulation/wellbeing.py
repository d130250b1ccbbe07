"""Mood and fatigue over a course, where it gives what trials of them gave.

Their effects know sessions, not blood levels: a course that gives another dose, drug or route
gets no answer. What the trials did not look at is left out: mood later than four weeks after the
last session, fatigue later than three days after a session or after a second one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import jax.numpy as jnp
import numpy as np

from sordino.course import Course
from sordino.errors import InputError
from sordino.library import posterior
from sordino.library.pd_schema import load_pd_model
from sordino.pd.pain import session_clock
from sordino.pd.wellbeing import fatigue_fall, kept, mood_fall, mood_response
from sordino.population import draw_typical, standard_normal
from sordino.simulation.answers import Estimate, estimate

EFFECTS = ("mood", "fatigue")
VARIABLES = (
    "madrs_change",
    "madrs_change_placebo",
    "fatigue_change",
    "fatigue_change_placebo",
)
PER_KG = (0.45, 0.55)
"""Doses, mg/kg of ketamine hydrochloride or base as given, that count as the 0.5 of the trials."""
LASTS_H = (0.5, 1.0)
"""Durations of infusion, h, that count as the 40 min of the trials."""
MOOD_H, FATIGUE_H = 28 * 24.0, 72.0
"""How long after the last session mood, and after the only one fatigue, is told, h."""
MOOD_DAYS, FATIGUE_DAYS = (1, 7, 14, 28), (1, 3)
GIVEN = "one infusion of 0.45 to 0.55 mg/kg of ketamine over 30 to 60 min in each session"


@dataclass(frozen=True)
class Change:
    """A mean change, or a count of 100 people, so many days after the start of the course."""

    day: int
    with_drug: Estimate
    without_drug: Estimate
    difference: Estimate


@dataclass(frozen=True)
class Wellbeing:
    """Mood and fatigue over a course; all empty, with the reason in `why_not`, elsewhere.

    `depression`: mean change of MADRS, points; `response`: of 100 people with depression, those
    whose MADRS at least halves; `fatigue`: mean change in percent of the score before.
    """

    why_not: str
    depression: tuple[Change, ...] = ()
    response: tuple[Change, ...] = ()
    fatigue: tuple[Change, ...] = ()


def wellbeing(course: Course, *, ranges: bool = True) -> Wellbeing:
    """Mood of people with depression, and fatigue, over a course, from all draws that ship.

    Without `ranges` the medians of the calibration are taken, and estimates have no interval.
    """
    reason = why_not(course)
    if reason:
        return Wellbeing(reason)
    group = _Group(course, _all_draws() if ranges else _medians())
    return Wellbeing(
        "",
        depression=tuple(group.change("mood", day) for day in group.days("mood")),
        response=tuple(group.response(day) for day in group.days("mood")),
        fatigue=tuple(group.change("fatigue", day) for day in group.days("fatigue")),
    )


def why_not(course: Course) -> str:
    """Why trials of mood and fatigue say nothing about a course; "" where they do."""
    weight = course.patient_covariates().get("weight")
    sessions = course.sessions()
    for number, session in enumerate(sessions):
        doses = [a for a in course.administrations() if a.session == number]
        fixed = sum(a.dose_mg for a in doses)
        if fixed and weight is None:
            return f"the dose per kg is not known, and trials gave {GIVEN}"
        per_kg = sum(a.dose_mg_per_kg for a in doses) + (fixed / weight if weight else 0.0)
        lasted = session.end_h - session.start_h
        same = {(a.drug, a.route) for a in doses} == {("ketamine", "iv")}
        if not (same and _within(per_kg, PER_KG) and _within(lasted, LASTS_H)):
            return f"trials of mood and fatigue gave {GIVEN}"
    return ""


def _within(value: float, ends: tuple[float, float]) -> bool:
    return ends[0] - 1e-9 <= value <= ends[1] + 1e-9


def trajectories(
    course: Course,
    names: Sequence[str],
    times_h: np.ndarray,
    people: int | None,
    draws: int,
    seed: int,
) -> dict[str, np.ndarray]:
    """Changes (draw, patient, time) by name, of `VARIABLES`; nan where no trial looked.

    `people` is None for the one typical patient. Raises `InputError` for a course that gives
    something else than the trials.
    """
    reason = why_not(course)
    if reason:
        raise InputError(
            f"{', '.join(names)}: {reason}", where="variables", hint="leave them out of `variables`"
        )
    group = _Group(course, _medians() if draws == 1 else _drawn(draws, seed))
    return {name: group.trajectory(name, times_h, people, seed) for name in names}


Values = dict[str, np.ndarray]
"""Parameters of both effects by name, arrays (draw,)."""


def _all_draws() -> Values:
    own = posterior.draws().by_effect
    return {name: v for effect in EFFECTS for name, v in own[effect].items()}


def _medians() -> Values:
    return {name: np.array([np.median(v)]) for name, v in _all_draws().items()}


def _drawn(draws: int, seed: int) -> Values:
    found: Values = {}
    for effect in EFFECTS:
        parameters = load_pd_model(effect).parameter
        drawn = draw_typical(effect, parameters, jnp.arange(draws), seed)
        found |= {name: np.asarray(values) for name, values in drawn.items()}
    return found


@dataclass(frozen=True)
class _Group:
    """People under every draw."""

    course: Course
    values: Values

    @cached_property
    def session_h(self) -> np.ndarray:
        return np.array([s.start_h for s in self.course.sessions()])

    def days(self, effect: str) -> list[int]:
        """Days from the first session at which trials can tell."""
        days = MOOD_DAYS if effect == "mood" else FATIGUE_DAYS
        at = self.session_h[0] + 24.0 * np.array(days)
        return [d for d, told in zip(days, self._told(effect, at), strict=True) if told]

    def _told(self, effect: str, times_h: np.ndarray) -> np.ndarray:
        if effect == "mood":
            return times_h <= self.session_h[-1] + MOOD_H
        alone = np.searchsorted(self.session_h, times_h, side="left") <= 1
        return alone & (times_h <= self.course.sessions()[0].end_h + FATIGUE_H)

    def falls(self, effect: str, times_h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean falls (draw, time) with and without drug."""
        since = session_clock(times_h, self.session_h)[0]
        columns = {n: jnp.asarray(v)[:, None] for n, v in self.values.items()}
        left = kept(jnp.asarray(since)[None, :], columns[f"half_time_{effect}"])
        fall = mood_fall if effect == "mood" else fatigue_fall
        begun = np.isfinite(since)
        found = [np.where(begun, np.asarray(fall(columns, x)), 0.0) for x in (left, 0.0 * left)]
        return found[0], found[1]

    def change(self, effect: str, day: int) -> Change:
        with_drug, without = (-f[:, 0] for f in self.falls(effect, self._at(day)))
        return _change(day, with_drug, without)

    def response(self, day: int) -> Change:
        values = {n: jnp.asarray(v) for n, v in self.values.items()}
        falls = self.falls("mood", self._at(day))
        shares = [100.0 * np.asarray(mood_response(values, jnp.asarray(f[:, 0]))) for f in falls]
        return _change(day, shares[0], shares[1])

    def _at(self, day: int) -> np.ndarray:
        return self.session_h[:1] + 24.0 * day

    def trajectory(
        self, name: str, times_h: np.ndarray, people: int | None, seed: int
    ) -> np.ndarray:
        effect = "mood" if name.startswith("madrs") else "fatigue"
        falls = self.falls(effect, times_h)
        mean = falls[1 if name.endswith("_placebo") else 0][:, None, :]
        z = np.zeros(1)
        if people is not None:
            z = np.asarray(standard_normal(seed, f"patient/{effect}", jnp.arange(people)))
        own = self.values[f"{effect}_sd"][:, None, None] * z[None, :, None]
        begun = times_h > self.session_h[0]
        found = np.where(begun, -(mean + own), 0.0)
        return np.where(self._told(effect, times_h), found, np.nan)


def _change(day: int, with_drug: np.ndarray, without: np.ndarray) -> Change:
    return Change(day, estimate(with_drug), estimate(without), estimate(with_drug - without))
