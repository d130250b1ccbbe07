"""Every page of the app: reachable for all, on every width, also when the program goes away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from sordino.app.login import hashed

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    Open = Callable[..., Page]
    Picture = Callable[[Page, str], None]

pytestmark = pytest.mark.browser

WAIT_MS = 120_000
PAGES = {
    "plan": "",
    "compare": "compare",
    "screen": "screen",
    "follow-closed": "follow",
    "claims": "claims",
    "claim": "claims/rapid_relief",
    "learned": "learned",
    "models": "models",
    "model": "models/simons_2022",
    "effect": "models/slow_lag",
    "evidence": "evidence",
    "topic": "evidence/studies",
    "parameters": "evidence/parameters",
    "entry": "evidence/studies/noppers_2011_fm",
    "missing": "claims/none",
}
ALONE = ("follow-closed", "missing")
"""Pages that are an error: the browser says so."""
WIDTHS = (320, 700, 1024, 2000)


def ready(page: Page, answer: str = "exact") -> Page:
    if page.locator("script[src$='main.js'], script[src$='compare.js']").count():
        page.wait_for_selector(f"body[data-answer={answer}]")
    return page


def open_everything(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    if page.locator("#researcher").count():
        page.get_by_label("Researcher").check()


def is_for_everybody(page: Page, name: str, picture: Picture) -> None:
    """No violation in the light, in the dark and on a phone; no width scrolls sideways."""
    picture(page, f"{name}-light")
    page.emulate_media(color_scheme="dark")
    picture(page, f"{name}-dark")
    open_everything(page)
    violates_nothing(page)
    page.emulate_media(color_scheme="light")
    violates_nothing(page)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
        if width == WIDTHS[0]:
            violates_nothing(page)
            picture(page, f"{name}-phone")


def violates_nothing(page: Page) -> None:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_everybody(opened: Open, picture: Picture, name: str) -> None:
    page = ready(opened(PAGES[name], quiet=name not in ALONE))
    is_for_everybody(page, name, picture)


def test_signing_in_and_out_is_for_everybody(
    browser: Browser, start_server: Callable[..., Any], tmp_path: Path, picture: Picture
) -> None:
    file = tmp_path / "password"
    file.touch(0o600)
    file.write_text(hashed("correct horse battery"))
    running = start_server(0, "--password-file", str(file))
    context = browser.new_context()
    page = context.new_page()
    page.goto(running.url)
    page.get_by_label("Password").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This is not the password.")
    is_for_everybody(page, "sign-in", picture)
    page.get_by_label("Password").fill("correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_selector("#calendar button")
    page.goto(f"{running.url}follow")
    expect(page.get_by_text("There is no store yet")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{running.url}follow")
    expect(page.get_by_label("Password")).to_be_visible()
    context.close()
    running.stop()


def test_a_chart_is_said_in_words_and_has_its_numbers(opened: Open) -> None:
    page = ready(opened(), "first")
    page.get_by_label("Researcher").check()
    page.fill("#patients", "64")
    page.wait_for_function("() => window.page.settled()")
    for chart in page.locator(".figures figure").all():
        words = chart.locator(".unseen").text_content() or ""
        assert any(c.isdigit() for c in words)
        described = chart.locator(".chart").get_attribute("aria-describedby")
        assert page.locator(f"#{described}").count() == 1
        chart.locator("summary").click()
        expect(chart.locator("tbody tr").nth(4)).to_be_visible()
    assert page.locator("#spoken").text_content() != ""


def test_letters_in_the_dark_are_light(opened: Open) -> None:
    page = ready(opened(color_scheme="dark"), "first")
    inks = page.evaluate(
        "[...document.querySelectorAll('.chart text')].map(t => getComputedStyle(t).fill)"
    )
    assert inks
    assert all(min(int(p) for p in ink[4:-1].split(",")) > 140 for ink in inks)


def test_it_prints_without_its_form(opened: Open) -> None:
    page = ready(opened(width=700), "first")
    page.emulate_media(media="print")
    assert not page.locator("#form").is_visible()
    assert page.locator("#headline").is_visible()
    # Whoever holds the paper sees whom and what it is about.
    for text in ("70 kg", "0.5 mg/kg", "days 0, 2, 4, 7, 9, 11", "made-up people"):
        expect(page.locator(".printed").get_by_text(text).first).to_be_visible()
    assert page.locator(".figures svg").first.is_visible()
    assert page.pdf(format="A4").startswith(b"%PDF")


def test_less_motion_is_respected(opened: Open) -> None:
    page = ready(opened(reduced_motion="reduce"), "first")
    assert page.evaluate("getComputedStyle(document.querySelector('#verdict')).transition") in (
        "none",
        "none 0s ease 0s",
        "all",
    )


@pytest.mark.timeout(900)  # two starts of the program, on a machine that may be busy
def test_a_lost_program_is_said_and_the_work_is_kept(
    browser: Browser, start_server: Callable[..., Any]
) -> None:
    running = start_server()
    context = browser.new_context()
    plan, compare = context.new_page(), context.new_page()
    for page, path in ((plan, ""), (compare, "compare")):
        page.set_default_timeout(WAIT_MS)
        page.goto(running.url + path)
    plan.wait_for_selector("body[data-answer=first]")
    compare.get_by_text("How it is computed").click()
    for box, value in (("patients", "24"), ("draws", "2")):
        compare.fill(f"#{box}", value)
    running.stop()
    plan.fill("#dose", "0.77")
    compare.get_by_role("checkbox", name="Gabapentin").check()
    for page in (plan, compare):
        expect(page.locator("#lost")).to_be_visible()
    again = start_server(running.port)
    for page in (plan, compare):
        expect(page.locator("#lost")).to_be_hidden(timeout=WAIT_MS)
    plan.wait_for_selector("body[data-answer=first]")
    assert plan.input_value("#dose") == "0.77"
    plan.close()
    compare.wait_for_selector("body[data-answer=exact]")
    assert "Gabapentin" in compare.inner_text("#piece .arms")
    context.close()
    again.stop()
