"""The app as its own program, and pictures of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WAIT_MS = 120_000
"""A first answer may have to wait for code to be compiled."""


class Server:
    """A running `sordino app`."""

    def __init__(self, port: int = 0, *more: str) -> None:
        self._own = tempfile.TemporaryDirectory()
        store = str(Path(self._own.name) / "records.db")
        command = [sys.executable, "-m", "sordino", "app", "--no-open"]
        command += ["--port", str(port), "--data", store, *more]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        found = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        assert found, line
        self.url, self.port = found[0], int(found[1])
        # Where people sign in, there is no other door.
        self.door = "" if more else self.process.stderr.readline().split()[-1]

    def stop(self) -> str:
        """End it, and give what it said meanwhile."""
        self.process.terminate()
        _, said = self.process.communicate(timeout=60)
        self._own.cleanup()
        return said


@pytest.fixture(scope="session")
def start_server() -> type[Server]:
    """Starts further servers, at a port if one is given."""
    return Server


@pytest.fixture(scope="session")
def server(browser: Browser) -> Iterator[Server]:
    """One server for all tests; it must have nothing to say."""
    running = Server()
    yield running
    assert running.stop() == ""


@pytest.fixture
def opened(browser: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """Opens pages; a page must not complain, and must not ask anything of another machine."""
    contexts: list[object] = []
    wrong: list[str] = []

    def watch(page: Page) -> Page:
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("console", lambda message: wrong.append(f"console: {message.text}"))
        page.on(
            "request",
            lambda request: (
                None
                if request.url.startswith((server.url, "data:", "blob:"))
                else wrong.append(f"asked: {request.url}")
            ),
        )
        return page

    def open_page(
        path: str = "",
        *,
        width: int = 1280,
        height: int = 900,
        quiet: bool = True,
        records: bool = False,
        **more: object,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            **more,  # pyright: ignore[reportArgumentType]
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        if quiet:
            watch(page)
        if records:
            context.request.get(server.door)
        page.goto(server.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert wrong == []


@pytest.fixture
def picture(root: Path) -> Callable[[Page, str], None]:
    """Keeps a picture of a page among the build artefacts."""
    folder = Path(os.environ.get("SORDINO_SCREENSHOTS", root / "build" / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)

    def take(page: Page, name: str) -> None:
        page.screenshot(path=folder / f"{name}.png", animations="disabled")

    return take
