"""What a course is prepared to: which courses share compiled code, and draws of one's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
import numpy as np
import pytest

from sordino.library.pd_schema import load_pd_model
from sordino.simulation.blocks import run_blocks
from sordino.simulation.dataset import course_engine
from sordino.simulation.engine import CourseEngine

Build = Callable[..., dict[str, Any]]
SIX = [0, 2, 4, 7, 9, 11]


def engine(course: dict[str, Any], draws: int = 1) -> CourseEngine:
    return course_engine(course, 6, draws, 1, None, "arterial")


def shape(course: dict[str, Any]) -> tuple[Any, Any]:
    """What decides whether code has to be compiled: the kernel, and the sizes of its arrays."""
    kernel, arrays = engine(course).prepared()
    return kernel, jax.tree.map(np.shape, arrays)


@pytest.mark.parametrize(
    "change",
    [
        {"dose": "0.8 mg/kg"},
        {"days": [0, 3, 5, 7, 10, 12]},
        {"days": [*SIX, 14]},
        {"days": [*SIX, 14, 16]},
        {"days": [0, 2.5, 4, 7, 9, 11.25]},
        {"duration": "60 min"},
        {"duration": "47 min"},
    ],
    ids=str,
)
def test_a_changed_course_runs_the_same_code(build: Build, change: dict[str, Any]) -> None:
    until = {"observe": {"until": "90 days"}}
    assert shape(build(until, **{"days": SIX, **change})) == shape(build(until, days=SIX))


def test_another_length_of_observation_runs_the_same_code(build: Build) -> None:
    lengths = [build({"observe": {"until": f"{days} days"}}, days=SIX) for days in (60, 90)]
    assert shape(lengths[0]) == shape(lengths[1])


def test_draws_of_ones_own_replace_those_of_the_library(build: Build) -> None:
    base = engine(build(), draws=3)
    own = np.array([0.0, 0.25, 0.5])
    given = replace(base, typical_draws={"slow_lag": {"transfer": own}})

    def effect(run: CourseEngine) -> list[np.ndarray]:
        return list(run_blocks(run, 6, lambda block: block.readout("effect_slow")))

    top = load_pd_model("slow_lag").parameters["emax_slow"]
    assert top.value > 0
    found = effect(given)
    assert np.all(found[0] == 0.0)
    assert found[1].max() > 0
    fraction = list(run_blocks(given, 6, lambda block: block.readout("slow_fraction")))
    # Nothing else moves: the state of the slow clock is that of the library's draws.
    usual = list(run_blocks(base, 6, lambda block: block.readout("slow_fraction")))
    for changed, same in zip(fraction, usual, strict=True):
        np.testing.assert_array_equal(changed, same)
