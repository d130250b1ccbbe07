"""The pages as HTML, and what they load."""

from __future__ import annotations

import asyncio
import functools
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from sordino._version import __version__
from sordino.app import catalogue
from sordino.app.bundle import bundle
from sordino.app.form import form
from sordino.app.login import COOKIE, SESSION_S, Sessions, TooMany, session_of
from sordino.report.sentences import PURPOSE

if TYPE_CHECKING:
    from jinja2 import Environment

router = APIRouter(include_in_schema=False)

TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
STATIC = files("sordino.app").joinpath("static")
REPORT_STYLE = files("sordino.report").joinpath("style.css")
OWN = (
    ("cadss", "Dissociation", "of 92 points, at most"),
    ("sbp_change", "Rise of upper blood pressure", "mmHg, at most"),
    ("leave_min", "Fit to leave within", "min"),
    ("total_mg", "Dose of the whole course", "mg, at most"),
)
"""Limits that one can set: name, words, unit."""
NAV = (("/", "Plan"), ("/models", "Models"), ("/evidence", "Evidence"))


@functools.lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("sordino.app", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    local = request.app.state.settings.local
    here = request.url.path
    text = (
        _environment()
        .get_template(template)
        .render(version=__version__, purpose=PURPOSE, nav=NAV, here=here, local=local, **values)
    )
    return HTMLResponse(text, status)


@router.get("/")
async def plan(request: Request) -> Response:
    """The plan page; its course is in the fragment of the address, which is never sent."""
    return _page(request, "plan.html", form=form(), own=OWN)


@router.get("/models")
async def models(request: Request) -> Response:
    """All models of the library."""
    found = await asyncio.to_thread(catalogue.models)
    return _page(request, "models.html", models=found)


@router.get("/models/{name}")
async def model(name: str, request: Request) -> Response:
    """One model, number by number."""
    found = await asyncio.to_thread(catalogue.model, name)
    return _page(request, "model.html", model=found)


@router.get("/evidence")
async def evidence(request: Request) -> Response:
    """What there is evidence about."""
    return _page(request, "evidence.html", topics=await asyncio.to_thread(catalogue.topics))


@router.get("/evidence/{topic}")
async def topic(topic: str, request: Request) -> Response:
    """All rows of one topic."""
    found = await asyncio.to_thread(catalogue.topic, topic)
    return _page(request, "topic.html", topic=found)


@router.get("/evidence/{topic}/{name}")
async def entry(topic: str, name: str, request: Request) -> Response:
    """One row with everything that is known of it."""
    found = await asyncio.to_thread(catalogue.entry, topic, name)
    return _page(request, "entry.html", entry=found)


@router.get("/static/vega.js")
async def vega() -> Response:
    """The script that draws charts."""
    made = await asyncio.to_thread(bundle)
    headers = {"content-encoding": "gzip", "cache-control": "private, max-age=3600"}
    return Response(made, media_type=TYPES["js"], headers=headers)


@router.get("/static/report.css")
async def report_style() -> Response:
    """The style of the report, which the pages share."""
    headers = {"cache-control": "no-cache"}
    return Response(REPORT_STYLE.read_bytes(), media_type=TYPES["css"], headers=headers)


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """A style sheet, script or picture of the package."""
    stem, _, suffix = name.rpartition(".")
    path = STATIC.joinpath(name)
    plain = stem.replace("_", "").replace("-", "").isalnum() and stem.isascii()
    if not plain or suffix not in TYPES or not path.is_file():
        raise HTTPException(404, "no such file")
    headers = {"cache-control": "no-cache"}
    return Response(path.read_bytes(), media_type=TYPES[suffix], headers=headers)


@router.get("/favicon.ico")
async def icon() -> Response:
    """Browsers ask for it whatever the page says."""
    return RedirectResponse("/static/icon.svg", 308)


def _sessions(request: Request) -> Sessions:
    found: Sessions | None = request.app.state.sessions
    if found is None:
        raise HTTPException(404, "nobody has to sign in here")
    return found


@router.get("/sign-in")
async def sign_in_page(request: Request) -> Response:
    """The form for the password."""
    _sessions(request)
    return _page(request, "sign_in.html", wrong="")


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Check the password and begin a session."""
    sessions = _sessions(request)
    given = parse_qs((await request.body()).decode("utf-8", "replace"))
    password = given.get("password", [""])[0]
    try:
        name = await asyncio.to_thread(sessions.sign_in, password, request.scope)
    except TooMany:
        return _page(request, "sign_in.html", 429, wrong="Too many tries. Wait a minute.")
    if name is None:
        return _page(request, "sign_in.html", 403, wrong="This is not the password.")
    answer = RedirectResponse("/", 303)
    answer.set_cookie(
        COOKIE,
        name,
        max_age=int(SESSION_S),
        httponly=True,
        samesite="strict",
        secure=sessions.settings.secure,
    )
    return answer


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session."""
    _sessions(request).sign_out(session_of(request.scope), request.scope)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(COOKIE)
    return answer
