"""`summarize` against the trajectories of `simulate`, counted here with numpy alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sordino.simulation import summarize
from sordino.simulation.answers import LEVELS, THRESHOLDS, Estimate
from sordino.simulation.summary import Summary
from sordino.simulation.variables import USUAL, VARIABLES

if TYPE_CHECKING:
    import xarray as xr

    from sordino.simulation.blocks import Block
    from sordino.simulation.engine import CourseEngine

Build = Callable[..., dict[str, Any]]
BASE = 7.0


@pytest.fixture(scope="module")
def summary(build: Build) -> Summary:
    return summarize(build(), 6, 2)


@pytest.fixture(scope="module")
def counted(build: Build) -> Iterator[Summary]:
    """As `summary`, with values counted in bins, as in large populations."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sordino.simulation.summary.MOST_SORTED", 5)
        yield summarize(build(), 6, 2)


def nearest_rank(values: np.ndarray, levels: np.ndarray = LEVELS) -> np.ndarray:
    """Values of the nearest rank along the axis of patients: (level, draw, time)."""
    place = np.ceil(levels * (values.shape[1] - 1) - 0.5).astype(int)
    return np.moveaxis(np.sort(values, axis=1)[:, place], 1, 0)


def within_a_bin(found: xr.DataArray, exact: np.ndarray, name: str) -> None:
    """Half a percent and zero below 0.001 on a log scale, one of 1600 bins on a linear one."""
    about = VARIABLES[name]
    if about.low is None or about.high is None:
        np.testing.assert_allclose(found, exact, rtol=0.005 + 1e-9, atol=1e-3)
    else:
        width = (about.high - about.low) / 1600
        np.testing.assert_allclose(found, exact, rtol=1e-12, atol=width + 1e-12)


@pytest.mark.parametrize("name", USUAL)
def test_quantiles_over_patients(
    name: str, usual: xr.Dataset, summary: Summary, counted: Summary
) -> None:
    exact = np.median(np.quantile(usual[name].values, LEVELS, axis=1), axis=1)
    np.testing.assert_allclose(summary.quantiles[name], exact, rtol=1e-11, atol=1e-12)
    within_a_bin(counted.quantiles[name], np.median(nearest_rank(usual[name].values), axis=1), name)


@pytest.mark.parametrize("name", USUAL)
def test_quantiles_of_the_median_over_draws(
    name: str, usual: xr.Dataset, summary: Summary, counted: Summary
) -> None:
    exact = np.quantile(np.median(usual[name].values, axis=1), LEVELS, axis=0)
    np.testing.assert_allclose(summary.quantiles[f"{name}_median"], exact, rtol=1e-11, atol=1e-12)
    middle = nearest_rank(usual[name].values, np.array([0.5]))[0]
    within_a_bin(counted.quantiles[f"{name}_median"], np.quantile(middle, LEVELS, axis=0), name)


def at(usual: xr.Dataset, name: str, times: list[float]) -> np.ndarray:
    """Mean over some times: (draw, patient)."""
    picked = usual[name].sel(time=times, method="nearest", tolerance=1e-6)
    return picked.mean("time").values


LOOKS = {
    "2 hours after the first session": [160 / 60],
    "day 1": [24.0],
    "week 1": [24.0 * d for d in range(1, 8)],
}


def is_estimate(found: Estimate, per_draw: np.ndarray) -> None:
    low, middle, high = np.quantile(per_draw, [0.05, 0.5, 0.95])
    assert found.value == pytest.approx(middle, rel=1e-9, abs=1e-12)
    assert found.low == pytest.approx(low, rel=1e-9, abs=1e-12)
    assert found.high == pytest.approx(high, rel=1e-9, abs=1e-12)


def test_responders_out_of_100(usual: xr.Dataset, summary: Summary) -> None:
    found = summary.answers.responses
    assert [(r.label, r.threshold_percent) for r in found] == [
        (label, level) for label in LOOKS for level in THRESHOLDS
    ]
    for response in found:
        share = [
            100.0
            * np.mean(
                1.0 - at(usual, arm, LOOKS[response.label]) / BASE
                >= response.threshold_percent / 100,
                axis=1,
            )
            for arm in ("pain", "pain_placebo")
        ]
        is_estimate(response.with_drug, share[0])
        is_estimate(response.without_drug, share[1])
        is_estimate(response.difference, share[0] - share[1])


