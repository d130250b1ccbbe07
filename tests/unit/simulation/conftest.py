"""Courses and runs that several files look at; each new shape of a run costs seconds once."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from sordino.simulation import simulate

if TYPE_CHECKING:
    import xarray as xr

PATIENTS = 6
DRAWS = 2

COURSE: dict[str, Any] = {
    "patient": {"weight": "70 kg", "pain": 7.0},
    "treatment": [
        {
            "drug": "ketamine",
            "route": "iv",
            "dose": "0.5 mg/kg",
            "duration": "40 min",
            "days": [0, 2],
        }
    ],
    "observe": {"until": "8 days"},
}

Build = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def build() -> Build:
    """The usual course; keys of its treatment may be changed, and those of `course` are added."""

    def make(course: dict[str, Any] | None = None, **treatment: Any) -> dict[str, Any]:
        made = copy.deepcopy(COURSE) | (course or {})
        made["treatment"][0] |= treatment
        return made

    return make


@pytest.fixture(scope="session")
def usual(build: Build) -> xr.Dataset:
    """Six people, two draws, two infusions."""
    return simulate(build(), PATIENTS, DRAWS)
