"""Measure sordino and its peers on the reference job.

python benchmarks/run.py                measure and print (about four minutes)
python benchmarks/run.py --linearity    more patients, doses, output times instead (two minutes)
python benchmarks/run.py --million      a million patients through `sordino simulate` instead
python benchmarks/run.py --quick        small numbers, to see that everything runs
python benchmarks/run.py --write-docs   also put the tables into docs/performance.md
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
from machine import describe, free_cores
from report import linearity_table, product_table, whole, write_figure, write_page

WORKER = Path(__file__).parent / "worker.py"
TRAJECTORY_BYTES = 21_000
FULL: dict[str, Any] = {
    "counts": [1_000, 10_000, 100_000],
    "repeats": [7, 7, 3],
    "memory": [10_000, 1_000_000],
    "diffrax": 200,
    "scipy": 40,
    "random": 4,
    "histories": {"count": 1_000, "diffrax": 200, "exact": 8, "repeats": 15},
    "linearity": {"repeats": 5, "largest": 100_000},
    "million": [1_000, 100_000, 1_000_000],
}
QUICK: dict[str, Any] = {
    "counts": [1_024],
    "repeats": [1],
    "memory": [1_024],
    "diffrax": 10,
    "scipy": 2,
    "random": 1,
    "histories": {"count": 8, "diffrax": 4, "exact": 1, "repeats": 1},
    "linearity": {"repeats": 1, "largest": 2_000},
    "million": [1_000],
}


environment: dict[str, str] = {}
"""What the processes find in their environment besides."""


def work(task: str, cores: list[int], **how: Any) -> dict[str, Any]:
    """Run one task of `worker.py` in a process of its own."""
    print(f"{task} {how} ...", file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, str(WORKER), task, json.dumps({"cores": cores, **how})],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"the measurement {task} failed")
    return json.loads(done.stdout.splitlines()[-1])


def fitting(counts: list[int]) -> list[int]:
    """The populations whose trajectories fit into half of the free memory."""
    free = psutil.virtual_memory().available
    return [count for count in counts if count * TRAJECTORY_BYTES < free / 2]


def measure(cores: list[int], size: dict[str, Any], at_once: int) -> dict[str, Any]:
    """All measurements, `at_once` at a time: one, where times are to mean something."""
    counts = fitting(size["counts"])
    repeats = size["repeats"][: len(counts)]
    threads = len(cores)
    with ThreadPoolExecutor(at_once) as pool:

        def start(task: str, on: list[int], **how: Any) -> Future[dict[str, Any]]:
            return pool.submit(work, task, on, **how)

        speed = [
            start("sordino_speed", cores[:n], threads=n, counts=counts, repeats=repeats)
            for n in (1, threads)
        ]
        memory = [
            start("sordino_memory", cores, threads=threads, count=count) for count in size["memory"]
        ]
        waiting = {
            "sordino_accuracy": start("sordino_accuracy", cores, random_patients=size["random"]),
            "sordino_stages": start("sordino_stages", cores[:1]),
            "writing": start("writing", cores, threads=threads),
            "histories": start("histories", cores, threads=threads, **size["histories"]),
            "diffrax_speed": start("diffrax_speed", cores, threads=threads, count=size["diffrax"]),
            "scipy_speed": start("scipy_speed", cores[:1], count=size["scipy"]),
        }
        try:
            return {
                "sordino_speed": [run.result() for run in speed],
                "sordino_memory": [run.result() for run in memory],
                **{name: run.result() for name, run in waiting.items()},
            }
        finally:  # after a failure, what has not begun is not begun
            pool.shutdown(cancel_futures=True)


def sections(options: argparse.Namespace, cores: list[int], machine: str) -> dict[str, str]:
    """Measure what is asked for: texts by the place of the page that they belong to."""
    size = QUICK if options.quick else FULL
    if options.million:
        runs = [work("product_memory", cores, count=count) for count in size["million"]]
        return {"million": product_table(machine, runs)}
    if options.linearity:
        found = work("linearity", cores, **size["linearity"])
        if options.write_docs:
            write_figure(found)
        return {"linearity": linearity_table(machine, found)}
    return {"measured": whole(machine, measure(cores, size, 2 if options.quick else 1))}


def main() -> None:
    """Measure as the command line says; progress goes to stderr, tables to stdout."""
    parser = argparse.ArgumentParser(description="Measure speed, error and memory.")
    parser.add_argument("--quick", action="store_true", help="small numbers: does it all run?")
    parser.add_argument("--write-docs", action="store_true", help="write docs/performance.md")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--linearity", action="store_true", help="how cost grows, instead")
    which.add_argument("--million", action="store_true", help="a million patients, instead")
    options = parser.parse_args()
    if options.quick and options.write_docs:
        parser.error("figures of --quick do not belong into the documentation")
    cores = free_cores(2)
    if len(cores) < 2:
        raise SystemExit("two cores are needed")
    cores = cores[:1] if options.linearity else cores
    machine = describe(cores, os.getloadavg()[0])
    with tempfile.TemporaryDirectory() as folder:
        # --quick finds compiled code in every process but the first, as users do in --million.
        if options.quick or options.million:
            environment["JAX_COMPILATION_CACHE_DIR"] = folder
        else:  # compiling is measured too
            environment["JAX_ENABLE_COMPILATION_CACHE"] = "false"
        found = sections(options, cores, machine)
    for text in found.values():
        print(text)
    if options.write_docs:
        write_page(found)


if __name__ == "__main__":
    main()
