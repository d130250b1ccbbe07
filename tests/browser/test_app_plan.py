"""The plan page in a real browser: what is shaped by hand is what is calculated and shown."""

from __future__ import annotations

import contextlib
import os
import re
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from sordino.course import load_course
from sordino.report.sentences import sentences
from sordino.simulation.summary import summarize

if TYPE_CHECKING:
    from playwright.sync_api import Page

    Open = Callable[..., Page]
    Picture = Callable[[Page, str], None]

pytestmark = pytest.mark.browser

PEAK = "#facts .value >> nth=0"


def answered(page: Page, kind: str = "exact") -> Page:
    page.wait_for_selector(f"body[data-answer={kind}]")
    return page


def settle(page: Page) -> None:
    """Wait for the exact answer to what is on the page now."""
    page.wait_for_function("() => window.page.settled()")


def first_number(text: str | None) -> float:
    found = re.search(r"\d+(\.\d+)?", text or "")
    assert found, text
    return float(found[0])


def asked(page: Page) -> dict[str, Any]:
    return page.evaluate("window.page.question()")


def calculated(page: Page) -> Any:
    """The same question, calculated here."""
    question = asked(page)
    run = question["run"]
    return summarize(load_course(question["course"]), run["patients"], run["draws"], run["seed"])


def set_small(page: Page) -> None:
    """A small population, so that exact answers come at once."""
    page.get_by_label("Researcher").check()
    page.fill("#patients", "64")
    page.fill("#draws", "3")
    settle(page)


def test_the_sentence_is_that_of_the_same_run_in_python(opened: Open, picture: Picture) -> None:
    page = answered(opened(width=1440), "first")
    set_small(page)
    picture(page, "plan-wide")
    said = sentences(calculated(page))
    shown = page.inner_text("#headline").replace("\N{NO-BREAK SPACE}", " ")
    assert shown == said.headline
    assert page.inner_text("#verdict").replace("\N{NO-BREAK SPACE}", " ") == said.verdict


def test_a_larger_dose_gives_a_higher_level_and_other_curves(opened: Open) -> None:
    page = answered(opened(), "first")
    set_small(page)
    before = first_number(page.text_content(PEAK))
    curve = page.locator("#figure-session .mark-line path").first
    drawn = curve.get_attribute("d")
    page.fill("#dose", "0,7")  # a decimal comma
    expect(page.locator(PEAK)).not_to_have_text(re.compile(f"^{before:g} "))
    settle(page)
    assert asked(page)["course"]["treatment"][0]["dose"] == "0.7 mg/kg"
    # The drug model is linear.
    assert first_number(page.text_content(PEAK)) == pytest.approx(1.4 * before, rel=0.02)
    assert curve.get_attribute("d") != drawn
    assert page.text_content("#course-title") == "Six infusions over two weeks, changed"


def test_sessions_are_added_moved_copied_and_removed(opened: Open) -> None:
    page = answered(opened(), "first")

    def days() -> list[float]:
        return [d for t in asked(page)["course"]["treatment"] for d in t["days"]]

    cell = page.locator("[data-day='14']")
    cell.click()
    assert days() == [0, 2, 4, 7, 9, 11, 14]
    page.get_by_role("button", name="Copy", exact=True).click()
    assert days() == [0, 2, 4, 7, 9, 11, 14, 15]
    page.fill("#day", "20")
    assert days() == [0, 2, 4, 7, 9, 11, 14, 20]
    page.get_by_role("button", name="Remove", exact=True).click()
    assert days() == [0, 2, 4, 7, 9, 11, 14]
    page.drag_and_drop("[data-day='14']", "[data-day='16']")
    assert days() == [0, 2, 4, 7, 9, 11, 16]
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Redo").click()
    assert days() == [0, 2, 4, 7, 9, 11, 14]


def test_one_session_may_differ(opened: Open) -> None:
    page = answered(opened(), "first")
    page.locator("[data-day='4']").click()
    page.fill("#dose", "0.3")
    treatments = asked(page)["course"]["treatment"]
    assert [(t["dose"], t["days"]) for t in treatments] == [
        ("0.5 mg/kg", [0, 2, 7, 9, 11]),
        ("0.3 mg/kg", [4]),
    ]
    page.get_by_role("button", name="All sessions").click()
    page.fill("#duration", "60")
    assert {t["duration"] for t in asked(page)["course"]["treatment"]} == {"60 min"}


