"""The virtual people are those of the simulator, and so is what a course does to them."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import logit, ndtr

from sordino import simulate
from sordino.course import Course, load_course
from sordino.following.crowd import crowd, response
from sordino.following.likelihood import level
from sordino.following.person import COORDINATES, Person, log_odds, person
from sordino.library.pd_schema import load_pd_model
from sordino.population import covariates, day_noise, standard_normal

COUNT, SEED = 6, 11


def course(slow_clock: str) -> Course:
    return load_course(
        {
            "patient": {"weight": "70 kg"},
            "treatment": [
                {
                    "drug": "ketamine",
                    "route": "iv",
                    "dose": "0.5 mg/kg",
                    "duration": "40 min",
                    "days": [0, 2, 4],
                }
            ],
            "models": {"slow_clock": slow_clock},
        }
    )


def of_the_simulator(slow_clock: str) -> Person:
    """The people of a simulation as those of a diary: no drift, one habit, the same noise."""
    numbers = jnp.arange(COUNT)
    people = crowd(COUNT, SEED)
    member = ndtr(np.asarray(standard_normal(SEED, "patient/slow responder", numbers)))
    full = jnp.ones(COUNT)
    return Person(
        base_pain=covariates(load_pd_model("virtual_patients"), {}, numbers, SEED)["pain"],
        placebo_z=standard_normal(SEED, "patient/placebo", numbers),
        slow_responder=jnp.asarray((member < people.value("p_slow", slow_clock)) * 1.0),
        drift=0.0 * full,
        day_sd=jnp.asarray(people.value("day_sd")),
        day_correlation=jnp.asarray(people.value("day_correlation")),
        habit_wait=600.0 * full,
        habit_shift=0.0 * full,
    )


@pytest.mark.parametrize("slow_clock", ["lag", "turnover"])
def test_the_model_of_a_diary_is_that_of_the_simulator(slow_clock: str) -> None:
    """Pain of `simulate`, without its noise, is the level of a diary of the same people."""
    time_h = np.asarray(np.arange(20) * 24.0 + 10.0, np.float64)
    found = simulate(
        course(slow_clock),
        patients=COUNT,
        draws=COUNT,
        seed=SEED,
        times_h=time_h,
        variables=["pain"],
    )["pain"].values
    lanes = np.arange(COUNT)
    pain = found[lanes, lanes].T
    people = crowd(COUNT, SEED)
    size, left = (jnp.asarray(people.value(n)) for n in ("day_sd", "day_correlation"))
    noise = day_noise(jnp.arange(COUNT), 91, size, left, SEED)[:20]
    own = response(crowd(COUNT, SEED), course(slow_clock), time_h)
    days = jnp.arange(20.0)
    expected = np.asarray(level(own, of_the_simulator(slow_clock), days, days))
    assert logit(pain / 10.0) - np.asarray(noise) == pytest.approx(expected, abs=1e-6)


def test_before_the_first_session_there_is_nothing() -> None:
    own = response(crowd(COUNT, SEED), course("lag"), np.array([-34.0, -10.0, 10.0]))
    assert not np.asarray(own.fast)[:2].any()
    assert not np.asarray(own.slow)[:2].any()
    assert not np.asarray(own.envelope)[:2].any()
    assert (np.asarray(own.envelope)[2] > 0.0).all()


def test_chosen_people_are_themselves() -> None:
    people, time_h = crowd(600, SEED), np.array([10.0, 34.0])
    everybody = response(people, course("lag"), time_h)
    some = response(people, course("lag"), time_h, np.array([599, 3], np.int32))
    assert np.asarray(some.slow) == pytest.approx(np.asarray(everybody.slow)[:, [599, 3]])


def test_a_larger_crowd_begins_with_the_smaller_one() -> None:
    few, many = crowd(4, SEED), crowd(9, SEED)
    assert few.value("c50_slow") == pytest.approx(many.value("c50_slow")[:4])
    assert few.c50_fast == pytest.approx(many.c50_fast[:4])


def test_early_habits_are_made_more_often_and_count_less() -> None:
    """The mean of the weights is 1, and weighted waits are uniform up to the longest."""
    rng = np.random.default_rng(4)
    z = jnp.asarray(rng.normal(size=(200_000, len(COORDINATES))))
    typical = {"p_slow": jnp.full(len(z), 0.5), "day_sd": jnp.full(len(z), 0.4)}
    wait = person(z, typical, 60.0, 0.5).habit_wait
    weight = np.exp(np.asarray(log_odds(wait, 60.0, 0.5)))
    assert np.mean(np.asarray(wait) < 60.0) == pytest.approx(0.5, abs=0.005)
    assert weight.mean() == pytest.approx(1.0, abs=0.01)
    for limit in (30.0, 60.0, 200.0):
        assert (weight * (np.asarray(wait) < limit)).mean() == pytest.approx(
            limit / 600.0, rel=0.03
        )
