"""Simulation-based calibration: ranks are uniform, and uneven ones are seen."""

from __future__ import annotations

import numpy as np
import pytest

from sordino.calibrate import sbc
from sordino.calibrate.model import problem
from sordino.calibrate.rows import evidence
from sordino.calibrate.sbc import BINS, KEPT, Ranks, ranks
from sordino.calibrate.unknowns import unknowns

FITS = 48


def uniform(fits: int, power: float = 1.0) -> Ranks:
    """Ranks that are uniform, or pressed to one side."""
    drawn = np.random.default_rng(3).random((fits, len(unknowns()))) ** power
    return Ranks((drawn * (KEPT + 1)).astype(int), 0.0)


def test_uniform_ranks_pass_and_uneven_ones_do_not() -> None:
    assert uniform(400).overall() > 0.05
    assert uniform(400, power=1.6).overall() < 1e-3


def test_ranks_that_pile_up_at_both_ends_are_seen() -> None:
    even = uniform(400).rank
    narrow = np.where(even < (KEPT + 1) // 2, even // 2, KEPT - (KEPT - even) // 2)
    assert Ranks(narrow, 0.0).overall() < 1e-3


def test_every_rank_has_a_bin() -> None:
    every = np.tile(np.arange(KEPT + 1)[:, None], len(unknowns()))
    assert Ranks(every, 0.0).counts(0).tolist() == [(KEPT + 1) // BINS] * BINS


@pytest.mark.slow
def test_ranks_of_mood_and_fatigue_are_uniform(monkeypatch: pytest.MonkeyPatch) -> None:
    """The probability of a false alarm is below one in a thousand for a fixed seed."""
    readouts = ("madrs_change", "madrs_response", "fatigue_change")
    small = problem([r for r in evidence().fitted if r.readout in readouts])
    seen: list[int] = []
    found = ranks(small, FITS, seed=7, progress=lambda done, _: seen.append(done))
    assert seen == list(range(1, FITS + 1))
    assert found.rank.shape == (FITS, len(unknowns()))
    assert found.overall() > 1e-3
    assert found.divergent < 0.01
    # Data with three times the scatter that the model knows of put the truth at the ends.
    simulate = type(small).simulate

    def scattered(self: object, z: object, shift: object, key: object) -> object:
        made = simulate(self, z, shift, key)  # pyright: ignore
        means = {k: v.mean for k, v in self.predict(z, shift).items()}  # pyright: ignore
        return {
            k: v
            if means[k] is None
            else v._replace(mean=means[k][0] + 5.0 * (v.mean - means[k][0]))
            for k, v in made.items()
        }

    monkeypatch.setattr(type(small), "simulate", scattered)
    assert sbc.ranks(small, FITS, seed=7).overall() < 1e-3
