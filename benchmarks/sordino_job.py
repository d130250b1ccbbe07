"""The reference job in sordino, through the functions that `simulate` runs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from itertools import islice
from threading import Lock
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
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
from sordino.pd.turnover import PanelArrays, integrate, panel_arrays, turnover_plan
from sordino.pk.parts import (
    PartFunction,
    Space,
    SpacePool,
    new_space,
    over_parts,
    part_lanes,
    side_by_side,
)
from sordino.pk.propagate import Scratch
from sordino.pk.run import (
    LaneArrays,
    PkRun,
    Reads,
    RunArrays,
    Soundness,
    Structure,
    check_soundness,
    run_lanes,
    scratch_for,
)
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
FIRST_PANEL_H, PANEL_RATIO = 0.32 / 60.0, 1.0
"""Panels of the integral for S so short that its error stays below 1e-6."""

Source = Callable[[slice], Patients]

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
        self.panels = panel_arrays(self.plan)

    @cached_property
    def run(self) -> PkRun:
        """C, NK and Ce at the output times, and C at the points of the integral."""
        typical = {name: p.value for name, p in self.model.parameters.items()}
        spread = {name for name, p in self.model.parameters.items() if p.iiv is not None}
        half_time = {SITE.half_time: np.log(2.0) / self.job.typical["KE0"]}
        return PkRun(
            system=system_for(self.model, ("iv",), ("ketamine", "norketamine"), (SITE,)),
            doses=tuple(self._dose(k, start) for k, start in enumerate(self.job.session_h)),
            reads=(
                Reads(("ketamine", "norketamine", SITE.name), self.job.times_h),
                Reads(("ketamine",), self.plan.times_h),
            ),
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

    def arguments(self, patients: Patients) -> LaneArrays:
        """Typical values, etas and covariates of some patients, as `run_lanes` takes them."""
        count = len(patients["weight"])
        typical: dict[str, Any] = {
            name: patients[name] if name in patients else np.full(count, p.value)
            for name, p in self.model.parameters.items()
        }
        half_time = np.log(2.0) / patients["KE0"]
        person: dict[str, Any] = {"weight": patients["weight"], SITE.half_time: half_time}
        return typical, {}, person

    @cached_property
    def spaces(self) -> SpacePool[Space]:
        """Memory for the blocks that are under way."""

        def make() -> Space:
            structure, arrays = self.run.prepared("total")
            lanes = self.arguments(self.job.population(self.lanes, seed=0))
            part = _part(structure, arrays, self.panels, jnp.asarray(self.constants))
            scratch = scratch_for(structure, arrays, part_lanes(self.lanes))
            return new_space(part, lanes, scratch)

        return SpacePool(make)

    @property
    def constants(self) -> np.ndarray:
        return np.array([self.job.k_on, self.job.k_off, B50_NG_ML])

    def outputs(self, patients: Patients, use: Callable[[np.ndarray], None]) -> None:
        """Hand C, NK, Ce, S and pain to `use`: (part, output, time, lanes), times padded.

        The array is written over afterwards.
        """
        structure, arrays = self.run.prepared("total")
        lanes = self.arguments(patients)
        space = self.spaces.take()
        space = _block(structure, arrays, self.panels, self.constants, lanes, space)
        found, sound = space.found
        use(np.asarray(found))
        assert check_soundness(sound, 1.0, self.model.id)
        self.spaces.give(space)

    def block(self, source: Source, part: slice) -> Patients:
        """The patients of one block, filled up to `lanes` with copies of the last one."""
        short = self.lanes - (part.stop - part.start)
        return {k: np.pad(v, (0, short), mode="edge") for k, v in source(part).items()}

    def each_block(
        self, source: Source, count: int, threads: int, use: Callable[[slice, np.ndarray], None]
    ) -> None:
        """Run `count` patients in blocks, a few at a time; `use` gets the outputs of each.

        `threads` counts cores; as in the product, each has two blocks under way.
        """
        keep_freed_memory()
        starts = iter(range(0, count, self.lanes))

        def work(start: int) -> None:
            part = slice(start, min(start + self.lanes, count))
            self.outputs(self.block(source, part), lambda found: use(part, found))

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

        def keep(block: slice, outputs: np.ndarray) -> None:
            values = side_by_side(outputs)[:, : found.shape[1]]
            inside = block.stop - block.start
            if inside == self.lanes:
                found[:, :, block].reshape(values.shape)[...] = values
            else:
                found[:, :, block] = values.reshape(*values.shape[:2], -1)[:, :, :inside]

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

        def add(block: slice, outputs: np.ndarray) -> None:
            values = side_by_side(outputs)[:, : len(self.job.times_h)]
            values = values.reshape(*values.shape[:2], -1)[:, :, : block.stop - block.start]
            for name, own in zip(OUTPUTS, values, strict=True):
                places = SCALES[name].place(own)
                with locks[name]:
                    sketches[name].add(places)

        def source(part: slice) -> Patients:
            return self.job.population(part.stop - part.start, seed=part.start)

        self.each_block(source, count, threads, add)
        return np.stack([s.quantiles(LEVELS) for s in sketches.values()])


def _part(
    structure: Structure, arrays: RunArrays, panels: PanelArrays, constants: Float[Array, " n"]
) -> PartFunction:
    """C, NK, Ce, S and pain of a part of the lanes: (output, time, lanes)."""

    def part(lanes: LaneArrays, scratch: Scratch) -> tuple[tuple[Array, Soundness], Scratch]:
        ((shown, drive), sound), scratch = run_lanes(structure, arrays, lanes, scratch)
        slow = integrate(panels, drive[0], constants[0], constants[1], constants[2])
        outputs = jnp.concatenate([shown, slow[None], pain(shown[2], slow)[None]])
        return (outputs, sound), scratch

    return part


@partial(jax.jit, static_argnames=("structure",), donate_argnames=("space",))
def _block(
    structure: Structure,
    arrays: RunArrays,
    panels: PanelArrays,
    constants: Float[Array, " constant"],
    lanes: LaneArrays,
    space: Space,
) -> Space:
    return over_parts(_part(structure, arrays, panels, constants), lanes, space)


def pain(site: Array, slow: Array) -> Array:
    """7 (1 - 0.9 S)(1 - 0.7 Ce / (Ce + 100))."""
    fast = fast_effect(site, jnp.asarray(EMAX_FAST), jnp.asarray(C50_FAST))
    lasting = slow_effect(slow, jnp.ones(()), jnp.ones(()), jnp.asarray(EMAX_SLOW))
    return BASE_PAIN * gain(fast, lasting)
