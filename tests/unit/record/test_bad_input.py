"""Everything that is wrong with a record is said at once, with row and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from sordino.errors import DocumentError
from sordino.record import load_record

SESSION = "P01,session,2026-01-05 10:00,2026-01-05 10:40,ketamine,35,mg,,iv,,"


@pytest.mark.parametrize(
    ("line", "column", "said"),
    [
        ("P01,session,2026-01-07 10:00,,ketamine,,mg,,iv,,", "value", "without a dose"),
        ("P01,session,2026-01-07 10:00,,ketamine,35,,,iv,,", "unit", "no unit"),
        ("P01,session,2026-01-07 10:00,,ketamine,35,ml,,iv,,", "unit", "unknown unit"),
        ("P01,session,2026-01-07 10:00,,ketamine,-35,mg,,iv,,", "value", "negative"),
        ('P01,session,2026-01-07 10:00,,ketamine,"0,5",mg/kg,,iv,,', "value", "decimal comma"),
        ("P01,session,2026-01-07 10:00,,ketamin,35,mg,,iv,,", "name", "unknown drug"),
        ("P01,session,2026-01-07 10:00,,ketamine,35,mg,,nasal,,", "route", "unknown route"),
        ("P01,session,2026-01-07,,ketamine,35,mg,,iv,,", "time", "no clock time"),
        (
            "P01,session,2026-01-07 10:40,2026-01-07 10:00,ketamine,35,mg,,iv,,",
            "end",
            "before the begin",
        ),
        (
            "P01,session,2026-01-07 10:00,2026-01-07 10:40,esketamine,84,mg,,intranasal,,",
            "end",
            "does not go with route",
        ),
        ("P01,pause,2026-01-06 10:10,2026-01-06 10:15,,,,,,,", "time", "no session is running"),
        ("P01,diary,2026-01-06,,pain,11,,,,,", "value", "outside the allowed range"),
        ('P01,diary,2026-01-06,,pain,"6,5",,,,,', "value", "decimal comma"),
        ("P01,diary,2026-01-06,,pain,six,,,,,", "value", "is no number"),
        ("P01,diary,2026-01-06,,pian,6,,,,,", "name", "unknown diary item"),
        ("P01,diary,06.01.2026,,pain,6,,,,,", "time", "cannot be read"),
        ("P01,diary,2026-02-30,,pain,6,,,,,", "time", "cannot be read"),
        ("P01,diary,1926-01-06,,pain,6,,,,,", "time", "is not plausible"),
        ("P01,diary,2026-01-06,,pain,6,mg,,,,", "unit", "unit does not go with diary"),
        ("P01,score,2026-01-06,,phq9,28,,,,,", "value", "outside the allowed range"),
        ("P01,score,2026-01-06,,phq9,12.5,,,,,", "value", "not whole"),
        ("P01,score,2026-01-06,,phq9.10,1,,,,,", "name", "unknown item"),
        ("P01,score,2026-01-06,,phq,1,,,,,", "name", "unknown instrument"),
        ("P01,vital,2026-01-06 09:00,,systolic,12,mmHg,,,,", "value", "outside the allowed"),
        ("P01,vital,2026-01-06 09:00,,weight,70,lb,,,,", "unit", "does not fit"),
        ("P01,effect,2026-01-06 09:00,,nausea,bad,,,,,", "value", "unknown severity"),
        ("P01,effect,2026-01-06 09:00,,,mild,,,,,", "name", "empty"),
        ("P01,sample,2026-01-06 09:00,,ketamine,160,,,,,", "unit", "without a unit"),
        ("P01,sample,2026-01-06 09:00,,ketamine,160,mol/L,,,,", "unit", "does not fit"),
        ("P01,visit,2026-01-06 09:00,,x,1,,,,,", "kind", "unknown kind"),
        ("P02,diary,2026-01-06,,pain,6,,,,,", "patient", "another patient"),
        ("P01,vital,2026-01-06 09:00+01:00,,weight,70,kg,,,,", "time", "time zone"),
    ],
)
def test_one_bad_cell(line: str, column: str, said: str, refuse) -> None:
    assert len(found := refuse(SESSION, line)) == 1, found
    assert found[0][0] == f"row 3, column {column}"
    assert said in found[0][1]


def test_all_findings_come_at_once(refuse) -> None:
    found = refuse(
        SESSION,
        "P02,diary,2026-01-06,,pain,11,,,,,",
        'P01,diary,2026-01-05,,pain,"6,5",,,,,',
        "P01,session,2026-01-07 10:00,,ketamine,,mg,,iv,,",
    )
    assert [place for place, _ in found] == [
        "row 3, column patient",
        "row 3, column value",
        "row 4, column value",
        "row 5, column value",
        "row 4, column time",
    ]


def test_rows_of_a_kind_stand_in_the_order_of_time(refuse) -> None:
    found = refuse("P01,diary,2026-01-06,,pain,6,,,,,", "P01,diary,2026-01-05,,pain,6,,,,,")
    assert found == [("row 3, column time", "2026-01-05 is before the diary above it")]


def test_a_slip_in_the_year_is_seen(refuse) -> None:
    days = ["2026-01-05", "2026-01-06", "2062-01-07"]
    found = refuse(*(f"P01,diary,{day},,pain,6,,,,," for day in days))
    assert [place for place, _ in found] == ["row 4, column time"]
    assert "days from the middle of the record" in found[0][1]


def test_kinds_may_stand_in_any_order(load) -> None:
    assert load("P01,diary,2026-01-09,,pain,6,,,,,", SESSION).diary.days.tolist() == [4]


@pytest.mark.parametrize(
    "line",
    [
        "P01,diary,2026-01-06,,pain,6,,,,,",
        "P01,diary,2026-01-06 21:00,,pain,5,,,,,",
    ],
)
def test_a_day_has_one_answer_to_an_item(line: str, refuse) -> None:
    found = refuse("P01,diary,2026-01-06,,pain,6,,,,,", line)
    assert len(found) == 1
    assert found[0][0] == "row 3"
    assert "stands twice, first in row 2" in found[0][1]


def test_the_same_instant_in_another_zone_is_the_same(refuse) -> None:
    found = refuse(
        "P01,vital,2026-01-06 09:00+01:00,,weight,70,kg,,,,",
        "P01,vital,2026-01-06 08:00+00:00,,weight,71,kg,,,,",
    )
    assert [place for place, _ in found] == ["row 3"]


def test_sessions_of_a_drug_do_not_overlap(refuse) -> None:
    found = refuse(SESSION, SESSION.replace("10:00", "10:30").replace("10:40", "11:10"))
    assert found[0][0] == "row 3, column time"
    assert "before the one of 2026-01-05 10:00 has ended" in found[0][1]


def test_steps_add_up_to_the_dose(refuse) -> None:
    found = refuse(
        SESSION,
        "P01,step,2026-01-05 10:00,2026-01-05 10:20,,10,mg,,,,",
        "P01,step,2026-01-05 10:20,2026-01-05 10:40,,20,mg,,,,",
    )
    assert found == [("row 2, column value", "the steps add up to 30 mg, not 35")]


def test_steps_and_pauses_do_not_go_together(refuse) -> None:
    found = refuse(
        SESSION,
        "P01,step,2026-01-05 10:00,2026-01-05 10:20,,35,mg,,,,",
        "P01,pause,2026-01-05 10:20,2026-01-05 10:30,,,,,,,",
    )
    assert ("row 2", "this session has steps and pauses") in found


def test_pauses_leave_some_time(refuse) -> None:
    found = refuse(SESSION, "P01,pause,2026-01-05 10:00,2026-01-05 10:40,,,,,,,")
    assert found == [("row 2", "the pauses fill this session")]


def test_the_lower_pressure_is_lower(refuse) -> None:
    found = refuse(
        "P01,vital,2026-01-05 09:00,,systolic,90,,,,,",
        "P01,vital,2026-01-05 09:00,,diastolic,95,,,,,",
    )
    assert found[0][0] == "row 3, column value"


def test_a_score_is_the_sum_of_its_answers(refuse, load) -> None:
    answers = [f"P01,score,2026-01-05,,phq9.{item},1,,,,," for item in range(1, 10)]
    assert load("P01,score,2026-01-05,,phq9,9,,,,,", *answers).scores[0].value == 9
    found = refuse("P01,score,2026-01-05,,phq9,12,,,,,", *answers)
    assert found == [("row 2, column value", "the score is 12, the answers add up to 9")]


def test_whose_record_it_must_be(refuse, load) -> None:
    assert load(SESSION, patient="P01").patient == "P01"
    assert refuse(SESSION, patient="P02") == [
        ("row 2, column patient", "a row of another patient: 'P01'")
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is empty"),
        ("# only this\n", "the file is empty"),
        ("kind,time,name\nvital,2026-01-05 09:00,weight\n", "the column value is missing"),
        ("kind,time,name,value,weigth\n", "unknown column 'weigth'"),
        ("kind,time,name,value,value\n", "stands twice"),
        ("kind,time,name,value,\ndiary,2026-01-05,pain,6,\n", "column 5 has no name and is empty"),
        ("kind,time,name,value\ndiary,2026-01-05,pain,\n", "the whole column is empty"),
        ("kind,time,name,value\ndiary,2026-01-05,pain,6,5\n", "5 cells, but the header"),
        ("date,pain,sleep\n2026-01-05,6,\n", "the whole column is empty"),
        ("date,pain,slep\n2026-01-05,6,3\n", "unknown column 'slep'"),
        ("pain,mood\n6,3\n", "the column date is missing"),
        ('kind,time,name,value\ndiary,2026-01-05,"pain,6\n', "cannot be split into cells"),
        ("kind,time,name,value\ndiary,2026-01-05,pa\x1bin,6\n", "control characters"),
    ],
)
def test_a_table_that_is_none(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "record.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        load_record(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_row_of_the_wide_diary_is_named_by_its_own_columns(tmp_path: Path) -> None:
    path = tmp_path / "diary.csv"
    path.write_text("date,pain,sleep\n2026-01-05,6,3\n2026-01-04,12,3\n", encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        load_record(path)
    assert [e.where.removeprefix(f"{path}: ") for e in caught.value.findings] == [
        "row 3, column pain",
        "row 3, column date",
    ]


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        (
            '[[session]]\nstart = "2026-01-05 10:00"\ndrug = "ketamine"\nroute = "iv"\n',
            "session[1].dose",
            "without a dose",
        ),
        ('[[sesion]]\nstart = "x"\n', "sesion", "unknown key"),
        ("[[diary]]\nday = 2026-01-05\npain = 12\n", "diary[1].pain", "outside the allowed"),
        ("[[diary]]\nday = 2026-01-05\npain = true\n", "diary[1].pain", "text in quotes"),
        (
            '[[score]]\ntime = 2026-01-05\ninstrument = "phq9"\nitems = { 3 = 7 }\n',
            "score[1].items.3",
            "outside the allowed",
        ),
        (
            '[[vital]]\ntime = 2026-01-05T09:00:00\nweight = "70 kg"\n',
            "vital[1].weight",
            "no number",
        ),
    ],
)
def test_a_document_names_the_key(text: str, where: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "record.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        load_record(path)
    (finding,) = caught.value.findings
    assert finding.where == f"{path}: {where}"
    assert said in finding.what


def test_the_record_of_another_patient(tmp_path: Path) -> None:
    path = tmp_path / "record.toml"
    path.write_text('patient = "P01"\n[[diary]]\nday = 2026-01-05\npain = 2\n', encoding="utf-8")
    with pytest.raises(DocumentError, match="another patient"):
        load_record(path, patient="P02")


def test_a_refused_rating_still_has_its_place_in_the_diary(tmp_path: Path) -> None:
    """One list: what is wrong with a rating, and with the day that it stands on."""
    path = tmp_path / "diary.csv"
    rows = ["date,pain", "2026-01-06,7", "2026-01-05,12", '2026-01-06,"6,5"']
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        load_record(path)
    found = [(e.where.removeprefix(f"{path}: "), e.what) for e in caught.value.findings]
    places = [where for where, _ in found]
    assert places.count("row 3, column pain") == 1
    assert places.count("row 4, column pain") == 1
    assert ("row 3, column date", "2026-01-05 is before the diary above it") in found
    assert ("row 4", "pain at 2026-01-06 stands twice, first in row 2") in found


def test_a_pause_with_another_kind_of_clock_is_refused_like_any_other(refuse) -> None:
    found = refuse(
        "P01,session,2026-01-05 10:00,2026-01-05 11:00,ketamine,35,mg,,iv,,",
        "P01,pause,2026-01-05 10:20+00:00,2026-01-05 10:30+00:00,,,,,,,",
    )
    assert (
        "row 3, column time",
        "2026-01-05 10:20+00:00 has a time zone, times before it have none",
    ) in found
