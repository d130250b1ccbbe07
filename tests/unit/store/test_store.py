from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from sordino.errors import DocumentError, InputError, OutputError, UnknownName
from sordino.store import create_store, engine, open_store
from sordino.store.contents import contents
from sordino.store.store import Outcome


def test_what_was_put_in_comes_out(address: str, make) -> None:
    before = datetime.now(UTC).isoformat()
    with open_store(address) as store:
        done = store.put([make(), make("P02", pain=3.0)], who="nurse", source="visit.csv")
    assert done == Outcome(2, added=6, superseded=0, withdrawn=0, unchanged=0, change=1)
    with open_store(address) as store:
        assert store.record("P01") == make()
        assert store.record("P02") == make("P02", pain=3.0)
        first, second = store.patients()
        assert (first["patient"], first["entries"], first["by"]) == ("P01", 3, "nurse")
        assert second["patient"] == "P02"
        assert before <= first["last_change"] <= datetime.now(UTC).isoformat()


def test_the_same_again_changes_nothing(address: str, make) -> None:
    with open_store(address) as store:
        store.put([make()], who="nurse")
        digest = store.digest()
        done = store.put([make()], who="nurse")
        assert (done.added, done.unchanged, done.change) == (0, 3, None)
        assert store.digest() == digest


def test_more_of_a_record_is_added(address: str, make) -> None:
    with open_store(address) as store:
        store.put([make(days=2)], who="nurse")
        done = store.put([make(days=5)], who="nurse")
        assert (done.added, done.unchanged) == (3, 3)
        assert store.record("P01") == make(days=5)


def test_something_else_about_the_same_is_refused(address: str, make) -> None:
    with open_store(address) as store:
        store.put([make()], who="nurse")
        digest = store.digest()
        with pytest.raises(DocumentError) as caught:
            store.put([make("P02"), make(pain=2.0)], who="nurse")
        assert [e.where for e in caught.value.findings] == [
            "entry diary|2026-01-05|pain",
            "entry diary|2026-01-06|pain",
        ]
        assert store.digest() == digest


def test_what_is_superseded_stays_in_the_audit(address: str, make) -> None:
    with open_store(address) as store:
        store.put([make(days=1)], who="nurse", source="a.csv")
        done = store.put([make(days=1, pain=2.0)], who="doctor", source="b.csv", supersede=True)
        assert (done.added, done.superseded) == (0, 1)
        assert store.record("P01") == make(days=1, pain=2.0)
        last = list(store.audit("P01"))[-1]
        assert (last.who, last.source, last.key) == ("doctor", "b.csv", "diary|2026-01-05|pain")
        assert last.before == contents(make(days=1))[last.key]
        assert last.after == contents(make(days=1, pain=2.0))[last.key]
        assert store.verify() == []


def test_what_a_whole_record_lacks_is_withdrawn_and_can_come_back(address: str, make) -> None:
    with open_store(address) as store:
        store.put([make(days=3)], who="nurse")
        done = store.put([make(days=1)], who="nurse", whole=True)
        assert (done.withdrawn, done.unchanged) == (2, 2)
        assert store.record("P01") == make(days=1)
        assert [c.after for c in store.audit("P01")][-2:] == [None, None]
        assert store.put([make(days=2)], who="nurse").added == 1
        assert store.record("P01") == make(days=2)
        assert store.patients()[0]["entries"] == 3


def test_what_does_not_go_together_with_the_store_is_refused(address: str, make) -> None:
    from dataclasses import replace

    record = make()
    later = record.sessions[0].start.replace(minute=20)
    part = replace(record.sessions[0].parts[0], start=later)
    overlapping = replace(record.sessions[0], start=later, parts=(part,))
    with open_store(address) as store:
        store.put([record], who="nurse")
        digest = store.digest()
        with pytest.raises(DocumentError, match="before the one of 2026-01-05 10:00 has ended"):
            store.put([replace(record, sessions=(overlapping,), entries=())], who="nurse")
        assert store.digest() == digest


@pytest.mark.parametrize("who", ["", "   ", "x" * 201])
def test_somebody_makes_the_change(who: str, address: str, make) -> None:
    with open_store(address) as store, pytest.raises(InputError):
        store.put([make()], who=who)


def test_a_record_of_nobody_is_refused(address: str, make) -> None:
    with open_store(address) as store, pytest.raises(InputError, match="whose it is"):
        store.put([make("")], who="nurse")


def test_a_patient_who_is_not_there(address: str, make) -> None:
    with open_store(address) as store:
        store.put([make()], who="nurse")
        with pytest.raises(UnknownName, match="P01"):
            store.record("P10")


