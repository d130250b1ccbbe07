"""The pages of the store of records."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from sordino.app.api import Name, find_result, rooms_of
from sordino.app.forecasting import FollowedShown
from sordino.app.form import form
from sordino.app.readers import CLOSED, check_reader, may_read
from sordino.app.records import ENDINGS
from sordino.app.rendering import render
from sordino.following import Followed
from sordino.report import follow_words
from sordino.report.follow_chart import diary_chart
from sordino.report.panels import NARROW, WIDE
from sordino.report.svg import chart_svg, inline_svg

router = APIRouter(include_in_schema=False)


@router.get("/follow")
async def follow(request: Request) -> Response:
    """Everybody in the store, and taking records in."""
    if not may_read(request):
        return render(request, "follow.html", 401, closed=CLOSED, missing=False, patients=())
    records = rooms_of(request).records
    missing = await records.ask(lambda: records.missing)
    patients = () if missing else await records.ask(records.patients)
    return render(
        request,
        "follow.html",
        closed="",
        missing=missing,
        address=records.address,
        patients=patients,
        endings=ENDINGS,
    )


@router.get("/follow/{name}")
async def patient(name: Name, request: Request) -> Response:
    """The record of one patient, and looking ahead."""
    check_reader(request)
    records = rooms_of(request).records
    shown = await records.ask(partial(records.shown, name))
    return render(request, "patient.html", shown=shown, form=form())


@router.get("/jobs/{name}/forecast")
async def forecast(name: Name, request: Request) -> Response:
    """What following found, to be put into the page."""
    found = find_result(name, request, FollowedShown)

    def made() -> Response:
        return render(request, "forecast.html", **_parts(found.found))

    return await asyncio.to_thread(made)


def _parts(found: Followed) -> dict[str, Any]:
    drawings = [
        inline_svg(chart_svg(diary_chart(found, layout)), "diary", "diary-words", layout.name)
        for layout in (WIDE, NARROW)
    ]
    return {"found": found, "words": follow_words, "drawings": drawings}
