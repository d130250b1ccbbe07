"""The addresses of the other rooms under /api: comparing, claims, screening, what was learned."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from sordino.app import learned, saying
from sordino.app.api import (
    PROBLEM,
    REFUSED,
    FileGiven,
    JobShown,
    Name,
    begin,
    find_result,
    rooms_of,
)
from sordino.app.asked import OPEN, Text
from sordino.app.bodies import JsonRoute
from sordino.app.comparing import CompareAsked, comparators, compare_work
from sordino.app.downloads import Csv, file_answer
from sordino.app.learned import LearnedShown
from sordino.app.saying import ClaimListed, ClaimPage
from sordino.app.screening_form import Asked, PersonAsked, questions
from sordino.app.tomlfile import toml_text
from sordino.compare import Comparison
from sordino.documents import parse_document
from sordino.patient import load_patient
from sordino.report.compare import compare_html, compare_json

router = APIRouter(prefix="/api", responses=REFUSED, route_class=JsonRoute)
MISSING: dict[int | str, dict[str, Any]] = {404: PROBLEM}
UNDONE: dict[int | str, dict[str, Any]] = {404: PROBLEM, 409: PROBLEM}


class RunAgain(BaseModel):
    """A request to compute something again."""

    model_config = OPEN

    tab: Text = ""


@router.get("/compare")
async def compare_form() -> tuple[dict[str, Any], ...]:
    """The treatments that a course can be compared with."""
    return comparators()


@router.post("/compare", status_code=202)
async def compare_begin(asked: CompareAsked, request: Request) -> JobShown:
    """Begin a comparison in the background; an earlier one of the same tab ends."""
    courses = await asyncio.to_thread(asked.checked)
    work = compare_work(rooms_of(request).runner, asked, courses)
    return begin(request, "compare", work, asked.tab)


@router.get("/jobs/{name}/comparison.json", responses=UNDONE)
async def comparison(name: Name, request: Request) -> dict[str, Any]:
    """A comparison that is done."""
    found = find_result(name, request, Comparison)
    return json.loads(await asyncio.to_thread(compare_json, found))


@router.get("/jobs/{name}/comparison.html", responses=UNDONE, response_class=HTMLResponse)
async def comparison_file(name: Name, request: Request) -> Response:
    """A comparison as one file that holds everything."""
    text = await asyncio.to_thread(compare_html, find_result(name, request, Comparison))
    return file_answer(text, "text/html; charset=utf-8", "comparison.html")


@router.get("/claims")
async def claims() -> tuple[ClaimListed, ...]:
    """Every claim with its verdict."""
    return saying.listed()


@router.get("/claims/{name}", responses=MISSING)
async def claim(name: Name) -> ClaimPage:
    """One claim: what studies say, what was computed, what would settle it."""
    return await asyncio.to_thread(saying.claim_page, name)


@router.post("/claims/{name}/run", status_code=202, responses=MISSING)
async def claim_begin(name: Name, asked: RunAgain, request: Request) -> JobShown:
    """Begin to compute a claim again."""
    return begin(request, "claim", saying.claim_work(rooms_of(request).runner, name), asked.tab)


@router.get("/jobs/{name}/claim", responses=UNDONE)
async def claim_again(name: Name, request: Request) -> ClaimPage:
    """A claim as it was computed again."""
    return find_result(name, request, ClaimPage)


@router.get("/screen")
async def screen_form() -> tuple[Asked, ...]:
    """What screening asks, in groups."""
    return questions()


@router.post("/screen")
async def screen(asked: PersonAsked) -> dict[str, Any]:
    """Every rule for one person: met, not met or unknown, with its source."""
    return (await asyncio.to_thread(asked.screened)).as_dict()


@router.post("/patient/file", response_class=PlainTextResponse)
async def patient_file(asked: PersonAsked) -> str:
    """The person as a file, in TOML."""
    person = await asyncio.to_thread(load_patient, asked.person)
    return toml_text(person.model_dump(mode="json", exclude_defaults=True))


@router.post("/patient/read")
async def patient_read(given: FileGiven) -> dict[str, Any]:
    """The person that a file holds, as plain values."""

    def read() -> dict[str, Any]:
        person = load_patient(parse_document(given.text, Path(given.name)))
        return person.model_dump(mode="json", exclude_defaults=True)

    return await asyncio.to_thread(read)


@router.get("/learned")
async def learned_shown() -> tuple[LearnedShown, ...]:
    """What published trials taught: each parameter before and after."""
    return learned.learned()


@router.get("/learned/draws.csv", response_class=Csv)
async def learned_draws() -> Response:
    """Every draw of every parameter as a table."""
    text = await asyncio.to_thread(learned.draws_csv)
    return file_answer(text, "text/csv; charset=utf-8", "draws.csv")
