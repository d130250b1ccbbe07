"""The command line answers at once, because what is heavy is imported only when it is used."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from sordino import __version__

CPU_BUDGET_S = 0.5
HEAVY = ["altair", "jax", "numpy", "pandas", "pint", "pydantic", "rich", "scipy", "xarray"]

# Reports about itself on stderr when it ends: CPU seconds and which heavy packages it holds.
PROBE = f"""
import atexit, json, sys, time
def report():
    loaded = [name for name in {HEAVY!r} if name in sys.modules]
    print(json.dumps({{"cpu_s": time.process_time(), "loaded": loaded}}), file=sys.stderr)
atexit.register(report)
"""
RUN_CLI = PROBE + "from sordino.cli.main import main; sys.exit(main(sys.argv[1:]))"


def probe(code: str, *arguments: str) -> tuple[float, list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    said = json.loads(done.stderr.splitlines()[-1])
    return said["cpu_s"], said["loaded"]


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_the_program_starts_within_its_budget(option: str) -> None:
    # The first run may write bytecode; the better of two is what a user sees.
    cpu_s = min(probe(RUN_CLI, option)[0] for _ in range(2))
    assert cpu_s < CPU_BUDGET_S


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_starting_imports_nothing_heavy(option: str) -> None:
    assert probe(RUN_CLI, option)[1] == []


def test_importing_the_package_imports_nothing_heavy() -> None:
    assert probe(PROBE + "import sordino")[1] == []


def test_the_command_modules_import_nothing_heavy() -> None:
    """Typer reads their options for `--help` and completion: that must not cost an engine."""
    code = (
        "from sordino.cli.main import COMMANDS, load_command\n"
        "for name in COMMANDS: load_command(name)"
    )
    # Typer itself imports rich and pydantic when it builds a command's options.
    assert set(probe(PROBE + code)[1]) <= {"pydantic", "rich"}


def test_a_heavy_import_would_be_seen() -> None:
    assert probe(PROBE + "import numpy")[1] == ["numpy"]


def test_python_dash_m_is_the_same_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sordino", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"sordino {__version__}\n"
    assert done.stderr == ""
