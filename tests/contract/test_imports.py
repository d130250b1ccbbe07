"""Imports run one way: a room may use those below it, never those above."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

# From the ground up. Rooms of one floor may use each other, but not in a circle.
FLOORS = [
    {"_version", "errors", "findings", "units"},
    {"documents"},
    {"patient", "course"},
    {"schemas"},
    {"library"},
    {"instruments"},
    {"screening"},
    {"events"},
    {"record"},
    {"store"},
    {"pk"},
    {"pd"},
    {"population"},
    {"simulation", "prediction"},
    {"rules"},
    {"calibrate", "following", "plan", "trial"},
    {"safety"},
    {"compare"},
    {"credibility"},
    {"report"},
    {"cli", "app"},
    {"__main__", "__init__"},
]
FLOOR = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}


class Use(NamedTuple):
    """One import of a room of sordino: where it is written and what it asks for."""

    place: str
    user: str
    used: str


def module_name(path: Path, package: Path) -> str:
    parts = path.relative_to(package.parent).with_suffix("").parts
    return ".".join(parts)


def imported_modules(tree: ast.AST, module: str) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported, also inside functions; relative ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: -node.level] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            if start == "sordino":
                yield from ((node.lineno, f"sordino.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, start


def room_of(dotted: str) -> str | None:
    """The room of a module; what the package itself offers counts as its `__init__`."""
    parts = dotted.split(".")
    if parts[0] != "sordino":
        return None
    if len(parts) == 1:
        return "__init__"
    # A public function has the name of the room that holds it, so `simulate` is found as well.
    return parts[1] if parts[1] in FLOOR else "__init__"


def uses(package: Path) -> list[Use]:
    found: list[Use] = []
    for path in sorted(package.rglob("*.py")):
        module = module_name(path, package)
        user = module.split(".")[1]
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for line, dotted in imported_modules(tree, module):
            used = room_of(dotted)
            if used is not None and used != user:
                found.append(Use(f"{path.relative_to(package)}:{line}", user, used))
    return found


def upward(found: list[Use]) -> list[str]:
    return [
        f"{use.place}: {use.user} imports {use.used}, which is above it"
        for use in found
        if FLOOR[use.used] > FLOOR[use.user]
    ]


def circles(found: list[Use]) -> list[str]:
    """Rooms that use themselves through others."""
    below: dict[str, set[str]] = {}
    for use in found:
        below.setdefault(use.user, set()).add(use.used)

    def reaches(start: str) -> set[str]:
        seen: set[str] = set()
        ahead = [start]
        while ahead:
            for room in below.get(ahead.pop(), set()) - seen:
                seen.add(room)
                ahead.append(room)
        return seen

    return sorted(room for room in below if room in reaches(room))


@pytest.fixture(scope="session")
def package(root: Path) -> Path:
    return root / "src" / "sordino"


def test_every_room_has_a_floor(package: Path) -> None:
    rooms = {module_name(path, package).split(".")[1] for path in package.rglob("*.py")}
    assert rooms <= set(FLOOR), f"give these a floor: {sorted(rooms - set(FLOOR))}"


def test_imports_run_downwards(package: Path) -> None:
    assert upward(uses(package)) == []


def test_no_room_uses_itself_through_others(package: Path) -> None:
    assert circles(uses(package)) == []


@pytest.mark.parametrize(
    "line",
    [
        "import sordino.report.page",
        "from sordino.simulate import simulate",
        "from sordino import simulate",
        "from sordino import __version__",
        "import sordino",
        "from ..cli import main",
        "def late():\n    from sordino.population import draw",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from sordino.pd import pain",
    ],
)
def test_an_upward_import_is_seen(tmp_path: Path, line: str) -> None:
    package = tmp_path / "sordino"
    (package / "pk").mkdir(parents=True)
    (package / "pk" / "graph.py").write_text(line)
    assert len(upward(uses(package))) == 1


@pytest.mark.parametrize(
    "line",
    [
        "from sordino.library.reader import load_pk_model",
        "from sordino import errors, units",
        "from . import pattern",
        "from .pattern import Pattern",
        "import numpy",
    ],
)
def test_a_downward_import_is_not(tmp_path: Path, line: str) -> None:
    package = tmp_path / "sordino"
    (package / "pk").mkdir(parents=True)
    (package / "pk" / "graph.py").write_text(line)
    assert upward(uses(package)) == []


def test_a_circle_is_seen(tmp_path: Path) -> None:
    package = tmp_path / "sordino"
    package.mkdir()
    (package / "plan.py").write_text("from sordino.trial import design")
    (package / "trial.py").write_text("from sordino.plan import limits")
    assert upward(uses(package)) == []
    assert circles(uses(package)) == ["plan", "trial"]
