"""The pages of a visit in a real browser: reachable for all, whole on a telephone, one sheet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from sordino.course import load_course
from sordino.following import api, follow
from sordino.following.learn import Effort
from sordino.following.study import COURSE
from sordino.library.protocols import load_protocol
from sordino.record import load_record
from sordino.report.follow import person_html, visit_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

PAGES = ("visit.html", "visit-plain.html", "visit-rules.html", "visit-plain-rules.html")
SHEET_PX = (680, 1002)
"""A4 without the margins of the print style, in pixels of 1/96 inch."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both pages for a diary of two weeks and two sessions; of a plan without and with rules."""
    made = tmp_path_factory.mktemp("visit")
    rows = ["patient,kind,time,end,name,value,unit,planned,route,salt,note"]
    for day in ("12", "14"):
        rows.append(f"P01,session,2026-01-{day} 10:00,2026-01-{day} 10:40,ketamine,35,mg,35,iv,,")
    pain = np.random.default_rng(1).integers(5, 9, 14)
    rows += [f"P01,diary,2026-01-{k + 5:02d},,pain,{p},,,,," for k, p in enumerate(pain)]
    record = made / "record.csv"
    record.write_text("\n".join(rows) + "\n")
    little = Effort(people=1024, particles=256, sweeps=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api, "USUAL", little)
        patch.setattr(api, "HARD", little)
        plans = (load_course(COURSE), load_protocol("by_response"))
        found = [follow(plan, load_record(record)) for plan in plans]
    texts = [page(one) for one in found for page in (visit_html, person_html)]
    assert "What the rules of the plan say" in texts[2]
    for name, text in zip(PAGES, texts, strict=True):
        (made / name).write_text(text, encoding="utf-8")
    return made


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_axe_finds_nothing_and_nothing_sticks_out(
    browser: Browser, folder: Path, name: str, width: int, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto((folder / name).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_it_prints_on_one_sheet(browser: Browser, folder: Path, name: str) -> None:
    width, height = SHEET_PX
    context = browser.new_context(viewport={"width": width, "height": 100})
    page = context.new_page()
    page.goto((folder / name).as_uri())
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollHeight") <= height
    context.close()
