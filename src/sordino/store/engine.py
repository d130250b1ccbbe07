"""Opening a store: SQLite or PostgreSQL, its settings, and its form (Alembic)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from pathlib import Path
from sqlite3 import SQLITE_BUSY, SQLITE_LOCKED
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from sordino.errors import InputError, OutputError, SordinoError

if TYPE_CHECKING:
    from alembic.config import Config

    from sordino.store.store import Store

DEFAULT = "sordino.db"
MIGRATIONS = Path(__file__).parent / "migrations"
WAIT_S = 30.0
"""So long what is asked of a store waits for other programs that use it."""
_WRITES = "sordino_writes"
# Any number will do; it has to be the same in all programs that write to a store.
_WRITERS_LOCK = 0x50AD1
_LOCK_NOT_AVAILABLE = "55P03"


def parse_url(text: str) -> URL:
    """The address of a store: a file of SQLite, or a URL of SQLite or PostgreSQL.

    Raises InputError for other kinds of databases. A password is never part of a message.
    """
    if "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        url = make_url(text)
    except ArgumentError:
        url = None
    kind = "" if url is None else url.get_backend_name()
    if url is None or kind not in ("sqlite", "postgresql"):
        raise InputError(
            f"{kind or 'this'} is no store" if kind else "the address of the store cannot be read",
            where="--data",
            allowed="a file name, sqlite:///FILE, or postgresql://USER@HOST/NAME",
        )
    if kind == "sqlite" and not url.database:
        raise InputError("a store needs a file", where="--data", allowed="sqlite:///FILE")
    return url.set(drivername="postgresql+psycopg") if kind == "postgresql" else url


def make_engine(url: URL, wait_s: float = WAIT_S) -> sa.Engine:
    """An engine whose transactions are what a store needs. Values never go into messages.

    `wait_s`: so long it waits for others, then it raises OperationalError.
    """
    wait_ms = round(1000 * wait_s)
    try:
        engine = sa.create_engine(url, hide_parameters=True, poolclass=sa.pool.NullPool)
    except (ModuleNotFoundError, NoSuchModuleError):
        raise InputError(
            "the driver for PostgreSQL is not installed",
            where="--data",
            hint="pip install 'sordino[postgres]'",
        ) from None
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", lambda to, _record: _sqlite_settings(to, wait_ms))
        event.listen(engine, "begin", _begin)
    else:
        wait = f"SET LOCAL lock_timeout = {wait_ms}"
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(wait))
    return engine


def _sqlite_settings(connection: Any, wait_ms: int) -> None:
    # The driver's own transactions are off: `_begin` begins them.
    connection.isolation_level = None
    cursor = connection.cursor()
    for setting in (
        f"busy_timeout = {wait_ms}",
        "foreign_keys = ON",
        # What was confirmed is on the disk, also when the power fails in the next moment.
        "journal_mode = DELETE",
        "synchronous = EXTRA",
        "fullfsync = ON",
    ):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    # Who is going to write says so at once: two who first read could not both go on.
    kind = "IMMEDIATE" if connection.get_execution_options().get(_WRITES) else "DEFERRED"
    connection.exec_driver_sql(f"BEGIN {kind}")


@contextlib.contextmanager
def writing_to(engine: sa.Engine) -> Generator[sa.Connection]:
    """A transaction that writes; one program at a time has one. It is kept as a whole, or not."""
    with engine.execution_options(**{_WRITES: True}).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_WRITERS_LOCK)))
        yield connection


@contextlib.contextmanager
def database_errors(url: URL) -> Generator[None]:
    """Turn what a database says in the block into one error without values or passwords."""
    where = url.render_as_string(hide_password=True)
    try:
        yield
    except SordinoError:
        raise
    except DBAPIError as error:
        first = str(error.orig).strip().splitlines()[0] if error.orig else "no reason given"
        hint = "another program uses it; try again in a moment" if _in_use(error.orig) else ""
        raise OutputError(f"the store cannot be used: {first}", where=where, hint=hint) from None
    except SQLAlchemyError as error:
        name = type(error).__name__
        raise OutputError(f"the store cannot be used: {name}", where=where) from None


def _in_use(error: BaseException | None) -> bool:
    """Whether a database gave up waiting for another program."""
    sqlite = getattr(error, "sqlite_errorcode", 0) & 0xFF in (SQLITE_BUSY, SQLITE_LOCKED)
    return sqlite or getattr(error, "sqlstate", "") == _LOCK_NOT_AVAILABLE


def create_store(address: str, wait_s: float = WAIT_S) -> bool:
    """Make a store at an address, or bring one that is there to the present form.

    Returns whether anything was done. Raises OutputError when it cannot be, and when another
    program keeps it for longer than `wait_s`.
    """
    from alembic import command

    url = parse_url(address)
    engine = make_engine(url, wait_s)
    _private_file(url)
    with database_errors(url), writing_to(engine) as connection:
        before = _revision(connection)
        if before is None:
            _refuse_foreign(connection, url)
        elif before != head():
            _refuse_newer(before, url)
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return before != head()


def _private_file(url: URL) -> None:
    """Make the file of a store that is not there yet for this user alone.

    SQLite would let everybody read it. The permissions of its journal are those of the file.
    """
    name = str(url.database)
    if url.get_backend_name() != "sqlite" or name.startswith((":", "file:")):
        return
    with contextlib.suppress(OSError, ValueError):  # what is wrong with it, SQLite will say
        if not os.path.exists(name):
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT, 0o600))


@contextlib.contextmanager
def open_store(address: str, wait_s: float = WAIT_S) -> Generator[Store]:
    """Open a store that is there and has the present form.

    Raises InputError when there is none, OutputError when it cannot be used, here and whenever
    another program keeps it for longer than `wait_s`.
    """
    from sordino.store.store import Store

    url = parse_url(address)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        raise _no_store(url)
    engine = make_engine(url, wait_s)
    with database_errors(url):
        with engine.connect() as connection:
            found = _revision(connection)
        if found is None:
            raise _no_store(url)
        if found != head():
            _refuse_newer(found, url)
            raise InputError(
                "this store has an older form",
                where=url.render_as_string(hide_password=True),
                hint="back it up, then: sordino store init",
            )
        yield Store(engine)


def head() -> str:
    """The number of the present form."""
    from alembic.script import ScriptDirectory

    found = ScriptDirectory.from_config(_config()).get_current_head()
    return str(found)


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _revision(connection: sa.Connection) -> str | None:
    from alembic.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()


def _no_store(url: URL) -> InputError:
    return InputError(
        "there is no store",
        where=url.render_as_string(hide_password=True),
        hint="make one with: sordino store init",
    )


def _refuse_newer(revision: str, url: URL) -> None:
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if revision not in known:
        raise InputError(
            "this store was made by a newer sordino",
            where=url.render_as_string(hide_password=True),
            hint="install that version",
        )


def _refuse_foreign(connection: sa.Connection, url: URL) -> None:
    taken = {"change", "patient", "entry"} & set(sa.inspect(connection).get_table_names())
    if taken:
        raise InputError(
            f"this database has tables of another program: {', '.join(sorted(taken))}",
            where=url.render_as_string(hide_password=True),
            allowed="an empty database",
        )
