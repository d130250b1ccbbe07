from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sordino.compare import Comparison, compare
from sordino.errors import OutputError
from sordino.report import compare_tables as tables
from sordino.report.compare import compare_html, compare_json, compare_to_folder
from sordino.report.sentences import PURPOSE
from sordino.simulation.answers import Estimate


@pytest.fixture(scope="module")
def found() -> Comparison:
    """A course, a drug, placebo and one whose effect nobody knows."""
    return compare(["six_infusions", "duloxetine", "placebo", "opioid"], patients=40, draws=3)


class Ids(HTMLParser):
    """Ids, and links into the page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.tags: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.targets += [given["href"][1:]] if given.get("href", "").startswith("#") else []


def test_the_page_is_sound(found: Comparison) -> None:
    text = compare_html(found, "sordino compare <b>")
    page = Ids(text)
    assert len(page.ids) == len(set(page.ids))
    assert set(page.targets) <= set(page.ids)
    assert not {"script", "iframe", "object", "form", "b"} & page.tags
    assert text.count(PURPOSE) == 1
    plain = text.replace("\N{NO-BREAK SPACE}", " ")
    for arm in found.arms:
        assert tables.headline(arm) in plain
        assert all(note.replace("'", "&#39;") in plain for note in arm.notes)


def test_unknown_is_drawn_and_said(found: Comparison) -> None:
    text = compare_html(found)
    assert text.count("unknown: no source gives its effect on pain") == 2  # wide and narrow
    row = tables.glance(found).rows[-1]
    assert row == ("Strong opioid every day", *["unknown"] * 5)
    assert tables.responders(found, 30).rows[-1][-1] == "unknown"


def test_one_draw_has_no_ranges() -> None:
    single = compare(["duloxetine"], patients=40, draws=1)
    assert "(" not in "".join(tables.glance(single).rows[0])
    assert "only one reading" in tables.ranges(single)[0]
    assert compare_html(single).count("<title>Duloxetine 60 mg a day") == 1


def test_what_is_due_to_a_treatment_is_the_difference(found: Comparison) -> None:
    rows = tables.responders(found, 50).rows
    drug = next(k for k, row in enumerate(rows) if row[0].startswith("Duloxetine"))
    with_it, due, placebo = rows[drug], rows[drug + 1], rows[drug + 2]
    assert due[0] == "– due to it"

    def middle(cell: str) -> float:
        return float(cell.split(" ", maxsplit=1)[0])

    # Of rounded numbers.
    assert middle(with_it[5]) - middle(placebo[5]) == pytest.approx(middle(due[5]), abs=1.0)


def test_an_arm_that_adds_nothing_says_so(found: Comparison) -> None:
    course = found.arms[0]
    last = [s for s in course.shares if (s.day, s.threshold_percent) == (84, 30)]
    shares = tuple(
        replace(s, difference=Estimate(0.2, 0.0, 0.4)) if s is last[0] else s for s in course.shares
    )
    assert "fewer than 1 in week 12" in tables.headline(replace(course, shares=shares))


def test_late_relief_is_not_given_a_day(found: Comparison) -> None:
    slow = replace(found.arms[1], first_relief_day=None)
    rows = tables.burden(replace(found, arms=(slow,))).rows
    assert rows[0][1] == "after day 90"


def test_json_holds_every_arm_and_no_nonsense(found: Comparison) -> None:
    document = json.loads(compare_json(found))
    assert [arm["name"] for arm in document["arms"]] == [arm.name for arm in found.arms]
    assert document["arms"][3]["curve"] is None
    assert len(document["arms"][0]["curve"]["mean"]) == 91
    assert "NaN" not in compare_json(found)


def test_nothing_is_left_when_the_comparison_fails(tmp_path: Path) -> None:
    def fail() -> Comparison:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare_to_folder(fail, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        compare_to_folder(fail, tmp_path / "file")
