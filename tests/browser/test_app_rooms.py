"""Comparing, claims, screening and following in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from sordino.record.templates import template_text
from sordino.screening import screen

if TYPE_CHECKING:
    from playwright.sync_api import Page

    Open = Callable[..., Page]
    Picture = Callable[[Page, str], None]

pytestmark = pytest.mark.browser

RATINGS = (7, 6, 5, 6, 5, 5, 4, 6, 5, 6, 6, 5)
"""Made up: pain of the days after the example that the program gives."""


def record_text() -> str:
    """The example of a record, with more days in the diary and without its blood sample."""
    rows = [row for row in template_text("csv").splitlines() if ",sample," not in row]
    rows += [f"P01,diary,2026-01-{8 + k:02d},,pain,{pain},,,,," for k, pain in enumerate(RATINGS)]
    return "\n".join(rows) + "\n"


def settle(page: Page) -> None:
    page.wait_for_function("() => window.page?.settled()")


def violates_nothing(page: Page) -> None:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def small(page: Page) -> None:
    """Few people, so that a comparison comes at once."""
    page.get_by_text("How it is computed").click()
    page.fill("#patients", "24")
    page.fill("#draws", "2")
    settle(page)


def arms(page: Page) -> list[str]:
    said = page.locator("#piece .arms li").all_inner_texts()
    return [text.split(":")[0].replace("\N{NO-BREAK SPACE}", " ") for text in said]


def test_the_course_of_the_plan_page_is_compared_with_what_is_ticked(opened: Open) -> None:
    page = opened()
    page.wait_for_selector("body[data-answer=first]")
    page.fill("#dose", "0.4")
    page.get_by_role("button", name="Pin beside").click()
    page.fill("#dose", "0.8")
    page.get_by_role("link", name="Beside other treatments").click()
    page.wait_for_selector("#courses li")
    small(page)
    page.get_by_role("checkbox", name="Pregabalin").check()
    page.get_by_role("checkbox", name="Placebo tablets").uncheck()
    settle(page)
    course = "Six infusions over two weeks, changed"
    assert arms(page) == [
        course,
        f"{course} (2)",
        "Duloxetine 60 mg a day",
        "Pregabalin 450 mg a day",
    ]
    assert page.locator("#piece figure svg.wide").count() == 2
    # The way back keeps the course.
    page.get_by_role("link", name="Plan", exact=True).click()
    page.wait_for_selector("body[data-answer=first]")
    assert page.input_value("#dose") == "0.8"
    assert page.locator(".pin").count() == 1


def test_both_pages_show_the_same_numbers(opened: Open) -> None:
    page = opened()
    page.wait_for_selector("body[data-answer=first]")
    page.get_by_label("Researcher").check()
    page.fill("#patients", "200")
    page.fill("#draws", "3")
    settle(page)
    said = page.inner_text("#verdict").replace("\N{NO-BREAK SPACE}", " ")
    (due,) = re.findall(r"accounts for about (\d+ \(\d+ to \d+\)) of 100", said)
    page.get_by_role("link", name="Beside other treatments").click()
    page.wait_for_selector("#courses li")
    settle(page)
    course = page.locator("#piece .arms li").first.inner_text()
    assert f"{due} in week 4" in course.replace("\N{NO-BREAK SPACE}", " ")
    expect(page.locator("#person-words")).to_contain_text("70 kg")


def test_too_much_to_compare_is_said_and_what_is_there_stays(opened: Open) -> None:
    page = opened("compare")
    small(page)
    before = arms(page)
    for box in page.locator("[name=comparator]").all():
        box.check()
    expect(page.locator("#arms-error")).to_contain_text("eight at most")
    assert arms(page) == before
    page.fill("#patients", "0")
    expect(page.locator("#patients-error")).to_contain_text("1 to 2000")
    violates_nothing(page)


def test_a_comparison_can_be_stopped_and_begun_again(opened: Open) -> None:
    page = opened("compare")
    page.get_by_text("How it is computed").click()
    page.fill("#patients", "2000")
    page.fill("#draws", "100")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#state-words")).to_have_text("Stopped.")
    page.fill("#patients", "24")
    page.fill("#draws", "2")
    page.wait_for_selector("body[data-answer=exact]")
    assert len(arms(page)) == 3
    with page.expect_download() as found:
        page.get_by_role("link", name="The comparison as a file").click()
    assert Path(found.value.path()).read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_claim_is_reached_from_the_sentence_and_computed_again(opened: Open) -> None:
    page = opened()
    page.get_by_role("link", name="all claims").click()
    page.get_by_role("link", name="Who should consider it").click()
    stored = page.locator("#piece ul.points").inner_text()
    page.get_by_role("button", name="Compute it again").click()
    page.wait_for_selector("body[data-answer=exact]")
    assert page.locator("#piece ul.points").inner_text() == stored
    page.locator("#studies + p + p a").first.click()
    expect(page.locator(".kicker")).to_contain_text("Evidence")


def counts(page: Page) -> list[list[int]]:
    rows = page.locator(".counts tbody tr").all()
    return [[int(cell) for cell in row.locator("td").all_inner_texts()] for row in rows]


def screened(page: Page) -> list[list[int]]:
    """What the screening room counts for the person who is on the page."""
    person: dict[str, Any] = page.evaluate("window.page.person()")
    states = [[c.status for c in group.checks] for group in screen(person).groups]
    return [[s.count(name) for name in ("met", "not met", "unknown")] for s in states]


def test_a_person_is_screened_by_keyboard(opened: Open) -> None:
    page = opened("screen")
    page.focus("#age")
    page.keyboard.type("47")
    page.keyboard.press("Tab")
    page.keyboard.press("f")
    page.keyboard.press("Tab")
    page.keyboard.type("70,5 kg")
    settle(page)
    assert page.evaluate("window.page.person()") == {
        "age": 47,
        "sex": "female",
        "weight": "70.5 kg",
    }
    page.focus("#group-conditions summary")
    page.keyboard.press("Enter")
    page.focus("[name=conditions-active_psychosis][value='']")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    settle(page)
    assert page.evaluate("window.page.person().conditions") == {"active_psychosis": True}
    rule = page.locator("#rules-contraindications li.met", has_text="psychosis").first
    expect(rule).to_be_visible()
    assert rule.locator("a[href^='/evidence/safety/']").count() == 1
    assert counts(page) == screened(page)
    assert "psychosis" not in page.url


def test_rules_that_are_older_say_so_and_lead_to_the_reason(opened: Open, tmp_path: Path) -> None:
    page = opened("screen", quiet=False)
    page.fill("#weight", "70")
    page.locator("#group-conditions summary").click()
    page.check("[name=conditions-pregnancy][value=yes]")
    settle(page)
    expect(page.locator("#older")).to_contain_text("First look at: Weight")
    violates_nothing(page)
    page.get_by_role("button", name="Save patient file").click()
    expect(page.locator("#open-error")).to_contain_text("70 has no unit")
    page.fill("#age", "about 50")
    page.get_by_role("button", name="Save patient file").click()
    expect(page.locator("#open-error")).to_contain_text("Nothing was saved. First look at: Age")
    page.fill("#age", "50")
    page.locator("#older a").click()
    expect(page.locator("#weight")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("70,000 g")  # seventy thousand, or seventy?
    settle(page)
    expect(page.locator("#older")).to_contain_text("Weight")
    page.keyboard.press("Control+a")
    page.keyboard.type("70,5 kg")
    settle(page)
    expect(page.locator("#older")).to_be_hidden()
    assert counts(page) == screened(page)


def test_answers_that_hardly_go_together_are_pointed_out(opened: Open) -> None:
    page = opened("screen")
    page.check("[name=conditions-otherwise_healthy][value=yes]")
    page.locator("#group-conditions summary").click()
    page.check("[name=conditions-active_psychosis][value=yes]")
    settle(page)
    expect(page.locator(".doubts")).to_contain_text("Otherwise healthy and Active psychosis")
    rule = page.locator("li", has_text="Healthy: no test is required")
    assert rule.first.get_attribute("class") == "unknown"
    expect(page.locator("#rules-contraindications")).to_contain_text(
        "Active psychosis answered yes"
    )
    violates_nothing(page)


def test_what_is_missing_leads_to_its_question(opened: Open) -> None:
    page = opened("screen")
    page.get_by_role("link", name="Sleep apnoea").click()
    expect(page.locator("[name=conditions-sleep_apnea][value=yes]")).to_be_focused()
    page.get_by_role("button", name="to all that are open").click()
    settle(page)
    assert counts(page) == screened(page)
    assert page.get_by_role("link", name="Sleep apnoea").count() == 0


def test_drugs_are_listed_and_the_file_holds_everything(opened: Open, tmp_path: Path) -> None:
    page = opened("screen", quiet=False)
    page.get_by_text("Drugs and drinks").click()
    page.get_by_role("button", name="Add a drug").click()
    page.locator(".entry input[type=text]").first.fill("lorazepam")
    page.locator(".entry select").first.select_option("benzodiazepine")
    page.fill("#pain", "11")
    expect(page.locator("#pain-error")).to_contain_text("10")
    violates_nothing(page)
    page.fill("#pain", "7,5")
    expect(page.locator("#pain-error")).to_be_empty()
    settle(page)
    assert counts(page) == screened(page)
    wanted = page.evaluate("window.page.person()")
    assert wanted == {"pain": 7.5, "drug": [{"name": "lorazepam", "kind": "benzodiazepine"}]}
    with page.expect_download() as found:
        page.get_by_role("button", name="Save patient file").click()
    file = tmp_path / "patient.toml"
    found.value.save_as(file)
    page.get_by_role("button", name="Start anew").click()
    settle(page)
    assert page.evaluate("window.page.person()") == {}
    page.set_input_files("#open", file)
    page.wait_for_function("() => window.page.person()?.pain === 7.5")
    settle(page)
    assert page.evaluate("window.page.person()") == wanted


def test_a_record_is_taken_in_followed_and_reported(
    opened: Open, picture: Picture, tmp_path: Path
) -> None:
    page = opened("follow", records=True, quiet=False)
    page.get_by_role("button", name="Make the store").click()
    expect(page.get_by_text("Nobody yet")).to_be_visible()
    file = tmp_path / "record.csv"
    file.write_text(record_text().replace("ketamine,35", "ketamin,35").replace("pain,7", "pain,70"))
    expect(page.locator("#import-button")).to_be_enabled()
    page.fill("#who", "AB")
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Take it in").click()
    expect(page.locator("#findings")).to_contain_text("Nothing was taken in")
    expect(page.locator("#findings-list li").first).to_contain_text("ketamin")
    violates_nothing(page)
    file.write_text(record_text())
    page.set_input_files("#file", [])
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Take it in").click()
    expect(page.locator("#taken")).to_contain_text("1 person")
    violates_nothing(page)
    picture(page, "follow-light")
    page.get_by_role("link", name="P01").click()
    assert "P01" not in page.url
    page.get_by_label("One S-ketamine infusion").check()
    page.get_by_role("button", name="Look ahead").click()
    page.wait_for_selector("body[data-answer=exact]")
    expect(page.locator("#choices ~ .prose tbody tr", has_text="One S-ketamine")).to_have_count(1)
    picture(page, "patient-light")
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    violates_nothing(page)
    page.set_viewport_size({"width": 320, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    with page.expect_download() as found:
        page.get_by_role("link", name="As JSON").click()
    assert json.loads(Path(found.value.path()).read_text(encoding="utf-8"))["patient"] == "P01"
