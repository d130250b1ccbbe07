"""The benchmark with individual dosing histories: what it asks, and that the answers are right."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

Load = Callable[[str], Any]


@pytest.fixture
def own(load: Load) -> Any:
    return load("histories_job").histories(load("job").load_job(), 5)


def test_everybody_has_as_many_records_as_in_the_reference_job_and_shares_none(own: Any) -> None:
    assert own.times_h.shape == (5, 523)
    assert own.start_h.shape == own.end_h.shape == own.dose_mg.shape == (5, 6)
    moments = np.concatenate([own.times_h, own.start_h, own.end_h], axis=1)
    assert len(np.unique(moments)) == moments.size
    assert moments.min() >= 0.0
    assert own.times_h.max() <= 2160.0


def test_infusions_of_a_person_do_not_overlap(own: Any) -> None:
    assert np.all(own.start_h < own.end_h)
    assert np.all(own.end_h[:, :-1] < own.start_h[:, 1:])


def test_records_are_in_order_and_hold_the_doses(load: Load, own: Any) -> None:
    records = load("histories_job").frame(own)
    assert len(records) == 5 * 529
    for k, (_, person) in enumerate(records.groupby("ID")):
        assert person["TIME"].is_monotonic_increasing
        doses = person[person["EVID"] == 1]
        np.testing.assert_array_equal(doses["TIME"], own.start_h[k])
        hours = doses["AMT"] / doses["RATE"]
        np.testing.assert_allclose(hours, own.end_h[k] - own.start_h[k], rtol=1e-12)
        np.testing.assert_allclose(doses["AMT"], 0.5 * own.patients["weight"][k], rtol=1e-12)


def test_the_exact_reference_agrees_with_an_adaptive_solver(load: Load, own: Any) -> None:
    """DOP853 at 1e-12, started anew at each switch and output, over the first day."""
    reference = load("scipy_job")
    one = own.part(slice(1))
    p = reference.person(one.patients, 0)
    matrix = reference.rate_matrix(p)
    times, start, end = one.times_h[0], one.start_h[0, 0], one.end_h[0, 0]
    seen = np.flatnonzero((times > start) & (times < one.start_h[0, 1]))[::10]
    borders = np.unique([start, end, *times[seen]])
    state, states = np.zeros(9), {start: np.zeros(9)}
    for before, after in pairwise(borders):
        rate = np.zeros(9)
        rate[0] = one.dose_mg[0, 0] / (end - start) * (after <= end)
        done = solve_ivp(
            lambda _, y, rate=rate: matrix @ y + rate,
            (before, after),
            state,
            method="DOP853",
            rtol=1e-12,
            atol=1e-14,
        )
        state = states[after] = done.y[:, -1]
    expected = np.array([states[t] for t in times[seen]]).T
    shown = [1000 * expected[0] / p["V1"], 1000 * expected[5] / p["V1N"], expected[7]]
    exact = reference.exact_histories(one)[:, 0, seen]
    assert len(seen) >= 6
    # A thousand times the solver's tolerance: its errors add up over the pieces.
    np.testing.assert_allclose(exact, np.stack(shown), rtol=1e-9, atol=1e-9)


def test_sordino_is_exact_and_diffrax_within_its_tolerance(root: Path) -> None:
    """As `make bench` measures it, against SciPy's matrix exponential."""
    cores = sorted(os.sched_getaffinity(0))[:1]
    how = {"cores": cores, "threads": 1, "count": 3, "diffrax": 2, "exact": 2, "repeats": 1}
    done = subprocess.run(
        [sys.executable, str(root / "benchmarks" / "worker.py"), "histories", json.dumps(how)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = json.loads(done.stdout)
    assert found["records"] == 529
    for name in ("C", "NK", "Ce"):
        assert found["errors"]["engine"][name] < 1e-9
        assert found["errors"]["public"][name] == found["errors"]["engine"][name]
        assert 1e-9 < found["errors"]["diffrax"][name] < 1e-4
