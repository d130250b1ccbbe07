"""What a course means for a simulator: single administrations on one clock.

All times are hours from the first dose of the course, which is at 0.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Administration:
    """One bolus, spray, lozenge, swallowed dose, or one infusion at a constant rate.

    `treatment` is the index in `Course.treatment`; `session` the number of the occasion, from 0,
    in time order over all drug treatments. The steps of one stepped infusion share a session.
    Amounts are of the base; one of `dose_mg` and `dose_mg_per_kg` is 0. `duration_h` is 0 unless
    this is an infusion. The absorption parameters are set for im and sc only.
    """

    treatment: int
    session: int
    drug: str
    route: str
    start_h: float
    duration_h: float
    dose_mg: float
    dose_mg_per_kg: float
    absorption_rate_per_h: float | None
    bioavailability: float | None


@dataclass(frozen=True, slots=True)
class Session:
    """One occasion on which a drug is given."""

    start_h: float
    end_h: float
    treatment: int
    drug: str
    route: str


@dataclass(frozen=True, slots=True)
class ComparatorUse:
    """A comparator treatment, taken from `start_h` on."""

    name: str
    dose_text: str
    start_h: float
