"""How many people of 100 have a side effect, per session and in the course.

Sources count people who had an effect at least once in a number of sessions. What that means
for one session depends on whether it is always the same people: then a session has as many as
the course; or chance anew each time: then it has fewer. Every draw takes a place between the
two, evenly, so the interval holds both ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from sordino.course import Course
from sordino.library.evidence.parts import SideEffect
from sordino.library.evidence.safety import SideEffectStudy
from sordino.safety.estimates import ratio_draws, share_draws
from sordino.safety.tables import Event, ProxyUse, proxies
from sordino.simulation.answers import Estimate, estimate

EVENTS: tuple[Event, ...] = get_args(Event)
DRAWS = 2000
SEED = 20
ROUTE_NAMES = {"intravenous": "iv", "intravenous or intramuscular": "iv"}


@dataclass(frozen=True)
class CountedIn:
    """A source of a count: its row, what it calls the event, and over which sessions it counted.

    `proxy`: in what its people and its treatment differ from the course; empty when in nothing.
    """

    row: str
    called: str
    sessions: str
    proxy: tuple[str, ...]
    cites: tuple[str, ...]


@dataclass(frozen=True)
class Incidence:
    """One side effect: people of 100, with the drug and beyond those who have it without.

    Estimates are missing where no source counts the event.
    """

    event: str
    per_session: Estimate | None
    per_course: Estimate | None
    excess_per_session: Estimate | None
    excess_per_course: Estimate | None
    sources: tuple[CountedIn, ...]

    @property
    def cites(self) -> tuple[str, ...]:
        """Keys of the papers behind it."""
        return tuple(dict.fromkeys(key for source in self.sources for key in source.cites))


@dataclass(frozen=True)
class _Counted:
    """Draws of a share of people counted over `sessions` sessions: in all, and beyond control."""

    drug: np.ndarray | None
    control: np.ndarray | None
    excess: np.ndarray | None
    sessions: np.ndarray
    alike: np.ndarray


def incidences(course: Course, sessions: int) -> tuple[Incidence, ...]:
    """Every side effect of `EVENTS` for the route of a course with so many sessions.

    Of several routes the one with the most doses counts.
    """
    route, drug = _main_route(course)
    used = [use for use in proxies() if route in use.routes]
    return tuple(
        _incidence(event, [u for u in used if event in u.events], route, drug, sessions)
        for event in EVENTS
    )


def _main_route(course: Course) -> tuple[str, str]:
    given = [(a.route, a.drug) for a in course.administrations()]
    return max(dict.fromkeys(given), key=given.count)


def _incidence(
    event: Event, used: Sequence[ProxyUse], route: str, drug: str, sessions: int
) -> Incidence:
    if not used:
        return Incidence(event, None, None, None, None, ())
    rng = np.random.default_rng([SEED, EVENTS.index(event)])
    counted = [_counted(use, event, rng) for use in used]
    which = np.arange(DRAWS) % len(used)
    totals = _both([c.drug for c in counted], counted, which, sessions)
    beyond = _excesses(counted, sessions)
    return Incidence(
        event,
        per_session=_of_100(totals, 0),
        per_course=_of_100(totals, 1),
        excess_per_session=_of_100(beyond, 0),
        excess_per_course=_of_100(beyond, 1),
        sources=tuple(_source(use, event, route, drug) for use in used),
    )


def _source(use: ProxyUse, event: Event, route: str, drug: str) -> CountedIn:
    proxy = tuple(_proxy(use.study, route, drug))
    return CountedIn(use.row, use.events[event], use.note, proxy, use.study.cites)


def _counted(use: ProxyUse, event: Event, rng: np.random.Generator) -> _Counted:
    study = use.study
    row = next(e for e in study.effect if e.event == use.events[event])
    low, high = use.sessions
    drug = None if row.percent is None else share_draws(row.percent, study.n_drug, DRAWS, rng)
    control = (
        None
        if row.control_percent is None
        else share_draws(row.control_percent, study.n_control, DRAWS, rng)
    )
    return _Counted(
        drug,
        control,
        _printed_excess(row, rng),
        rng.uniform(low, high, DRAWS),
        rng.uniform(size=DRAWS),
    )


def _printed_excess(row: SideEffect, rng: np.random.Generator) -> np.ndarray | None:
    if row.rd_percent is None:
        return None
    drawn = ratio_draws(row.rd_percent, row.rd_ci_percent, DRAWS, rng)
    return np.clip(drawn / 100.0, 0.0, 1.0)


def spread_over(
    share: np.ndarray, sessions: np.ndarray | float, alike: np.ndarray, wanted: float
) -> np.ndarray:
    """A share counted over `sessions`, as it would be over `wanted` sessions.

    `alike` 1: the same people have it in every session, so the number of sessions does not
    matter; 0: chance anew each time; between them n sessions count as n^(1 - alike).
    """
    times = (wanted / sessions) ** (1.0 - alike)
    return 1.0 - (1.0 - share) ** times


def _both(
    shares: Sequence[np.ndarray | None],
    counted: Sequence[_Counted],
    which: np.ndarray,
    sessions: int,
) -> tuple[np.ndarray, np.ndarray] | None:
    """Draws per session and per course; nothing unless every source counts it."""
    known = [share for share in shares if share is not None]
    if len(known) < len(shares):
        return None
    ends = [
        [
            spread_over(share, c.sessions, c.alike, n)
            for share, c in zip(known, counted, strict=True)
        ]
        for n in (1, sessions)
    ]
    session, course = (np.choose(which, drawn) for drawn in ends)
    return session, course


def _excesses(counted: Sequence[_Counted], sessions: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Beyond control: as printed, or with the drug less without it; of the sources that can."""
    able = [c for c in counted if c.excess is not None or c.control is not None]
    if not able:
        return None
    which = np.arange(DRAWS) % len(able)
    printed = [c.excess for c in able]
    if all(e is not None for e in printed):
        return _both(printed, able, which, sessions)
    totals = _both([c.drug for c in able], able, which, sessions)
    controls = _both([c.control for c in able], able, which, sessions)
    if totals is None or controls is None:
        return None
    return totals[0] - controls[0], totals[1] - controls[1]


def _of_100(draws: tuple[np.ndarray, np.ndarray] | None, place: int) -> Estimate | None:
    if draws is None:
        return None
    found = estimate(100.0 * draws[place])
    # A source that does not say how many people it counted gives no range.
    same = found.low == found.high
    return Estimate(found.value, None, None) if same else found


def _proxy(study: SideEffectStudy, route: str, drug: str) -> list[str]:
    """In what the people and the treatment of a source differ from the course."""
    found: list[str] = []
    theirs = ROUTE_NAMES.get(study.route, study.route)
    if study.drug != drug:
        found.append(f"{study.drug} instead of {drug}")
    if theirs == "any":
        found.append("all routes together")
    elif theirs != route:
        found.append(f"{study.route} instead of {route}")
    if "fibromyalgia" not in study.population.lower():
        found.append(f"in {study.population}, {study.dose}")
    return found
