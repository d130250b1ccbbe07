"""Bodies of requests: JSON, read as a JSON file is read."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.responses import Response

from sordino.app.problems import Finding, problem
from sordino.documents import parse_json

_JSON = re.compile(r"application/([\w.-]+\+)?json", re.IGNORECASE)


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
            refused = _refused(own.headers)
            if refused is not None:
                return refused
            own.value = parse_json(body, "body")
        return await handle(own)

    return handle_json


def _refused(headers: Headers) -> Response | None:
    """The answer to a body that is something else; its headers say what is taken (RFC 9110)."""
    coding = headers.get("content-encoding", "identity")
    if coding.lower() != "identity":
        found = Finding(where="Content-Encoding", what=coding[:100], allowed="identity")
        found.hint = "send it as it is, not compressed"
        taken = {"accept-encoding": "identity"}
        return problem(415, "a body is taken without any coding", [found], taken)
    kind = headers.get("content-type", "")
    if not _JSON.fullmatch(kind.partition(";")[0].strip()):
        what = kind[:100] or "the request has none"
        found = Finding(where="Content-Type", what=what, allowed="application/json")
        return problem(415, "a body has to be JSON", [found], {"accept": "application/json"})
    return None
