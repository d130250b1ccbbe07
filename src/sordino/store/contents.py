"""Entries of a record as they are kept: rows in one spelling, as canonical JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from sordino.record.build import build_record
from sordino.record.model import Record
from sordino.record.problems import Place, Problems
from sordino.record.rows import Cells, Row, key_of, rows_of_entry
from sordino.store.plan import Current


def content_of(rows: list[Cells]) -> str:
    """Rows as JSON that is the same for the same rows."""
    return json.dumps(rows, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def contents(record: Record) -> dict[str, str]:
    """Every entry of a record by its key."""
    return {key_of(e): content_of(rows_of_entry(e)) for e in record.everything()}


def record_of(code: str, current: Mapping[str, Current]) -> Record:
    """The record that valid entries make."""
    return merged(code, {key: found.content for key, found in current.items()}, "the store")


def merged(code: str, kept: Mapping[str, str | None], source: str) -> Record:
    """The record that entries make together.

    Raises DocumentError when they do not go together, such as sessions that overlap.
    """
    rows: list[Row] = []
    for key, content in kept.items():
        if content is not None:
            place = Place(source or "the store", f"entry {key}")
            for cells in cast("list[dict[str, Any]]", json.loads(content)):
                rows.append(Row(cells, place))
    return build_record(rows, Problems(source or "the store"), patient=code, ordered=False)
