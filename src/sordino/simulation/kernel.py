"""A block of lanes through a whole course, as one compiled function.

Random draws of the people are made for the whole block; then every part of it goes through the
drug models, the slow clock and the readouts while it stays in the cache of a core.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from sordino.pd.readouts import Clocks, readouts
from sordino.pd.turnover import PanelArrays, integrate
from sordino.pk.parts import PartFunction, Space, SpacePool, new_space, over_parts, part_lanes
from sordino.pk.propagate import Scratch
from sordino.pk.run import RunArrays, Soundness, Structure, run_lanes, scratch_for
from sordino.simulation.lanes import SITES, Block, LaneSpec, LaneValues, lane_values

Outputs = dict[str, Array]
"""Concentrations and effect sites by name: (time, lanes)."""


@dataclass(frozen=True)
class Source:
    """A drug model of a course: what it runs for each moiety.

    `parts`: how much of each moiety is S- and R-ketamine.
    """

    model_id: str
    parts: tuple[tuple[float, float], ...]
    structures: tuple[Structure, ...]


class SourceArrays(NamedTuple):
    """The numbers of a source: its runs, and absorption values that the course gives."""

    runs: tuple[RunArrays, ...]
    absorption: dict[str, Array]


@dataclass(frozen=True)
class Kernel:
    """What compiled code is made for: everything but numbers and array sizes.

    `driving` are the models that drive the effects; `shown` those whose concentrations the
    result holds, where these are others. With `turnover` the slow clock is the turnover state.
    """

    lanes: LaneSpec
    driving: tuple[Source, ...]
    shown: tuple[Source, ...]
    turnover: bool


class CourseArrays(NamedTuple):
    """The numbers of a course that all lanes share.

    `draws`: typical values (draw,) by owner and name; `given`: what the patient table fixes;
    `panels`: those of the turnover state, or nothing.
    """

    seed: Int[Array, ""]
    draws: dict[str, Block]
    given: Block
    clocks: Clocks
    panels: PanelArrays | None
    driving: tuple[SourceArrays, ...]
    shown: tuple[SourceArrays, ...]


class Found(NamedTuple):
    """What a part gives: readouts by name, (time, lanes), (session, lanes) or (lanes,)."""

    readouts: Outputs
    sound: tuple[Soundness, ...]


@partial(jax.jit, static_argnames=("kernel",), donate_argnames=("space",))
def run_kernel(
    kernel: Kernel,
    arrays: CourseArrays,
    patient: Int[Array, " lanes"],
    draw: Int[Array, " lanes"],
    space: Space,
) -> Space:
    """Every readout of a block of lanes, as a `Found` in parts."""
    own = _lane_values(kernel, arrays, patient, draw)
    return over_parts(_part(kernel, arrays), own, space)


def kernel_spaces(kernel: Kernel, arrays: CourseArrays, lanes: int) -> SpacePool[Space]:
    """Memory for `run_kernel`, handed on from course to course of the same shape."""
    leaves, tree = jax.tree.flatten(arrays)
    return _spaces(kernel, tree, tuple((a.shape, jnp.dtype(a.dtype)) for a in leaves), lanes)


@lru_cache(maxsize=4)
def _spaces(
    kernel: Kernel, tree: Any, leaves: tuple[tuple[tuple[int, ...], Any], ...], lanes: int
) -> SpacePool[Space]:
    arrays = jax.tree.unflatten(tree, [jax.ShapeDtypeStruct(*leaf) for leaf in leaves])
    shapes = jax.eval_shape(partial(_new_space, kernel, lanes), arrays)
    return SpacePool(lambda: jax.tree.map(lambda s: jnp.zeros(s.shape, s.dtype), shapes))


def _new_space(kernel: Kernel, lanes: int, arrays: CourseArrays) -> Space:
    number = jnp.zeros((lanes,), jnp.int32)
    own = _lane_values(kernel, arrays, number, number)
    size = part_lanes(lanes)
    scratch = tuple(
        scratch_for(structure, run, size)
        for source, numbers in _sources(kernel, arrays)
        for structure, run in zip(source.structures, numbers.runs, strict=True)
    )
    return new_space(_part(kernel, arrays), own, scratch)


def _lane_values(kernel: Kernel, arrays: CourseArrays, patient: Array, draw: Array) -> LaneValues:
    return lane_values(kernel.lanes, arrays.seed, arrays.draws, arrays.given, patient, draw)


def _sources(kernel: Kernel, arrays: CourseArrays) -> list[tuple[Source, SourceArrays]]:
    numbers = (*arrays.driving, *arrays.shown)
    return list(zip((*kernel.driving, *kernel.shown), numbers, strict=True))


def _part(kernel: Kernel, arrays: CourseArrays) -> PartFunction:
    def part(own: LaneValues, scratch: tuple[Scratch, ...]) -> tuple[Found, tuple[Scratch, ...]]:
        walked = [
            _through_model(source, numbers, own, space)
            for (source, numbers), space in zip(
                _sources(kernel, arrays), _by_source(kernel, scratch), strict=True
            )
        ]
        split = len(kernel.driving)
        nothing = jnp.zeros((arrays.clocks.times_h.shape[0], own.person["weight"].shape[0]))
        driving = _added(kernel.driving, walked[:split], 0)
        shown = _added(kernel.shown, walked[split:], 0) if kernel.shown else driving
        effects = readouts(
            arrays.clocks,
            own.people,
            own.values,
            _ligands(driving),
            {s: _equivalents(driving, s, own, nothing) for s in SITES},
            _slow_state(kernel, arrays, walked[:split], own),
            turnover=kernel.turnover,
        )
        found = {
            **_concentrations(shown, nothing),
            **effects,
            "weight": own.person["weight"],
            "base_pain": own.people.base_pain,
            "slow_responder": own.people.slow_responder,
        }
        sound = tuple(s for each in walked for s in each.sound)
        return Found(found, sound), tuple(s for each in walked for s in each.scratch)

    return part


class _Walked(NamedTuple):
    """A source for a part: outputs of each read set by moiety, soundness, space."""

    outputs: tuple[tuple[Outputs, ...], ...]
    sound: tuple[Soundness, ...]
    scratch: tuple[Scratch, ...]


def _by_source(kernel: Kernel, scratch: tuple[Scratch, ...]) -> list[tuple[Scratch, ...]]:
    spaces = iter(scratch)
    sources = (*kernel.driving, *kernel.shown)
    return [tuple(next(spaces) for _ in source.structures) for source in sources]


def _through_model(
    source: Source, numbers: SourceArrays, own: LaneValues, scratch: tuple[Scratch, ...]
) -> _Walked:
    drug = own.drugs[source.model_id]
    full = jnp.ones_like(own.person["weight"])
    given = {name: value * full for name, value in numbers.absorption.items()}
    lanes = (drug.typical, drug.etas, {**own.person, **own.half_times, **given})
    outputs: list[tuple[Outputs, ...]] = []
    sound: list[Soundness] = []
    spaces: list[Scratch] = []
    for structure, run, space in zip(source.structures, numbers.runs, scratch, strict=True):
        (read, safe), used = run_lanes(structure, run, lanes, space)
        named = zip(structure.reads, read, strict=True)
        outputs.append(tuple(dict(zip(names, found, strict=True)) for names, found in named))
        sound.append(safe)
        spaces.append(used)
    return _Walked(tuple(outputs), tuple(sound), tuple(spaces))


def _added(sources: tuple[Source, ...], walked: list[_Walked], read: int) -> dict[str, Outputs]:
    """Outputs of one read set, summed over models, apart for S- and R-ketamine."""
    total: dict[str, Outputs] = {"S": {}, "R": {}}
    for source, each in zip(sources, walked, strict=True):
        for parts, reads in zip(source.parts, each.outputs, strict=True):
            for name, course in reads[read].items():
                for own, part in zip(("S", "R"), parts, strict=True):
                    if part:
                        before = total[own].get(name)
                        more = course if part == 1.0 else part * course
                        total[own][name] = more if before is None else before + more
    return total


def _equivalents(
    total: dict[str, Outputs], name: str, own: LaneValues, nothing: Float[Array, "time lanes"]
) -> Array:
    """S-equivalents: S-ketamine and the part of R-ketamine that counts."""
    right = total["R"].get(name)
    left = total["S"].get(name, nothing)
    return left if right is None else left + own.values["potency_r"] * right


def _slow_state(
    kernel: Kernel, arrays: CourseArrays, walked: list[_Walked], own: LaneValues
) -> Array | None:
    if arrays.panels is None:
        return None
    at_points = _added(kernel.driving, walked, 1)
    drive = _equivalents(at_points, "ketamine", own, jnp.zeros(()))
    values = own.values
    return integrate(arrays.panels, drive, values["k_on"], values["k_off"], values["c50_turnover"])


def _ligands(total: dict[str, Outputs]) -> Outputs:
    """What the receptor model takes, by its names."""
    return {
        f"{own.lower()}_{analyte}": total[own][analyte]
        for own in ("S", "R")
        for analyte in ("ketamine", "norketamine")
        if analyte in total[own]
    }


def _concentrations(total: dict[str, Outputs], nothing: Float[Array, "time lanes"]) -> Outputs:
    """Concentrations by result name; an analyte that no model describes is NaN."""

    def both(analyte: str) -> Any:
        there = [total[own][analyte] for own in ("S", "R") if analyte in total[own]]
        return sum(there, start=nothing) if there else nothing * jnp.nan

    return {
        "conc_ketamine": both("ketamine"),
        "conc_s_ketamine": total["S"].get("ketamine", nothing),
        "conc_r_ketamine": total["R"].get("ketamine", nothing),
        "conc_norketamine": both("norketamine"),
        "conc_hydroxynorketamine": both("hydroxynorketamine"),
    }
