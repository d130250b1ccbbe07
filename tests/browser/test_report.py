"""The report in a real browser: reachable for all, whole on a telephone, alone on its disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sordino.library.protocols import load_protocol
from sordino.report.html import report_html
from sordino.simulation.summary import summarize

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

WIDTHS = [320, 1280]


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the bundled course in a small population."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    summary = summarize(load_protocol("six_infusions"), patients=40, draws=3)
    path.write_text(report_html(summary), encoding="utf-8")
    return path


def opened(browser: Browser, report: Path, width: int, scheme: str) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(report.as_uri())
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing(browser: Browser, report: Path, width: int, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = opened(browser, report, width, scheme)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    found = Axe().run(page)
    page.context.close()
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [*WIDTHS, 2000])
def test_the_page_does_not_scroll_sideways(browser: Browser, report: Path, width: int) -> None:
    page = opened(browser, report, width, "light")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


@pytest.mark.parametrize(("width", "seen"), [(320, "narrow"), (1280, "wide")])
def test_one_drawing_of_each_figure_is_shown_and_legible(
    browser: Browser, report: Path, width: int, seen: str
) -> None:
    page = opened(browser, report, width, "light")
    shown = page.locator("svg.chart:visible")
    assert shown.count() == 4
    for chart in shown.all():
        assert seen in (chart.get_attribute("class") or "").split()
    # Letters as they appear on the screen, in pixels.
    sizes = page.evaluate(
        """[...document.querySelectorAll('svg.chart')].filter(s => s.clientWidth).flatMap(s =>
            [...s.querySelectorAll('text')].map(t => parseFloat(getComputedStyle(t).fontSize)
                * s.clientWidth / s.viewBox.baseVal.width))"""
    )
    assert min(sizes) > 9
    page.context.close()


def test_no_letter_of_a_chart_leaves_its_card(browser: Browser, report: Path) -> None:
    for width in WIDTHS:
        page = opened(browser, report, width, "light")
        beyond = page.evaluate(
            """[...document.querySelectorAll('.card')].flatMap(card => {
                const box = card.getBoundingClientRect();
                return [...card.querySelectorAll('text')].filter(t => {
                    const b = t.getBoundingClientRect();
                    return b.width && (b.left < box.left || b.right > box.right);
                }).map(t => t.textContent);
            })"""
        )
        page.context.close()
        assert beyond == []


def test_nothing_is_asked_of_the_network(browser: Browser, report: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(report.as_uri())
    page.wait_for_load_state("networkidle")
    context.close()
    assert [url for url in asked if not url.startswith("data:")] == [report.as_uri()]
    assert complaints == []


def test_every_figure_has_its_numbers(browser: Browser, report: Path) -> None:
    page = opened(browser, report, 1280, "light")
    for figure in page.locator("figure").all():
        table = figure.locator("details table")
        assert not table.is_visible()
        figure.locator("summary").click()
        assert table.is_visible()
        assert table.locator("caption").count() == 1
        assert table.locator("tbody tr").count() >= 5
        assert table.locator("th:not([scope])").count() == 0
    page.context.close()


def test_the_keyboard_reaches_the_answer(browser: Browser, report: Path) -> None:
    page = opened(browser, report, 1280, "light")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the answer"
    page.keyboard.press("Enter")
    assert page.url.endswith("#answer")
    page.context.close()


def test_the_dark_page_is_dark_and_its_charts_too(browser: Browser, report: Path) -> None:
    page = opened(browser, report, 1280, "dark")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red, green, blue = (int(part) for part in paper[4:-1].split(","))
    assert max(red, green, blue) < 60
    inks = page.evaluate(
        "[...document.querySelectorAll('svg.wide text')].map(t => getComputedStyle(t).fill)"
    )
    assert all(min(int(p) for p in ink[4:-1].split(",")) > 150 for ink in inks)
    page.context.close()


def test_it_prints_and_no_figure_is_cut(browser: Browser, report: Path) -> None:
    page = opened(browser, report, 700, "light")
    raw = page.pdf(format="A4", prefer_css_page_size=True)
    assert raw.startswith(b"%PDF")
    page.emulate_media(media="print")
    # A4 less the margins of the style sheet, at 96 pixels an inch.
    tallest = page.evaluate(
        "Math.max(...[...document.querySelectorAll('figure')].map(f => f.offsetHeight))"
    )
    assert tallest < (297 - 32) / 25.4 * 96
    assert page.locator("figure").first.evaluate("f => getComputedStyle(f).breakInside") == "avoid"
    assert not page.locator("nav").is_visible()
    page.context.close()
