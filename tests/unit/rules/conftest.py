"""A course with every kind of rule, parts of it, and boards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sordino.course import Course, load_course
from sordino.rules.board import Board, empty_board
from sordino.rules.policy import Policy, plain_policy

Made = Callable[..., Policy]
Boarded = Callable[..., Board]

STOP = {"id": "stop", "kind": "stop", "sessions": 2, "relief": 30.0, "day": 3}
DOSES = {"id": "steps", "kind": "doses", "steps": ["0.35 mg/kg", "0.5 mg/kg", "0.75 mg/kg"]}
RAISE = {"id": "up", "kind": "raise", "cadss": 20.0, "systolic_rise": 30.0}
LOWER = {"id": "down", "kind": "lower", "cadss": 40.0}
NEXT = {"id": "again", "kind": "next", "pain_above": 5.0, "over": 2}
LIMITS = {"id": "limits", "kind": "limits", "min_interval": "2 days", "max_sessions": 6}
ALL = (STOP, DOSES, RAISE, LOWER, NEXT, LIMITS)


def document(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A course of three infusions with some rules, as a table."""
    treatment = {
        "drug": "ketamine",
        "route": "iv",
        "dose": "0.5 mg/kg",
        "duration": "40 min",
        "days": [0, 2, 5],
    }
    return {
        "title": "Three infusions",
        "patient": {"weight": "70 kg", "pain": 7.0},
        "treatment": [treatment | more],
        "rule": [dict(rule) for rule in rules],
    }


def course(*rules: dict[str, Any], **more: Any) -> Course:
    """That course."""
    return load_course(document(*rules, **more))


@pytest.fixture
def policy() -> Made:
    """A policy of some rules."""

    def made(*rules: dict[str, Any], **more: Any) -> Policy:
        return plain_policy(course(*rules, **more))

    return made


@pytest.fixture
def board() -> Boarded:
    """One person: sessions of 0.5 mg/kg on some days, ratings from the first of them on."""

    def made(
        today: int,
        days: tuple[int, ...] = (0, 2),
        ratings: tuple[float, ...] = (),
        base: float = 8.0,
        **peaks: tuple[float, ...],
    ) -> Board:
        found = empty_board(1, len(days), 0, max(len(ratings), today, 1))
        found.today = found.rated_until = today
        found.ratings[: len(ratings), 0] = ratings
        found.base[:] = base
        found.weight[:] = 70.0
        found.count[:] = len(days)
        found.days[: len(days), 0] = days
        found.doses[: len(days), 0] = 0.5
        for name, values in peaks.items():
            found.peaks[name][: len(values), 0] = values
        return found

    return made


NAN = float(np.nan)
