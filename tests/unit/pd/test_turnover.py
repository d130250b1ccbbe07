"""The filling state: order of its integral, an adaptive solver, jumps, and its bounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from sordino.pd.turnover import (
    FIRST_PANEL_H,
    PANEL_RATIO,
    TurnoverPlan,
    integrate,
    panel_arrays,
    turnover_plan,
    turnover_state,
)

# The reference job of the benchmarks, typical patient: six infusions of 0.5 mg/kg at 70 kg.
CL, V1, Q2, V2, Q3, V3 = 90.0, 20.0, 150.0, 40.0, 50.0, 120.0
K_ON, K_OFF, C50 = 0.025245510183850593, 0.002625557502121005, 50.0
ASSUMED = (jnp.asarray(K_ON), jnp.asarray(K_OFF), jnp.asarray(C50))
LENGTH_H, RATE = 2.0 / 3.0, 35.0 / (2.0 / 3.0)
DAYS = (0, 2, 4, 7, 9, 11)

Curve = Callable[[np.ndarray], np.ndarray]

MATRIX = np.array(
    [
        [-(CL + Q2 + Q3) / V1, Q2 / V2, Q3 / V3],
        [Q2 / V1, -Q2 / V2, 0.0],
        [Q3 / V1, 0.0, -Q3 / V3],
    ]
)
RATES, VECTORS = np.linalg.eig(MATRIX)
SHARES = VECTORS[0] * np.linalg.solve(VECTORS, np.array([1.0, 0.0, 0.0]))
"""The central amount after 1 mg at once is the sum of SHARES exp(RATES t)."""


def infused(since: np.ndarray) -> np.ndarray:
    """ng/mL at times since the start of one infusion."""
    ran = np.clip(since, 0.0, LENGTH_H)[..., None]
    over = np.clip(since, LENGTH_H, None)[..., None] - LENGTH_H
    return (
        1000.0
        / V1
        * RATE
        * np.sum(SHARES / RATES * np.expm1(RATES * ran) * np.exp(RATES * over), -1)
    )


def injected(since: np.ndarray) -> np.ndarray:
    """ng/mL at times since 35 mg at once; 0 before."""
    there = np.exp(RATES * np.clip(since, 0.0, None)[..., None]) @ SHARES
    return 1000.0 / V1 * 35.0 * np.where(since >= 0.0, there, 0.0)


def concentration(times_h: np.ndarray, starts: Sequence[float], one: Curve = infused) -> np.ndarray:
    return sum((one(times_h - s) for s in starts), start=np.zeros(np.shape(times_h)))


def reference(times_h: np.ndarray, starts: Sequence[float], one: Curve = infused) -> np.ndarray:
    """SciPy's DOP853 at 1e-13, from one switch of the input to the next."""
    switches = {*starts, *(s + LENGTH_H for s in starts)}
    borders = sorted({0.0, *(s for s in switches if s < times_h[-1]), times_h[-1]})
    found, state = {0.0: 0.0}, 0.0
    for begin, end in pairwise(borders):

        def slope(t: float, s: np.ndarray, begin: float = begin, end: float = end) -> np.ndarray:
            # A jump belongs to the span after it.
            c = concentration(np.array([min(max(t, begin), end - 1e-12)]), starts, one)[0]
            return K_ON * c / (c + C50) * (1.0 - s) - K_OFF * s

        inside = times_h[(times_h > begin) & (times_h <= end)]
        asked = np.unique(np.append(inside, end))
        solution = solve_ivp(
            slope, (begin, end), [state], method="DOP853", rtol=1e-12, atol=1e-15, t_eval=asked
        )
        found |= dict(zip(asked, solution.y[0], strict=True))
        state = float(solution.y[0, -1])
    return np.array([found[t] for t in times_h])


def state(plan: TurnoverPlan, starts: Sequence[float], one: Curve = infused) -> np.ndarray:
    read = concentration(plan.times_h, starts, one)[:, None]
    return np.asarray(turnover_state(plan, jnp.asarray(read), *ASSUMED))[:, 0]


def switches(starts: Sequence[float]) -> list[float]:
    return [*starts, *(s + LENGTH_H for s in starts)]


ONCE = [0.0]
COURSE = [24.0 * day for day in DAYS]
# Looked at every 5 minutes would already make short panels: here the halving has to.
SPARSE = np.array([0.0, 6.0, 24.0, 48.0, 54.0, 96.0, 240.0, 265.0, 480.0, 2160.0])


@pytest.mark.parametrize("starts", [ONCE, COURSE])
def test_short_panels_agree_with_an_adaptive_solver(starts: Sequence[float]) -> None:
    # The solver is asked for 1e-12 in each span; panels are a thirty-second of the usual ones.
    expected = reference(SPARSE, starts)
    plan = turnover_plan(SPARSE, switches(starts), first_h=2.5 / 60.0 / 32, ratio=1.0 / 32)
    np.testing.assert_allclose(state(plan, starts), expected, rtol=1e-11, atol=1e-14)


