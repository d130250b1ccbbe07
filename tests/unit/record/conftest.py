"""A record as people write it, and the findings of one that cannot be used."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sordino.errors import DocumentError
from sordino.record import Record, load_record

sys.path.insert(0, str(Path(__file__).parent))

HEADER = "patient,kind,time,end,name,value,unit,planned,route,salt,note"
Load = Callable[..., Record]
Refuse = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load a record of these lines of the long form, without the header."""

    def from_lines(*lines: str, **options: str) -> Record:
        path = tmp_path / "record.csv"
        path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
        return load_record(path, **options)

    return from_lines


@pytest.fixture
def refuse(load: Load, tmp_path: Path) -> Refuse:
    """The place and the words of every finding in these lines."""

    def findings(*lines: str, **options: str) -> list[tuple[str, str]]:
        with pytest.raises(DocumentError) as caught:
            load(*lines, **options)
        prefix = f"{tmp_path / 'record.csv'}: "
        return [(e.where.removeprefix(prefix), e.what) for e in caught.value.findings]

    return findings
