"""Every help page, word for word. After a change that is meant: `make docs`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sordino.cli.main import COMMANDS

SNAPSHOTS = Path(__file__).parent / "help"
PAGES = ["sordino", *COMMANDS]


def help_page(name: str) -> str:
    arguments = [] if name == "sordino" else [name]
    done = subprocess.run(
        [sys.executable, "-m", "sordino", *arguments, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1"},
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("name", PAGES)
def test_help(name: str) -> None:
    assert help_page(name) == (SNAPSHOTS / f"{name}.txt").read_text(encoding="utf-8")


def test_there_is_no_page_of_a_command_that_is_gone() -> None:
    assert sorted(path.stem for path in SNAPSHOTS.glob("*.txt")) == sorted(PAGES)


def test_the_generated_page_of_the_documentation_is_current(root: Path) -> None:
    subprocess.run([sys.executable, "tools/docs.py", "--check"], cwd=root, check=True)
