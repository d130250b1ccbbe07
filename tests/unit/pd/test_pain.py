"""Pain: expectation over time, placebo responders as published, a scale without piled-up ends."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sordino.library.pd_schema import load_pd_model
from sordino.pd.pain import expectation, pain_score, placebo_relief, session_clock
from sordino.population import standard_normal

PLACEBO = {n: jnp.asarray(p.value) for n, p in load_pd_model("placebo").parameters.items()}


def envelope(times: list[float], sessions: list[float]) -> np.ndarray:
    since, running = session_clock(np.array(times), np.array(sessions))
    day = jnp.asarray(24.0), jnp.asarray(14.0 * 24.0)
    return np.asarray(expectation(jnp.asarray(since), jnp.asarray(running), *day))[:, 0]


class TestExpectation:
    def test_it_is_absent_until_the_first_session_begins_and_full_just_after(self) -> None:
        soon = 1e-9
        got = envelope([0.0, 72.0, 72.0 + soon, 120.0 + soon], [72.0, 120.0])
        np.testing.assert_allclose(got, [0.0, 0.0, 1.0, 1.0], atol=1e-9)

    def test_the_lift_halves_in_a_day_towards_the_level_of_the_course(self) -> None:
        # One day after the only session: L = 1 - 2^(-1/14), e = L + (1 - L) / 2.
        level = 1.0 - 2.0 ** (-1.0 / 14.0)
        got = envelope([0.0, 24.0], [0.0])[1]
        assert got == pytest.approx(level + (1.0 - level) / 2.0, rel=1e-14)

    def test_the_clock_of_the_lift_starts_again_with_each_session(self) -> None:
        since, running = session_clock(np.array([0.0, 1.0, 48.0, 50.0]), np.array([0.0, 48.0]))
        # A session has not acted yet at the moment it begins.
        np.testing.assert_array_equal(since, [np.inf, 1.0, 48.0, 2.0])
        np.testing.assert_array_equal(running, [0.0, 1.0, 48.0, 50.0])

    @given(times=st.lists(st.floats(0.0, 9000.0), min_size=1, max_size=20))
    def test_it_is_a_fraction(self, times: list[float]) -> None:
        got = envelope(sorted(times), [24.0, 48.0])
        assert np.all((got >= 0.0) & (got <= 1.0))


class TestPlaceboResponders:
    # Haeuser 2011: 30.8 of 100 on placebo have at least 30, and 18.8 at least 50 percent less pain.
    count = 400_000

    @pytest.mark.parametrize(("relief", "share"), [(0.3, 0.308), (0.5, 0.188)])
    def test_shares_at_long_times(self, relief: float, share: float) -> None:
        z = standard_normal(7, "patient/placebo", jnp.arange(self.count))
        there = envelope([0.0, 400 * 24.0], [0.0])[1]
        full = jnp.full((1, self.count), there)
        names = ("relief_mean", "relief_sd", "relief_max")
        found = np.asarray(placebo_relief(full, z, *(PLACEBO[n] for n in names)))[0]
        # Four standard errors of a share of 400,000, and half of the last printed digit.
        error = 4.0 * np.sqrt(share * (1.0 - share) / self.count) + 0.0005
        assert np.mean(found >= relief) == pytest.approx(share, abs=error)
        assert found.min() == 0.0
        assert found.max() <= 0.95

    def test_nobody_is_relieved_before_the_first_session(self) -> None:
        z = jnp.array([-1.0, 0.0, 3.0])
        names = ("relief_mean", "relief_sd", "relief_max")
        found = placebo_relief(jnp.zeros((1, 3)), z, *(PLACEBO[n] for n in names))
        assert np.all(np.asarray(found) == 0.0)


class TestScore:
    def score(self, base: float, factor: float, noise: float = 0.0) -> float:
        shape = (1, 1)
        full = jnp.full(shape, factor), jnp.full(shape, noise)
        return float(pain_score(jnp.full(1, base), *full)[0, 0])

    @given(base=st.floats(0.1, 9.9), factor=st.floats(0.01, 1.0))
    def test_without_noise_it_is_what_is_left_of_the_baseline(
        self, base: float, factor: float
    ) -> None:
        assert self.score(base, factor) == pytest.approx(base * factor, rel=1e-12)

    @given(base=st.floats(0.0, 10.0), factor=st.floats(0.0, 1.0), noise=st.floats(-5.0, 5.0))
    def test_it_never_leaves_the_scale(self, base: float, factor: float, noise: float) -> None:
        assert 0.0 < self.score(base, factor, noise) < 10.0

    def test_noise_moves_the_odds(self) -> None:
        # logit(0.7) + 0.38, by hand: odds 7/3 times e^0.38.
        odds = 7.0 / 3.0 * np.exp(0.38)
        assert self.score(7.0, 1.0, 0.38) == pytest.approx(10.0 * odds / (1.0 + odds), rel=1e-13)

    def test_nothing_piles_up_at_the_ends(self) -> None:
        # A clipped normal error would put a tenth or more of these people at exactly 10; here the
        # last hundredth of a point holds no more than the density there says.
        z = standard_normal(1, "test", jnp.arange(100_000))
        pain = np.asarray(pain_score(jnp.full(100_000, 9.5), jnp.ones((1, 100_000)), 0.8 * z[None]))
        assert pain.max() < 10.0
        assert np.mean(pain > 9.99) < 1e-3
        assert len(np.unique(pain)) == 100_000
