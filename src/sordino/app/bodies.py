"""Bodies of requests: JSON, read as a JSON file is read."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from sordino.documents import parse_json


class JsonRoute(APIRoute):
    """An address whose body, if it takes one, is JSON in which no key stands twice."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Read the body before the framework does, which takes the last of two equal keys."""
        handle = super().get_route_handler()
        return _with_json(handle) if self.body_field is not None else handle


class _Read(Request):
    """A request whose body has been read."""

    value: object = None

    async def json(self) -> Any:
        return self.value


def _with_json(
    handle: Callable[[Request], Awaitable[Response]],
) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    async def handle_json(request: Request) -> Response:
        own = _Read(request.scope, request.receive)
        if body := await own.body():
            own.value = parse_json(body, "body")
        return await handle(own)

    return handle_json
