from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from sordino.app.login import (
    MOST_PATH,
    REFUSALS,
    REFUSALS_EACH,
    SESSION_S,
    TRIES,
    Audit,
    Limiter,
    Sessions,
    hashed,
)
from sordino.app.server import create_app
from sordino.app.settings import Settings
from sordino.errors import InputError

PASSWORD = "correct horse battery"
SCOPE = {"client": ("10.0.0.7", 5), "path": "/sign-in"}


@pytest.fixture(scope="session")
def kept() -> str:
    return hashed(PASSWORD)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


@pytest.fixture
def served(kept: str, log: Path) -> Iterator[TestClient]:
    settings = Settings(
        host="0.0.0.0", port=8000, names=("clinic.test",), password_hash=kept, audit=log, warm=False
    )
    with TestClient(create_app(settings), base_url="http://clinic.test:8000") as opened:
        yield opened


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def sign_in(served: TestClient, password: str) -> int:
    answer = served.post("/sign-in", data={"password": password}, follow_redirects=False)
    return answer.status_code


def test_nobody_gets_in_without_signing_in(served: TestClient) -> None:
    for path in ("/api/form", "/api/openapi.json", "/static/main.js"):
        assert served.get(path).status_code == 401
    page = served.get("/", headers={"accept": "text/html"}, follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in")


def test_the_password_opens_a_session_and_signing_out_ends_it(
    served: TestClient, log: Path
) -> None:
    assert sign_in(served, "wrong") == 403
    assert sign_in(served, PASSWORD) == 303
    cookie = served.cookies.jar
    assert all(c.has_nonstandard_attr("HttpOnly") for c in cookie)
    assert served.get("/api/form").status_code == 200
    taken = dict(served.cookies)
    served.post("/sign-out")
    served.cookies.update(taken)
    assert served.get("/api/form").status_code == 401
    events = [json.loads(line)["event"] for line in log.read_text("utf-8").splitlines()]
    assert events == ["sign-in failed", "signed in", "signed out"]
    assert PASSWORD not in log.read_text("utf-8")


def test_tries_are_limited_even_with_the_right_password(served: TestClient) -> None:
    for _ in range(TRIES):
        assert sign_in(served, "wrong") == 403
    assert sign_in(served, PASSWORD) == 429


def test_a_session_ends_by_itself(kept: str) -> None:
    clock = Clock()
    settings = Settings(host="0.0.0.0", port=8000, password_hash=kept)
    sessions = Sessions(settings, lambda *_, **__: None, clock)  # pyright: ignore[reportArgumentType]
    name = sessions.sign_in(PASSWORD, SCOPE)
    assert name is not None
    assert sessions.knows(name)
    clock.now = SESSION_S + 1.0
    assert not sessions.knows(name)
    assert not sessions.knows("")


def test_a_limiter_forgets() -> None:
    clock = Clock()
    limiter = Limiter(2, 10.0, clock)
    assert [limiter.allows("a") for _ in range(3)] == [True, True, False]
    assert limiter.allows("b")
    clock.now = 11.0
    assert limiter.allows("a")


def test_a_short_password_is_refused() -> None:
    with pytest.raises(InputError, match="short"):
        hashed("secret")


def test_a_broken_hash_lets_nobody_in() -> None:
    settings = Settings(host="0.0.0.0", port=8000, password_hash="$argon2id$nonsense")
    sessions = Sessions(settings, lambda *_, **__: None)  # pyright: ignore[reportArgumentType]
    assert sessions.sign_in(PASSWORD, SCOPE) is None


def entries(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def refused(port: int) -> dict[str, Any]:
    return {"client": (f"10.0.0.{port}", port), "path": "/x"}


def test_refusals_without_end_do_not_fill_the_disk(served: TestClient, log: Path) -> None:
    for _ in range(300):
        served.get("/" + 60_000 * "a", headers={"host": "evil"})
    assert len(log.read_bytes()) < 400 * REFUSALS_EACH
    assert {len(entry["path"]) for entry in entries(log)} == {MOST_PATH}
    # Who signs in is not lost among them, and how much is left out is told.
    assert sign_in(served, "wrong") == 403
    left, last = entries(log)[REFUSALS_EACH:]
    assert (left["event"], left["count"]) == ("left out", 300 - REFUSALS_EACH)
    assert last["event"] == "sign-in failed"


def test_refusals_are_bounded_whatever_their_addresses_and_written_again_later(log: Path) -> None:
    clock = Clock()
    audit = Audit(log, clock)
    for k in range(REFUSALS + 40):
        audit("foreign host refused", refused(k))
    assert len(entries(log)) == REFUSALS
    clock.now = 61.0
    audit("foreign host refused", refused(1))
    audit("foreign host refused", refused(2))
    left, *last = entries(log)[REFUSALS:]
    assert left["count"] == 40
    assert [entry["from"] for entry in last] == ["10.0.0.1", "10.0.0.2"]


def test_what_was_left_out_is_told_at_the_end(log: Path) -> None:
    audit = Audit(log, Clock())
    for _ in range(REFUSALS_EACH + 3):
        audit("foreign host refused", refused(1))
    audit.close()
    audit.close()
    assert [entry.get("count") for entry in entries(log)] == [None] * REFUSALS_EACH + [3]


def test_a_full_disk_spoils_no_line_and_stops_nobody(
    served: TestClient,
    log: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    write = os.write
    assert sign_in(served, "wrong") == 403
    with monkeypatch.context() as full:
        full.setattr("os.write", lambda file, text: write(file, text[:20]))
        assert sign_in(served, "wrong") == 403
    assert os.strerror(errno.ENOSPC) in caplog.text
    assert sign_in(served, PASSWORD) == 303
    found = entries(log)
    assert [entry["event"] for entry in found] == ["sign-in failed", "left out", "signed in"]
    assert found[1]["count"] == 1


@pytest.mark.skipif(os.name != "posix", reason="needs the permissions of POSIX")
def test_nobody_else_can_read_the_audit_log(served: TestClient, log: Path) -> None:
    assert sign_in(served, "wrong") == 403
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