FIVE_MINUTES = np.unique([d + k / 12.0 for d in COURSE for k in range(25)] + [480.0, 2160.0])
HALF_HOURS = np.unique([d + k / 2.0 for d in COURSE for k in range(49)] + [480.0, 2160.0])
GRIDS = {"sparse": SPARSE, "five minutes": FIVE_MINUTES, "half hours": HALF_HOURS}


@pytest.mark.parametrize("one", [infused, injected])
@pytest.mark.parametrize("times", GRIDS.values(), ids=GRIDS)
@pytest.mark.parametrize("starts", [ONCE, COURSE], ids=["once", "course"])
def test_panels_as_they_come(one: Curve, times: np.ndarray, starts: Sequence[float]) -> None:
    # What the defaults are made for: an error below 1e-6 of S at any time.
    jumps = starts if one is injected else []
    plan = turnover_plan(times, jumps or switches(starts), jumps)
    expected = reference(times, starts, one)
    np.testing.assert_allclose(state(plan, starts, one), expected, rtol=1e-6)


def test_halving_the_panels_divides_the_error_by_sixty_four() -> None:
    # The rule is of order 6. From the usual panels on the ratios are 20, 36, 51, then rounding
    # and the solver rule: 32 is asked of the second and the third.
    expected = reference(SPARSE, ONCE)[1:]
    errors = []
    for halvings in (1, 2, 3):
        first, ratio = 2.5 / 60.0 / 2**halvings, 1.0 / 2**halvings
        plan = turnover_plan(SPARSE, switches(ONCE), first_h=first, ratio=ratio)
        assert not plan.even.any()
        errors.append(np.abs(state(plan, ONCE)[1:] / expected - 1.0).max())
    assert errors[0] / errors[1] > 2**5
    assert errors[1] / errors[2] > 2**5


def swaying(times_h: np.ndarray) -> np.ndarray:
    """ng/mL, smooth at all times."""
    return 100.0 + 80.0 * np.sin(0.8 * times_h)


def test_panels_of_output_times_are_of_order_six_at_each_of_their_points() -> None:
    # Ends of panels and the points inside them, which are integrated by weights of their own.
    # Long after the last switch any panel may be taken; until then they are short.
    def slope(t: float, s: np.ndarray) -> np.ndarray:
        c = swaying(np.array([t]))[0]
        return K_ON * c / (c + C50) * (1.0 - s) - K_OFF * s

    asked = 100.0 + np.arange(17.0)
    solved = solve_ivp(
        slope, (0.0, 116.0), [0.0], method="DOP853", rtol=1e-13, atol=1e-16, t_eval=asked
    )
    errors = []
    for finer in (2, 4, 8):
        times = np.linspace(100.0, 116.0, 16 * finer + 1)
        plan = turnover_plan(times, [0.0], ratio=1.0 / 128)
        assert np.count_nonzero(plan.even) == 4 * finer
        read = jnp.asarray(swaying(plan.times_h)[:, None])
        found = np.asarray(turnover_state(plan, read, *ASSUMED))[::finer, 0]
        errors.append(np.abs(found - solved.y[0])[1:])
    at_ends = [error[3::4].max() for error in errors]
    anywhere = [error.max() for error in errors]
    for found in (at_ends, anywhere):
        assert found[0] / found[1] > 2**5, found
        assert found[1] / found[2] > 2**5, found


def test_a_jump_of_the_concentration_counts_only_from_then_on() -> None:
    starts = [0.0, 48.0, 96.0]
    expected = reference(SPARSE, starts, injected)
    plan = turnover_plan(SPARSE, starts, starts, first_h=0.16 / 60.0, ratio=0.125)
    # Just before a jump is a microsecond before it, which adds some 1e-10.
    np.testing.assert_allclose(state(plan, starts, injected), expected, rtol=1e-8, atol=1e-12)
    # Without knowing of the jumps the panel that ends there already sees the next dose.
    blind = turnover_plan(SPARSE, starts, first_h=0.16 / 60.0, ratio=0.25)
    before = int(np.flatnonzero(SPARSE == 48.0)[0])
    assert state(blind, starts, injected)[before] > 1.01 * expected[before]


def test_a_switch_off_the_grid_by_rounding_is_the_same_time() -> None:
    # 2 days and 40 minutes, written in two ways that differ in the last bit.
    times = np.array([0.0, 48.0 + 2.0 / 3.0, 60.0])
    plan = turnover_plan(times, [0.0, 2.0 / 3.0, 48.0, np.nextafter(times[1], 0.0)])
    assert plan.length_h.min() > 1e-6
    assert len(np.unique(np.round(plan.times_h * 3.6e9))) == len(plan.times_h)


