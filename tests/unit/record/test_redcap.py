"""Exports of projects with fields of their own."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from sordino.errors import DocumentError
from sordino.record import Record
from sordino.record.redcap import read_redcap
from sordino.record.redcap.dictionary import COLUMNS

MAPPING = """\
record_id = "study_id"

[[form]]
kind = "diary"
instrument = "daily_diary"
fields = { time = "dd_date" }
items = { pain = "dd_pain", sleep = "dd_sleep" }

[[form]]
kind = "session"
event = "treatment_arm_1"
fields = { time = ["inf_date", "inf_start"], end = "inf_end", value = "inf_dose" }
fixed = { name = "ketamine", route = "iv", unit = "mg" }

[[form]]
kind = "effect"
instrument = "adverse_event"
fields = { time = "ae_time", name = "ae_what", value = "ae_severity" }
values = { ae_what = { "1" = "nausea", "2" = "dizziness" } }
"""
FIELDS = {
    "study_id": ("text", "", ""),
    "dd_date": ("text", "", "date_dmy"),
    "dd_pain": ("text", "", "number_1dp_comma_decimal"),
    "dd_sleep": ("slider", "bad | | good", ""),
    "inf_date": ("text", "", "date_ymd"),
    "inf_start": ("text", "", "time"),
    "inf_end": ("text", "", "datetime_ymd"),
    "inf_dose": ("text", "", "number"),
    "ae_time": ("text", "", "datetime_ymd"),
    "ae_what": ("radio", "1, Nausea | 2, Dizziness", ""),
    "ae_severity": ("dropdown", "1, Mild | 2, Moderate | 3, Severe | 4, Life threatening", ""),
}
HEADER = (
    "study_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,"
    "dd_date,dd_pain,dd_sleep,inf_date,inf_start,inf_end,inf_dose,ae_time,ae_what,ae_severity"
)
ROWS = [
    "12,baseline_arm_1,,,,,,,,,,,,",
    "12,treatment_arm_1,,,,,,2026-01-05,10:00,2026-01-05 10:40,35,,,",
    '12,treatment_arm_1,daily_diary,1,2026-01-05,"6,5",4,,,,,,,',
    "12,treatment_arm_1,daily_diary,2,2026-01-06,,5,,,,,,,",
    "12,treatment_arm_1,adverse_event,1,,,,,,,,2026-01-05 10:20,2,4",
    "12,treatment_arm_1,other_form,1,,,,,,,,,,",
    '13,treatment_arm_1,daily_diary,1,2026-01-05,"7,0",,,,,,,,',
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    lines = [",".join(f'"{column}"' for column in COLUMNS)]
    for name, (kind, choices, validation) in FIELDS.items():
        cells = {0: name, 1: "form", 3: kind, 5: choices, 7: validation}
        lines.append(",".join(f'"{cells.get(place, "")}"' for place in range(len(COLUMNS))))
    (tmp_path / "dictionary.csv").write_text("\n".join(lines), encoding="utf-8-sig")
    return tmp_path


def read(folder: Path, rows: list[str], patient: str | None = None) -> list[Record]:
    path = folder / "export.csv"
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return read_redcap(
        path,
        mapping=folder / "mapping.toml",
        dictionary=folder / "dictionary.csv",
        patient=patient,
    )


def test_a_project_with_fields_of_its_own(folder: Path) -> None:
    record, other = read(folder, ROWS)
    assert (record.patient, other.patient) == ("12", "13")
    assert record.sessions[0].start == datetime(2026, 1, 5, 10)
    assert record.sessions[0].dose.value == 35.0
    assert [(e.name, e.value) for e in record.entries] == [
        ("pain", 6.5),
        ("sleep", 4.0),
        ("sleep", 5.0),
    ]
    assert [(e.name, e.severity) for e in record.effects] == [("dizziness", "life_threatening")]


def test_rows_may_stand_in_any_order(folder: Path) -> None:
    assert read(folder, ROWS[::-1], "12") == read(folder, ROWS, "12")


@pytest.mark.parametrize(
    ("old", "new", "place", "said"),
    [
        ('"6,5"', '"16,5"', "row 4, column dd_pain", "outside the allowed range"),
        ("2026-01-05 10:20,2,4", "2026-01-05 10:20,3,4", "row 6, column ae_what", "unknown code"),
        ("2026-01-05 10:20,2,4", "2026-01-05 10:20,2,9", "row 6, column ae_severity", "unknown"),
        ("10:40,35", '10:40,"35,5"', "row 3, column inf_dose", "decimal comma"),
        ("10:40,35", "10:40,", "row 3, column inf_dose", "without a dose"),
        ("2026-01-05 10:40", "2026-01-05 09:40", "row 3, column inf_end", "before the begin"),
        ("2026-01-06,,5", "2026-01-05,,5", "row 5", "stands twice, first in row 4"),
        ("13,treatment", ",treatment", "row 8, column study_id", "empty"),
    ],
)
def test_bad_cells(old: str, new: str, place: str, said: str, folder: Path) -> None:
    rows = [row.replace(old, new) for row in ROWS]
    assert rows != ROWS
    with pytest.raises(DocumentError) as caught:
        read(folder, rows)
    found = [
        (e.where.removeprefix(f"{folder / 'export.csv'}: "), e.what) for e in caught.value.findings
    ]
    assert any(where == place and said in what for where, what in found), found


def test_the_findings_of_all_patients_come_at_once(folder: Path) -> None:
    rows = [row.replace('"6,5"', '"11,0"').replace('"7,0"', '"12,0"') for row in ROWS]
    with pytest.raises(DocumentError) as caught:
        read(folder, rows)
    assert len(caught.value.findings) == 2


def test_who_is_not_there(folder: Path) -> None:
    with pytest.raises(DocumentError, match=r"no record '14'[\s\S]*12, 13"):
        read(folder, ROWS, "14")


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("mapping.toml", "dd_pain", "dd_pian", "the column dd_pian is missing"),
        ("mapping.toml", '"diary"', '"dairy"', "unknown kind"),
        ("mapping.toml", ', value = "inf_dose"', "", "no field for value"),
        ("mapping.toml", "route =", "rout =", "rout does not go with session"),
        ("mapping.toml", "record_id", "recordid", "unknown key"),
        ("dictionary.csv", "inf_dose", "inf_dosis", "not in the data dictionary"),
        ("dictionary.csv", "Field Type", "Type", "the column 'Field Type' is missing"),
        ("dictionary.csv", '"dd_sleep"', '"dd_pain"', "stands twice"),
    ],
)
def test_a_mapping_or_dictionary_that_does_not_fit(
    file: str, old: str, new: str, said: str, folder: Path
) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        read(folder, ROWS)
    assert said in str(caught.value)
