"""Results of a background run as files."""

from __future__ import annotations

import asyncio
import csv
import io

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from sordino.app.api import PROBLEM, REFUSED, Name, find_result
from sordino.app.planning import Planned
from sordino.report.html import report_html
from sordino.report.result import build_result, result_json
from sordino.simulation.answers import LEVELS
from sordino.simulation.summary import Summary
from sordino.simulation.variables import VARIABLES

router = APIRouter(prefix="/api/jobs", responses={**REFUSED, 404: PROBLEM, 409: PROBLEM})


class Csv(Response):
    """A table as text."""

    media_type = "text/csv"


@router.get("/{name}/result.json")
async def result(name: Name, request: Request) -> Response:
    """The result document."""
    summary = find_result(name, request, Planned).summary
    text = await asyncio.to_thread(lambda: result_json(build_result(summary)))
    return file_answer(text, "application/json", "result.json")


@router.get("/{name}/report.html", response_class=HTMLResponse)
async def report(name: Name, request: Request) -> Response:
    """The report: one file that holds everything."""
    text = await asyncio.to_thread(report_html, find_result(name, request, Planned).summary)
    return file_answer(text, "text/html; charset=utf-8", "report.html")


@router.get("/{name}/curves.csv", response_class=Csv)
async def curves(name: Name, request: Request) -> Response:
    """The curves as a table: one row for each time, variable and quantile."""
    text = await asyncio.to_thread(curves_csv, find_result(name, request, Planned).summary)
    return file_answer(text, "text/csv; charset=utf-8", "curves.csv")


def curves_csv(summary: Summary) -> str:
    """Quantiles over time in long form.

    `over` is `patients` for the spread between people, `draws` for how sure the middle is.
    """
    times = summary.quantiles["time"].values
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["time_h", "variable", "unit", "over", "quantile", "value"])
    for name in (n for n in VARIABLES if n in summary.quantiles):
        for over, key in (("patients", name), ("draws", f"{name}_median")):
            values = summary.quantiles[key].values
            for level, row in zip(LEVELS, values, strict=True):
                for time_h, value in zip(times, row, strict=True):
                    cell = "" if value != value else f"{value:.6g}"
                    rows.writerow(
                        [f"{time_h:.6g}", name, VARIABLES[name].unit, over, f"{level:g}", cell]
                    )
    return text.getvalue()


def file_answer(text: str, kind: str, name: str) -> Response:
    """A text to be kept as a file."""
    headers = {"content-disposition": f'attachment; filename="sordino-{name}"'}
    return Response(text, media_type=kind, headers=headers)
