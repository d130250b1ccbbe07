"""From a tally to the numbers that an arm shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sordino.compare.model import Curve, Origin, Share
from sordino.compare.tally import DAYS, LOOKS, Tally, look_days
from sordino.safety.estimates import ENDS
from sordino.simulation.answers import THRESHOLDS, Estimate, estimate

DECIMALS = 4
HALF = 0.5


@dataclass(frozen=True)
class Measured:
    """An arm in every draw; the second axis is with treatment, without drug.

    `pain` (draw, 2, day): mean of 10. `responders` (draw, 2, look, threshold): people of 100.
    `relieved` (draw, 2, day): part of the people with at least 30 percent less pain on that day;
    `reached`: part that has had such a day by then.
    """

    pain: np.ndarray
    responders: np.ndarray
    relieved: np.ndarray
    reached: np.ndarray


def measured(tally: Tally) -> Measured:
    """What was counted."""
    return Measured(
        tally.mean_pain(), tally.responders_of_100(), tally.relieved_part(), tally.reached_part()
    )


def mixed(tally: Tally, in_pain: np.ndarray, in_shares: np.ndarray) -> Measured:
    """A part of the people as the treated of a tally, the others as those without drug.

    `in_pain`, `in_shares` (draw, day): that part, for mean pain and for counts of people. Who has
    become one of the treated by a day has had a day with relief if the treated have one then.
    """
    found = measured(tally)
    looks = np.stack([in_shares[:, look_days(day)].mean(axis=1) for day in LOOKS], axis=1)
    late = found.reached[:, 1]
    became = late + in_shares * (1.0 - late) * found.relieved[:, 0]
    return Measured(
        _mix(found.pain, in_pain),
        np.clip(_mix(found.responders, looks[:, :, None]), 0.0, 100.0),
        np.clip(_mix(found.relieved, in_shares), 0.0, 1.0),
        np.stack([np.maximum.accumulate(became, axis=1), late], axis=1),
    )


def _mix(values: np.ndarray, part: np.ndarray) -> np.ndarray:
    treated, plain = values[:, 0], values[:, 1]
    return np.stack([plain + part * (treated - plain), plain], axis=1)


def curve(arm: Measured) -> Curve:
    """Mean pain by day."""
    low = high = None
    if len(arm.pain) > 1:
        low, high = (_numbers(row) for row in np.quantile(arm.pain[:, 0], ENDS, axis=0))
    mean, without = (_numbers(arm.pain[:, k].mean(axis=0)) for k in (0, 1))
    return Curve(tuple(range(DAYS + 1)), mean, low, high, without)


def shares(arm: Measured, origins: Mapping[int, Origin]) -> tuple[Share, ...]:
    """Responders at every look; `origins` by threshold."""
    with_it, without = arm.responders[:, 0], arm.responders[:, 1]
    return tuple(
        Share(
            day,
            level,
            estimate(with_it[:, k, j]),
            estimate(without[:, k, j]),
            estimate(with_it[:, k, j] - without[:, k, j]),
            origins[level],
        )
        for j, level in enumerate(THRESHOLDS)
        for k, day in enumerate(LOOKS)
    )


def relief_days(arm: Measured) -> tuple[Estimate, Estimate]:
    """Days of 90 with at least 30 percent less pain, per person: with and without."""
    with_it, without = (estimate(arm.relieved[:, k].sum(axis=1)) for k in (0, 1))
    return with_it, without


def first_relief(arm: Measured) -> tuple[Estimate | None, Estimate | None]:
    """The day by which half of the people have had a day with 30 percent less pain."""
    with_it, without = (_day(arm.reached[:, k]) for k in (0, 1))
    return with_it, without


def _day(reached: np.ndarray) -> Estimate | None:
    """The middle draw with its interval; nothing where that is later than the comparison lasts.

    An end of the interval that is later counts as the day after.
    """
    there = reached >= HALF - 1e-12
    days = np.where(there.any(axis=1), there.argmax(axis=1), DAYS + 1.0)
    middle = float(np.median(days))
    if middle > DAYS:
        return None
    ends = estimate(days)
    return Estimate(middle, ends.low, ends.high)


def _numbers(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(v) for v in values.round(DECIMALS))
