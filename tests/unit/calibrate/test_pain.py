"""Predicted pain against what a simulation of the same course counts."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from sordino.calibrate.exposure import People, exposures, people
from sordino.calibrate.model import problem
from sordino.calibrate.pain import PainStudies
from sordino.calibrate.rows import Row, arm_course, evidence
from sordino.calibrate.unknowns import EFFECTS, constants, unknowns
from sordino.library.pd_schema import load_pd_model
from sordino.population import draw_all_typical
from sordino.simulation import simulate


def noppers() -> list[Row]:
    return [r for r in evidence().fitted if r.study == "noppers_2011_fm"]


def published_values() -> dict[str, jax.Array]:
    """What the effect files give, as a simulation with a single draw takes it."""
    files = [load_pd_model(name) for name in (*EFFECTS, "day_to_day")]
    found = {str(p.name): float(p.value) for f in files for p in f.parameter}
    spread = load_pd_model("fast_effect").parameters["c50_fast"].iiv
    assert spread is not None
    found["omega_c50_fast"] = spread.sd_eta
    return {name: jnp.asarray(value) for name, value in (dict(constants()) | found).items()}


def drawn_values(draws: int, seed: int) -> list[dict[str, jax.Array]]:
    """What each draw of a simulation takes: rows of the calibration, spreads included."""
    if draws == 1:
        return [published_values()]
    owners = {name: load_pd_model(name).parameter for name in (*EFFECTS, "day_to_day")}
    drawn = draw_all_typical(owners, jnp.arange(draws), seed)
    flat = {name: v for values in drawn.values() for name, v in values.items()}
    return [published_values() | {n: v[k] for n, v in flat.items()} for k in range(draws)]


@pytest.mark.slow
@pytest.mark.parametrize(("draws", "patients"), [(1, 4000), (6, 1500)])
def test_counts_are_those_of_a_simulation_of_the_same_course(draws: int, patients: int) -> None:
    """Two programs for one model: averages over few patients here, thousands drawn there."""
    rows = noppers()
    middle = people(64)
    own = PainStudies(
        tuple(rows), exposures(rows, 64), People(np.zeros(64), middle.c50, middle.placebo)
    )
    shares = [
        own.predict(values, {"noppers_2011_fm": jnp.zeros(())}) for values in drawn_values(draws, 1)
    ]
    course = arm_course("noppers_2011_fm", "s_ketamine")
    pain = float(load_pd_model("virtual_patients").parameters["pain"].value)
    course = course.model_copy(update={"patient": course.patient.model_copy(update={"pain": pain})})
    at_h = np.unique(np.concatenate([r.at_h.ravel() for r in rows]))
    seen = simulate(
        course, patients, draws=draws, seed=1, times_h=at_h, variables=["pain", "pain_placebo"]
    )
    for row in rows:
        found = np.mean([np.asarray(s[row.id].shares)[:, 0] for s in shares], axis=0)
        name = "pain" if row.treated else "pain_placebo"
        relief = 1.0 - seen[name].sel(time=row.at_h[:, 0]) / pain
        counted = (relief >= 0.5).mean(("draw", "patient")).values
        # Both are averages: over 64 patients that fill the space, and over thousands at random.
        np.testing.assert_allclose(found, counted, atol=0.03, err_msg=row.id)


@pytest.fixture(scope="module")
def placebo() -> PainStudies:
    """Arms without drug need no blood."""
    rows = [r for r in evidence().fitted if r.readout in ("responders", "pain", "pain_area")]
    untreated = tuple(r for r in rows if not r.treated)
    return PainStudies(untreated, exposures(untreated, 64), people(64))


NO_SHIFT = {
    name: jnp.zeros(())
    for name in ("noppers_2011_fm", "sigtermans_2009_crps", "pickering_2020_neuropathic")
}


def test_without_relief_and_noise_pain_stays(placebo: PainStudies) -> None:
    values = published_values() | {
        "relief_mean": jnp.asarray(-9.0),
        "day_sd": jnp.asarray(1e-6),
        "pain_crps": jnp.asarray(0.6),
        "pain_neuropathic": jnp.asarray(0.5),
        "transfer_neuropathic": jnp.asarray(0.0),
    }
    found = placebo.predict(values, NO_SHIFT)
    for row in placebo.rows:
        if row.readout == "responders":
            assert float(found[row.id].shares[0, 0]) == pytest.approx(0.0, abs=1e-9)  # pyright: ignore
    # The scale is symmetric about 5, so the mean of a median of 5 is 5: over 35 days 175.
    area = next(r for r in placebo.rows if r.readout == "pain_area")
    assert float(found[area.id].mean[0]) == pytest.approx(175.0, rel=1e-6)  # pyright: ignore


def test_a_shift_of_a_study_moves_that_study_alone(placebo: PainStudies) -> None:
    values = published_values() | {
        "pain_crps": jnp.asarray(0.6),
        "pain_neuropathic": jnp.asarray(0.5),
        "transfer_neuropathic": jnp.asarray(0.0),
    }
    before = placebo.predict(values, NO_SHIFT)
    moved = {**NO_SHIFT, "noppers_2011_fm": jnp.asarray(0.2)}
    after = placebo.predict(values, moved)
    for row in placebo.rows:
        old = before[row.id].shares if row.readout == "responders" else before[row.id].mean
        new = after[row.id].shares if row.readout == "responders" else after[row.id].mean
        assert old is not None
        assert new is not None
        if row.study == "noppers_2011_fm":
            assert (new > old).all()
        else:
            assert np.array_equal(new, old)


def test_those_below_and_those_above_are_everybody(placebo: PainStudies) -> None:
    values = published_values()
    row = next(r for r in placebo.rows if r.readout == "responders")
    other = replace(row, id="below", below=True)
    both = PainStudies((row, other), placebo.blood, placebo.people)
    found = both.predict(values, NO_SHIFT)
    above, below = found[row.id].shares, found["below"].shares
    assert above is not None
    assert below is not None
    np.testing.assert_allclose(above + below, 1.0, rtol=1e-12)


@pytest.mark.slow
def test_the_likelihood_has_the_slopes_of_its_difference_quotients() -> None:
    prepared = problem(noppers())
    shift = jnp.zeros(len(prepared.shifts))
    start = 0.3 * jnp.asarray(np.random.default_rng(1).standard_normal(len(unknowns())))

    @jax.jit
    def likelihood(z: jax.Array) -> jax.Array:
        return prepared.log_likelihood(z, shift, prepared.data)

    slopes = jax.jit(jax.grad(likelihood))(start)
    names = [u.name for u in unknowns()]
    # What the data of this study hang on most, and what they do not know of.
    for name in ("c50_fast", "half_time_fast", "relief_mean", "day_sd", "emax_fast"):
        k = names.index(name)
        step = 1e-4
        ahead, behind = likelihood(start.at[k].add(step)), likelihood(start.at[k].add(-step))
        assert float(slopes[k]) == pytest.approx(float(ahead - behind) / (2 * step), rel=1e-3)
    assert float(slopes[names.index("cadss_rise")]) == 0.0
