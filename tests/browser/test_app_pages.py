"""Every page of the app: reachable for all, on every width, also when the program goes away."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    Open = Callable[..., Page]
    Picture = Callable[[Page, str], None]

pytestmark = pytest.mark.browser

WAIT_MS = 120_000
PAGES = {
    "plan": "",
    "models": "models",
    "model": "models/simons_2022",
    "effect": "models/slow_lag",
    "evidence": "evidence",
    "topic": "evidence/studies",
    "parameters": "evidence/parameters",
    "entry": "evidence/studies/noppers_2011_fm",
}


def ready(page: Page) -> Page:
    if page.locator("#headline").count():
        page.wait_for_selector("body[data-answer=exact]")
    return page


def open_everything(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    if page.locator("#researcher").count():
        page.get_by_label("Researcher").check()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(opened: Open, picture: Picture, name: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = ready(opened(PAGES[name], color_scheme=scheme))
    picture(page, f"{name}-{scheme}")
    open_everything(page)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [320, 700, 1024, 2000])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways(opened: Open, picture: Picture, name: str, width: int) -> None:
    page = ready(opened(PAGES[name], width=width))
    if width == 320:
        picture(page, f"{name}-phone")
    open_everything(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_chart_is_said_in_words_and_has_its_numbers(opened: Open) -> None:
    page = ready(opened())
    for chart in page.locator(".figures figure").all():
        words = chart.locator(".unseen").text_content() or ""
        assert any(c.isdigit() for c in words)
        described = chart.locator(".chart").get_attribute("aria-describedby")
        assert page.locator(f"#{described}").count() == 1
        chart.locator("summary").click()
        expect(chart.locator("tbody tr").nth(4)).to_be_visible()
    assert page.locator("#spoken").text_content() != ""


def test_letters_in_the_dark_are_light(opened: Open) -> None:
    page = ready(opened(color_scheme="dark"))
    inks = page.evaluate(
        "[...document.querySelectorAll('.chart text')].map(t => getComputedStyle(t).fill)"
    )
    assert inks
    assert all(min(int(p) for p in ink[4:-1].split(",")) > 140 for ink in inks)


def test_it_prints_without_its_form(opened: Open) -> None:
    page = ready(opened(width=700))
    page.emulate_media(media="print")
    assert not page.locator("#form").is_visible()
    assert page.locator("#headline").is_visible()
    assert page.locator(".figures svg").first.is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_less_motion_is_respected(opened: Open) -> None:
    page = ready(opened(reduced_motion="reduce"))
    assert page.evaluate("getComputedStyle(document.querySelector('#verdict')).transition") in (
        "none",
        "none 0s ease 0s",
        "all",
    )


def test_a_lost_program_is_said_and_the_work_is_kept(
    browser: Browser, start_server: Callable[..., Any]
) -> None:
    running = start_server()
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(running.url)
    page.wait_for_selector("body[data-answer=first]")
    running.stop()
    page.fill("#dose", "0.77")
    expect(page.locator("#lost")).to_be_visible()
    again = start_server(running.port)
    expect(page.locator("#lost")).to_be_hidden(timeout=WAIT_MS)
    page.wait_for_function("() => window.page.settled()")
    assert page.input_value("#dose") == "0.77"
    context.close()
    again.stop()
