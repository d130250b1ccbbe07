"""One small comparison that several tests look at, and none may change."""

from __future__ import annotations

import pytest

from sordino.compare import Comparison, compare

ARMS = ("six_infusions", "duloxetine", "placebo", "opioid", "naltrexone")


@pytest.fixture(scope="session")
def small() -> Comparison:
    """A course, two drugs, placebo, and one whose effect nobody knows."""
    return compare(ARMS, patients=120, draws=3)