def test_everything_works_by_keyboard(opened: Open) -> None:
    page = answered(opened(), "first")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    reached: set[str] = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    for name in ("template", "drug", "route", "dose", "dose-slider", "duration", "weight", "until"):
        assert name in reached
    page.focus("[data-day='0']")
    for key in ("ArrowRight", "Enter"):
        page.keyboard.press(key)
    assert asked(page)["course"]["treatment"][0]["days"] == [0, 1, 2, 4, 7, 9, 11]
    page.keyboard.press("Shift+ArrowDown")
    assert asked(page)["course"]["treatment"][0]["days"] == [0, 2, 4, 7, 8, 9, 11]
    page.keyboard.press("Delete")
    assert asked(page)["course"]["treatment"][0]["days"] == [0, 2, 4, 7, 9, 11]
    page.focus("#dose-slider")
    page.keyboard.press("ArrowRight")
    assert asked(page)["course"]["treatment"][0]["dose"] == "0.55 mg/kg"
    page.keyboard.press("Control+z")
    assert asked(page)["course"]["treatment"][0]["dose"] == "0.5 mg/kg"


@pytest.mark.parametrize(
    ("box", "typed", "says"),
    [
        ("dose", "much", "not a number"),
        ("dose", "", "A number is needed"),
        ("dose", "11", "Allowed: 0 to 10"),
        ("dose", "1,000", "Write 1000, or 1.0"),
        ("weight", "7", "Allowed: 20 to 400"),
        ("pain", "-1", "Allowed: 0 to 10"),
        ("dose", "0", "this is zero"),
        ("until", "3", "observation after"),
    ],
)
def test_bad_input_is_named_at_its_field_and_the_rest_stays(
    opened: Open, box: str, typed: str, says: str
) -> None:
    # What the server refuses stands in the console of the browser, too.
    page = answered(opened(quiet=False), "first")
    headline = page.text_content("#headline")
    page.fill(f"#{box}", typed)
    place = "#problem" if box == "until" else f"#{box}-error"
    expect(page.locator(place)).to_contain_text(says)
    assert page.text_content("#headline") == headline
    page.fill(f"#{box}", {"dose": "0.4", "weight": "71", "pain": "6", "until": "60"}[box])
    expect(page.locator(place)).to_be_hidden()


