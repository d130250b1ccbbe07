from __future__ import annotations

import json

import pytest

from sordino.report import safety as tables
from sordino.report.html import report_html
from sordino.safety import assess
from sordino.simulation.summary import Summary


@pytest.mark.parametrize("name", ["six", "typical", "nasal", "brief"])
def test_every_table_is_whole(name: str, request: pytest.FixtureRequest) -> None:
    found = assess(request.getfixturevalue(name))
    for table in tables.all_tables(found):
        assert {len(row) for row in table.rows} == {len(table.header)}
        assert all(row[0] for row in table.rows)
        assert "nan" not in " ".join(cell for row in table.rows for cell in row).lower().split()


def test_the_report_has_a_section_on_safety(six: Summary) -> None:
    text = report_html(six).replace("\N{NO-BREAK SPACE}", " ")
    found = assess(six)
    assert 'id="safety"' in text
    for said in (*tables.lead(found), *tables.counted_in(found), tables.pressure_words(found)):
        assert said in text.replace("&lt;", "<"), said
    for event in ("nausea", "dizziness", "sedation", "headache", "vomiting", "hallucination"):
        assert f">{event}</th>" in text


def test_what_is_broken_comes_first(six: Summary) -> None:
    found = assess(six)
    assert tables.lead(found)[1].startswith("Not met: at least 80 mg an infusion")
    verdicts = [row[1] for row in tables.rules(found).rows]
    assert verdicts == sorted(verdicts, key=["not met", "met", "does not apply", "–"].index)


def test_json_holds_all_of_it(six: Summary) -> None:
    found = assess(six)
    document = json.loads(tables.safety_json(found))
    assert document["dosing"]["total_mg"] == pytest.approx(210.0)
    assert document["cites"] == list(found.cites)
    assert [i["event"] for i in document["incidence"]] == [i.event for i in found.incidence]
