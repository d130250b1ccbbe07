"""A store on a real PostgreSQL server does what one in a file does."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from writers import record

from sordino.cli.main import main
from sordino.errors import DocumentError, InputError
from sordino.store import create_store, open_store
from sordino.store.backup import export_store, restore_store


def test_put_supersede_withdraw_and_read(database: str) -> None:
    assert create_store(database)
    assert not create_store(database)
    with open_store(database) as store:
        assert store.put([record("P01"), record("P02")], who="nurse").added == 82
        assert store.record("P02") == record("P02")
        assert store.put([record("P01")], who="nurse").change is None
        shown = [(row["patient"], row["entries"]) for row in store.patients()]
        assert shown == [("P01", 41), ("P02", 41)]
        assert store.verify() == []
        assert len(list(store.audit("P01"))) == 41


def test_the_same_digest_in_both_kinds_of_store(database: str, tmp_path: Path) -> None:
    file = str(tmp_path / "clinic.db")
    first, second = tmp_path / "1.jsonl", tmp_path / "2.jsonl"
    create_store(database)
    create_store(file)
    with open_store(database) as there, open_store(file) as here:
        there.put([record("Zoë; 'P'")], who="nurse")
        digest = export_store(there, first)
        assert restore_store(here, first) == digest
        assert export_store(here, second) == digest
        assert here.digest() == there.digest()
        assert here.record("Zoë; 'P'") == record("Zoë; 'P'")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("table", ["change", "patient", "entry"])
@pytest.mark.parametrize("act", ["UPDATE {} SET id = 9", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_rows_cannot_be_changed_or_taken_away(act: str, table: str, database: str) -> None:
    create_store(database)
    with open_store(database) as store:
        store.put([record("P01")], who="nurse")
    with (
        psycopg.connect(database) as raw,
        pytest.raises(psycopg.errors.RaiseException, match="never changed"),
    ):
        raw.execute(act.format(table).encode())


def test_a_refused_record_leaves_the_store_as_it_was(database: str) -> None:
    from dataclasses import replace

    create_store(database)
    with open_store(database) as store:
        store.put([record("P01")], who="nurse")
        digest = store.digest()
        other = replace(record("P01"), entries=(replace(record("P01").entries[0], value=1.0),))
        with pytest.raises(DocumentError):
            store.put([record("P02"), other], who="nurse")
        assert store.digest() == digest


def test_an_empty_database_is_no_store(database: str) -> None:
    with pytest.raises(InputError, match="there is no store"), open_store(database):
        pass


def test_from_the_command_line(database: str, tmp_path: Path, capsys) -> None:
    file, backup = tmp_path / "record.csv", tmp_path / "all.jsonl"
    assert main(["record", "template", "-o", str(file)]) == 0
    assert main(["store", "init", "--data", database]) == 0
    assert main(["store", "import", str(file), "--data", database]) == 0
    capsys.readouterr()
    assert main(["store", "list", "--data", database, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["patient"] == "P01"
    assert main(["store", "export", str(backup), "--data", database]) == 0
    exported = capsys.readouterr().out
    assert main(["store", "restore", str(backup), "--data", str(tmp_path / "new.db")]) == 0
    assert capsys.readouterr().out == exported
