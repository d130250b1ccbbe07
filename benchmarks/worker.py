"""One measurement in a process of its own: `worker.py TASK JSON`, the result as JSON on stdout.

A fresh process has its own peak of memory, and JAX sizes its threads by the cores that it may
use when it is first imported.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from job import OUTPUTS, Job, load_job, load_reference, reference_errors, relative_errors
from machine import megabytes, peak_mb, use_cores

Result = dict[str, Any]


def best_rate(run: Callable[[], object], count: int, repeats: int) -> float:
    """Patients a second, the best of some runs."""
    seconds: list[float] = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return count / min(seconds)


def sordino_speed(job: Job, threads: int, counts: list[int], repeats: list[int]) -> Result:
    """Patients a second for some sizes of population."""
    from sordino_job import SordinoJob

    start = time.perf_counter()
    ready = SordinoJob(job)
    ready.outputs(job.population(ready.lanes), lambda _: None)
    compile_s = time.perf_counter() - start
    ready.trajectories(job.population(threads * ready.lanes), threads)
    rates: list[float] = []
    for count, times in zip(counts, repeats, strict=True):
        people = job.population(count)
        rates.append(
            best_rate(lambda people=people: ready.trajectories(people, threads), count, times)
        )
    return {"rates": rates, "counts": counts, "compile_s": compile_s, "peak_mb": peak_mb()}


def sordino_memory(job: Job, threads: int, count: int) -> Result:
    """Peak memory and speed when only quantiles are kept."""
    from sordino_job import SordinoJob

    ready = SordinoJob(job)
    ready.quantiles(threads * ready.lanes, threads)
    rate = best_rate(lambda: ready.quantiles(count, threads), count, 1)
    return {"peak_mb": peak_mb(), "rate": rate, "count": count}


def product_memory(_: Job, count: int) -> Result:
    """Peak memory and time of `sordino simulate`, one draw, report and result written."""
    with tempfile.TemporaryDirectory() as folder:
        asked = ["simulate", "-n", str(count), "--draws", "1", "-o", f"{folder}/result"]
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "sordino", *asked], check=True, stdout=subprocess.DEVNULL
        )
        seconds = time.perf_counter() - start
    size = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {"peak_mb": megabytes(size), "seconds": seconds, "count": count}


def linearity(job: Job, repeats: int, largest: int) -> Result:
    """What more patients, doses and output times cost on one core."""
    from linearity import measure

    return measure(job, repeats, largest)


def sordino_accuracy(job: Job, random_patients: int) -> Result:
    """Errors against the reference values, and against a tight solution of random patients."""
    from scipy_job import TIGHT, everybody
    from sordino_job import SordinoJob

    ready = SordinoJob(job)
    given = reference_errors(job, ready.trajectories(load_reference().patients, 1))
    people = job.population(random_patients, seed=2)
    found, tight = ready.trajectories(people, 1), everybody(job, people, **TIGHT)
    own = relative_errors(
        dict(zip(OUTPUTS, found, strict=True)), dict(zip(OUTPUTS, tight, strict=True))
    )
    return {"reference": given, "tight": own, "random_patients": random_patients}


def sordino_stages(job: Job) -> Result:
    """Where the time of one block goes."""
    from stages import measure

    return measure(job)


def writing(job: Job, threads: int) -> Result:
    """How fast results can be written at all."""
    from stages import writing_rates

    from sordino.simulation.blocks import LANES

    return writing_rates(job, LANES, threads)


def diffrax_speed(job: Job, threads: int, count: int) -> Result:
    """Diffrax on a small population."""
    from diffrax_job import DiffraxJob

    lanes = count // threads
    ready = DiffraxJob(job, lanes)
    compile_s = ready.compile()
    rate = best_rate(lambda: ready.trajectories(job.population(count), threads), count, 1)
    people = load_reference().patients
    filled = {k: np.resize(v, lanes) for k, v in people.items()}
    errors = reference_errors(job, ready.trajectories(filled, 1)[:, :, : len(people["weight"])])
    return {"rate": rate, "count": count, "compile_s": compile_s, "errors": errors}


def scipy_speed(job: Job, count: int) -> Result:
    """SciPy's LSODA on a few patients, on one core."""
    from scipy_job import LSODA, everybody

    people = job.population(count)
    rate = best_rate(lambda: everybody(job, people, **LSODA), count, 1)
    errors = reference_errors(job, everybody(job, load_reference().patients, **LSODA))
    return {"rate": rate, "count": count, "errors": errors}


def _named(values: np.ndarray) -> dict[str, np.ndarray]:
    """Arrays of the first outputs of the job, by name."""
    return dict[str, np.ndarray](zip(OUTPUTS, values, strict=False))


def histories(job: Job, threads: int, count: int, diffrax: int, exact: int, repeats: int) -> Result:
    """Individuals with records of their own: sordino, Diffrax, and both against SciPy's expm."""
    from diffrax_job import DiffraxHistories
    from histories_job import SordinoHistories
    from histories_job import histories as make
    from scipy_job import exact_histories

    own = make(job, count)
    ready = SordinoHistories(job, own)
    start = time.perf_counter()
    found = {"engine": ready.outputs(ready.engine), "public": ready.outputs(ready.public)}
    compile_s = time.perf_counter() - start
    rates = {
        "engine": best_rate(ready.engine, count, repeats),
        "public": best_rate(ready.public, count, repeats),
    }
    some = own.part(slice(diffrax))
    peer = DiffraxHistories(diffrax // threads)
    peer_compile_s = peer.compile(some)
    found["diffrax"] = peer.outputs(some, threads)
    rates["diffrax"] = best_rate(lambda: peer.outputs(some, threads), diffrax, 1)
    reference = _named(exact_histories(own.part(slice(exact))))
    errors = {
        name: relative_errors(_named(values[:, :exact]), reference)
        for name, values in found.items()
    }
    counts = {"engine": count, "public": count, "diffrax": diffrax}
    return {
        "rates": rates,
        "counts": counts,
        "errors": errors,
        "records": own.records,
        "exact": exact,
        "compile_s": {"sordino": compile_s, "diffrax": peer_compile_s},
    }


TASKS: dict[str, Callable[..., Result]] = {
    "linearity": linearity,
    "product_memory": product_memory,
    "sordino_speed": sordino_speed,
    "sordino_memory": sordino_memory,
    "sordino_accuracy": sordino_accuracy,
    "sordino_stages": sordino_stages,
    "writing": writing,
    "diffrax_speed": diffrax_speed,
    "histories": histories,
    "scipy_speed": scipy_speed,
}


def main() -> None:
    """Run one task on the given cores."""
    task, how = sys.argv[1], json.loads(sys.argv[2])
    use_cores(how.pop("cores"))
    print(json.dumps(TASKS[task](load_job(), **how)))


if __name__ == "__main__":
    main()
