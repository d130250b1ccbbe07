"""The addresses of the store of records under /api, for those who may read records."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, Response

from sordino.app.api import PROBLEM, REFUSED, JobShown, Name, begin, find_result, rooms_of
from sordino.app.bodies import JsonRoute
from sordino.app.downloads import file_answer
from sordino.app.forecasting import FollowedShown, ForecastAsked, forecast_work
from sordino.app.readers import check_reader
from sordino.app.records import FileTaken, PatientListed, RecordShown, Taken
from sordino.report.follow import follow_as_dict, person_html, visit_html

router = APIRouter(
    prefix="/api",
    responses={**REFUSED, 404: PROBLEM},
    dependencies=[Depends(check_reader)],
    route_class=JsonRoute,
)
UNDONE: dict[int | str, dict[str, Any]] = {409: PROBLEM}
HTML = "text/html; charset=utf-8"


@router.get("/follow")
async def patients(request: Request) -> tuple[PatientListed, ...]:
    """Everybody in the store."""
    records = rooms_of(request).records
    return await records.ask(records.patients)


@router.post("/follow/store", status_code=204, response_class=Response)
async def make(request: Request) -> None:
    """Make the store, where there is none yet."""
    records = rooms_of(request).records
    await records.ask(records.make)


@router.post("/follow/import")
async def take(given: FileTaken, request: Request) -> Taken:
    """Put the records of a file into the store, all of them or none."""
    records = rooms_of(request).records
    return await records.ask(partial(records.take, given))


@router.get("/follow/{name}")
async def record(name: Name, request: Request) -> RecordShown:
    """The record of one patient."""
    records = rooms_of(request).records
    return await records.ask(partial(records.shown, name))


@router.post("/follow/{name}/forecast", status_code=202)
async def forecast(name: Name, asked: ForecastAsked, request: Request) -> JobShown:
    """Begin to learn from a record and to look ahead."""
    rooms = rooms_of(request)
    found = await rooms.records.ask(partial(rooms.records.record, name))
    plan, others = await asyncio.to_thread(asked.checked)
    work = forecast_work(rooms.runner, name, found, plan, others, asked.seed)
    return begin(request, "forecast", work, asked.tab, private=True)


@router.get("/jobs/{name}/follow.json", responses=UNDONE)
async def followed(name: Name, request: Request) -> dict[str, Any]:
    """What following found."""
    found = find_result(name, request, FollowedShown).found
    return await asyncio.to_thread(follow_as_dict, found)


@router.get("/jobs/{name}/visit.html", responses=UNDONE, response_class=HTMLResponse)
async def visit(name: Name, request: Request) -> Response:
    """The report for the visit, as one file."""
    found = find_result(name, request, FollowedShown).found
    return file_answer(await asyncio.to_thread(visit_html, found), HTML, "visit.html")


@router.get("/jobs/{name}/visit-plain.html", responses=UNDONE, response_class=HTMLResponse)
async def person(name: Name, request: Request) -> Response:
    """The page for the person, as one file."""
    found = find_result(name, request, FollowedShown).found
    return file_answer(await asyncio.to_thread(person_html, found), HTML, "visit-plain.html")
