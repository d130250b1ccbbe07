"""Stores of both kinds, PostgreSQL on a server that the test run starts itself."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from postgresql import Server, find_binaries


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A running PostgreSQL server."""
    binaries = find_binaries()
    if binaries is None:
        if os.environ.get("SORDINO_REQUIRE_POSTGRESQL") == "1":
            pytest.fail("no PostgreSQL server on this machine, and SORDINO_REQUIRE_POSTGRESQL=1")
        pytest.skip("no PostgreSQL server on this machine (Debian: apt install postgresql)")
    # Sockets have short paths, and the server's user must get there.
    folder = Path(tempfile.mkdtemp(prefix="sordino-pg-"))
    running = Server(binaries, folder)
    running.start()
    yield running
    running.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(server: Server) -> str:
    """The URL of an empty database on the server."""
    return server.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a store that is still to be made, of each kind."""
    if request.param == "sqlite":
        return str(tmp_path / "clinic.db")
    return request.getfixturevalue("database")
