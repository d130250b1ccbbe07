"""The reference job of the benchmark, and a published model, against values computed elsewhere.

`benchmarks/data/reference_values.csv` was computed with an adaptive solver outside sordino, to
about 1e-10. Its times are rounded to 1e-9 h, which moves a steep concentration by up to 5e-9 of
itself: hence not a tighter tolerance than 1e-6, which is also what the integral for S is made for.
The second check writes the equations of a library model down by hand and solves them with SciPy.
"""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from sordino.course import Administration
from sordino.library.reader import load_pk_model
from sordino.library.schema import PkModel
from sordino.pd.gain import fast_effect, gain, slow_effect
from sordino.pd.turnover import turnover_plan, turnover_state
from sordino.pk.run import PkRun, Reads
from sordino.pk.system import EffectSite, system_for

SITE = EffectSite("effect_site", "ketamine", "half_time_effect")
FLOORS = {"C_ng_ml": 1e-2, "NK_ng_ml": 1e-2, "Ce_ng_ml": 1e-2, "S": 1e-6, "pain": 1e-2}
TOLERANCE = 1e-6


def infusion(number: int, start_h: float, hours: float, **amount: float) -> Administration:
    return Administration(
        treatment=0,
        session=number,
        drug="ketamine",
        route="iv",
        start_h=start_h,
        duration_h=hours,
        dose_mg=amount.get("mg", 0.0),
        dose_mg_per_kg=amount.get("mg_per_kg", 0.0),
        absorption_rate_per_h=None,
        bioavailability=None,
    )


def prepared(
    model: PkModel,
    doses: tuple[Administration, ...],
    times_h: np.ndarray,
    sites: tuple[EffectSite, ...] = (),
    analytes: tuple[str, ...] = ("ketamine", "norketamine"),
) -> PkRun:
    spread = {p.name for p in model.parameter if p.iiv is not None}
    typical = {p.name: p.value for p in model.parameter}
    return PkRun(
        system=system_for(model, ("iv",), analytes, sites),
        doses=doses,
        reads=(Reads((*analytes, *(site.name for site in sites)), times_h),),
        varying=frozenset(spread | {"weight", SITE.half_time}),
        occasion_h=(),
        typical={**typical, "weight": 70.0, SITE.half_time: 1 / 12},
        dtype=jnp.dtype("float64"),
    )


def columns(path: Path) -> dict[str, np.ndarray]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


@pytest.fixture(scope="module")
def job(root: Path) -> dict[str, dict[str, np.ndarray]]:
    """The reference values, and what sordino gives at the same times for the same patients."""
    data = root / "benchmarks" / "data"
    facts = tomllib.loads((data / "reference_job.toml").read_text(encoding="utf-8"))
    patients = columns(data / "reference_patients.csv")
    rows = columns(data / "reference_values.csv")
    reference = {name: rows[name].reshape(len(patients["patient"]), -1) for name in FLOORS}
    asked = np.round(rows["time_h"].reshape(reference["S"].shape)[0] * 60) / 60
    times = np.unique(np.concatenate([asked, np.arange(0.0, asked[-1], 24.0)]))
    hours = facts["time"]["infusion_h"]
    starts = [24.0 * day for day in facts["time"]["sessions_day"]]
    dose = facts["time"]["dose_mg_per_kg"]
    doses = tuple(infusion(k, s, hours, mg_per_kg=dose) for k, s in enumerate(starts))
    model = load_pk_model(data / "reference_model.toml")
    switches = [t for start in starts for t in (start, start + hours)]
    panels = turnover_plan(times, switches)
    full = np.ones(len(patients["patient"]))
    typical = {p.name: jnp.asarray(p.value * full) for p in model.parameter}
    etas = {
        p.name: jnp.asarray(np.log(patients[p.name] / p.value))
        for p in model.parameter
        if p.iiv is not None
    }
    person = {
        "weight": jnp.asarray(patients["weight_kg"]),
        SITE.half_time: jnp.asarray(np.log(2.0) / patients["KE0"]),
    }
    (shown,) = prepared(model, doses, times, (SITE,))(typical, etas, person, moiety="total")
    drive = prepared(model, doses, panels.times_h, analytes=("ketamine",))
    conc = drive(typical, etas, person, moiety="total")[0]["ketamine"]
    kon, koff = (jnp.asarray(facts["system"][k]) for k in ("kon_per_h", "koff_per_h"))
    state = turnover_state(panels, conc, kon, koff, jnp.asarray(50.0))
    site, one = shown["effect_site"], jnp.ones(())
    fast = fast_effect(site, 0.7 * one, 100.0 * one)
    pain = 7.0 * gain(fast, slow_effect(state, one, one, 0.9 * one))
    found = [shown["ketamine"], shown["norketamine"], site, state, pain]
    at = np.searchsorted(times, asked)
    ours = {name: np.asarray(v)[at].T for name, v in zip(FLOORS, found, strict=True)}
    return {"found": ours, "reference": reference}


