"""A page that others can reach: password, sessions, a limit on tries, and an audit log."""

from __future__ import annotations

import errno
import json
import logging
import os
import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response

from sordino.app.problems import problem
from sordino.app.settings import Settings
from sordino.documents import writing
from sordino.errors import InputError

if TYPE_CHECKING:
    from sordino.app.guard import App, Receive, Scope, Send

Clock = Callable[[], float]
logger = logging.getLogger(__name__)

SESSION_S = 8 * 3600.0
"""Assumed: a working day."""
COOKIE = "sordino_session"
TRIES, TRIES_S = 5, 60.0
"""Tries to sign in that one address has in a minute."""
REQUESTS, REQUESTS_S = 1200, 60.0
"""Requests that one session may make in a minute: 20 a second."""
SIGN_INS = ("signed in", "signed out", "sign-in failed")
"""Events that the audit log always holds. How often they can happen is limited by `TRIES`."""
REFUSALS_EACH, REFUSALS, REFUSALS_S = 20, 60, 60.0
"""Refusals a minute that the audit log holds: of one address, and of all."""
MOST_PATH = 200
"""Characters of a path in the audit log."""
MOST_KNOWN = 10_000
LEAST_PASSWORD = 12
OPEN_PATHS = ("/sign-in", "/static/report.css", "/static/app.css", "/static/icon.svg")


def hashed(password: str) -> str:
    """The argon2 hash of a password; raises `InputError` for a short one."""
    if len(password) < LEAST_PASSWORD:
        raise InputError("the password is short", allowed=f"{LEAST_PASSWORD} characters or more")
    return PasswordHasher().hash(password)


def is_hash(text: str) -> bool:
    """Whether a password can be compared with this: an argon2 hash, whole and sound."""
    try:
        return PasswordHasher().verify(text, "")
    except VerifyMismatchError:
        return True
    except (VerificationError, ValueError):
        return False


class Audit:
    """Who signed in or was refused, one JSON object a line; no patient data, no passwords.

    Whoever reaches the page can be refused without end. So of refusals only some a minute are
    written; the line before the next one says how many were left out.
    """

    def __init__(self, path: Path | None, clock: Clock = time.monotonic) -> None:
        self._path = path
        self._each = Limiter(REFUSALS_EACH, REFUSALS_S, clock)
        self._all = Limiter(REFUSALS, REFUSALS_S, clock)
        self._left_out = 0
        self._lock = threading.Lock()

    def __call__(self, event: str, scope: Scope) -> None:
        origin = address(scope)
        with self._lock:
            if event in SIGN_INS or (self._each.allows(origin) and self._all.allows("")):
                path = str(scope.get("path", ""))[:MOST_PATH]
                self._write({"event": event, "from": origin, "path": path})
            else:
                self._left_out += 1

    def check(self) -> None:
        """Raise `OutputError` when the log cannot be written; it leaves no file of its own."""
        if self._path is not None:
            new = not self._path.exists()
            with writing(self._path):
                _append(self._path, b"")
                if new:
                    self._path.unlink()

    def close(self) -> None:
        """Write how many refusals were left out since the last line."""
        with self._lock:
            self._write()

    def _write(self, *events: dict[str, str]) -> None:
        left = [{"event": "left out", "count": self._left_out}] if self._left_out else []
        now = datetime.now(UTC).isoformat(timespec="seconds")
        lines = [json.dumps({"time": now} | event) + "\n" for event in (*left, *events)]
        if self._path is None or not lines:
            return
        try:
            _append(self._path, "".join(lines).encode())
            self._left_out = 0
        except OSError as error:
            # A full disk keeps nobody from the records of a patient; what is missing is counted.
            self._left_out += len(events)
            logger.error("the audit log cannot be written: %s", error.strerror)


def _append(path: Path, text: bytes) -> None:
    """Add all of a text to a file or, where the disk is full, nothing of it."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        size = os.fstat(file).st_size
        if os.write(file, text) < len(text):
            os.ftruncate(file, size)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(file)


def address(scope: Scope) -> str:
    """The address that a request came from."""
    client = scope.get("client")
    return str(client[0]) if client else "unknown"


class Limiter:
    """At most `count` events in `seconds` for each name."""

    def __init__(self, count: int, seconds: float, clock: Clock = time.monotonic) -> None:
        self._count = count
        self._seconds = seconds
        self._clock = clock
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, name: str) -> bool:
        """Count one event; False when it is one too many."""
        now = self._clock()
        with self._lock:
            seen = self._seen.setdefault(name, deque())
            self._seen.move_to_end(name)
            while len(self._seen) > MOST_KNOWN:
                self._seen.popitem(last=False)
            while seen and seen[0] <= now - self._seconds:
                seen.popleft()
            if len(seen) >= self._count:
                return False
            seen.append(now)
            return True


class Sessions:
    """Who is signed in. Names of sessions are random and live in memory only."""

    def __init__(self, settings: Settings, audit: Audit, clock: Clock = time.monotonic) -> None:
        self.settings = settings
        self.audit = audit
        self.tries = Limiter(TRIES, TRIES_S, clock)
        self.requests = Limiter(REQUESTS, REQUESTS_S, clock)
        self._clock = clock
        self._ends: dict[str, float] = {}

    def sign_in(self, password: str, scope: Scope) -> str | None:
        """A new session, or nothing when the password is wrong; raises `TooMany`."""
        if not self.tries.allows(address(scope)):
            self.audit("too many tries", scope)
            raise TooMany
        try:
            PasswordHasher().verify(self.settings.password_hash or "", password)
        except (VerificationError, InvalidHashError):
            self.audit("sign-in failed", scope)
            return None
        now = self._clock()
        self._ends = {name: end for name, end in self._ends.items() if end > now}
        name = secrets.token_urlsafe(32)
        self._ends[name] = now + SESSION_S
        self.audit("signed in", scope)
        return name

    def sign_out(self, name: str, scope: Scope) -> None:
        """End a session."""
        if self._ends.pop(name, None) is not None:
            self.audit("signed out", scope)

    def knows(self, name: str) -> bool:
        """Whether a session is there and has not ended."""
        return self._ends.get(name, 0.0) > self._clock()


class TooMany(Exception):
    """More tries than are allowed."""


def session_of(scope: Scope) -> str:
    """The name of the session that a request carries, or nothing."""
    return cookie_parser(Headers(scope=scope).get("cookie", "")).get(COOKIE, "")


class Door:
    """Lets only those in who have signed in."""

    def __init__(self, app: App, sessions: Sessions) -> None:
        self.app = app
        self.sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self.app(scope, receive, send)
            return
        name = session_of(scope)
        answer: Response | None = None
        if not self.sessions.knows(name):
            answer = _sign_in_first(scope)
        elif not self.sessions.requests.allows(name):
            self.sessions.audit("too many requests", scope)
            answer = problem(429, "wait a minute", headers={"retry-after": "60"})
        await (answer or self.app)(scope, receive, send)


def _sign_in_first(scope: Scope) -> Response:
    wants_page = "text/html" in Headers(scope=scope).get("accept", "")
    if wants_page and scope["method"] == "GET":
        return RedirectResponse("/sign-in", 303)
    return problem(401)
