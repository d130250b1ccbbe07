"""The names that others may rely on, how they are called, and that they are what they seem."""

from __future__ import annotations

import inspect
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import sordino

FUNCTIONS = [
    "follow",
    "load_course",
    "load_model",
    "predict",
    "register_dynamics",
    "screen",
    "simulate",
    "simulate_rules",
    "summarize",
]
PUBLIC = ["SordinoError", "__version__", *FUNCTIONS]


def test_the_public_names() -> None:
    assert sorted(sordino.__all__) == PUBLIC
    assert dir(sordino) == PUBLIC


def test_one_version(root: Path) -> None:
    citation = (root / "CITATION.cff").read_text(encoding="utf-8")
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"\nversion: {sordino.__version__}\n" in citation
    assert project["dynamic"] == ["version"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_public_function_is_documented_and_annotated(name: str) -> None:
    function = getattr(sordino, name)
    signature = inspect.signature(function)
    assert inspect.isfunction(function)
    assert inspect.getdoc(function)
    assert signature.return_annotation is not inspect.Signature.empty
    for parameter in signature.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty, parameter.name


@pytest.mark.parametrize(
    "lines",
    [
        "import sordino.simulation",
        "from sordino.simulation import summarize",
        "import sordino; sordino.simulate; import sordino.simulation",
        "import sordino; sordino.summarize",
    ],
)
def test_simulate_is_the_function_whatever_was_imported_before(lines: str) -> None:
    code = f"{lines}\nimport sordino\nassert callable(sordino.simulate), sordino.simulate"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        _ = sordino.simulat  # pyright: ignore[reportAttributeAccessIssue]
