"""A plan, diaries and records to follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

PLAN = """
title = "Six infusions over two weeks"
[patient]
age = 47
sex = "female"
weight = "70 kg"
height = "165 cm"
[[treatment]]
drug = "ketamine"
route = "iv"
dose = "0.5 mg/kg"
duration = "40 min"
days = [0, 2, 4, 7, 9, 11]
"""

HEADER = "patient,kind,time,end,name,value,unit,planned,route,salt,note"
FIRST = date(2026, 1, 12)
"""The day of the first session."""

Write = Callable[..., Path]


def session_row(day: int) -> str:
    """A session at 10:00."""
    on = FIRST + timedelta(days=day)
    return f"P01,session,{on} 10:00,{on} 10:40,ketamine,35,mg,35,iv,,"


def diary_row(day: int, pain: float) -> str:
    """A rating of the day."""
    return f"P01,diary,{FIRST + timedelta(days=day)},,pain,{pain:g},,,,,"


def made_up_pain(days: Sequence[int], seed: int = 1) -> list[float]:
    """Whole numbers around 7, and around 5 from the first session on."""
    rng = np.random.default_rng(seed)
    middle = np.where(np.array(days) >= 0, 5.0, 7.0)
    return list(np.clip(np.round(middle + rng.normal(0.0, 0.8, len(days))), 0, 10))


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """The plan as a file."""
    path = tmp_path / "course.toml"
    path.write_text(PLAN)
    return path


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a record: sessions on some days, ratings on others, further rows."""

    def made(
        sessions: Sequence[int] = (0, 2, 4),
        days: Sequence[int] = tuple(range(-7, 7)),
        rows: Sequence[str] = (),
        pain: Sequence[float] | None = None,
    ) -> Path:
        ratings = made_up_pain(days) if pain is None else pain
        diary = [diary_row(d, p) for d, p in zip(days, ratings, strict=True)]
        lines = [HEADER, *(session_row(d) for d in sessions), *diary, *rows]
        path = tmp_path / "record.csv"
        path.write_text("\n".join(lines) + "\n")
        return path

    return made
