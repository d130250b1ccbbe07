"""The pages of the other rooms: comparing, claims, screening, what was learned."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from sordino.app import learned, saying
from sordino.app.api import Name, find_result
from sordino.app.comparing import comparators
from sordino.app.form import form
from sordino.app.learned import LESSONS
from sordino.app.rendering import render
from sordino.app.rows import row_links
from sordino.app.saying import ClaimPage
from sordino.app.screening_form import PersonAsked, questions
from sordino.app.screening_page import screening_shown
from sordino.compare import Comparison
from sordino.library.posterior import draws
from sordino.report.claims import VERDICTS
from sordino.report.compare import compare_body

router = APIRouter(include_in_schema=False)


@router.get("/compare")
async def compare(request: Request) -> Response:
    """Courses beside other treatments; the courses are in the fragment of the address."""
    return render(request, "compare.html", comparators=comparators(), form=form())


@router.get("/jobs/{name}/comparison")
async def comparison(name: Name, request: Request) -> Response:
    """What a comparison found, to be put into the page."""
    found = find_result(name, request, Comparison)
    body = await asyncio.to_thread(compare_body, found, row_links())
    return render(request, "piece.html", title="Comparison", body=body)


@router.get("/claims")
async def claims(request: Request) -> Response:
    """Everything that is said, by verdict."""
    return render(request, "claims.html", claims=saying.listed(), groups=VERDICTS.items())


@router.get("/claims/{name}")
async def claim(name: str, request: Request) -> Response:
    """One claim with its stored run."""
    return _claim(request, await asyncio.to_thread(saying.claim_page, name))


@router.get("/jobs/{name}/claim")
async def claim_again(name: Name, request: Request) -> Response:
    """The same page with what was computed now."""
    return _claim(request, find_result(name, request, ClaimPage))


def _claim(request: Request, shown: ClaimPage) -> Response:
    every = saying.listed()
    here = [c.id for c in every].index(shown.claim.id)
    return render(
        request,
        "claim.html",
        shown=shown,
        rows=row_links(),
        before=every[here - 1] if here else None,
        after=every[here + 1] if here + 1 < len(every) else None,
    )


@router.get("/screen")
async def screen(request: Request) -> Response:
    """The form of a person, and all rules."""
    shown = await asyncio.to_thread(lambda: screening_shown(PersonAsked().screened()))
    return render(request, "screen.html", groups=questions(), shown=shown)


@router.post("/screen")
async def screened(asked: PersonAsked, request: Request) -> Response:
    """The rules for a person, to be put into the page."""
    shown = await asyncio.to_thread(lambda: screening_shown(asked.screened()))
    return render(request, "screen_result.html", shown=shown)


@router.get("/learned")
async def what_was_learned(request: Request) -> Response:
    """Each parameter before and after trials were read."""

    def made() -> Response:
        shipped = draws()
        return render(
            request,
            "learned.html",
            found=learned.learned(),
            drawing=learned.drawing,
            ranged=learned.ranged,
            lessons=LESSONS,
            made=shipped.about["made"],
            count=shipped.count,
        )

    return await asyncio.to_thread(made)