def test_what_a_box_holds_in_vain_stays_said(opened: Open) -> None:
    """Neither an answer nor a change elsewhere may hide that another number is used."""
    page = answered(opened(), "first")
    set_small(page)
    page.fill("#weight", "150")
    page.fill("#weight", "1500")
    settle(page)
    error, banner = page.locator("#weight-error"), page.locator("#unusable")
    expect(error).to_contain_text("Allowed: 20 to 400")
    expect(banner).to_contain_text("What is shown is for 150 kg")
    page.set_viewport_size({"width": 1000, "height": 800})
    page.fill("#pain", "6")
    settle(page)
    expect(error).to_be_visible()
    assert page.input_value("#weight") == "1500"
    assert asked(page)["course"]["patient"]["weight"] == "150 kg"
    page.get_by_role("button", name="Pin beside").click()
    expect(page.locator("#weight")).to_be_focused()
    expect(page.locator(".pin")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(error).to_be_hidden()
    expect(banner).to_be_hidden()
    assert page.input_value("#weight") == "150"


def test_only_whole_people_are_taken(opened: Open) -> None:
    page = answered(opened(), "first")
    page.get_by_label("Researcher").check()
    for box, typed in (("patients", "2.5"), ("patients", "2,000"), ("seed", "-1")):
        before = asked(page)["run"]
        page.fill(f"#{box}", typed)
        expect(page.locator(f"#{box}-error")).not_to_be_empty()
        assert asked(page)["run"] == before


def test_sessions_that_differ_keep_their_doses_in_another_unit(opened: Open) -> None:
    page = answered(opened(), "first")
    page.locator("[data-day='2']").click()
    page.fill("#dose", "0.55")
    page.get_by_role("button", name="All sessions").click()
    page.fill("#weight", "73.5")
    page.select_option("#unit", "mg")
    doses = [t["dose"] for t in asked(page)["course"]["treatment"]]
    assert doses == ["36.75 mg", "40.425 mg"]
    page.select_option("#route", "im")
    assert [t["dose"] for t in asked(page)["course"]["treatment"]] == doses


def test_time_is_counted_from_the_first_dose(opened: Open) -> None:
    page = answered(opened(), "first")
    for day in (0, 2, 4):
        page.locator(f"[data-day='{day}']").click()
        page.get_by_role("button", name="Remove", exact=True).click()
    assert page.input_value("#until") == "90"
    assert asked(page)["course"]["observe"] == {"until": "90 days"}


def test_a_damaged_link_is_said(opened: Open) -> None:
    page = answered(opened(), "first")
    page.fill("#dose", "1.5")
    page.wait_for_timeout(400)
    cut = page.url.split("#")[1][:-30]
    other = answered(opened(f"#{cut}"), "first")
    expect(other.locator("#problem")).to_contain_text("link is damaged")
    assert other.input_value("#dose") == "0.5"
    page.evaluate(f"location.hash = '{cut}'")
    expect(page.locator("#problem")).to_contain_text("The course stays as it was")
    assert page.input_value("#dose") == "1.5"


def test_an_answer_without_a_connection_is_called_older(opened: Open) -> None:
    page = answered(opened(quiet=False))
    page.context.set_offline(True)
    page.fill("#dose", "0.7")
    expect(page.locator("#lost")).to_be_visible()
    expect(page.locator("#state-words")).to_have_text("What is shown is older.")
    expect(page.locator("[data-file]:not([aria-disabled])")).to_have_count(0)
    page.get_by_role("button", name="Pin beside").click()
    expect(page.locator(".pin-headline")).to_contain_text("tried again")
    page.context.set_offline(False)
    expect(page.locator("#lost")).to_be_hidden()
    expect(page.locator(".pin-headline")).to_contain_text("Of 100 people")
    settle(page)
    assert "older" not in page.inner_text("#state-words")


def test_a_file_of_a_run_that_is_gone_is_worked_out_again(opened: Open) -> None:
    page = answered(opened(quiet=False), "first")
    set_small(page)
    link = page.locator("[data-file='result.json']")
    address = page.url
    page.route("**/api/jobs/*", lambda route: route.fulfill(status=404, body=""))
    link.click()
    expect(page.locator("#file-error")).to_contain_text("worked out again")
    page.unroute("**/api/jobs/*")
    settle(page)
    assert page.url == address
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "sordino-result.json"


def test_a_window_of_another_height_asks_nothing(opened: Open) -> None:
    page = answered(opened(), "first")
    set_small(page)
    turn = page.evaluate("window.page.loop.turn")
    page.set_viewport_size({"width": 1280, "height": 700})
    page.wait_for_timeout(400)
    assert page.evaluate("window.page.loop.turn") == turn
    page.set_viewport_size({"width": 900, "height": 700})
    page.wait_for_function(f"() => window.page.loop.turn > {turn}")


def test_fifty_fast_changes_end_on_the_right_curve(opened: Open) -> None:
    page = answered(opened(), "first")
    set_small(page)
    for k in range(50):
        page.evaluate(
            """dose => { const box = document.getElementById('dose'); box.value = dose;
                box.dispatchEvent(new Event('input', { bubbles: true })); }""",
            f"{0.2 + 0.01 * k:.2f}",
        )
    settle(page)
    assert asked(page)["course"]["treatment"][0]["dose"] == "0.69 mg/kg"
    peak = calculated(page).answers.peaks["conc_ketamine"].median
    assert first_number(page.text_content(PEAK)) == round(peak)


def test_two_tabs_do_not_mix(opened: Open) -> None:
    one, two = answered(opened(), "first"), answered(opened(), "first")
    set_small(one)
    set_small(two)
    one.fill("#dose", "0.2")
    two.fill("#dose", "0.8")
    settle(one)
    settle(two)
    low, high = (first_number(page.text_content(PEAK)) for page in (one, two))
    assert high == pytest.approx(4 * low, rel=0.02)


def test_the_address_and_the_course_file_hold_the_course(opened: Open, tmp_path: Path) -> None:
    page = answered(opened(), "first")
    page.fill("#dose", "0.33")
    page.wait_for_function("() => window.page.written === window.page.state")
    again = answered(opened(page.evaluate("location.hash")), "first")
    assert asked(again)["course"] == asked(page)["course"]
    page.get_by_text("Files", exact=True).click()
    with page.expect_download() as found:
        page.get_by_role("button", name="Save course file").click()
    path = tmp_path / "course.toml"
    found.value.save_as(path)
    assert load_course(path) == load_course(asked(page)["course"])
    page.select_option("#template", "single_s_ketamine")
    page.set_input_files("#open", path)
    expect(page.locator("#dose")).to_have_value("0.33")


def test_every_published_course_can_be_opened_and_means_the_same(opened: Open) -> None:
    from sordino.library.protocols import load_protocol, protocol_names

    page = answered(opened(), "first")
    for name in protocol_names():
        page.select_option("#template", name)
        course = load_course(asked(page)["course"])
        wanted = load_protocol(name)
        # Amounts go through numbers of a few digits.
        pairs = zip(course.administrations(), wanted.administrations(), strict=True)
        for mine, theirs in pairs:
            assert (mine.start_h, mine.route) == (theirs.start_h, theirs.route)
            assert mine.dose_mg == pytest.approx(theirs.dose_mg, rel=1e-5)
            assert mine.dose_mg_per_kg == pytest.approx(theirs.dose_mg_per_kg, rel=1e-5)
            assert mine.duration_h == pytest.approx(theirs.duration_h, rel=1e-5)
        assert course.until_h == wanted.until_h
        assert course.rule == wanted.rule
        assert course.models == wanted.models
    page.select_option("#template", "by_response")
    page.get_by_role("button", name="Leave them out").click()
    assert "rule" not in asked(page)["course"]


def test_three_courses_stand_side_by_side(opened: Open, picture: Picture) -> None:
    page = answered(opened(width=1440, height=1400), "first")
    set_small(page)
    page.get_by_label("Researcher").uncheck()
    for dose in ("0.3", "0.5", "0.8"):
        page.fill("#dose", dose)
        page.get_by_role("button", name="Pin beside").click()
    expect(page.locator(".pin .chart svg")).to_have_count(6)
    expect(page.locator(".pin-headline", has_text="Working")).to_have_count(0)
    assert page.get_by_role("button", name="Pin beside").is_disabled()
    tops = page.evaluate(
        """[...document.querySelectorAll('.pin')].map(pin =>
            pin.querySelector('.role-axis-label text:last-child').textContent)"""
    )
    assert len(set(tops)) == 1
    settle(page)
    page.locator("#pins").scroll_into_view_if_needed()
    picture(page, "plan-pinned")
    page.locator(".pin-open").first.click()
    expect(page.locator("#dose")).to_have_value("0.3")
    page.locator(".pin-remove").first.click()
    expect(page.locator(".pin")).to_have_count(2)


def test_american_units_mean_the_same_person(opened: Open) -> None:
    page = answered(opened(), "first")
    before = asked(page)["course"]["patient"]
    page.get_by_label("US units").check()
    assert first_number(page.input_value("#weight")) == pytest.approx(70 / 0.45359237, abs=0.05)
    assert asked(page)["course"]["patient"] == before
    page.fill("#weight", "165")
    weight = asked(page)["course"]["patient"]["weight"]
    assert first_number(weight) == pytest.approx(165 * 0.45359237, abs=1e-5)
    assert weight.endswith(" kg")


def test_own_limits_are_met_or_broken_in_words(opened: Open) -> None:
    page = answered(opened(), "first")
    page.get_by_text("Your own limits").click()
    page.fill("#limit-total_mg", "100")
    limit = page.locator("#limits li", has_text="in the whole course")
    expect(limit).to_contain_text("Not met")
    expect(limit).to_contain_text("210 mg")
    page.fill("#limit-total_mg", "300")
    expect(limit).to_contain_text("Met.")


def test_the_code_gives_the_figure_again(opened: Open, tmp_path: Path) -> None:
    page = answered(opened(), "first")
    set_small(page)
    page.get_by_role("button", name="Copy as Python").click()
    expect(page.locator("#python-text")).to_be_visible()
    names: dict[str, Any] = {}
    with contextlib.chdir(tmp_path):
        exec(page.inner_text("#python-text"), names)
    peak = names["result"].answers.peaks["conc_ketamine"]
    assert first_number(page.text_content(PEAK)) == round(peak.median)
    with page.expect_download() as found:
        page.get_by_role("link", name="curves.csv").click()
    rows = Path(found.value.path()).read_text(encoding="utf-8").splitlines()
    assert rows[0] == "time_h,variable,unit,over,quantile,value"


def latency(page: Page, how: str, count: int, pause_s: float) -> tuple[float, float]:
    """Milliseconds from key to curve: the median, and what 95 of 100 changes stay within."""
    times = "performance.getEntriesByName('change-to-curve').map(e => e.duration)"
    page.evaluate("performance.clearMeasures()")
    for k in range(count):
        page.wait_for_timeout(1000 * pause_s)
        page.fill("#dose", f"{0.30 + 0.01 * k:.2f}")
        page.wait_for_function(f"n => {times}.length > n", arg=k)
    found = sorted(page.evaluate(times))
    median, late = statistics.median(found), found[int(0.95 * len(found)) - 1]
    print(f"\nfrom key to curve, {how}: median {median:.0f} ms, 95 of 100 within {late:.0f} ms")
    return median, late


def test_time_from_key_to_curve(opened: Open) -> None:
    """The budget: median under 60 ms, 95 of 100 under 120 ms, on two cores that do nothing else.

    It holds where SORDINO_LATENCY is set. Elsewhere the machine may be busy; what is bounded then
    is that nothing piles up.
    """
    page = answered(opened(), "exact")
    if not os.environ.get("SORDINO_LATENCY"):
        assert latency(page, "typing", 20, 0.1)[0] < 1000.0
        return
    page.wait_for_function("async () => (await (await fetch('/api/health')).json()).warm")
    median, late = latency(page, "typing", 100, 0.15)
    # With pauses an exact run is under way at each change.
    _, with_pauses = latency(page, "with pauses", 40, 1.5)
    assert median < 60.0
    assert max(late, with_pauses) < 120.0
