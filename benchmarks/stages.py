"""Where the time of one block of patients goes, on one core."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import numpy as np
from job import OUTPUTS, Job
from sordino_job import SITE, SordinoJob, pain

REPEATS = 5


def measure(job: Job) -> dict[str, Any]:
    """Microseconds a patient of each stage, sizes, and what memory alone would allow."""
    ready = SordinoJob(job)
    people = job.population(ready.lanes)
    arguments = ready.arguments(people)
    shown = ready.shown(*arguments, moiety="total")
    drive = ready.drive(*arguments, moiety="total")["ketamine"]

    state = ready.slow_state(drive)
    whole = [np.asarray(values) for values in ready.outputs(people)]
    target = np.zeros((len(OUTPUTS), len(job.times_h), 4 * ready.lanes))

    def copy() -> None:
        for k, values in enumerate(whole):
            target[k, :, : ready.lanes] = values

    stages: dict[str, Callable[[], Any]] = {
        "parameters of the patients, from NumPy to JAX": lambda: ready.arguments(people),
        "C, NK and Ce at the output times": lambda: ready.shown(*arguments, moiety="total"),
        "C at the points of the integral": lambda: ready.drive(*arguments, moiety="total"),
        "the integral for S": lambda: ready.slow_state(drive),
        "pain": lambda: pain(shown[SITE.name], state),
        "copy into the result": copy,
    }
    found = {name: 1e6 * _seconds(run) / ready.lanes for name, run in stages.items()}
    everything = 1e6 * _seconds(lambda: ready.outputs(people)) / ready.lanes
    return {
        "microseconds": found,
        "whole_block": everything + found["copy into the result"],
        "lanes": ready.lanes,
        "times": len(job.times_h),
        "points": len(ready.plan.times_h),
        "panels": len(ready.plan.length_h),
        "bytes_out": target[:, :, 0].size * 8,
    }


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
