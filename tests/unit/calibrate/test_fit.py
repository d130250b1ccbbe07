"""A fit finds what its data were made with, and says when it cannot be believed."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sordino.calibrate.fit import Fit, Sampler, diagnostics
from sordino.calibrate.lessons import learned, lesson
from sordino.calibrate.model import Problem, problem
from sordino.calibrate.predictive import shown, thinned
from sordino.calibrate.rows import evidence
from sordino.calibrate.unknowns import unknowns

PLACE = {u.name: k for k, u in enumerate(unknowns())}

MADE_UP = {"mood_drug": 0.8, "mood_placebo": 0.3, "madrs_before": -0.4, "half_time_mood": 0.2}
Found = tuple[Problem, np.ndarray, np.ndarray, Fit]


@pytest.fixture(scope="module")
def found(small: Problem) -> Found:
    """A fit to made-up studies of mood and fatigue, each with ten thousand people.

    Each is read in one way only: with so many people another reading is another truth.
    """
    large = Problem(
        tuple(
            replace(r, n=10_000, se=None if r.se is None else 0.1, at_h=r.at_h[:1])
            for r in small.rows
        ),
        small.blood,
        small.patients,
    )
    random = np.random.default_rng(5)
    truth, shift = random.standard_normal(len(unknowns())), random.standard_normal(3)
    # Where about half of the people respond, and not nobody or all.
    for name, z in MADE_UP.items():
        truth[PLACE[name]] = z
    data = large.simulate(jnp.asarray(truth), jnp.asarray(shift), jax.random.key(5))
    fit = Sampler(large, chains=2, warmup=500, draws=500).fit(data, 1)
    return large, truth, shift, fit


def test_what_large_studies_fix_is_found_back(found: Found) -> None:
    _, truth, _, fit = found
    for name in ("mood_drug", "half_time_mood", "mood_sd", "fatigue_placebo", "madrs_before"):
        z = fit.all_z[:, PLACE[name]]
        assert z.std() < 0.7, f"{name} was not learned"
        assert abs(z.mean() - truth[PLACE[name]]) < 4.0 * z.std(), name


def test_what_no_study_is_about_keeps_its_prior(found: Found) -> None:
    z = found[3].all_z[:, PLACE["c50_fast"]]
    assert abs(z.mean()) < 0.15
    assert z.std() == pytest.approx(1.0, abs=0.1)


def test_what_was_learned_is_told(found: Found) -> None:
    told = {entry.name: entry for entry in learned(found[3])}
    assert told["mood_sd"].lesson == "much"
    assert told["c50_fast"].lesson == "nothing"
    assert told["c50_fast"].overlap > 0.85 > 0.5 > told["mood_sd"].overlap
    # The prior of a C50 between 2 and 1000 that is even on the log scale.
    low, middle, high = told["c50_fast"].prior
    assert (low, middle, high) == pytest.approx((2 * 500**0.05, 2 * 500**0.5, 2 * 500**0.95))


@pytest.mark.parametrize(
    ("moved", "ratio", "expected"),
    [
        (0.0, 1.0, "nothing"),
        (0.2, 1.1, "nothing"),
        (0.5, 1.0, "a little"),
        (0.0, 0.6, "something"),
        (1.5, 1.0, "something"),
        (0.0, 0.2, "much"),
        (3.0, 1.0, "much"),
    ],
)
def test_lessons(moved: float, ratio: float, expected: str) -> None:
    assert lesson(moved, ratio) == expected


def test_the_same_seed_gives_the_same_draws(small: Problem) -> None:
    rows = tuple(r for r in small.rows if r.readout == "fatigue_change")
    fatigue = Problem(rows, small.blood, small.patients)
    sampler = Sampler(fatigue, chains=1, warmup=20, draws=20)
    first, second = sampler.fit(fatigue.data, 3), sampler.fit(fatigue.data, 3)
    assert np.array_equal(first.z, second.z)
    assert not np.array_equal(first.z, sampler.fit(fatigue.data, 4).z)


def test_diagnostics_name_every_unknown_and_every_shift(small: Problem, found: Found) -> None:
    told = diagnostics(found[3], small.shifts)
    assert len(told.rhat) == len(unknowns()) + len(small.shifts)
    assert set(told.rhat) == set(told.ess)


def chains_of(z: np.ndarray, divergences: int = 0) -> Fit:
    return Fit(z, np.random.default_rng(2).standard_normal((4, 500, 1)), divergences, 1.0, 1, 1)


def test_chains_that_disagree_or_diverge_are_not_sound() -> None:
    z = np.random.default_rng(1).standard_normal((4, 500, len(unknowns())))
    place = (("mood", "x"),)
    assert diagnostics(chains_of(z), place).sound
    assert not diagnostics(chains_of(z, divergences=1), place).sound
    apart = z.copy()
    apart[0, :, 4] += 1.0
    told = diagnostics(chains_of(apart), place)
    assert not told.sound
    assert max(told.rhat, key=lambda name: told.rhat[name]) == unknowns()[4].name
    slow = z.copy()
    slow[:, :, 7] = np.repeat(z[:, ::50, 7], 50, axis=1)
    assert diagnostics(chains_of(slow), place).least_ess < 400.0


def test_thinned_draws_lie_over_all_chains() -> None:
    z = np.repeat(np.arange(4.0), 500 * len(unknowns())).reshape(4, 500, -1)
    kept = thinned(chains_of(z), 100)[0]
    assert np.unique(kept[:, 0], return_counts=True)[1].tolist() == [25, 25, 25, 25]


def test_a_published_number_is_inside_what_it_was_made_from(small: Problem, found: Found) -> None:
    large, truth, shift, fit = found
    # Where about half of the people respond, and not nobody or all.
    for name, z in MADE_UP.items():
        truth[PLACE[name]] = z
    data = large.simulate(jnp.asarray(truth), jnp.asarray(shift), jax.random.key(5))
    counted = [r for r in large.rows if r.counts]
    made = tuple(replace(r, counts=(int(data[r.id].counts[0]),)) for r in counted)
    told = shown(Problem(made, large.blood, large.patients), fit, small.shifts)
    # 90 percent intervals of four numbers that were fitted: none lies far outside.
    for entry in told:
        low, middle, high = entry.predicted
        assert abs(entry.published - middle) < 2.0 * (high - low), entry.row


def test_a_study_that_was_not_fitted_gets_a_shift_of_its_own(found: Found) -> None:
    """Its expectation is wider than that of a fitted study at the same time."""
    large, _, _, fit = found
    row = next(r for r in large.rows if r.study == "meta_han_2016_mdd" and "24 h" in r.id)
    (own,) = shown(Problem((row,), large.blood, large.patients), fit, large.shifts)
    (new,) = shown(Problem((row,), large.blood, large.patients), fit, ())
    assert own.expected[2] - own.expected[0] < 0.7 * (new.expected[2] - new.expected[0])


@pytest.mark.slow
def test_a_reduced_problem_with_blood_is_found_back() -> None:
    """Fast relief from made-up trials of 600 people, where the published ones have 12 and 34."""
    rows = [r for r in evidence().fitted if r.study in ("noppers_2011_fm", "cohen_2006_fm")]
    rows = [r for r in rows if "week" not in r.id]
    prepared = problem([replace(r, n=600) for r in rows], patients=32)
    truth = np.zeros(len(unknowns()))
    truth[PLACE["c50_fast"]] = -0.8
    data = prepared.simulate(jnp.asarray(truth), jnp.zeros(len(prepared.shifts)), jax.random.key(3))
    fit = Sampler(prepared, chains=1, warmup=150, draws=150).fit(data, 1)
    for name in ("c50_fast", "half_time_fast", "day_sd", "relief_sd", "emax_fast"):
        z = fit.all_z[:, PLACE[name]]
        assert abs(z.mean() - truth[PLACE[name]]) < 3.5 * z.std(), name
    z = fit.all_z[:, PLACE["c50_fast"]]
    assert z.std() < 0.35
    assert z.mean() < -0.2
