"""Many people, each with a drug in the body and sessions on days of their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sordino.errors import InputError
from sordino.pk.exponential import SCALED_RATE_LIMIT
from sordino.pk.parts import SpacePool
from sordino.rules.body import BATCH, Day, SessionWalk, rest_day, walk_day
from sordino.simulation.blocks import thread_count
from sordino.simulation.lanes import SITES

Numbers = NDArray[np.float64]
Lanes = NDArray[np.int64]


class TooFast(Exception):
    """Somebody's rates are beyond what the step lengths were made for."""


@dataclass(frozen=True, eq=False)
class Drug:
    """What a drug model needs of some people: typical values, etas, covariates.

    Etas are (lanes,), or (session, lanes) where they change from session to session.
    """

    typical: dict[str, Numbers]
    etas: dict[str, Numbers]
    covariates: dict[str, Numbers]

    def at(self, lanes: Lanes, session: Lanes) -> tuple[dict[str, Numbers], ...]:
        """Values of some people in the sessions that they are at."""
        etas = {
            name: eta[session, lanes] if eta.ndim == 2 else eta[lanes]
            for name, eta in self.etas.items()
        }
        return (
            {k: v[lanes] for k, v in self.typical.items()},
            etas,
            {k: v[lanes] for k, v in self.covariates.items()},
        )


class Seen(NamedTuple):
    """Effect sites in S-equivalents, ng/mL: (site, time, lanes) during a session, the last time
    being its evening."""

    sites: Numbers

    def site(self, name: str) -> Numbers:
        """One site, (time, lanes)."""
        return self.sites[SITES.index(name)]


class Bodies:
    """The drug in many people, day by day.

    `potency`: how much of R-ketamine counts as S-ketamine, person by person.
    """

    def __init__(self, walk: SessionWalk, drug: Drug, potency: Numbers) -> None:
        self._walk, self._drug = walk, drug
        self._share = [s + potency * r for s, r in walk.parts]
        people = len(potency)
        sizes = [(s.system.size + 1, s.system.pattern.zero + 1) for s in walk.structures]
        self._state = [np.zeros((places, people)) for places, _ in sizes]
        self._matrix = [np.zeros((2, entries, people)) for _, entries in sizes]
        self._spaces = SpacePool(walk.new_scratch)

    def morning(self) -> Numbers:
        """Effect sites of everybody, (site, lanes)."""
        return self._equivalents(
            [
                state[len(s.system.compartments) :][: len(SITES)]
                for s, state in zip(self._walk.structures, self._state, strict=True)
            ],
            slice(None),
        )

    def rest(self) -> Numbers:
        """A day without a session in everybody: effect sites (site, lanes) of the evening."""
        evening: list[Numbers] = []
        for k, structure in enumerate(self._walk.structures):
            found, after = rest_day(structure, self._matrix[k], self._state[k])
            evening.append(np.asarray(found))
            self._state[k] = np.array(after)
        return self._equivalents(evening, slice(None))

    def before(self, lanes: Lanes) -> list[Numbers]:
        """The amounts in some people, to begin their session with after everybody's rest."""
        return [state[:, lanes] for state in self._state]

    def sessions(
        self, lanes: Lanes, number: Lanes, factor: Numbers, morning: list[Numbers]
    ) -> Seen:
        """A day with a session in some people, which is their session `number` from 0.

        `factor` multiplies the dose of the walk; `morning`: what `before` gave that morning.
        Raises `TooFast`, and InputError where the drug still enters on the next morning.
        """
        seen = np.empty((len(SITES), len(self._walk.engine.times_h) - 1, len(lanes)))

        def batch(start: int) -> None:
            place = slice(start, start + BATCH)
            own = lanes[place]
            found = self._batch(own, number[place], factor[place], [m[:, place] for m in morning])
            sites = [np.asarray(day.looked)[..., : len(own)] for day in found]
            seen[..., place] = self._equivalents(sites, own)
            for k, day in enumerate(found):
                self._state[k][:, own] = np.asarray(day.state)[:, : len(own)]
                self._matrix[k][..., own] = np.asarray(day.matrix)[..., : len(own)]

        with ThreadPoolExecutor(thread_count()) as pool:
            list(pool.map(batch, range(0, len(lanes), BATCH)))
        return Seen(seen)

    def _batch(
        self, lanes: Lanes, number: Lanes, factor: Numbers, morning: list[Numbers]
    ) -> list[Day]:
        walk = self._walk
        spare = (0, BATCH - len(lanes))
        own = self._drug.at(np.pad(lanes, spare, mode="edge"), np.pad(number, spare, mode="edge"))
        filled = np.pad(factor, spare, mode="edge")
        chain, slots, room = walk.chain
        scratch = self._spaces.take()
        found: list[Day] = []
        for k, (structure, run) in enumerate(zip(walk.structures, walk.runs, strict=True)):
            start = np.pad(morning[k], ((0, 0), spare), mode="edge")
            day, scratch[k] = walk_day(
                structure, run, chain, slots, room, own, filled, start, scratch[k]
            )
            found.append(day)
        self._spaces.give(scratch)
        if any(float(day.scaled_rate) > SCALED_RATE_LIMIT for day in found):
            raise TooFast
        if any(bool(day.late) for day in found):
            raise InputError(
                "the drug of a session is still entering the body on the next morning",
                where="treatment",
                hint="rules are simulated for sessions that are over within a day",
            )
        return found

    def _equivalents(self, sites: list[Numbers], lanes: Lanes | slice) -> Numbers:
        parts = [share[lanes] * own for share, own in zip(self._share, sites, strict=True)]
        return np.sum(parts, axis=0)