def test_mean_pain(usual: xr.Dataset, summary: Summary) -> None:
    for look in summary.answers.pain:
        arms = [at(usual, arm, LOOKS[look.label]).mean(axis=1) for arm in ("pain", "pain_placebo")]
        is_estimate(look.with_drug, arms[0])
        is_estimate(look.without_drug, arms[1])
        is_estimate(look.difference, arms[0] - arms[1])


def test_days_of_relief(usual: xr.Dataset, summary: Summary) -> None:
    answers = summary.answers
    days = [24.0 * d for d in range(1, 9)]
    assert answers.relief_window_days == 8
    for found, arm in (
        (answers.relief_days, "pain"),
        (answers.relief_days_without, "pain_placebo"),
    ):
        seen = usual[arm].sel(time=days).values
        is_estimate(found, (1.0 - seen / BASE >= 0.3).sum(axis=2).mean(axis=1))


def test_highest_values(usual: xr.Dataset, summary: Summary) -> None:
    for name, found in summary.answers.peaks.items():
        highest = usual[name].max("time").values.reshape(1, -1, 1)
        low, middle, high = nearest_rank(highest, np.array([0.05, 0.5, 0.95]))[:, 0, 0]
        linear = found.unit == "fraction"
        for value, exact in ((found.low, low), (found.median, middle), (found.high, high)):
            width = 1 / 2000 if linear else 0.005 * exact
            assert abs(value - exact) <= width + 1e-9, name


def test_minutes_until_fit_to_leave(usual: xr.Dataset, summary: Summary) -> None:
    assert len(summary.answers.fit_to_leave_min) == 2
    for session, found in enumerate(summary.answers.fit_to_leave_min):
        minutes = usual["fit_to_leave"].values[:, :, session].reshape(1, -1, 1)
        low, middle, high = nearest_rank(minutes, np.array([0.05, 0.5, 0.95]))[:, 0, 0]
        assert found.low == pytest.approx(low, abs=1.0)
        assert found.median == pytest.approx(middle, abs=1.0)
        assert found.high == pytest.approx(high, abs=1.0)


def test_provenance_is_that_of_simulate(usual: xr.Dataset, summary: Summary) -> None:
    assert summary.quantiles.attrs == usual.attrs


def test_one_draw_gives_no_interval(build: Build) -> None:
    answers = summarize(build(), "typical", 1).answers
    estimates = [
        *(e for r in answers.responses for e in (r.with_drug, r.without_drug, r.difference)),
        *(e for p in answers.pain for e in (p.with_drug, p.without_drug, p.difference)),
        answers.relief_days,
        answers.relief_days_without,
        answers.slow_responders,
    ]
    assert all(e.low is None and e.high is None for e in estimates)
    assert all(np.isfinite(e.value) for e in estimates)


def test_pain_of_zero_is_no_response(build: Build) -> None:
    found = summarize(build({"patient": {"weight": "70 kg", "pain": 0.0}}), 6, 2).answers
    assert all(r.with_drug == Estimate(0.0, 0.0, 0.0) for r in found.responses)
    assert found.relief_days == Estimate(0.0, 0.0, 0.0)
    assert all(p.with_drug.value < 1e-3 for p in found.pain)


def test_progress_and_blocks_are_handed_out_in_order(build: Build) -> None:
    said: list[tuple[int, int]] = []
    kept: list[int] = []

    def keep(_: CourseEngine, block: Block) -> None:
        kept.append(block.draw)

    summarize(build(), 6, 5, progress=lambda *now: said.append(now), keep=keep)
    assert said == [(k, 5) for k in range(1, 6)]
    assert kept == list(range(5))


def test_an_interrupt_ends_it(build: Build) -> None:
    def keep(_: CourseEngine, block: Block) -> None:
        if block.draw == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        summarize(build(), 6, 5, keep=keep)
