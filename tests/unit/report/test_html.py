from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest

from sordino.report.figures import figures
from sordino.report.html import command_line, report_html
from sordino.report.sentences import PURPOSE, sentences
from sordino.simulation.summary import Summary, summarize

VOID = {"meta", "link", "br", "img", "input"}


class Outline(HTMLParser):
    """Levels of headings, ids, links into the page, and tags that stay open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.levels: list[int] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if "id" in given:
            self.ids.append(given["id"])
        if given.get("href", "").startswith("#"):
            self.targets.append(given["href"][1:])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", ["six", "typical", "nasal", "brief"])
def test_the_page_is_sound(name: str, request: pytest.FixtureRequest) -> None:
    text = report_html(request.getfixturevalue(name))
    page = Outline(text)
    assert page.open == []
    assert page.levels[0] == 1
    assert page.levels.count(1) == 1
    steps = zip(page.levels, page.levels[1:], strict=False)
    assert all(after - before <= 1 for before, after in steps)
    assert len(page.ids) == len(set(page.ids))
    assert set(page.targets) <= set(page.ids)
    assert not {"script", "iframe", "object", "form"} & set(page.tags)
    assert text.count(PURPOSE) == 1


def test_everything_said_is_on_the_page(six: Summary) -> None:
    text = report_html(six).replace("\N{NO-BREAK SPACE}", " ").replace("&#39;", "'")
    said = sentences(six)
    for part in (said.headline, said.verdict, said.slow, said.fast, said.people, *said.interval):
        assert part in text
    assert six.course.digest() in text


def test_text_of_the_course_is_escaped(brief: Summary) -> None:
    text = report_html(brief, command="sordino simulate '<b>.toml'")
    for hostile in ("<script", "<img", "<b>"):
        assert hostile not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "{{ 7 * 7 }}" in text


def test_figures_have_numbers_and_drawings_of_their_own(six: Summary) -> None:
    found = figures(six)
    assert [f.id for f in found] == ["session", "pain", "responders", "clocks"]
    for figure in found:
        assert figure.table.rows
        assert all(len(row) == len(figure.table.header) for row in figure.table.rows)
        for svg in (figure.wide, figure.narrow):
            root = ET.fromstring(svg)
            assert root.attrib["aria-labelledby"] == f"{figure.id}-text"
            assert "width" not in root.attrib
            assert "NaN" not in svg
        drawn = zip((figure.wide, figure.narrow), ((650, 760), (300, 360)), strict=True)
        for svg, (least, most) in drawn:
            box = re.search(r'viewBox="0 0 ([\d.]+)', svg)
            assert box is not None
            assert least < float(box[1]) < most


def test_the_same_summary_gives_the_same_page(brief: Summary) -> None:
    assert report_html(brief) == report_html(brief)


def test_a_model_without_a_metabolite_has_no_empty_panel(nasal: Summary) -> None:
    session = figures(nasal)[0]
    assert "hydroxy" not in session.wide
    assert "–" not in " ".join(cell for row in session.table.rows for cell in row)
    assert "which the source did not tell" in session.caption


def test_a_course_without_looks_has_no_figure_of_responders(brief: Summary) -> None:
    assert [f.id for f in figures(brief)] == ["session", "pain", "clocks"]


def test_command_line_is_quoted_and_no_option() -> None:
    line = command_line("-my course.toml", patients="typical", draws=1, seed=2, sampling="venous")
    assert line == (
        "sordino simulate './-my course.toml' --patients typical --draws 1 --seed 2 "
        "--sampling venous"
    )


def test_a_session_that_comes_late_is_drawn_from_its_own_start() -> None:
    course = {
        "treatment": [
            {"drug": "duloxetine", "dose": "60 mg", "days": [0]},
            {
                "drug": "ketamine",
                "route": "iv",
                "dose": "35 mg",
                "duration": "40 min",
                "days": [14, 16],
            },
        ],
        "observe": {"until": "20 days"},
    }
    summary = summarize(course, patients=8, draws=2)
    session = figures(summary)[0]
    assert [session.table.rows[0][0], session.table.header[0]] == ["0", "Minutes"]
    assert float(session.table.rows[-1][0]) == 280
    assert float(session.table.rows[0][1]) == 0
    assert len(sentences(summary).soon) == 2
