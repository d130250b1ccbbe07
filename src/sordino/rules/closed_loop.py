"""Virtual people under a policy, morning by morning: judge, treat, rate.

Nobody looks ahead: a morning's decision rests on the ratings of the evenings before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sordino.rules.board import Board, empty_board
from sordino.rules.bodies import Bodies
from sordino.rules.body import DAY_H, EVENING_H, SessionWalk
from sordino.rules.judge import judge
from sordino.rules.people import People, pain, peaks
from sordino.rules.policy import Policy
from sordino.simulation.lanes import SITES

Numbers = NDArray[np.float64]
FAST, SLOW = SITES.index("fast"), SITES.index("slow")


@dataclass(frozen=True, eq=False)
class Lived:
    """What became of virtual people under a policy; people last.

    `pain`, `plain` (day, person): pain at the hour of the sessions, as `simulate` has it, with
    the drug and without it. `board`: sessions, doses and ratings. `stopped_on`: day on which a
    rule ended the course, -1 where none did. `doses_mg`: base in all.
    """

    who: People
    pain: Numbers
    plain: Numbers
    board: Board
    stopped_on: NDArray[np.int64]
    doses_mg: Numbers


def live(policy: Policy, walk: SessionWalk, who: People, days: int, systolic: float) -> Lived:
    """Lead people through some days under a policy.

    `systolic`: pressure before a session, mmHg, nan where it is not known. Raises what
    `Bodies.sessions` raises.
    """
    bodies = Bodies(walk, who.drug, who.values["potency_r"])
    board = empty_board(who.count, policy.most_sessions, 0, days + 1)
    board.base, board.weight = who.base_pain, who.weight
    felt, plain = np.empty((days + 1, who.count)), np.empty((days + 1, who.count))
    stopped = np.full(who.count, -1)
    for day in range(days + 1):
        board.today = board.rated_until = day
        sites = bodies.morning()
        felt[day], plain[day] = _pain_at(who, board, sites, 0.0)
        found = judge(policy, board)
        stopped = np.where((stopped < 0) & found.stop, day, stopped)
        chosen = np.flatnonzero(found.give & (stopped < 0))
        evening = _day(bodies, board, policy, who, chosen, found.dose[chosen], systolic)
        rated, _ = _pain_at(who, board, evening, EVENING_H)
        board.ratings[day] = np.round(rated)
    given = np.arange(len(board.days))[:, None] < board.count
    total = np.where(given, board.doses, 0.0).sum(axis=0)
    return Lived(who, felt, plain, board, stopped, policy.base_mg(total, who.weight))


def _pain_at(who: People, board: Board, sites: Numbers, hour: float) -> tuple[Numbers, Numbers]:
    """Pain of today at so many hours after the time of sessions, with the drug and without."""
    running = np.full(who.count, board.today * DAY_H + hour)
    since = np.asarray((board.today - board.day_of()) * DAY_H + hour, np.float64)
    return pain(who, sites[FAST], sites[SLOW], since, running, board.today)


def _day(
    bodies: Bodies,
    board: Board,
    policy: Policy,
    who: People,
    chosen: NDArray[np.int64],
    dose: Numbers,
    systolic: float,
) -> Numbers:
    """A day of everybody, with a session in some: effect sites (site, person) of the evening."""
    morning = bodies.before(chosen)
    evening = bodies.rest()
    if not len(chosen):
        return evening
    number = board.count[chosen]
    factor = dose / policy.dose * (who.weight[chosen] if policy.per_kg else 1.0)
    seen = bodies.sessions(chosen, number, factor, morning)
    evening[:, chosen] = seen.sites[:, -1]
    high, rise = peaks(who, chosen, seen.site("dissociation"), seen.site("circulation"))
    board.days[number, chosen] = board.today
    board.doses[number, chosen] = dose
    board.peaks["cadss"][number, chosen] = high
    board.peaks["systolic_rise"][number, chosen] = rise
    board.peaks["systolic"][number, chosen] = systolic + rise
    board.count[chosen] += 1
    return evening
