"""The pages as HTML, and what they load."""

from __future__ import annotations

import asyncio
from importlib.resources import files
from urllib.parse import parse_qs

from fastapi import APIRouter, HTTPException, Request
from starlette.responses import RedirectResponse, Response

from sordino.app import catalogue
from sordino.app.bundle import bundle
from sordino.app.form import form
from sordino.app.login import COOKIE, SESSION_S, Sessions, TooMany, session_of
from sordino.app.readers import open_door
from sordino.app.rendering import render

router = APIRouter(include_in_schema=False)

TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
STATIC = files("sordino.app").joinpath("static")
REPORT_STYLES = ("style.css", "prose.css")
OWN = (
    ("cadss", "Dissociation", "of 92 points, at most"),
    ("sbp_change", "Rise of upper blood pressure", "mmHg, at most"),
    ("leave_min", "Fit to leave within", "min"),
    ("total_mg", "Dose of the whole course", "mg, at most"),
)
"""Limits that one can set: name, words, unit."""


@router.get("/")
async def plan(request: Request) -> Response:
    """The plan page; its course is in the fragment of the address, which is never sent."""
    return render(request, "plan.html", form=form(), own=OWN)


@router.get("/models")
async def models(request: Request) -> Response:
    """All models of the library."""
    found = await asyncio.to_thread(catalogue.models)
    return render(request, "models.html", models=found)


@router.get("/models/{name}")
async def model(name: str, request: Request) -> Response:
    """One model, number by number."""
    found = await asyncio.to_thread(catalogue.model, name)
    return render(request, "model.html", model=found)


@router.get("/evidence")
async def evidence(request: Request) -> Response:
    """What there is evidence about."""
    return render(request, "evidence.html", topics=await asyncio.to_thread(catalogue.topics))


@router.get("/evidence/{topic}")
async def topic(topic: str, request: Request) -> Response:
    """All rows of one topic."""
    found = await asyncio.to_thread(catalogue.topic, topic)
    return render(request, "topic.html", topic=found)


@router.get("/evidence/{topic}/{name}")
async def entry(topic: str, name: str, request: Request) -> Response:
    """One row with everything that is known of it."""
    found = await asyncio.to_thread(catalogue.entry, topic, name)
    return render(request, "entry.html", entry=found)


@router.get("/static/vega.js")
async def vega() -> Response:
    """The script that draws charts."""
    made = await asyncio.to_thread(bundle)
    headers = {"content-encoding": "gzip", "cache-control": "private, max-age=3600"}
    return Response(made, media_type=TYPES["js"], headers=headers)


@router.get("/static/report.css")
async def report_style() -> Response:
    """The style of the reports, which the pages share."""
    headers = {"cache-control": "no-cache"}
    folder = files("sordino.report")
    text = b"".join(folder.joinpath(name).read_bytes() for name in REPORT_STYLES)
    return Response(text, media_type=TYPES["css"], headers=headers)


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """A style sheet, script or picture of the package."""
    suffix = name.rpartition(".")[2]
    # Looked for among what is there: a name can be one that the system refuses.
    if suffix not in TYPES or name not in {path.name for path in STATIC.iterdir()}:
        raise HTTPException(404, "no such file")
    headers = {"cache-control": "no-cache"}
    return Response(STATIC.joinpath(name).read_bytes(), media_type=TYPES[suffix], headers=headers)


@router.get("/open/{key}")
async def door(key: str, request: Request) -> Response:
    """Open the records to the browser of whoever started the program."""
    return open_door(key, request.app.state.settings)


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
async def sign_inrender(request: Request) -> Response:
    """The form for the password."""
    _sessions(request)
    return render(request, "sign_in.html", wrong="")


@router.post("/sign-in")
async def sign_in(request: Request) -> Response:
    """Check the password and begin a session."""
    sessions = _sessions(request)
    given = parse_qs((await request.body()).decode("utf-8", "replace"))
    password = given.get("password", [""])[0]
    try:
        name = await asyncio.to_thread(sessions.sign_in, password, request.scope)
    except TooMany:
        return render(request, "sign_in.html", 429, wrong="Too many tries. Wait a minute.")
    if name is None:
        return render(request, "sign_in.html", 403, wrong="This is not the password.")
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
