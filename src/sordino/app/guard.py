"""Who may ask, and what every answer carries: host, origin, size, and rules for the browser.

A page on another site can make a browser send requests to this machine. It cannot forge the
`Host` and `Origin` headers, so these are checked on every request before anything else.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from sordino.app.problems import Finding, problem
from sordino.app.settings import Settings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

logger = logging.getLogger(__name__)

MAX_BODY = 256_000
"""Bytes of a request body: a course with hundreds of sessions is a tenth of it."""

MAX_IMPORT = 8_000_000
"""Bytes where files with records are taken in."""
IMPORT = "/api/follow/import"

BODY_S, IMPORT_S = 20.0, 120.0
"""Seconds in which a body has to arrive, and a file with records: half a megabit a second."""

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Without any referrer a browser would not say the origin of a form, either.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
}
OTHER_NAME = Finding(
    where="Host",
    what="this page does not know itself under this name",
    hint="start it with --name and the name that stands in the address",
)
READING = ("GET", "HEAD", "OPTIONS")


class BodyRefused(Exception):
    """A body was longer than it may be, or did not arrive in time."""


class Guard:
    """Refuses foreign hosts and origins and large bodies; sets headers on every answer."""

    def __init__(self, app: App, settings: Settings, audit: Callable[..., None]) -> None:
        self.app = app
        self.settings = settings
        self.audit = audit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _Body(receive, scope)
        started = False

        async def with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        async def unless_refused(message: Message) -> None:
            # What the application makes of half a body is of no interest.
            if body.refused is None:
                await with_headers(message)

        answer: App | None = None
        try:
            answer = self._refused(scope)
            if answer is None:
                await self.app(scope, body.receive, unless_refused)
        except (BodyRefused, ClientDisconnect):
            pass
        except Exception as error:  # whoever asked gets an answer, whatever went wrong
            answer = _failed(error)
        answer = body.refused or answer
        # An answer that had begun breaks off; the server closes the connection.
        if answer is not None and not started:
            await answer(scope, receive, with_headers)

    def _refused(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "").lower()
        if host not in self.settings.hosts:
            self.audit("foreign host refused", scope)
            return problem(421, "this page answers under its own address only", [OTHER_NAME])
        if self._foreign(headers, scope["method"]):
            self.audit("foreign origin refused", scope)
            return problem(403, "requests from other sites are refused")
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > _most(scope):
            return _too_large(scope)
        return None

    def _foreign(self, headers: Headers, method: str) -> bool:
        origin = headers.get("origin")
        if origin is not None:
            scheme = "https" if self.settings.secure else "http"
            return origin.lower() not in {f"{scheme}://{host}" for host in self.settings.hosts}
        site = headers.get("sec-fetch-site", "none")
        if site in ("same-origin", "none"):
            return False
        # A link on another page may open a page here; nothing else may come from there.
        opens = method in READING and headers.get("sec-fetch-mode") == "navigate"
        return not (opens and headers.get("sec-fetch-dest") == "document")


class _Body:
    """A body that ends where it is longer or later than it may be, whatever its headers said."""

    def __init__(self, receive: Receive, scope: Scope) -> None:
        self._receive = receive
        self._scope = scope
        self._seconds = IMPORT_S if scope["path"] == IMPORT else BODY_S
        self._until = asyncio.get_running_loop().time() + self._seconds
        self._got = 0
        self._whole = False
        self.refused: Response | None = None

    async def receive(self) -> Message:
        # Behind the body comes only that the connection ends, for which an answer may wait long.
        try:
            async with asyncio.timeout_at(None if self._whole else self._until):
                message = await self._receive()
        except TimeoutError:
            detail = f"a body has to arrive within {self._seconds:g} seconds"
            self.refused = problem(408, detail, headers={"connection": "close"})
            raise BodyRefused from None
        self._whole = not message.get("more_body", False)
        self._got += len(message.get("body", b""))
        if self._got > _most(self._scope):
            self.refused = _too_large(self._scope)
            raise BodyRefused
        return message


def _most(scope: Scope) -> int:
    return MAX_IMPORT if scope["path"] == IMPORT else MAX_BODY


def _too_large(scope: Scope) -> Response:
    return problem(413, f"a request may have {_most(scope) // 1000} kB")


def _failed(error: Exception) -> Response:
    """The answer to a fault; the log says where it was, without what was asked.

    The message of an error often holds a path or a value, so it is left out.
    """
    kind = type(error).__name__
    frames = "".join(traceback.format_tb(error.__traceback__))
    logger.error("unexpected %s in the page\n%s", kind, frames)
    return problem(500, f"unexpected {kind}")
