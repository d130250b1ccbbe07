"""What `simulate` and `summarize` refuse, before anything is run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sordino.errors import DocumentError, InputError, SordinoError, UnknownName
from sordino.simulation import dataset as dataset_module
from sordino.simulation import simulate, summarize

Build = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def _nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any) -> None:
        raise AssertionError("something was run")

    monkeypatch.setattr("sordino.simulation.dataset.run_blocks", never)
    monkeypatch.setattr("sordino.simulation.summary.run_blocks", never)


@pytest.mark.parametrize("function", [simulate, summarize])
@pytest.mark.parametrize(
    ("argument", "value", "said"),
    [
        ("patients", 0, "patients is 0"),
        ("patients", -1, "patients is -1"),
        ("patients", 10_000_001, "patients is 10000001"),
        ("patients", 1.5, "not a whole number"),
        ("patients", True, "not a whole number"),
        ("patients", "all", "not a whole number"),
        ("patients", None, "not a whole number"),
        ("draws", 0, "draws is 0"),
        ("draws", True, "not a whole number"),
        ("draws", 10_001, "draws is 10001"),
        ("seed", -1, "seed is -1"),
        ("seed", 1.0, "not a whole number"),
        ("seed", 2**31, "seed is 2147483648"),
        ("sampling", "arm", "unknown sampling site 'arm'"),
        ("times_h", [], "at least one time"),
        ("times_h", [[1.0]], "in one list"),
        ("times_h", ["noon"], "not a list of numbers"),
        ("times_h", (x for x in (1.0,)), "not a list of numbers"),
        ("times_h", [0.0, float("nan")], "cannot be simulated"),
        ("times_h", [float("inf")], "cannot be simulated"),
        ("times_h", [-0.1], "cannot be simulated"),
        ("times_h", [366 * 24.0 + 1.0], "cannot be simulated"),
        ("times_h", [2.0, 1.0], "not in ascending order"),
        ("times_h", [1.0, 1.0], "holds a time twice"),
    ],
)
def test_a_wrong_argument_is_refused(
    function: Callable[..., Any], argument: str, value: object, said: str, build: Build
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        function(build(), **{"patients": 6, "draws": 2, argument: value})
    assert caught.value.allowed or caught.value.hint


def test_an_unknown_variable_is_answered_with_the_nearest(build: Build) -> None:
    with pytest.raises(UnknownName, match="'conc_ketamin'") as caught:
        simulate(build(), 6, 2, variables=["pain", "conc_ketamin"])
    assert "conc_ketamine" in caught.value.hint


def test_variables_is_a_list(build: Build) -> None:
    with pytest.raises(InputError, match="a list of names") as caught:
        simulate(build(), 6, 2, variables="pain")
    assert caught.value.hint == "variables=['pain']"


@pytest.mark.parametrize("function", [simulate, summarize])
def test_a_course_of_comparators_only_is_refused(function: Callable[..., Any]) -> None:
    course = {"treatment": [{"drug": "duloxetine", "dose": "60 mg"}]}
    with pytest.raises(InputError, match="no ketamine or esketamine") as caught:
        function(course, 6, 2)
    assert caught.value.where == "treatment"


@pytest.mark.parametrize("function", [simulate, summarize])
def test_a_course_that_cannot_be_read_is_refused(
    function: Callable[..., Any], build: Build
) -> None:
    with pytest.raises(DocumentError, match="cannot be used"):
        function(build(dose="0.5"), 6, 2)
    with pytest.raises(DocumentError, match="no such file"):
        function("nowhere.toml", 6, 2)


def test_no_venous_concentrations_after_a_film(build: Build) -> None:
    course = {"treatment": [{"drug": "esketamine", "route": "buccal", "dose": "50 mg"}]}
    with pytest.raises(InputError, match="venous"):
        dataset_module.course_engine(course, 6, 2, 1, None, "venous").measured_groups  # noqa: B018


@pytest.mark.parametrize(
    ("patients", "more"),
    [
        (1_000_000, {}),
        (10_000_000, {"variables": ["pain"], "times_h": [24.0], "draws": 40}),
        # The cumulative dose and the time to leave count, too.
        (10_000_000, {"variables": [], "times_h": list(np.arange(120.0)), "draws": 1}),
    ],
)
def test_a_result_beyond_the_memory_is_refused(
    patients: int, more: dict[str, Any], build: Build
) -> None:
    with pytest.raises(InputError, match="GB of memory") as caught:
        simulate(build(), patients, **more)
    assert "summarize" in caught.value.hint


def test_all_refusals_are_one_kind_of_error() -> None:
    assert issubclass(InputError, SordinoError)
    assert InputError("x").exit_code == 2
