"""The application without a network, and one that runs nothing ahead of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from sordino.app.server import create_app
from sordino.app.settings import Settings

PORT = 8000


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    """A browser of this machine at the page."""
    app = create_app(Settings(port=PORT, warm=False))
    with TestClient(app, base_url=f"http://127.0.0.1:{PORT}") as opened:
        yield opened


@pytest.fixture
def ask(client: TestClient) -> Callable[..., dict[str, Any]]:
    """Something to ask for: two infusions, few people."""

    def question(**changed: Any) -> dict[str, Any]:
        course = {
            "patient": {"age": 47, "weight": "70 kg", "pain": 7},
            "treatment": [
                {
                    "drug": "ketamine",
                    "route": "iv",
                    "dose": "0.5 mg/kg",
                    "duration": "40 min",
                    "days": [0, 2],
                }
            ],
            "observe": {"until": "30 days"},
        }
        run = {"patients": 40, "draws": 2}
        return {"course": course, "run": run} | changed

    return question
