"""The blood of the arms, and the people who stand for them."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from sordino.calibrate.exposure import Exposure, exposure_key, exposures, people
from sordino.calibrate.rows import evidence


def test_virtual_patients_fill_the_space_evenly() -> None:
    for numbers in people(64):
        # One in each of 64 equal parts of the unit interval, so the mean is that of the prior.
        assert abs(numbers.mean()) < 1e-6
        assert abs(numbers.std() - 1.0) < 0.02
    assert abs(np.corrcoef(np.array(people(64))) - np.eye(3)).max() < 0.1


def test_arms_with_one_course_share_their_blood() -> None:
    cohorts = {exposure_key(r) for r in evidence().rows if r.study.startswith("bp_")}
    assert len(cohorts) == 1


def test_without_drug_a_site_stays_empty_and_the_clock_runs() -> None:
    row = next(r for r in evidence().rows if not r.treated and "15 min" in r.id)
    (blood,) = exposures([row], 8).values()
    site = blood.site(np.array([0.75, 3.0]), jnp.asarray(0.2), jnp.asarray(0.25))
    assert np.array_equal(site, np.zeros((2, 8)))
    since, running = blood.clock(np.array([0.75, 3.0]))
    assert since.tolist() == running.tolist() == [0.75, 3.0]


def test_r_ketamine_counts_by_its_potency() -> None:
    nodes = np.array([0.0, 1.0, 2.0])
    s, r = np.array([[0.0], [4.0], [6.0]]), np.array([[0.0], [5.0], [7.0]])
    blood = Exposure(nodes, np.array([0.0]), s, r)

    def at(potency: float) -> float:
        # So fast a site holds what is in the blood.
        return float(blood.site(nodes[[2]], jnp.asarray(1e-9), jnp.asarray(potency))[0, 0])

    np.testing.assert_allclose([at(0.0), at(0.25), at(1.0)], [6.0, 7.75, 13.0], rtol=1e-6)
