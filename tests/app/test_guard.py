from __future__ import annotations

from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from sordino.app.guard import MAX_BODY
from sordino.app.server import SILENT, create_app
from sordino.app.settings import Settings
from sordino.errors import InputError


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:8000", "127.0.0.1", "127.0.0.1:81", "", "localhost.:8000"],
)
def test_a_foreign_host_is_refused(client: TestClient, host: str) -> None:
    answer = client.get("/", headers={"host": host})
    assert answer.status_code == 421
    assert answer.headers["content-type"] == "application/problem+json"
    assert "--name" in answer.json()["findings"][0]["hint"]


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "LOCALHOST:8000"])
def test_this_machine_is_let_in(client: TestClient, host: str) -> None:
    assert client.get("/api/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "https://127.0.0.1:8000",
        "http://127.0.0.1:8001",
        "null",
        "http://127.0.0.1:8000.evil.example",
        "http://[",
        "http://127.0.0.1:8000/",
        "",
    ],
)
def test_a_foreign_origin_is_refused(client: TestClient, origin: str) -> None:
    headers = {"origin": origin}
    assert client.post("/api/plan", json={}, headers=headers).status_code == 403
    assert client.get("/api/form", headers=headers).status_code == 403


def test_the_own_origin_is_let_in(client: TestClient) -> None:
    headers = {"origin": "http://localhost:8000"}
    assert client.get("/api/form", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("path", "mode", "target", "status"),
    [
        ("/", "navigate", "document", 200),
        ("/", "navigate", "iframe", 403),
        ("/api/form", "cors", "empty", 403),
        ("/static/main.js", "no-cors", "script", 403),
    ],
)
def test_another_site_may_link_here_and_no_more(
    client: TestClient, path: str, mode: str, target: str, status: int
) -> None:
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": mode, "sec-fetch-dest": target}
    assert client.get(path, headers=headers).status_code == status


def test_every_answer_forbids_what_a_page_does_not_need(client: TestClient) -> None:
    for path in ("/", "/api/form", "/nothing", "/static/app.css"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_pages_hold_no_inline_script_or_style(client: TestClient) -> None:
    for path in ("/", "/models", "/models/simons_2022", "/evidence", "/evidence/studies"):
        text = client.get(path).text
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick=" not in text
        assert text.count("<script") == text.count("<script src=") + text.count(
            '<script type="module" src='
        )


def test_a_large_body_is_refused_before_it_is_read(client: TestClient) -> None:
    body = b"x" * (MAX_BODY + 1)
    assert client.post("/api/plan", content=body).status_code == 413
    parts = (b"x" * 1000 for _ in range(MAX_BODY // 1000 + 2))
    assert client.post("/api/plan", content=parts).status_code == 413


def test_others_are_not_let_in_without_a_password() -> None:
    with pytest.raises(InputError, match="no password"):
        create_app(Settings(host="0.0.0.0", port=8000))


@pytest.mark.parametrize(
    "path",
    [
        "/static/../server.py",
        "/static/%2e%2e/server.py",
        "/static/nothing.js",
        "/static/x",
        f"/static/{300 * 'a'}.css",
        "/static/a%00.css",
        "/static/.css",
        f"/models/{300 * 'a'}",
    ],
)
def test_only_files_of_the_page_are_served(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_what_is_foreign_goes_to_the_log_without_its_content(tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    app = create_app(Settings(port=8000, warm=False, audit=log))
    with TestClient(app, base_url="http://127.0.0.1:8000") as own:
        own.post("/api/plan", json={"secret": "pain"}, headers={"origin": "http://evil.example"})
        own.get("/")
    lines = log.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1
    assert "foreign origin refused" in lines[0]
    assert "secret" not in lines[0]


def test_nothing_is_reported_elsewhere_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    app = create_app(Settings(port=8000, warm=False))
    found = app._telemetry  # pyright: ignore[reportPrivateUsage]
    assert not any(found.get(name, True) for name in SILENT)


def test_a_fault_is_a_problem_and_its_log_says_nothing_of_what_was_asked(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = create_app(Settings(port=8000, warm=False))

    async def fails(name: str, request: Request) -> None:
        raise ValueError(name + (await request.body()).decode())

    app.add_api_route("/fails/{name}", fails, methods=["POST"])
    with TestClient(app, base_url="http://127.0.0.1:8000") as own:
        answer = own.post("/fails/secret-path", content="secret-body")
    assert (answer.status_code, answer.json()["title"]) == (500, "The program failed")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "ValueError" in caplog.text
    assert "in fails" in caplog.text
    assert "secret" not in caplog.text
