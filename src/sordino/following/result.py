"""What following a person found, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sordino.following.ahead import Standing
from sordino.following.forecast import Change, Forecast, Range
from sordino.following.learn import Posterior
from sordino.following.ratings import Ratings
from sordino.rules import Advice


@dataclass(frozen=True)
class Learned:
    """One number of this person: what was thought before the diary, and what is thought now.

    `told`: the part of the spread that the diary took away, 0 to 1; 0 means nothing was learned.
    """

    name: str
    meaning: str
    unit: str
    before: Range
    now: Range
    told: float


@dataclass(frozen=True)
class Trust:
    """How far the computation can be trusted.

    `shape`: the worst tail of weights in a step (Pareto k; above 0.7 is poor); `first_shape`: that
    of importance sampling straight from the virtual people; `effective`: independent draws that
    the particles are worth; `agreement`: part of the islands that agree on the evidence, 0 to 1.
    """

    sound: bool
    shape: float
    first_shape: float
    effective: float
    agreement: float
    people: int
    particles: int
    repeated: bool


@dataclass(frozen=True)
class Followed:
    """One person followed.

    `slow_responder`: of 100 people with such a diary, how many are slow responders; `was`: of 100
    before the diary. `notes` say what was assumed, left out or not used. `advice`: what the rules
    of the plan say, where it has any.
    """

    patient: str
    title: str
    first_day: date
    end: date
    standing: Standing
    ratings: Ratings
    posterior: Posterior
    slow_responder: float
    slow_responder_was: float
    learned: tuple[Learned, ...]
    change: Change
    forecasts: tuple[Forecast, ...]
    advice: Advice | None
    trust: Trust
    notes: tuple[str, ...]
    assumed: tuple[str, ...]
    seed: int
    record_digest: str
    plan_digest: str
