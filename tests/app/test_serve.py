"""What holds only over a real socket, where the server itself has its say."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path
from socket import create_connection
from urllib.parse import urlencode

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.responses import StreamingResponse

from sordino.app import guard
from sordino.app.login import TRIES, hashed
from sordino.app.serve import _config, listening
from sordino.app.server import create_app
from sordino.app.settings import Settings

Opens = Callable[[], HTTPConnection]


@contextmanager
def serving(settings: Settings) -> Generator[int]:
    """The page at a free port of this machine, in a thread."""
    with listening(settings) as listener:
        port = listener.getsockname()[1]
        server = uvicorn.Server(_config(replace(settings, port=port), None, None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.01)
            yield port
        finally:
            server.should_exit = True
            thread.join(60)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served") / "audit.log"


@pytest.fixture(scope="module")
def port(log: Path) -> Iterator[int]:
    kept = hashed("correct horse battery")
    with serving(Settings(password_hash=kept, audit=log, warm=False)) as found:
        yield found


@pytest.fixture
def opens(port: int) -> Iterator[Opens]:
    opened: list[HTTPConnection] = []

    def connect() -> HTTPConnection:
        opened.append(HTTPConnection("127.0.0.1", port, timeout=30))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


def test_a_forged_address_wins_no_further_tries(opens: Opens, log: Path) -> None:
    connection, found = opens(), list[int]()
    for k in range(TRIES + 1):
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-forwarded-for": f"203.0.113.{k}",
        }
        connection.request("POST", "/sign-in", urlencode({"password": "wrong"}), headers)
        answer = connection.getresponse()
        answer.read()
        found.append(answer.status)
    assert found == [403] * TRIES + [429]
    said = [json.loads(line)["from"] for line in log.read_text("utf-8").splitlines()]
    assert said == ["127.0.0.1"] * (TRIES + 1)


def test_an_answer_that_fails_halfway_breaks_off_without_a_word_of_it(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def create(settings: Settings) -> FastAPI:
        app = create_app(settings)

        async def halves(name: str) -> AsyncIterator[str]:
            yield "half"
            raise ValueError(name)

        async def fails(name: str) -> StreamingResponse:
            return StreamingResponse(halves(name))

        app.add_api_route("/fails/{name}", fails)
        return app

    monkeypatch.setattr("sordino.app.serve.create_app", create)
    with serving(Settings(warm=False)) as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/fails/secret")
        with pytest.raises(IncompleteRead):
            connection.getresponse().read()
        connection.close()
    assert "unexpected ValueError" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("path", ["/sign-in", "/api/plan"])
def test_half_a_body_is_not_waited_for(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_S", 0.2)
    kept = hashed("correct horse battery") if path == "/sign-in" else None
    with (
        serving(Settings(password_hash=kept, warm=False)) as port,
        create_connection(("127.0.0.1", port), timeout=30) as half,
    ):
        head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-length: 200000\r\n"
        half.sendall(f"{head}content-type: application/json\r\n\r\npassword=".encode())
        # To its end: the server closes the connection.
        answer = half.makefile("rb").read().decode()
    assert answer.startswith("HTTP/1.1 408 ")
    assert "content-type: application/problem+json" in answer
    assert "x-content-type-options: nosniff" in answer
    assert "within 0.2 seconds" in answer


def test_a_long_answer_is_not_cut_by_the_time_for_a_body(monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow() -> StreamingResponse:
        async def parts() -> AsyncIterator[str]:
            for _ in range(4):
                yield "part "
                await asyncio.sleep(0.1)

        return StreamingResponse(parts())

    def create(settings: Settings) -> FastAPI:
        app = create_app(settings)
        app.add_api_route("/slow", slow)
        return app

    monkeypatch.setattr("sordino.app.serve.create_app", create)
    monkeypatch.setattr(guard, "BODY_S", 0.1)
    with serving(Settings(warm=False)) as port:
        connection = HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/slow")
        assert connection.getresponse().read() == b"part " * 4
        connection.close()


def test_connections_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sordino.app.serve.CONNECTIONS", 4)
    with serving(Settings(warm=False)) as port:

        def status() -> int:
            connection = HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/api/health", headers={"connection": "close"})
            answer = connection.getresponse()
            answer.read()
            connection.close()
            return answer.status

        assert status() == 200
        idle = [create_connection(("127.0.0.1", port)) for _ in range(3)]
        assert until(status, 503)
        for one in idle:
            one.close()
        assert until(status, 200)


def until(look: Callable[[], int], wanted: int) -> bool:
    """Whether something is so within ten seconds: the server sees connections in its own time."""
    end = time.monotonic() + 10
    while (same := look() == wanted) is False and time.monotonic() < end:
        time.sleep(0.02)
    return same
