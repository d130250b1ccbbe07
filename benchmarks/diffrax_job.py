"""The reference job in Diffrax: Kvaerno3, all patients of a block in lock-step under vmap."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import diffrax
import jax
import jax.numpy as jnp
import numpy as np
from histories_job import Histories
from jaxtyping import Array
from job import B50_NG_ML, OUTPUTS, Job, Patients, pain_of

RTOL, ATOL = 1e-5, 1e-8

jax.config.update("jax_enable_x64", True)


def linear_field(t: Any, y: Any, arguments: Any) -> Array:
    """The eight linear states; the infusion rate is looked up between switches."""
    p, switches, rates = arguments
    a1, a2, a3, t1, t2, n1, n2, ce = y[:8]
    rate = rates[jnp.searchsorted(switches, t, side="right")]
    return jnp.stack(
        [
            rate
            - (p["CL"] + p["Q2"] + p["Q3"]) / p["V1"] * a1
            + p["Q2"] / p["V2"] * a2
            + p["Q3"] / p["V3"] * a3,
            p["Q2"] / p["V1"] * a1 - p["Q2"] / p["V2"] * a2,
            p["Q3"] / p["V1"] * a1 - p["Q3"] / p["V3"] * a3,
            0.8 * p["CL"] / p["V1"] * a1 - p["KTR"] * t1,
            p["KTR"] * (t1 - t2),
            p["KTR"] * t2 - (p["CLN"] + p["QN"]) / p["V1N"] * n1 + p["QN"] / p["V2N"] * n2,
            p["QN"] / p["V1N"] * n1 - p["QN"] / p["V2N"] * n2,
            p["KE0"] * (1000.0 * a1 / p["V1"] - ce),
        ]
    )


def field(t: Any, y: Any, arguments: Any) -> Array:
    """All nine states."""
    p = arguments[0]
    c, s = 1000.0 * y[0] / p["V1"], y[8]
    slow = p["kon"] * c / (c + B50_NG_ML) * (1.0 - s) - p["koff"] * s
    return jnp.append(linear_field(t, y, arguments), slow)


def solve(
    p: dict[str, Any], switches: Array, rates: Array, times: Array, *, slow: bool = True
) -> Array:
    """C, NK, Ce and, with `slow`, S of one patient: (output, time)."""
    solved = diffrax.diffeqsolve(
        diffrax.ODETerm(field if slow else linear_field),
        diffrax.Kvaerno3(),
        t0=0.0,
        t1=times[-1],
        dt0=1e-3,
        y0=jnp.zeros(9 if slow else 8),
        args=(p, switches, rates),
        saveat=diffrax.SaveAt(ts=times),
        stepsize_controller=diffrax.ClipStepSizeController(
            diffrax.PIDController(rtol=RTOL, atol=ATOL), jump_ts=switches
        ),
        max_steps=100_000,
    )
    assert solved.ys is not None
    y = solved.ys
    shown = [1000.0 * y[:, 0] / p["V1"], 1000.0 * y[:, 5] / p["V1N"], *y[:, 7:].T]
    return jnp.stack(shown)


class DiffraxJob:
    """The job compiled for blocks of `lanes` patients."""

    def __init__(self, job: Job, lanes: int) -> None:
        self.job, self.lanes = job, lanes
        switches = jnp.asarray(job.switch_h)
        times = jnp.asarray(job.times_h)
        on = jnp.asarray(np.append(np.arange(len(job.switch_h)) % 2, 0.0))

        def one(p: dict[str, Array]) -> Array:
            rates = on * job.dose_mg_per_kg * p["weight"] / job.infusion_h
            return solve({**p, "kon": job.k_on, "koff": job.k_off}, switches, rates, times)

        self.compiled = jax.jit(jax.vmap(one, out_axes=-1))

    def compile(self) -> float:
        """Seconds that tracing and compiling take."""
        start = time.perf_counter()
        shapes = {name: jax.ShapeDtypeStruct((self.lanes,), "float64") for name in self._names()}
        self.compiled = self.compiled.lower(shapes).compile()  # pyright: ignore[reportAttributeAccessIssue]
        return time.perf_counter() - start

    def _names(self) -> list[str]:
        return [*self.job.typical, "weight"]

    def trajectories(self, patients: Patients, threads: int) -> np.ndarray:
        """Outputs (output, time, patient); the number of patients is a multiple of `lanes`."""
        count = len(patients["weight"])
        found = np.empty((len(OUTPUTS), len(self.job.times_h), count))

        def work(start: int) -> None:
            part = slice(start, start + self.lanes)
            block = {name: jnp.asarray(patients[name][part]) for name in self._names()}
            values = np.asarray(self.compiled(block))
            found[:4, :, part] = values
            found[4, :, part] = pain_of(values[2], values[3])

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, range(0, count, self.lanes)))
        return found


class DiffraxHistories:
    """Individuals with doses and outputs of their own, in blocks of `lanes`: C, NK, Ce."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes

        def one(p: dict[str, Array], switches: Array, rates: Array, times: Array) -> Array:
            return solve(p, switches, rates, times, slow=False)

        self.compiled = jax.jit(jax.vmap(one))

    def compile(self, own: Histories) -> float:
        """Seconds that tracing and compiling take."""
        start = time.perf_counter()
        self.compiled = self.compiled.lower(*_arrays(own.part(slice(self.lanes)))).compile()  # pyright: ignore[reportAttributeAccessIssue]
        return time.perf_counter() - start

    def outputs(self, own: Histories, threads: int) -> np.ndarray:
        """(output, individual, time); the number of individuals is a multiple of `lanes`."""
        starts = range(0, own.count, self.lanes)
        with ThreadPoolExecutor(threads) as pool:
            blocks = pool.map(
                lambda k: np.asarray(self.compiled(*_arrays(own.part(slice(k, k + self.lanes))))),
                starts,
            )
            return np.moveaxis(np.concatenate(list(blocks)), 1, 0)


def _arrays(own: Histories) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray, np.ndarray]:
    """Parameters, switches of the infusion, rates between them, and output times."""
    switches = np.stack([own.start_h, own.end_h], axis=2).reshape(own.count, -1)
    rates = np.zeros((own.count, switches.shape[1] + 1))
    rates[:, 1:-1:2] = own.dose_mg / (own.end_h - own.start_h)
    return own.patients, switches, rates, own.times_h
