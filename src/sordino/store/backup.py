"""All of a store in one file, and back.

The file is text, one JSON value on each line: what it is, then every row of every table, then
how many there were and the digest over all of them. Without its last line it is not whole.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa

from sordino.documents import reading, whole_file
from sordino.errors import CheckFailed, DocumentError, OutputError
from sordino.store.engine import writing_to
from sordino.store.store import Store
from sordino.store.tables import TABLES

HEADER = {"format": "sordino store", "version": 1}
_BATCH = 1000
_MAX_LINE = 10_000_000


def export_store(store: Store, path: Path, *, overwrite: bool = False) -> str:
    """Write everything that a store holds to one file; returns the digest in its last line."""
    count, total = 0, hashlib.sha256()
    with whole_file(path, overwrite=overwrite) as part, part.open("wb") as out:
        out.write(_line(HEADER))
        with store.engine.connect() as connection:
            for table in TABLES:
                for row in connection.execute(sa.select(table).order_by(table.c.id)):
                    line = _line([table.name, list(row)])
                    total.update(line)
                    out.write(line)
                    count += 1
        out.write(_line({"rows": count, "digest": total.hexdigest()}))
    return total.hexdigest()


def restore_store(store: Store, path: Path) -> str:
    """Fill an empty store from a file of `export_store`; returns the digest.

    What is in the store afterwards is read again and held against the file. Raises DocumentError
    for a file that is not whole or was changed, OutputError for a store that is not empty.
    """
    wanted = check_backup(path)
    with writing_to(store.engine) as connection:
        for table in TABLES:
            if connection.scalar(sa.select(sa.func.count()).select_from(table)):
                raise OutputError("the store is not empty", hint="restore into a new store")
        names = {table.name: table for table in TABLES}
        batch: list[dict[str, Any]] = []
        at = TABLES[0]
        for name, values in _rows(path):
            if names[name] is not at or len(batch) >= _BATCH:
                _insert(connection, at, batch)
                at, batch = names[name], []
            batch.append(dict(zip((c.name for c in at.columns), values, strict=True)))
        _insert(connection, at, batch)
        total = hashlib.sha256()
        for table in TABLES:
            for row in connection.execute(sa.select(table).order_by(table.c.id)):
                total.update(_line([table.name, list(row)]))
        if total.hexdigest() != wanted:
            raise CheckFailed("what was restored is not what was exported; nothing was kept")
    return wanted


def _insert(connection: sa.Connection, table: sa.Table, batch: list[dict[str, Any]]) -> None:
    if batch:
        connection.execute(table.insert(), batch)


def check_backup(path: Path) -> str:
    """The digest of a file of `export_store`; raises DocumentError unless it is whole."""
    total, count = hashlib.sha256(), 0
    last: object = None
    for number, (raw, value) in enumerate(_lines(path), start=1):
        if number == 1:
            if value != HEADER:
                raise DocumentError("this is no export of a store", where=str(path))
            continue
        if isinstance(value, list):
            _check_row(cast("list[object]", value), f"{path}: line {number}")
            if last is not None:
                raise DocumentError("there are lines after the end", where=f"{path}: line {number}")
            total.update(raw)
            count += 1
        else:
            last = value
    if last != {"rows": count, "digest": total.hexdigest()}:
        raise DocumentError(
            "the file is not whole, or was changed",
            where=str(path),
            allowed="what sordino store export wrote",
        )
    return total.hexdigest()


def _check_row(row: list[object], where: str) -> None:
    lengths = {table.name: len(table.columns) for table in TABLES}
    values = row[1] if len(row) == 2 and row[0] in lengths else None
    if not isinstance(values, list) or len(cast("list[object]", values)) != lengths[str(row[0])]:
        raise DocumentError("this line is no row of a store", where=where)


def _rows(path: Path) -> Iterator[tuple[str, list[Any]]]:
    for _, value in _lines(path):
        if isinstance(value, list):
            name, values = cast("list[Any]", value)
            yield name, values


def _lines(path: Path) -> Iterator[tuple[bytes, object]]:
    with reading(path):
        file = path.open("rb")
    with file:
        number = 0
        while raw := file.readline(_MAX_LINE):
            number += 1
            try:
                yield raw, json.loads(raw)
            except ValueError:
                where = f"{path}: line {number}"
                raise DocumentError("this is no export of a store", where=where) from None


def _line(value: object) -> bytes:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.encode() + b"\n"
