from __future__ import annotations

import json
from pathlib import Path

import pytest

from sordino.errors import DocumentError, OutputError
from sordino.store import create_store, open_store
from sordino.store.backup import export_store, restore_store


@pytest.fixture
def backup(address: str, make, tmp_path: Path) -> Path:
    """A file with everything of a store that has a history."""
    path = tmp_path / "all.jsonl"
    with open_store(address) as store:
        store.put([make(), make("P02")], who="nurse")
        store.put([make(pain=2.0)], who="doctor", supersede=True)
        store.put([make(days=1, pain=2.0)], who="doctor", whole=True)
        export_store(store, path)
    return path


@pytest.fixture
def empty(tmp_path: Path) -> str:
    path = str(tmp_path / "new.db")
    create_store(path)
    return path


def test_everything_comes_back(backup: Path, address: str, empty: str, tmp_path: Path) -> None:
    with open_store(address) as old, open_store(empty) as new:
        restore_store(new, backup)
        assert new.digest() == old.digest()
        assert list(new.audit()) == list(old.audit())
        assert new.record("P01") == old.record("P01")
        assert new.verify() == []
        export_store(new, tmp_path / "again.jsonl")
    assert (tmp_path / "again.jsonl").read_bytes() == backup.read_bytes()


def test_life_goes_on_after_a_restore(backup: Path, empty: str, make) -> None:
    with open_store(empty) as store:
        restore_store(store, backup)
        assert store.put([make("P03")], who="nurse").change == 4
        assert store.verify() == []


def test_a_store_that_holds_something_is_left_alone(backup: Path, address: str) -> None:
    with open_store(address) as store:
        digest = store.digest()
        with pytest.raises(OutputError, match="not empty"):
            restore_store(store, backup)
        assert store.digest() == digest


def spoiled(lines: list[str], how: str) -> list[str]:
    """The lines of an export with one fault."""
    row = json.loads(lines[2])
    return {
        "cut": lines[:-2],
        "no end": lines[:-1],
        "a line less": [*lines[:3], *lines[4:]],
        "another word": [line.replace("doctor", "nobody") for line in lines],
        "another table": [*lines[:2], json.dumps(["user", row[1]]), *lines[3:]],
        "a cell less": [*lines[:2], json.dumps([row[0], row[1][:-1]]), *lines[3:]],
        "no JSON": [*lines[:2], "{", *lines[3:]],
        "another file": ['{"format": "x"}', *lines[1:]],
        "nothing": [],
        "two ends": [*lines, lines[-1], lines[2]],
    }[how]


@pytest.mark.parametrize(
    "how",
    [
        *("cut", "no end", "a line less", "another word", "another table", "a cell less"),
        *("no JSON", "another file", "nothing", "two ends"),
    ],
)
def test_a_file_that_is_not_whole_is_refused(how: str, backup: Path, empty: str) -> None:
    lines = backup.read_text(encoding="utf-8").splitlines()
    backup.write_text("".join(f"{line}\n" for line in spoiled(lines, how)), encoding="utf-8")
    with open_store(empty) as store:
        with pytest.raises(DocumentError):
            restore_store(store, backup)
        assert store.patients() == []


def test_an_export_does_not_replace_a_file(address: str, tmp_path: Path) -> None:
    path = tmp_path / "all.jsonl"
    path.write_text("mine")
    with open_store(address) as store, pytest.raises(OutputError, match="exists already"):
        export_store(store, path)
    assert path.read_text() == "mine"
