"""A comparison in a real browser: reachable for all, whole on a telephone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sordino.compare import compare
from sordino.report.compare import compare_html

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three known arms and an unknown one."""
    path = tmp_path_factory.mktemp("comparison") / "comparison.html"
    found = compare(["six_infusions", "duloxetine", "placebo", "opioid"], patients=40, draws=3)
    path.write_text(compare_html(found), encoding="utf-8")
    return path


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_axe_finds_nothing_and_nothing_is_cut_off(
    browser: Browser, comparison: Path, width: int, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(comparison.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = Axe().run(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert found.violations_count == 0, found.generate_report()
    assert wide <= width
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
