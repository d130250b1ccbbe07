"""Small summaries that every test of safety may look at, and none may change."""

from __future__ import annotations

import pytest

from sordino.library.protocols import load_protocol
from sordino.safety import Safety, assess
from sordino.simulation.summary import Summary, summarize


@pytest.fixture(scope="session")
def six() -> Summary:
    """Six racemic infusions in a small population."""
    return summarize(load_protocol("six_infusions"), patients=40, draws=3)


@pytest.fixture(scope="session")
def infusions(six: Summary) -> Safety:
    """Their safety."""
    return assess(six)


@pytest.fixture(scope="session")
def nasal() -> Safety:
    """The safety of a spray for eight sessions."""
    return assess(summarize(load_protocol("nasal_84mg_twice_weekly"), patients=20, draws=2))
