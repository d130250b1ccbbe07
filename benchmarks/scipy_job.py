"""The reference job in SciPy: LSODA as a peer, and a tight solution as a second reference.

The equations are written down here once more, from `reference_job.toml`: nothing of sordino is
used, so that an error of its model reader would show.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from histories_job import Histories
from job import B50_NG_ML, OUTPUTS, Job, Patients, pain_of
from scipy.integrate import solve_ivp
from scipy.linalg import expm

STATES = 9
"""A1, A2, A3, T1, T2, N1, N2 (mg), Ce (ng/mL), S."""


def rate_matrix(p: dict[str, float]) -> np.ndarray:
    """The linear part of one patient, 1/h; the last row, of S, stays empty."""
    a1, a2, a3, t1, t2, n1, n2, ce = range(8)
    m = np.zeros((STATES, STATES))
    flows = [
        (a1, a2, p["Q2"] / p["V1"]),
        (a2, a1, p["Q2"] / p["V2"]),
        (a1, a3, p["Q3"] / p["V1"]),
        (a3, a1, p["Q3"] / p["V3"]),
        (t1, t2, p["KTR"]),
        (t2, n1, p["KTR"]),
        (n1, n2, p["QN"] / p["V1N"]),
        (n2, n1, p["QN"] / p["V2N"]),
    ]
    for start, end, rate in flows:
        m[start, start] -= rate
        m[end, start] += rate
    m[a1, a1] -= p["CL"] / p["V1"]
    m[t1, a1] += 0.8 * p["CL"] / p["V1"]
    m[n1, n1] -= p["CLN"] / p["V1N"]
    m[ce, a1] = p["KE0"] * 1000.0 / p["V1"]
    m[ce, ce] = -p["KE0"]
    return m


def solve(job: Job, p: dict[str, float], *, restart: bool = False, **how: Any) -> np.ndarray:
    """Outputs of one patient, (output, time), piecewise between switches of the infusion.

    With `restart` every output time ends a piece, so that no value is interpolated.
    """
    matrix = rate_matrix(p)
    dose_rate = job.dose_mg_per_kg * p["weight"] / job.infusion_h
    scale = 1000.0 / p["V1"]
    k_on, k_off = job.k_on, job.k_off

    def right_hand_side(rate: float) -> Callable[[float, np.ndarray], np.ndarray]:
        def f(_: float, y: np.ndarray) -> np.ndarray:
            dy = matrix @ y
            dy[0] += rate
            c = y[0] * scale
            dy[8] = k_on * c / (c + B50_NG_ML) * (1.0 - y[8]) - k_off * y[8]
            return dy

        return f

    times = job.times_h
    borders = np.append(job.switch_h, times[-1])
    if restart:
        borders = np.unique(np.concatenate([borders, times]))
    state = np.zeros(STATES)
    found = np.zeros((STATES, len(times)))
    for start, end in pairwise(borders):
        inside = (times > start) & (times <= end)
        last = np.append(times[inside], end) if not np.any(times[inside] == end) else times[inside]
        switches = np.searchsorted(job.switch_h, start, side="right")
        f = right_hand_side(dose_rate if switches % 2 else 0.0)
        done = solve_ivp(f, (start, end), state, t_eval=last, **how)
        if not done.success:
            raise RuntimeError(done.message)
        found[:, inside] = done.y[:, : int(inside.sum())]
        state = done.y[:, -1]
    c, nk, ce, s = found[0] * scale, found[5] * 1000.0 / p["V1N"], found[7], found[8]
    return np.stack([c, nk, ce, s, pain_of(ce, s)])


def person(patients: Patients, k: int) -> dict[str, float]:
    """The parameters of one patient."""
    return {name: float(values[k]) for name, values in patients.items()}


def everybody(job: Job, patients: Patients, **how: Any) -> np.ndarray:
    """Outputs of all patients: (output, time, patient)."""
    count = len(patients["weight"])
    found = np.empty((len(OUTPUTS), len(job.times_h), count))
    for k in range(count):
        found[:, :, k] = solve(job, person(patients, k), **how)
    return found


def exact_histories(own: Histories) -> np.ndarray:
    """C, NK and Ce by SciPy's matrix exponential from record to record: (output, individual, time).

    An infusion is a ninth state that does not change. It takes the place of S.
    """
    found = np.empty((3, own.count, own.times_h.shape[1]))
    for k in range(own.count):
        p = person(own.patients, k)
        times, start, end = own.times_h[k], own.start_h[k], own.end_h[k]
        borders = np.unique(np.concatenate([[0.0], start, end, times]))
        middle = (borders[1:] + borders[:-1]) / 2.0
        running = (middle[:, None] > start) & (middle[:, None] < end)
        rates = running @ (own.dose_mg[k] / (end - start))
        matrix = rate_matrix(p)
        matrix[0, 8] = 1.0
        steps = expm(matrix * np.diff(borders)[:, None, None])
        states = np.zeros((len(borders), STATES))
        for j, (step, rate) in enumerate(zip(steps, rates, strict=True)):
            states[j + 1] = step @ np.append(states[j, :8], rate)
        seen = states[np.searchsorted(borders, times)]
        volumes = np.array([p["V1"], p["V1N"], 1000.0])
        found[:, k] = (1000.0 * seen[:, [0, 5, 7]] / volumes).T
    return found


LSODA = {"method": "LSODA", "rtol": 1e-6, "atol": 1e-9}

TIGHT = {
    "restart": True,
    "method": "DOP853",
    "rtol": 1e-12,
    "atol": np.array([1e-15] * 7 + [1e-13, 1e-17]),
}
"""Explicit, of order 8; good to about 1e-9 of the error measure."""
