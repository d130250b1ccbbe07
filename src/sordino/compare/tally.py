"""Adding up what a comparison shows of an arm, block of people by block of people.

Every arm goes through here, courses and comparators alike, so that all stand on the same axes:
pain once a day, weekly means where a week is looked at, relief against each person's baseline.
"""

from __future__ import annotations

import numpy as np

from sordino.simulation.answers import THRESHOLDS

DAYS = 90
LOOKS = (1, 7, 28, 56, 84)
"""Days of the looks; from a week on the mean of seven days, as in the report of a course."""
RELIEF = 0.3


def look_days(day: int) -> np.ndarray:
    """The days that a look takes the mean of."""
    return np.array([day]) if day < 7 else np.arange(day - 6, day + 1)


class Tally:
    """Sums over people in each draw: pain by day, responders, days with relief, first relief.

    The second axis of all sums is with treatment, without drug.
    """

    def __init__(self, draws: int) -> None:
        self._people = np.zeros(draws)
        self._pain = np.zeros((draws, 2, DAYS + 1))
        self._relieved = np.zeros((draws, 2, DAYS + 1))
        self._reached = np.zeros((draws, 2, DAYS + 1))
        self._responders = np.zeros((draws, 2, len(LOOKS), len(THRESHOLDS)))

    def add(self, draw: int, pain: np.ndarray, plain: np.ndarray, base: np.ndarray) -> None:
        """Add people: pain with and without the treatment, (day, patient), and baseline pain.

        Where the baseline is 0 nothing can be relieved.
        """
        base = np.where(base > 0.0, base, np.nan)  # a comparison with NaN is false
        self._people[draw] += len(base)
        for arm, values in enumerate((pain, plain)):
            relieved = 1.0 - values / base >= RELIEF
            relieved[0] = False  # day 0 is before treatment
            self._pain[draw, arm] += values.sum(axis=1)
            self._relieved[draw, arm] += relieved.sum(axis=1)
            self._reached[draw, arm] += np.logical_or.accumulate(relieved).sum(axis=1)
            for k, day in enumerate(LOOKS):
                relief = 1.0 - values[look_days(day)].mean(axis=0) / base
                for j, level in enumerate(THRESHOLDS):
                    self._responders[draw, arm, k, j] += (relief >= level / 100.0).sum()

    def mean_pain(self) -> np.ndarray:
        """Mean pain of 10: (draw, arm, day)."""
        return self._pain / self._people[:, None, None]

    def responders_of_100(self) -> np.ndarray:
        """People of 100 with so much less pain: (draw, arm, look, threshold)."""
        return 100.0 * self._responders / self._people[:, None, None, None]

    def relieved_part(self) -> np.ndarray:
        """Part of the people with at least 30 percent less pain on a day: (draw, arm, day)."""
        return self._relieved / self._people[:, None, None]

    def reached_part(self) -> np.ndarray:
        """Part of the people that has had such a day by then: (draw, arm, day)."""
        return self._reached / self._people[:, None, None]
