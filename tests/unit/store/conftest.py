from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from sordino.record import DiaryEntry, Dose, Part, Record, Session
from sordino.store import create_store

START, END = datetime(2026, 1, 5, 10), datetime(2026, 1, 5, 10, 40)


def make(patient: str = "P01", pain: float = 6.0, hour: int = 10, days: int = 2) -> Record:
    """A record with one session and a short diary."""
    start, end = START.replace(hour=hour), END.replace(hour=hour)
    session = Session(
        start, end, "ketamine", "iv", Dose(35.0, per_kg=False), parts=(Part(start, end, 35.0),)
    )
    entries = tuple(DiaryEntry(date(2026, 1, 5 + day), "pain", pain) for day in range(days))
    return Record(patient, sessions=(session,), entries=entries)


@pytest.fixture(name="make")
def _make():
    return make


@pytest.fixture
def address(tmp_path: Path) -> str:
    """The address of an empty store."""
    path = str(tmp_path / "clinic.db")
    create_store(path)
    return path
