"""Small summaries that every test of the report may look at, and none may change."""

from __future__ import annotations

import pytest

from sordino.library.protocols import load_protocol
from sordino.simulation.summary import Summary, summarize


@pytest.fixture(scope="session")
def six() -> Summary:
    """Six racemic infusions in a small population."""
    return summarize(load_protocol("six_infusions"), patients=40, draws=3)


@pytest.fixture(scope="session")
def typical() -> Summary:
    """The same course in the typical patient."""
    return summarize(load_protocol("six_infusions"), patients="typical", draws=3)


@pytest.fixture(scope="session")
def nasal() -> Summary:
    """A spray whose model knows no hydroxynorketamine and prints no standard errors."""
    return summarize(load_protocol("nasal_84mg_twice_weekly"), patients=8, draws=1)


@pytest.fixture(scope="session")
def brief() -> Summary:
    """A course that ends before pain is looked at, with a hostile title and nothing known."""
    course = {
        "title": "<script>alert(1)</script> & \"q\" '{{ 7 * 7 }}'",
        "source": "<img src=x onerror=alert(2)>",
        "assumed": ["</td><b>bold</b>"],
        "treatment": [{"drug": "ketamine", "route": "iv", "dose": "35 mg", "duration": "40 min"}],
        "observe": {"until": "1 h"},
    }
    return summarize(course, patients=8, draws=2)
