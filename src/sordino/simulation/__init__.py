"""From a course to numbers: `simulate` gives every trajectory, `summarize` quantiles only."""

from __future__ import annotations

from sordino.simulation.dataset import simulate
from sordino.simulation.summary import summarize

__all__ = ["simulate", "summarize"]
