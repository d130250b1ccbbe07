"""Errors as problem details (RFC 9457): one shape for everything that is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from sordino.errors import DocumentError, InputError, OutputError, SordinoError, UnknownName

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "This request cannot be understood",
    401: "Sign in first",
    403: "This request is refused",
    404: "There is no such thing",
    405: "This address does not take such requests",
    408: "This took too long to arrive",
    409: "A later request has taken the place of this one",
    413: "This is too much",
    415: "This kind of content is not taken",
    421: "This host name is not served",
    422: "This cannot be used",
    429: "Too many requests",
    500: "The program failed",
    503: "This cannot be done now",
}


class Finding(BaseModel):
    """One thing that is wrong: where, what, what is allowed, and the fix to try first."""

    where: str
    what: str
    allowed: str = ""
    hint: str = ""


class Problem(BaseModel):
    """Why a request was refused, as in RFC 9457, with every finding."""

    type: str = Field(default="about:blank", description="Always about:blank.")
    title: str
    status: int
    detail: str = ""
    findings: list[Finding] = Field(default=[], description="One entry for each thing wrong.")


def problem(
    status: int,
    detail: str = "",
    findings: list[Finding] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A response that says what is wrong."""
    title = TITLES.get(status, "This request is refused")
    body = Problem(title=title, status=status, detail=detail, findings=findings or [])
    return Response(
        body.model_dump_json(), status, headers=dict(headers or {}), media_type=MEDIA_TYPE
    )


def findings_of(error: SordinoError) -> list[Finding]:
    """Every finding of an error, without the name of the document before the place."""
    found = error.findings if isinstance(error, DocumentError) and error.findings else (error,)
    return [
        Finding(
            where=f.where.removeprefix("course: ").removeprefix("patient: "),
            what=f.what,
            allowed=f.allowed,
            hint=f.hint,
        )
        for f in found
    ]


def from_error(error: SordinoError) -> Response:
    """What was asked for does not exist or cannot be used, or what is needed for it cannot."""
    return problem(_status(error), error.what, findings_of(error))


def _status(error: SordinoError) -> int:
    if isinstance(error, UnknownName) and not error.where:
        return 404
    if isinstance(error, InputError):
        return 422
    # The store is in use, or its disk full: that passes, and nothing is wrong with what was asked.
    return 503 if isinstance(error, OutputError) else 500


def _page(request: Request, answer: Response) -> Response:
    """The same as a page, for somebody who opened an address in a browser."""
    wants_page = "text/html" in request.headers.get("accept", "")
    if request.method != "GET" or not wants_page or request.url.path.startswith("/api"):
        return answer
    from sordino.app.rendering import render

    found = Problem.model_validate_json(bytes(answer.body))
    return render(request, "problem.html", answer.status_code, found=found)


def error_document(error: SordinoError) -> dict[str, Any]:
    """The same as plain values, for an event of a job."""
    return json.loads(bytes(from_error(error).body))


def _place(parts: Sequence[str | int]) -> str:
    """Where something stands in a body; pydantic's own words for alternatives are left out."""
    names = [str(part) for part in parts[1:]]
    return ".".join(n for n in names if re.fullmatch(r"\w+", n)) or str(parts[0])


def add_handlers(app: FastAPI) -> None:
    """Answer every error raised on purpose with a problem document; the guard answers the rest."""

    @app.exception_handler(InputError)
    async def bad_input(request: Request, error: InputError) -> Response:
        return _page(request, from_error(error))

    @app.exception_handler(SordinoError)
    async def failed(request: Request, error: SordinoError) -> Response:
        return _page(request, from_error(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        found = [Finding(where=_place(e["loc"]), what=str(e["msg"])) for e in error.errors()]
        return problem(422, "the request does not have the form that is described", found)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        detail = error.detail if error.detail != TITLES.get(error.status_code) else ""
        return _page(request, problem(error.status_code, detail, headers=error.headers))
