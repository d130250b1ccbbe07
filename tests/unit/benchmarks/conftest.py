"""The modules of `benchmarks/`, which is a folder of scripts and no package."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def load(root: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """Import one of them by name."""
    monkeypatch.syspath_prepend(str(root / "benchmarks"))
    return importlib.import_module
