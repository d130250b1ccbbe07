"""Mood and fatigue: what the calibration says, where trials looked, and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from sordino import simulate
from sordino.course import Course, load_course
from sordino.errors import InputError
from sordino.library import posterior
from sordino.library.protocols import load_protocol
from sordino.simulation.wellbeing import Change, Wellbeing, wellbeing, why_not

Build = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def one_session() -> Course:
    return load_course(
        {
            "treatment": [
                {
                    "drug": "ketamine",
                    "route": "iv",
                    "dose": "0.5 mg/kg",
                    "duration": "40 min",
                    "days": [0],
                }
            ]
        }
    )


@pytest.fixture(scope="module")
def after_one(one_session: Course) -> Wellbeing:
    return wellbeing(one_session)


def on(changes: tuple[Change, ...], day: int) -> Change:
    return next(c for c in changes if c.day == day)


def test_the_mean_change_is_that_of_the_draws(after_one: Wellbeing) -> None:
    own = posterior.draws().values
    for day in (1, 7, 28):
        drug = own["mood_drug"] * 0.5 ** (day / own["half_time_mood"])
        found = on(after_one.depression, day)
        assert found.without_drug.value == pytest.approx(-own["mood_placebo"].mean(), rel=1e-9)
        assert found.difference.value == pytest.approx(-drug.mean(), rel=1e-9)
        low, high = np.quantile(-drug, [0.05, 0.95])
        assert (found.difference.low, found.difference.high) == pytest.approx((low, high))


def test_responders_halve_their_score(after_one: Wellbeing) -> None:
    own = posterior.draws().values
    fall = own["mood_placebo"] + own["mood_drug"] * 0.5 ** (1 / own["half_time_mood"])
    # A fall, normal over people, of at least half of the score before.
    share = 100.0 * norm.sf(own["madrs_before"] / 2, fall, own["mood_sd"])
    assert on(after_one.response, 1).with_drug.value == pytest.approx(share.mean(), rel=1e-9)


def test_fatigue_is_told_for_three_days(after_one: Wellbeing) -> None:
    own = posterior.draws().values
    assert [c.day for c in after_one.fatigue] == [1, 3]
    drug = own["fatigue_drug"] * 0.5 ** (3 / own["half_time_fatigue"])
    assert on(after_one.fatigue, 3).difference.value == pytest.approx(-drug.mean(), rel=1e-9)
    low, high = on(after_one.fatigue, 1).difference.low, on(after_one.fatigue, 1).difference.high
    assert low is not None
    assert high is not None
    assert low < 0.0 < high


def test_one_draw_takes_the_medians_and_has_no_interval(one_session: Course) -> None:
    found = on(wellbeing(one_session, ranges=False).depression, 1)
    assert found.without_drug.value == -np.median(posterior.draws().values["mood_placebo"])
    assert found.without_drug.low is None


def test_the_clock_starts_anew_with_every_session() -> None:
    found = wellbeing(load_protocol("six_infusions"))
    own = posterior.draws().values
    # The sixth of six infusions is on day 11; day 14 is three days later.
    drug = own["mood_drug"] * 0.5 ** (3 / own["half_time_mood"])
    assert load_protocol("six_infusions").sessions()[-1].start_h == 11 * 24.0
    assert on(found.depression, 14).difference.value == pytest.approx(-drug.mean(), rel=1e-9)
    # Nobody measured fatigue after a second session.
    assert [c.day for c in found.fatigue] == [1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"drug": "esketamine"}, "trials of mood"),
        ({"dose": "0.6 mg/kg"}, "0.45 to 0.55 mg/kg"),
        ({"duration": "4 h"}, "30 to 60 min"),
        ({"dose": "35 mg"}, "the dose per kg is not known"),
        (
            {
                "route": "im",
                "duration": None,
                "absorption_half_life": "10 min",
                "bioavailability": "93 %",
            },
            "trials of mood",
        ),
    ],
)
def test_what_no_trial_gave_has_no_answer(change: dict[str, Any], said: str) -> None:
    treatment: dict[str, Any] = {
        "drug": "ketamine",
        "route": "iv",
        "dose": "0.5 mg/kg",
        "duration": "40 min",
        "days": [0],
    }
    table = {k: v for k, v in (treatment | change).items() if v is not None}
    found = wellbeing(load_course({"treatment": [table]}))
    assert said in found.why_not
    assert (*found.depression, *found.response, *found.fatigue) == ()


def test_a_dose_in_mg_counts_by_the_weight_of_the_patient() -> None:
    table = {"drug": "ketamine", "route": "iv", "dose": "35 mg", "duration": "40 min", "days": [0]}
    for weight, same in (("70 kg", True), ("60 kg", False)):
        course = load_course({"patient": {"weight": weight}, "treatment": [table]})
        assert (why_not(course) == "") == same


def test_people_differ_as_much_as_the_trials_say(one_session: Course) -> None:
    names = ["madrs_change", "madrs_change_placebo", "fatigue_change"]
    found = simulate(one_session, 4000, 3, times_h=[0.0, 24.0, 700.0], variables=names)
    assert np.all(found["madrs_change"].sel(time=0.0) == 0.0)
    day = found["madrs_change"].sel(time=24.0)
    gain = day - found["madrs_change_placebo"].sel(time=24.0)
    # The drug adds the same to everybody: nothing is known of who gains more.
    np.testing.assert_allclose(gain.std("patient"), 0.0, atol=1e-9)
    sds = posterior.draws().values["mood_sd"]
    spread = day.std("patient").values
    assert sds.min() * 0.95 < spread.min() <= spread.max() < sds.max() * 1.05
    # A month on, no trial looked.
    assert found["madrs_change"].sel(time=700.0).isnull().all()
    assert found["fatigue_change"].sel(time=700.0).isnull().all()


def test_variables_that_no_trial_covers_are_refused(build: Build) -> None:
    with pytest.raises(InputError, match="madrs_change: trials of mood"):
        simulate(build(dose="1 mg/kg"), 4, 2, variables=["madrs_change"])