@pytest.mark.parametrize("table", ["change", "patient", "entry"])
@pytest.mark.parametrize("act", ["UPDATE {} SET id = 9", "DELETE FROM {}"])
def test_rows_cannot_be_changed_or_taken_away(act: str, table: str, address: str, make) -> None:
    with open_store(address) as store:
        store.put([make()], who="nurse")
    with sqlite3.connect(address) as raw, pytest.raises(sqlite3.IntegrityError, match="never"):
        raw.execute(act.format(table))
    raw.close()


def test_who_goes_around_the_triggers_is_seen(address: str, make) -> None:
    with open_store(address) as store:
        store.put([make()], who="nurse")
        store.put([make("P02")], who="nurse")
    with sqlite3.connect(address) as raw:
        raw.execute("DROP TRIGGER entry_no_update")
        raw.execute("UPDATE entry SET content = replace(content, '6', '2') WHERE key LIKE 'diary%'")
    raw.close()
    with open_store(address) as store:
        # Both changes wrote diaries; a change in the first does not make the second look wrong.
        assert [text.split(" of ")[0] for text in store.verify()] == ["change 1", "change 2"]


def test_a_store_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    with pytest.raises(InputError, match="there is no store"), open_store(str(path)):
        pass
    assert not path.exists()


def test_who_waits_for_another_program_gives_up_and_is_told_so(address: str) -> None:
    with contextlib.closing(sqlite3.connect(address)) as other:
        other.execute("BEGIN EXCLUSIVE")
        start = time.monotonic()
        with pytest.raises(OutputError, match="locked") as caught, open_store(address, wait_s=0.2):
            pass
        with pytest.raises(OutputError, match="locked"):
            create_store(address, wait_s=0.2)
    assert time.monotonic() - start < engine.WAIT_S / 2
    assert "another program" in caught.value.hint


def test_making_a_store_twice_does_nothing(address: str, make) -> None:
    with open_store(address) as store:
        store.put([make()], who="nurse")
        digest = store.digest()
    assert create_store(address) is False
    with open_store(address) as store:
        assert store.digest() == digest


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    path.write_text("these are notes and no database at all\n" * 50)
    with pytest.raises(OutputError, match="not a database"):
        create_store(str(path))


def test_a_database_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE patient (name TEXT)")
    raw.close()
    with pytest.raises(InputError, match="tables of another program: patient"):
        create_store(str(path))
    with pytest.raises(InputError, match="there is no store"), open_store(str(path)):
        pass


def test_a_store_of_a_newer_version(address: str) -> None:
    with sqlite3.connect(address) as raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    with pytest.raises(InputError, match="a newer sordino"), open_store(address):
        pass


@pytest.mark.parametrize("text", ["mysql://root:secret@host/db", "://secret", "sqlite://"])
def test_addresses_that_are_none(text: str) -> None:
    with pytest.raises(InputError) as caught:
        create_store(text)
    assert "secret" not in str(caught.value)


def test_no_password_in_a_message() -> None:
    with pytest.raises(OutputError) as caught:
        create_store("postgresql://nurse:topsecret@127.0.0.1:1/clinic")
    assert "topsecret" not in str(caught.value)


def test_the_tables_are_those_that_the_steps_make(address: str) -> None:
    """What the programs read and write, and what the migrations made, are one thing."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from sordino.store.engine import make_engine, parse_url
    from sordino.store.tables import metadata

    with make_engine(parse_url(address)).connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    assert found == []


@pytest.mark.skipif(os.name != "posix", reason="needs the permissions of POSIX")
@pytest.mark.parametrize("kind", ["", "sqlite:///"])
def test_nobody_else_can_read_a_store_from_its_first_moment(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = engine._revision
    seen: list[int] = []

    def looking(connection: sa.Connection) -> str | None:
        found = before(connection)
        seen.extend(stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir())
        return found

    monkeypatch.setattr(engine, "_revision", looking)
    address = f"{kind}{tmp_path / 'clinic.db'}"
    assert create_store(address)
    with open_store(address), engine.writing_to(engine.make_engine(engine.parse_url(address))) as c:
        c.exec_driver_sql("CREATE TABLE more (value)")
        names = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert names == {"clinic.db": 0o600, "clinic.db-journal": 0o600}
    assert set(seen) == {0o600}


@pytest.mark.skipif(os.name != "posix", reason="needs the permissions of POSIX")
def test_a_store_that_is_there_keeps_its_permissions(address: str) -> None:
    Path(address).chmod(0o660)
    assert not create_store(address)
    assert stat.S_IMODE(Path(address).stat().st_mode) == 0o660
