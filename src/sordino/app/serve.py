"""Listen, open the browser, and stop cleanly."""

from __future__ import annotations

import errno
import socket
import threading
import webbrowser
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import uvicorn

from sordino.app.server import create_app
from sordino.app.settings import Settings
from sordino.errors import InputError

CONNECTIONS = 500
"""Connections at a time; beyond, the answer is 503. A browser holds up to six, among them those
on which its tabs hear how far a run is. A program may usually have 1,024 files and sockets."""


def serve(
    settings: Settings,
    certificate: Path | None = None,
    key: Path | None = None,
    *,
    open_browser: bool = True,
    say: Callable[[str], None] = print,
) -> None:
    """Serve the page until it is interrupted.

    `say` is told the address. Raises `InputError` when the address cannot be listened on.
    """
    with listening(settings) as listener:
        real = replace(settings, port=listener.getsockname()[1])
        server = uvicorn.Server(_config(real, certificate, key))
        say(f"sordino is at {real.url} (stop with Ctrl+C)")
        opened = real.url
        if real.local and real.data and real.password_hash is None:
            opened = real.door
            say(f"records of patients open with {opened}")
        if open_browser:
            threading.Timer(0.3, webbrowser.open, [opened]).start()
        server.run(sockets=[listener])


def _config(settings: Settings, certificate: Path | None, key: Path | None) -> uvicorn.Config:
    return uvicorn.Config(
        create_app(settings),
        # A log of requests would hold who asked for what.
        access_log=False,
        log_level="warning",
        server_header=False,
        # Else whoever is on this machine could say that a request came from somewhere else.
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        timeout_graceful_shutdown=2,
    )


def listening(settings: Settings) -> socket.socket:
    """A socket that listens where it should; raises `InputError` when that cannot be."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # Named as TCP: only then does asyncio send small answers at once. Otherwise the body of an
    # answer waits 40 ms for the other side to acknowledge the head.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        listener.listen(128)
    except (OSError, UnicodeError) as error:
        listener.close()
        at_port = getattr(error, "errno", None) in (errno.EADDRINUSE, errno.EACCES)
        reason = getattr(error, "strerror", None) or "this is no address"
        raise InputError(
            f"cannot listen at {settings.host}, port {settings.port}: {reason}",
            where="--port" if at_port else "--listen",
            allowed="" if at_port else "an address or a name of this machine",
            hint="leave --port out to take a free one"
            if at_port
            else "--listen 0.0.0.0 takes all its addresses",
        ) from None
    return listener
