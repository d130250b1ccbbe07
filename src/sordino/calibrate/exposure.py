"""What the arms of the studies had in their blood, computed once by the engine.

The same virtual patients stand for every arm: common random numbers, so that arms differ by
what they got and by nothing else. What makes patients differ in their response comes from a
Sobol sequence, which fills the space more evenly than random numbers do.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import scipy.special
import scipy.stats
from jaxtyping import Array, Float

from sordino.calibrate.rows import Row, arm_course
from sordino.calibrate.sites import nodes_h, site_weights
from sordino.pd.pain import session_clock
from sordino.simulation import simulate

PATIENTS = 64
SEED = 1


class People(NamedTuple):
    """Standard normal numbers of the virtual patients, one of each kind for each."""

    baseline: Float[np.ndarray, " patient"]
    c50: Float[np.ndarray, " patient"]
    placebo: Float[np.ndarray, " patient"]


@dataclass(frozen=True, eq=False)
class Exposure:
    """The blood of one arm: S- and R-ketamine, ng/mL (node, patient), at `nodes_h`, hours.

    `session_h` holds the starts of the sessions. An arm without drug has the same sessions, and
    no nodes.
    """

    nodes_h: np.ndarray
    session_h: np.ndarray
    s: np.ndarray
    r: np.ndarray

    def clock(self, at_h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Hours since the latest and since the first session."""
        return session_clock(at_h, self.session_h)

    def site(
        self, at_h: np.ndarray, half_time_h: Float[Array, ""], potency_r: Float[Array, ""]
    ) -> Float[Array, "time patient"]:
        """S-equivalents at an effect site, ng/mL."""
        if not len(self.nodes_h):
            return jnp.zeros((len(at_h), self.s.shape[1]))
        weights = site_weights(self.nodes_h, at_h, half_time_h)
        s, r = jnp.split(weights @ self._both, 2, axis=1)
        return s + potency_r * r

    @cached_property
    def _both(self) -> np.ndarray:
        return np.concatenate([self.s, self.r], axis=1)


Key = tuple[str, bool]
"""The digest of a course, and whether there is drug in the blood."""

Exposures = Mapping[Key, Exposure]


@functools.lru_cache(maxsize=4)
def people(patients: int = PATIENTS) -> People:
    """The virtual patients; a power of two of them."""
    drawn = scipy.stats.qmc.Sobol(len(People._fields), scramble=False).random(patients)
    # Each number lies in the middle of its own part of the unit interval.
    return People(*scipy.special.ndtri(drawn + 0.5 / patients).T)


def exposures(rows: Sequence[Row], patients: int = PATIENTS) -> Exposures:
    """The blood of every arm that the rows need.

    Arms whose readouts follow sessions and not concentrations are cheap: their blood is taken
    as empty.
    """
    found: dict[Key, Exposure] = {}
    for row in rows:
        key = exposure_key(row)
        if key not in found:
            at_h = np.concatenate([r.at_h.ravel() for r in rows if exposure_key(r) == key])
            found[key] = _exposure(row, np.unique(at_h), patients)
    return found


def exposure_key(row: Row) -> Key:
    """Where the blood of a row is found; arms with the same course share it."""
    drug = row.treated and row.readout not in ON_SESSIONS
    return arm_course(row.study, row.clock).digest(), drug


ON_SESSIONS = ("madrs_change", "madrs_response", "fatigue_change")
"""Readouts that know when a session was, and not what was in the blood."""


def _exposure(row: Row, at_h: np.ndarray, patients: int) -> Exposure:
    course = arm_course(row.study, row.clock)
    session_h = np.array([s.start_h for s in course.sessions()])
    doses = course.administrations()
    switch_h = np.unique([h for d in doses for h in (d.start_h, d.start_h + d.duration_h)])
    nodes = nodes_h(switch_h, float(at_h.max()), at_h)
    if not exposure_key(row)[1]:
        return Exposure(np.zeros(0), session_h, np.zeros((0, patients)), np.zeros((0, patients)))
    read = simulate(
        course,
        patients,
        draws=1,
        seed=SEED,
        times_h=nodes,
        variables=["conc_s_ketamine", "conc_r_ketamine"],
    )
    s, r = (read[f"conc_{e}_ketamine"].values[0].T for e in ("s", "r"))
    return Exposure(read["time"].values, session_h, s, r)
