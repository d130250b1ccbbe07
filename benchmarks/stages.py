"""Where the time of one block of patients goes, on one core."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from job import OUTPUTS, Job
from sordino_job import SordinoJob

from sordino.pd.turnover import integrate
from sordino.pk.parts import part_lanes, side_by_side

REPEATS = 15


def measure(job: Job) -> dict[str, Any]:
    """Microseconds a patient of each stage, sizes, and what memory alone would allow."""
    ready = SordinoJob(job)
    people = job.population(ready.lanes)
    lanes = ready.arguments(people)
    drive = jnp.asarray(ready.run(*lanes, moiety="total")[1]["ketamine"])
    width = part_lanes(ready.lanes)
    parts = jnp.moveaxis(drive.reshape(drive.shape[0], -1, width), 1, 0)
    constants = jnp.asarray(ready.constants)

    @jax.jit
    def slow(parts: Array) -> Array:
        return jax.lax.map(lambda one: integrate(ready.panels, one, *constants), parts)

    target = np.zeros((len(OUTPUTS), len(job.times_h), ready.lanes))
    written: list[np.ndarray] = []
    ready.outputs(people, lambda found: written.append(found.copy()))
    values = side_by_side(written[0])[:, : target.shape[1]]

    def copy() -> None:
        target.reshape(values.shape)[...] = values

    together = _each_us(lambda: ready.outputs(people, lambda _: None), ready.lanes)
    integral = _each_us(lambda: slow(parts), ready.lanes)
    found = {
        "parameters of the patients": _each_us(lambda: ready.arguments(people), ready.lanes),
        "C, NK, Ce, their reads, and pain": together - integral,
        "the integral for S, by itself": integral,
        "copy into the result": _each_us(copy, ready.lanes),
    }
    return {
        "microseconds": found,
        "whole_block": together + found["copy into the result"],
        "lanes": ready.lanes,
        "times": len(job.times_h),
        "points": len(ready.plan.times_h),
        "panels": len(ready.plan.length_h),
        "bytes_out": target[:, :, 0].size * 8,
    }


def _each_us(run: Callable[[], Any], lanes: int) -> float:
    return 1e6 * _seconds(run) / lanes


def writing_rates(job: Job, lanes: int, threads: int, count: int = 20_000) -> dict[str, float]:
    """Patients a second if the results were there and only had to be written.

    `fresh`: into memory that the system has yet to hand out, page by page; `again`: into the
    same memory once more.
    """
    block = np.ones((len(OUTPUTS), len(job.times_h), lanes))
    rates: dict[str, list[float]] = {"fresh": [], "again": []}
    for _ in range(3):
        target = np.empty((len(OUTPUTS), len(job.times_h), count))

        def work(start: int, target: np.ndarray = target) -> None:
            part = target[:, :, start : start + lanes]
            part[:] = block[:, :, : part.shape[2]]

        for found in rates.values():
            start = time.perf_counter()
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(work, range(0, count, lanes)))
            found.append(count / (time.perf_counter() - start))
    return {name: max(found) for name, found in rates.items()}


def _seconds(run: Callable[[], Any]) -> float:
    """The median of some runs, results waited for."""
    jax.block_until_ready(run())
    seconds: list[float] = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        jax.block_until_ready(run())
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds))
