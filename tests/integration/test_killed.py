"""Programs are killed at random moments while they write: what was confirmed is there, whole."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from postgresql import Server

from sordino.store import create_store, open_store

SCRIPT = Path(__file__).parent / "writers.py"
ROUNDS, SEED = 20, 11


def test_a_killed_writer_leaves_all_that_was_confirmed(address: str) -> None:
    assert create_store(address)
    done = subprocess.run(
        [sys.executable, SCRIPT, "kill", address, str(ROUNDS), str(SEED)],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    assert found["missing"] == []
    assert found["halves"] == []
    # The test would show nothing if the writers had not been writing.
    assert found["confirmed"] >= ROUNDS
    if "://" not in address:
        assert found["interrupted"] > 0


def test_a_killed_server_comes_back_with_all_that_was_confirmed(
    server: Server, database: str
) -> None:
    create_store(database)
    confirmed: list[str] = []
    for number in range(2):
        writer = subprocess.Popen(
            [sys.executable, SCRIPT, "write", database, f"W{number}", "10000"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert writer.stdout is not None
        confirmed.append(writer.stdout.readline().strip())
        time.sleep(0.1 * number + 0.05)
        server.kill()
        said, errors = writer.communicate(timeout=60)
        confirmed += said.split()
        assert writer.returncode != 0
        assert "OutputError" in errors
        server.start()
        with open_store(database) as store:
            assert set(confirmed) <= {row["patient"] for row in store.patients()}
            assert store.verify() == []


def test_two_who_write_at_once_do_not_disturb_each_other(address: str) -> None:
    create_store(address)
    writers = [
        subprocess.Popen(
            [sys.executable, SCRIPT, "write", address, name, "15"],
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("A", "B", "C")
    ]
    said = [code for writer in writers for code in writer.communicate(timeout=120)[0].split()]
    assert len(said) == 45
    with open_store(address) as store:
        assert {row["patient"] for row in store.patients()} == set(said)
        assert store.verify() == []


@pytest.mark.parametrize("wait_s", [0.4, 0.7, 1.0])
def test_a_store_killed_while_it_is_made_can_be_made_again(wait_s: float, tmp_path: Path) -> None:
    path = tmp_path / "clinic.db"
    code = f"from sordino.store import create_store; create_store({str(path)!r})"
    making = subprocess.Popen([sys.executable, "-c", code])
    time.sleep(wait_s)
    making.kill()
    making.wait()
    create_store(str(path))
    with open_store(str(path)) as store:
        assert store.patients() == []