@pytest.mark.parametrize("name", FLOORS)
def test_the_reference_patients(job: dict[str, dict[str, np.ndarray]], name: str) -> None:
    found, reference = job["found"][name], job["reference"][name]
    assert found.shape == (5, 34)
    error = np.abs(found - reference) / np.maximum(reference, FLOORS[name])
    assert error.max() <= TOLERANCE


def test_a_library_model_solved_by_hand() -> None:
    """otto_2021, two infusions in a light and a heavy person, against SciPy's Radau."""
    model = load_pk_model("otto_2021")
    p = {q.name: q.value for q in model.parameter}
    weights, hours, mg = np.array([50.0, 95.0]), 2 / 3, 35.0
    times = np.array([0.25, hours, 1.0, 3.0, 8.0, 24.25, 25.0, 30.0])
    doses = (infusion(0, 0.0, hours, mg=mg), infusion(1, 24.0, hours, mg=mg))
    typical = {name: jnp.full(2, value) for name, value in p.items()}
    run = prepared(model, doses, times)
    (found,) = run(typical, {}, {"weight": jnp.asarray(weights)}, moiety="total")
    for k, weight in enumerate(weights):
        size = (weight / p["reference_weight"]) ** p["volume_exponent"]
        clearing = (weight / p["reference_weight"]) ** p["clearance_exponent"]
        v1, v_nk = p["V1"] * size, p["V_nk"] * size
        cl, cl_nk = p["CL"] * clearing, p["CL_nk"] * clearing

        def right_hand_side(
            _: float, a: np.ndarray, rate: float, v1=v1, v_nk=v_nk, cl=cl, cl_nk=cl_nk
        ) -> list[float]:
            to_1 = p["Q1"] * (a[0] / v1 - a[1] / p["Vp1"])
            to_2 = p["Q2"] * (a[0] / v1 - a[2] / p["Vp2"])
            formed, gone = cl * a[0] / v1, cl_nk * a[3] / v_nk
            to_far = p["Q_nk"] * (a[3] / v_nk - a[4] / p["Vp_nk"])
            return [rate - formed - to_1 - to_2, to_1, to_2, formed - gone - to_far, to_far]

        state, expected = np.zeros(5), []
        for start, end, rate in [
            (0.0, hours, mg / hours),
            (hours, 24.0, 0.0),
            (24.0, 24.0 + hours, mg / hours),
            (24.0 + hours, 30.0, 0.0),
        ]:
            asked = times[(times > start) & (times <= end)]
            for stop in np.unique([*asked, end]):
                piece = solve_ivp(
                    right_hand_side,
                    (start, stop),
                    state,
                    method="Radau",
                    args=(rate,),
                    rtol=1e-10,
                    atol=1e-13,
                )
                start, state = stop, piece.y[:, -1]
                if stop in asked:
                    expected.append((1000 * state[0] / v1, 1000 * state[3] / v_nk))
        ours = np.stack([np.asarray(found[n])[:, k] for n in ("ketamine", "norketamine")], axis=1)
        assert ours == pytest.approx(np.array(expected), rel=1e-7)
