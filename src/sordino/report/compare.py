"""A comparison as one page, as JSON, and as files in a folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sordino.compare import Comparison
from sordino.library.cite import references
from sordino.report import compare_tables as tables
from sordino.report.compare_chart import pain_chart, responder_chart
from sordino.report.page import page
from sordino.report.panels import NARROW, WIDE, Layout
from sordino.report.result import plain_values
from sordino.report.sentences import PURPOSE
from sordino.report.staging import staged
from sordino.report.svg import chart_svg, inline_svg

SCHEMA_VERSION = 1
REPORT = "comparison.html"
RESULT = "comparison.json"


@dataclass(frozen=True)
class Drawing:
    """A chart for wide and for narrow pages."""

    wide: str
    narrow: str


def compare_html(found: Comparison, command: str = "") -> str:
    """The comparison as HTML: no script, no font, no request.

    Path("comparison.html").write_text(compare_html(compare(["six_infusions", "placebo"])))
    """
    title = f"{len(found.arms)} treatments compared" if len(found.arms) > 1 else found.title
    return page("compare.html", title=title, purpose=PURPOSE, **_parts(found, command, {}))


def compare_body(found: Comparison, links: Mapping[str, str]) -> str:
    """What stands in the page of a comparison, to be put into another page.

    `links`: addresses by what stands at the beginning of a row, such as the name of a study.
    """
    return page("compare_body.html", title=found.title, **_parts(found, "", links))


def _parts(found: Comparison, command: str, links: Mapping[str, str]) -> dict[str, Any]:
    return {
        "found": found,
        "headlines": [tables.headline(arm) for arm in found.arms],
        "tables": tables,
        "glance": tables.glance(found),
        "burden": tables.burden(found),
        "pain": _drawing(pain_chart, found, "pain"),
        "responders": _drawing(responder_chart, found, "responders"),
        "ranges": tables.ranges(found),
        "sources": sources(sorted({key for arm in found.arms for key in arm.cites})),
        "command": command,
        "links": links,
    }


def sources(keys: list[str]) -> list[tuple[str, str, str]]:
    """Key, text and address of papers."""
    found: list[tuple[str, str, str]] = []
    for key in keys:
        found.append((key, references()[key].text(), references()[key].address))
    return found


def _drawing(draw: Callable[[Comparison, Layout], Any], found: Comparison, name: str) -> Drawing:
    wide, narrow = (
        inline_svg(chart_svg(draw(found, layout)), name, f"{name}-text", layout.name)
        for layout in (WIDE, NARROW)
    )
    return Drawing(wide, narrow)


def compare_json(found: Comparison) -> str:
    """The comparison as JSON text."""
    table = {"schema_version": SCHEMA_VERSION, "purpose": PURPOSE, **asdict(found)}
    return json.dumps(plain_values(table), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def compare_to_folder(
    run: Callable[[], Comparison], folder: Path, command: str = ""
) -> tuple[Comparison, tuple[Path, ...]]:
    """Run a comparison and write it as a page and as JSON, whole or not at all.

    Raises OutputError before anything is simulated when the folder cannot be written, and what
    `run` raises; nothing is left behind then.
    """
    with staged(folder, (REPORT, RESULT)) as parts:
        found = run()
        parts[REPORT].write_text(compare_html(found, command), encoding="utf-8")
        parts[RESULT].write_text(compare_json(found), encoding="utf-8")
    return found, (folder / REPORT, folder / RESULT)
