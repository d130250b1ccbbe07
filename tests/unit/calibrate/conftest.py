"""Small problems that need no blood, and compile in seconds."""

from __future__ import annotations

import pytest

from sordino.calibrate.model import Problem, problem
from sordino.calibrate.rows import evidence

SESSIONS_ONLY = ("madrs_change", "madrs_response", "fatigue_change")


@pytest.fixture(scope="session")
def small() -> Problem:
    """Mood and fatigue: rows that know when a session was, and no concentration."""
    return problem([r for r in evidence().fitted if r.readout in SESSIONS_ONLY])
