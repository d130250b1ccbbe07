"""The whole application, and running it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.middleware import Middleware

from sordino._version import __version__
from sordino.app import (
    api,
    downloads,
    follow_api,
    follow_pages,
    library_api,
    pages,
    room_api,
    room_pages,
)
from sordino.app.guard import Guard
from sordino.app.login import Audit, Door, Sessions
from sordino.app.problems import add_handlers
from sordino.app.rooms import open_rooms
from sordino.app.settings import Settings
from sordino.errors import InputError

PARTS = (
    api,
    downloads,
    library_api,
    room_api,
    follow_api,
    pages,
    room_pages,
    follow_pages,
)
"""Modules with addresses."""

ABOUT = (
    "What a course of ketamine does to fibromyalgia pain, and how sure we are. A research and "
    "teaching aid, not a medical device. Errors are problem details (RFC 9457)."
)

SILENT: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""The framework could report requests and errors elsewhere, if the environment told it to."""


def create_app(settings: Settings) -> FastAPI:
    """The application.

    Raises `InputError` for an address that others can reach without a password.
    """
    if not settings.local and settings.password_hash is None:
        raise InputError(
            f"{settings.host} can be reached by others, and no password is set",
            where="--listen",
            hint="give --password-file",
        )
    audit = Audit(settings.audit)
    sessions = Sessions(settings, audit) if settings.password_hash is not None else None
    layers = [Middleware(Guard, settings=settings, audit=audit)]
    if sessions is not None:
        layers.append(Middleware(Door, sessions=sessions))
    app = FastAPI(
        title="sordino",
        version=__version__,
        description=ABOUT,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
        middleware=layers,
        lifespan=_lifespan,
        telemetry=SILENT,
    )
    app.state.settings = settings
    app.state.sessions = sessions
    app.state.audit = audit
    add_handlers(app)
    for part in PARTS:
        app.include_router(part.router)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    rooms = open_rooms(app.state.settings.data)
    app.state.rooms = rooms
    rooms.begin(warm=app.state.settings.warm)
    yield
    rooms.close()
    app.state.audit.close()