def test_the_panels_cover_the_time_without_gap() -> None:
    plan = turnover_plan(SPARSE, switches(COURSE))
    ends = plan.times_h[plan.point[:, -1]]
    np.testing.assert_allclose(plan.times_h[plan.point[1:, 0]], ends[:-1], atol=1e-9)
    assert plan.times_h[0] == 0.0
    assert ends[-1] == SPARSE[-1]
    # No panel is longer than a part of the time since the last switch, but for the first ones.
    begun = plan.times_h[plan.point[:, 0]]
    since = np.array([t - max(s for s in switches(COURSE) if s <= t + 1e-9) for t in begun])
    assert np.all(plan.length_h <= np.maximum(PANEL_RATIO * since, FIRST_PANEL_H) * (1 + 1e-6))


def test_it_rises_to_the_balance_and_falls_with_its_half_time() -> None:
    # At full drive S tends to k_on / (k_on + k_off); after that 11 days halve it.
    times = np.array([0.0, 2000.0, 2000.0 + 11 * 24.0])
    plan = turnover_plan(times, [0.0, 2000.0], [2000.0])
    full = np.where(plan.times_h < 2000.0, 1e12, 0.0)[:, None]
    read = np.asarray(turnover_state(plan, jnp.asarray(full), *ASSUMED))[:, 0]
    assert read[1] == pytest.approx(K_ON / (K_ON + K_OFF), rel=1e-9)
    assert read[2] == pytest.approx(read[1] / 2.0, rel=1e-8)


@settings(max_examples=25)
@given(
    k_on=st.floats(1e-4, 1e4),
    k_off=st.floats(1e-5, 1e4),
    c50=st.floats(0.1, 1e4),
    dose=st.floats(0.0, 1e3),
    times=st.sampled_from([SPARSE, np.arange(0.0, 300.0, 6.0), FIVE_MINUTES]),
)
@example(k_on=100.0, k_off=1e-5, c50=1.0, dose=1e3, times=np.arange(0.0, 300.0, 6.0))
@example(k_on=1e-4, k_off=100.0, c50=1.0, dose=0.0, times=np.arange(0.0, 300.0, 6.0))
@example(k_on=1e4, k_off=1e4, c50=0.1, dose=1.0, times=FIVE_MINUTES)
def test_it_stays_between_empty_and_full(
    k_on: float, k_off: float, c50: float, dose: float, times: np.ndarray
) -> None:
    # Absurd rates too: 100/h empties a panel of a day by e^-2400.
    plan = turnover_plan(times, switches(COURSE))
    read = dose * concentration(plan.times_h, COURSE)[:, None]
    rates = (jnp.asarray(k_on), jnp.asarray(k_off), jnp.asarray(c50))
    filled = np.asarray(turnover_state(plan, jnp.asarray(read), *rates))
    assert filled.min() >= 0.0
    assert filled.max() <= 1.0


def test_a_single_panel() -> None:
    plan = turnover_plan([0.0, 0.001], [0.0])
    assert len(plan.length_h) == 1
    full = jnp.full((len(plan.times_h), 1), 1e15)
    found = np.asarray(turnover_state(plan, full, *ASSUMED))[:, 0]
    expected = K_ON / (K_ON + K_OFF) * -np.expm1(-(K_ON + K_OFF) * np.array([0.0, 0.001]))
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_times_are_padded_inside_compiled_code() -> None:
    plan = turnover_plan(FIVE_MINUTES, switches(COURSE))
    read = jnp.asarray(concentration(plan.times_h, COURSE)[:, None])
    padded = np.asarray(integrate(panel_arrays(plan), read, *ASSUMED))
    assert len(padded) % 32 == 0
    assert len(padded) >= len(FIVE_MINUTES)
    found = turnover_state(plan, read, *ASSUMED)
    np.testing.assert_allclose(padded[: len(FIVE_MINUTES)], found, rtol=1e-13)


def test_single_precision_stays_single() -> None:
    plan = turnover_plan(SPARSE, switches(COURSE))
    read = concentration(plan.times_h, COURSE)[:, None]
    single = turnover_state(
        plan, jnp.asarray(read, jnp.float32), *(v.astype("float32") for v in ASSUMED)
    )
    assert single.dtype == jnp.float32
    # Some three hundred panels, each of which may round once or twice to 24 bits.
    np.testing.assert_allclose(single[:, 0], state(plan, COURSE), rtol=300 * 2.0**-23, atol=1e-9)


def test_everybody_has_a_course_of_their_own() -> None:
    plan = turnover_plan(SPARSE, switches(COURSE))
    read = concentration(plan.times_h, COURSE)[:, None] * np.array([1.0, 0.5, 2.0])
    rates = jnp.array([K_ON, 2.0 * K_ON, 0.5 * K_ON])
    together = np.asarray(turnover_state(plan, jnp.asarray(read), rates, *ASSUMED[1:]))
    for lane in range(3):
        one = turnover_state(plan, jnp.asarray(read[:, lane : lane + 1]), rates[lane], *ASSUMED[1:])
        np.testing.assert_allclose(together[:, lane], np.asarray(one)[:, 0], rtol=1e-13)
