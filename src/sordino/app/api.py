"""The addresses under /api: what every page shows, as JSON."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path as FilePath
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Body, HTTPException, Path, Request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from sordino._version import __version__
from sordino.app import charts
from sordino.app.asked import OPEN, PlanAsked
from sordino.app.bodies import JsonRoute
from sordino.app.editing import Edited, edited
from sordino.app.form import Form, form
from sordino.app.jobs import ENDED, Busy, Job, State
from sordino.app.planning import Planned, plan_work
from sordino.app.problems import MEDIA_TYPE, Problem, problem
from sordino.app.python_code import course_table, python_code
from sordino.app.readers import check_reader
from sordino.app.rooms import Rooms
from sordino.app.tomlfile import toml_text
from sordino.app.turns import Overtaken
from sordino.app.view import PlanShown
from sordino.documents import MAX_BYTES, parse_document

POLL_S = 0.05
ALONE_S = 2.0
"""So long a run goes on when the page that watched it is gone: it may come back."""
PROBLEM: dict[str, Any] = {"model": Problem, "content": {MEDIA_TYPE: {}}}
CODES = (400, 401, 403, 408, 413, 415, 421, 422, 429, 500, 503)
REFUSED: dict[int | str, dict[str, Any]] = dict.fromkeys(CODES, PROBLEM)
_SHOWN = TypeAdapter(PlanShown)

router = APIRouter(prefix="/api", responses=REFUSED, route_class=JsonRoute)
Found = TypeVar("Found")
Name = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class CourseAsked(BaseModel):
    """A course document alone."""

    model_config = OPEN

    course: dict[str, Any] = Field(description="The course document.")


class FileGiven(BaseModel):
    """A course file as text."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=300)] = Field(description="Its name: .toml or .json.")
    text: Annotated[str, Field(max_length=MAX_BYTES)] = Field(description="What is in it.")


class JobShown(BaseModel):
    """How far a background run is."""

    id: str
    state: State
    done: int = Field(description="Blocks that are done.")
    total: int = Field(description="Blocks in all; 0 before it is known.")
    problem: Problem | None = None


def rooms_of(request: Request) -> Rooms:
    """What the application holds."""
    return request.app.state.rooms


@router.get("/health")
async def health(request: Request) -> dict[str, Any]:
    """That the page is there, which start of it this is, and whether usual courses are compiled."""
    rooms = rooms_of(request)
    return {"version": __version__, "start": rooms.start, "warm": rooms.warm.is_set()}


@router.get("/form")
async def form_shown() -> Form:
    """Drugs, routes, ranges of fields, and the published regimens."""
    return form()


@router.post("/plan", responses={409: PROBLEM}, response_model=PlanShown)
async def plan(asked: PlanAsked, request: Request) -> Response:
    """What a course does: a first answer from 200 people, without ranges.

    The exact run of an earlier course of the same tab ends.
    """
    rooms = rooms_of(request)
    rooms.jobs.end("plan", asked.tab)
    try:
        found = await rooms.turns.answer(asked)
    except Overtaken:
        return problem(409)
    return Response(_SHOWN.dump_json(found), media_type="application/json")


@router.post("/jobs", status_code=202)
async def start(asked: PlanAsked, request: Request) -> JobShown:
    """Begin an exact run in the background; an earlier one of the same tab ends."""
    course = await asyncio.to_thread(asked.checked)
    return begin(request, "plan", plan_work(rooms_of(request).runner, asked, course), asked.tab)


@router.get("/jobs/{name}", responses={404: PROBLEM})
async def look(name: Name, request: Request) -> JobShown:
    """How far a run is."""
    return _state(_job(name, request))


@router.delete("/jobs/{name}", responses={404: PROBLEM})
async def cancel(name: Name, request: Request) -> JobShown:
    """Stop a run: at once while it waits, else when the piece under way has ended."""
    job = _job(name, request)
    job.end()
    return _state(job)


@router.get("/jobs/{name}/plan", responses={404: PROBLEM, 409: PROBLEM}, response_model=PlanShown)
async def exact(name: Name, request: Request) -> Response:
    """What the course does, from all people and draws that were asked for."""
    found = find_result(name, request, Planned).shown
    return Response(_SHOWN.dump_json(found), media_type="application/json")


@router.get(
    "/jobs/{name}/events",
    responses={404: PROBLEM, 200: {"content": {"text/event-stream": {}}}},
    response_class=StreamingResponse,
)
async def events(name: Name, request: Request) -> StreamingResponse:
    """The progress of a run as server-sent events, until it ends.

    A run that was watched and that nobody watches any more is stopped.
    """
    job = _job(name, request)

    async def stream() -> AsyncIterator[str]:
        said: JobShown | None = None
        job.watched += 1
        try:
            while not await request.is_disconnected():
                now = _state(job)
                if now != said:
                    said = now
                    yield f"event: {now.state}\ndata: {now.model_dump_json()}\n\n"
                if now.state in ENDED:
                    return
                await asyncio.sleep(POLL_S)
        finally:
            job.watched -= 1
            asyncio.get_running_loop().call_later(ALONE_S, job.leave)

    return StreamingResponse(stream(), media_type="text/event-stream")


@router.get("/drawings/{name}", responses={404: PROBLEM})
async def drawing(name: Name) -> Response:
    """A chart as Vega-Lite, without its numbers."""
    found = charts.drawing(name)
    if found is None:
        raise HTTPException(404, f"no drawing {name}")
    return Response(
        json.dumps(found),
        media_type="application/json",
        headers={"cache-control": "private, max-age=86400, immutable"},
    )


@router.post("/course/file", response_class=PlainTextResponse)
async def course_file(asked: CourseAsked) -> str:
    """The course as a file, in TOML."""
    course = await asyncio.to_thread(PlanAsked(course=asked.course).checked)
    return toml_text(course_table(course))


@router.post("/course/read")
async def course_read(given: Annotated[FileGiven, Body()]) -> Edited:
    """The course that a file holds, as the page edits it."""

    def read() -> Edited:
        table = parse_document(given.text, FilePath(given.name))
        return edited(PlanAsked(course=table).checked())

    return await asyncio.to_thread(read)


@router.post("/course/python", response_class=PlainTextResponse)
async def course_python(asked: PlanAsked) -> str:
    """The run as Python that gives the same numbers again."""
    course = await asyncio.to_thread(asked.checked)
    return python_code(course, asked.as_run())


def begin(
    request: Request,
    kind: str,
    work: Callable[[Job], object],
    tab: str = "",
    *,
    private: bool = False,
) -> JobShown:
    """Put work into the queue; answers 429 where too much waits."""
    try:
        return _state(rooms_of(request).jobs.add(kind, work, tab, private=private))
    except Busy:
        raise HTTPException(429, "too many runs wait; try again in a minute") from None


def _state(job: Job) -> JobShown:
    # The state first: what belongs to it is there before the state says so.
    state = job.state
    found = Problem.model_validate(job.problem) if job.problem is not None else None
    return JobShown(id=job.id, state=state, done=job.done, total=job.total, problem=found)


def _job(name: str, request: Request) -> Job:
    job = rooms_of(request).jobs.get(name)
    if job is None:
        raise HTTPException(404, "this run is not kept any more")
    if job.private:
        check_reader(request)
    return job


def find_result(name: str, request: Request, kind: type[Found]) -> Found:
    """The result of a run; answers 404 or 409 where there is none of this kind."""
    job = _job(name, request)
    if job.state != "done":
        raise HTTPException(409, f"this run is {job.state}")
    if not isinstance(job.result, kind):
        raise HTTPException(404, "this run is about something else")
    return job.result
