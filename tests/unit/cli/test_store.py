from __future__ import annotations

import json
from pathlib import Path

import pytest

from sordino.cli.main import main
from sordino.record import load_record
from sordino.store import open_store


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "record.csv"
    assert main(["record", "template", "-o", str(path)]) == 0
    return path


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty store, which the commands find by the environment."""
    path = tmp_path / "clinic.db"
    monkeypatch.setenv("SORDINO_STORE", str(path))
    assert main(["store", "init"]) == 0
    return path


def test_a_record_goes_in_and_comes_out(data: Path, file: Path, tmp_path: Path, capsys) -> None:
    assert main(["store", "import", str(file), "--who", "nurse"]) == 0
    assert main(["store", "show", "P01", "-o", str(tmp_path / "out.csv")]) == 0
    assert load_record(tmp_path / "out.csv") == load_record(file)
    capsys.readouterr()
    assert main(["store", "show", "P01", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["digest"] == load_record(file).digest()
    assert main(["store", "list"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[::3] == ["P01", "nurse"]


def test_what_differs_needs_a_word(data: Path, file: Path, capsys) -> None:
    assert main(["store", "import", str(file), "--who", "nurse"]) == 0
    file.write_text(file.read_text(encoding="utf-8").replace("pain,7", "pain,6"), encoding="utf-8")
    with open_store(str(data)) as store:
        before = store.digest()
    capsys.readouterr()
    assert main(["store", "import", str(file)]) == 2
    assert "entry diary|2026-01-04|pain" in capsys.readouterr().err
    with open_store(str(data)) as store:
        assert store.digest() == before
    assert main(["store", "import", str(file), "--who", "doctor", "--supersede"]) == 0
    capsys.readouterr()
    assert main(["store", "audit", "P01", "--json"]) == 0
    last = json.loads(capsys.readouterr().out)[-1]
    assert (last["who"], last["key"]) == ("doctor", "diary|2026-01-04|pain")
    assert '"7"' in last["before"]
    assert '"6"' in last["after"]


def test_bad_input_leaves_the_store_as_it_was(data: Path, file: Path, capsys) -> None:
    assert main(["store", "import", str(file)]) == 0
    with open_store(str(data)) as store:
        before = store.digest()
    text = file.read_text(encoding="utf-8").replace("2026-01-04,,pain,7", "2026-01-03,,pain,17")
    file.write_text(text + "P02,diary,2026-01-09,,pain,5,,,,,\n", encoding="utf-8")
    assert main(["store", "import", str(file), "--supersede", "--whole"]) == 2
    assert "2 problems" in capsys.readouterr().err
    with open_store(str(data)) as store:
        assert store.digest() == before


def test_everything_out_and_back(data: Path, file: Path, tmp_path: Path, capsys) -> None:
    assert main(["store", "import", str(file)]) == 0
    backup = str(tmp_path / "all.jsonl")
    capsys.readouterr()
    assert main(["store", "export", backup]) == 0
    exported = capsys.readouterr().out
    other = ["--data", str(tmp_path / "other.db")]
    assert main(["store", "restore", backup, *other]) == 0
    assert capsys.readouterr().out == exported
    assert main(["store", "audit", *other]) == 0
    assert main(["store", "restore", backup, *other]) == 2


def test_a_spoiled_backup_makes_no_store(data: Path, tmp_path: Path, capsys) -> None:
    backup, other = tmp_path / "all.jsonl", tmp_path / "other.db"
    assert main(["store", "export", str(backup)]) == 0
    backup.write_bytes(backup.read_bytes()[:-10])
    assert main(["store", "restore", str(backup), "--data", str(other)]) == 2
    assert not other.exists()


def test_a_history_that_was_touched(data: Path, file: Path, capsys) -> None:
    import sqlite3

    assert main(["store", "import", str(file)]) == 0
    with sqlite3.connect(data) as raw:
        raw.execute("DROP TRIGGER change_no_update")
        raw.execute("UPDATE change SET who = 'nobody'")
    raw.close()
    assert main(["store", "audit"]) == 1
    assert "the history is not what was written" in capsys.readouterr().err


def test_no_store(tmp_path: Path, file: Path, capsys) -> None:
    for arguments in (["list"], ["show", "P01"], ["import", str(file)], ["audit"]):
        assert main(["store", *arguments, "--data", str(tmp_path / "none.db")]) == 2
    assert "sordino store init" in capsys.readouterr().err
    assert not (tmp_path / "none.db").exists()


def test_what_is_said_holds_nothing_of_the_patient(data: Path, file: Path, capsys) -> None:
    text = file.read_text(encoding="utf-8").replace("P01", "Roe-1961")
    file.write_text(text, encoding="utf-8")
    capsys.readouterr()
    assert main(["store", "import", str(file)]) == 0
    said = capsys.readouterr()
    assert said.out == ""
    assert "Roe" not in said.err
    assert "ketamine" not in said.err
