"""The reference job in sordino, through the functions that `simulate` runs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from itertools import islice
from threading import Lock

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from job import (
    B50_NG_ML,
    BASE_PAIN,
    C50_FAST,
    DATA,
    EMAX_FAST,
    EMAX_SLOW,
    OUTPUTS,
    Job,
    Patients,
)

from sordino.course import Administration
from sordino.library.reader import load_pk_model
from sordino.pd.gain import fast_effect, gain, slow_effect
from sordino.pd.turnover import turnover_plan, turnover_state
from sordino.pk.run import PkRun
from sordino.pk.system import EffectSite, system_for
from sordino.simulation.blocks import LANES, THREADS_PER_CORE, keep_freed_memory
from sordino.simulation.sketch import LinearScale, LogScale, Scale, Sketch

SITE = EffectSite("effect_site", "ketamine", "half_time_effect")
SCALES: dict[str, Scale] = {
    "C": LogScale(),
    "NK": LogScale(),
    "Ce": LogScale(),
    "S": LinearScale(0.0, 1.0, 1600),
    "pain": LinearScale(0.0, 10.0, 1600),
}
FIRST_PANEL_H, PANEL_RATIO = 0.32 / 60.0, 0.5
"""Panels of the integral for S so short that its error stays below 1e-6."""

Source = Callable[[slice], Patients]
Outputs = tuple[np.ndarray, ...]

LEVELS = np.array([0.025, 0.25, 0.5, 0.75, 0.975])


class SordinoJob:
    """The reference job, prepared once; `outputs` may be called from several threads."""

    def __init__(self, job: Job, lanes: int = LANES) -> None:
        self.job = job
        self.lanes = lanes
        self.model = load_pk_model(DATA / "reference_model.toml")
        self.plan = turnover_plan(
            job.times_h, job.switch_h, first_h=FIRST_PANEL_H, ratio=PANEL_RATIO
        )

    @cached_property
    def shown(self) -> PkRun:
        """C, NK and Ce at the output times."""
        return self._run(("ketamine", "norketamine"), (SITE,), self.job.times_h)

    @cached_property
    def drive(self) -> PkRun:
        """C at the points of the integral for S."""
        return self._run(("ketamine",), (), self.plan.times_h)

    def _run(
        self, analytes: tuple[str, ...], sites: tuple[EffectSite, ...], times_h: np.ndarray
    ) -> PkRun:
        typical = {name: p.value for name, p in self.model.parameters.items()}
        spread = {name for name, p in self.model.parameters.items() if p.iiv is not None}
        half_time = {SITE.half_time: np.log(2.0) / self.job.typical["KE0"]}
        return PkRun(
            system=system_for(self.model, ("iv",), analytes, sites),
            doses=tuple(self._dose(k, start) for k, start in enumerate(self.job.session_h)),
            times_h=times_h,
            varying=frozenset(spread | {"weight", SITE.half_time}),
            occasion_h=(),
            typical={**typical, **half_time, "weight": 70.0},
            dtype=jnp.dtype("float64"),
        )

    def _dose(self, session: int, start_h: float) -> Administration:
        return Administration(
            treatment=0,
            session=session,
            drug="ketamine",
            route="iv",
            start_h=start_h,
            duration_h=self.job.infusion_h,
            dose_mg=0.0,
            dose_mg_per_kg=self.job.dose_mg_per_kg,
            absorption_rate_per_h=None,
            bioavailability=None,
        )

    def arguments(self, patients: Patients) -> tuple[dict[str, Array], ...]:
        """Typical values, etas and covariates of some patients, as `PkRun` takes them."""
        count = len(patients["weight"])
        typical = {n: jnp.full(count, p.value) for n, p in self.model.parameters.items()}
        etas = {
            name: jnp.asarray(np.log(patients[name] / p.value))
            for name, p in self.model.parameters.items()
            if p.iiv is not None
        }
        half_time = {SITE.half_time: jnp.asarray(np.log(2.0) / patients["KE0"])}
        return typical, etas, {"weight": jnp.asarray(patients["weight"]), **half_time}

    def outputs(self, patients: Patients) -> tuple[Array, ...]:
        """C, NK, Ce, S and pain, each (time, lanes)."""
        arguments = self.arguments(patients)
        shown = self.shown(*arguments, moiety="total")
        drive = self.drive(*arguments, moiety="total")["ketamine"]
        slow = self.slow_state(drive)
        site = shown[SITE.name]
        return shown["ketamine"], shown["norketamine"], site, slow, pain(site, slow)

    def slow_state(self, drive: Array) -> Array:
        """S at the output times, from C at the points of the integral."""
        constants = (self.job.k_on, self.job.k_off, B50_NG_ML)
        return turnover_state(self.plan, drive, *(jnp.asarray(c) for c in constants))

    def block(self, source: Source, part: slice) -> Patients:
        """The patients of one block, filled up to `lanes` with copies of the last one."""
        short = self.lanes - (part.stop - part.start)
        return {k: np.pad(v, (0, short), mode="edge") for k, v in source(part).items()}

    def each_block(
        self, source: Source, count: int, threads: int, use: Callable[[slice, Outputs], None]
    ) -> None:
        """Run `count` patients in blocks, a few at a time; `use` gets the outputs of each.

        `threads` counts cores; as in the product, each has two blocks under way.
        """
        keep_freed_memory()
        starts = iter(range(0, count, self.lanes))

        def work(start: int) -> None:
            part = slice(start, min(start + self.lanes, count))
            inside = slice(0, part.stop - part.start)
            found = self.outputs(self.block(source, part))
            use(part, tuple(np.asarray(values)[:, inside] for values in found))

        if threads == 1:
            for start in starts:
                work(start)
            return
        workers = THREADS_PER_CORE * threads
        with ThreadPoolExecutor(workers) as pool:
            waiting = [pool.submit(work, start) for start in islice(starts, workers + 1)]
            while waiting:
                waiting.pop(0).result()
                waiting.extend(pool.submit(work, start) for start in islice(starts, 1))

    def trajectories(self, patients: Patients, threads: int) -> np.ndarray:
        """All outputs of all patients, float64: (output, time, patient)."""
        count = len(patients["weight"])
        found = np.empty((len(OUTPUTS), len(self.job.times_h), count))

        def keep(part: slice, outputs: Outputs) -> None:
            for k, values in enumerate(outputs):
                found[k, :, part] = values

        def source(part: slice) -> Patients:
            return {name: values[part] for name, values in patients.items()}

        self.each_block(source, count, threads, keep)
        return found

    def quantiles(self, count: int, threads: int) -> np.ndarray:
        """Quantiles over patients: (output, level, time).

        Patients are drawn and trajectories dropped block by block.
        """
        sketches = {n: Sketch(len(self.job.times_h), s) for n, s in SCALES.items()}
        locks = {name: Lock() for name in sketches}

        def add(_: slice, outputs: Outputs) -> None:
            for name, values in zip(OUTPUTS, outputs, strict=True):
                places = SCALES[name].place(values)
                with locks[name]:
                    sketches[name].add(places)

        def source(part: slice) -> Patients:
            return self.job.population(part.stop - part.start, seed=part.start)

        self.each_block(source, count, threads, add)
        return np.stack([s.quantiles(LEVELS) for s in sketches.values()])


@jax.jit
def pain(site: Array, slow: Array) -> Array:
    """7 (1 - 0.9 S)(1 - 0.7 Ce / (Ce + 100))."""
    fast = fast_effect(site, jnp.asarray(EMAX_FAST), jnp.asarray(C50_FAST))
    lasting = slow_effect(slow, jnp.ones(()), jnp.ones(()), jnp.asarray(EMAX_SLOW))
    return BASE_PAIN * gain(fast, lasting)
