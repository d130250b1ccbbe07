"""Who may read records on a page where nobody signs in: whoever started the program.

Other people of the same machine can open an address of this machine, too. What the program says
when it starts is seen by nobody else, so the address that it says holds a key; the browser that
opens it keeps the key as a cookie.
"""

from __future__ import annotations

import hmac

from fastapi import HTTPException, Request
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response

from sordino.app.settings import Settings

CLOSED = "records are open to whoever started sordino: use the address that it said then"


def may_read(connection: HTTPConnection) -> bool:
    """Whether records may be shown; where people sign in, nobody else gets as far as this."""
    settings: Settings = connection.app.state.settings
    if settings.password_hash is not None:
        return True
    return _same(connection.cookies.get(_cookie(settings), ""), settings.key)


def check_reader(request: Request) -> None:
    """Answers 401 to those who may not read records."""
    if not may_read(request):
        raise HTTPException(401, CLOSED)


def open_door(key: str, settings: Settings) -> Response:
    """Let the browser in that has the key, and go on to the first page."""
    if not _same(key, settings.key):
        raise HTTPException(404, "this address was of an earlier start")
    answer = RedirectResponse("/", 303)
    answer.set_cookie(
        _cookie(settings), settings.key, httponly=True, samesite="strict", secure=settings.secure
    )
    return answer


def _cookie(settings: Settings) -> str:
    """The name of the cookie; browsers keep cookies for an address, whatever the port."""
    return f"sordino_records_{settings.port}"


def _same(given: str, wanted: str) -> bool:
    """Whether two texts are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
