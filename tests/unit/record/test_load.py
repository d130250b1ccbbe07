from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from sordino.errors import DocumentError
from sordino.record import Dose, Part, Score, load_record
from sordino.record.templates import template_text
from sordino.record.textfile import record_csv

SESSION = "P01,session,2026-01-05 10:00,2026-01-05 10:40,ketamine,35,mg,,iv,,"


@pytest.fixture
def both(tmp_path: Path) -> tuple[Path, Path]:
    """The two templates as files."""
    paths = tmp_path / "record.csv", tmp_path / "record.toml"
    for path in paths:
        path.write_text(template_text(path.suffix[1:]), encoding="utf-8")
    return paths


def test_the_templates_say_the_same(both: tuple[Path, Path]) -> None:
    table, document = (load_record(path) for path in both)
    assert table == document
    assert table.digest() == document.digest()


def test_what_the_template_says(both: tuple[Path, Path]) -> None:
    record = load_record(both[0])
    first, second = record.sessions
    assert record.patient == "P01"
    assert first.dose == Dose(35.0, per_kg=False)
    assert second.planned == Dose(35.0, per_kg=False)
    assert second.pauses == ((datetime(2026, 1, 7, 10, 15), datetime(2026, 1, 7, 10, 25)),)
    assert [score.instrument for score in record.scores] == ["fiqr", "phq9"]
    assert record.scores[1] == Score(datetime(2026, 1, 5, 9, 45), "phq9", None, (("1", 2.0),))
    assert record.drugs[0].end is None
    assert record.summary()["diary_days"] == 2


def test_a_record_written_as_csv_is_the_same_record(both: tuple[Path, Path]) -> None:
    record = load_record(both[1])
    both[0].write_text(record_csv(record), encoding="utf-8")
    assert load_record(both[0]) == record


def test_the_dose_of_an_interrupted_session_is_spread_over_the_time_that_it_ran(load) -> None:
    record = load(
        "P01,session,2026-01-05 10:00,2026-01-05 11:00,ketamine,40,mg,,iv,,",
        "P01,pause,2026-01-05 10:10,2026-01-05 10:30,,,,,,,",
    )
    # 10 and 30 of 40 minutes.
    assert record.sessions[0].parts == (
        Part(datetime(2026, 1, 5, 10), datetime(2026, 1, 5, 10, 10), 10.0),
        Part(datetime(2026, 1, 5, 10, 30), datetime(2026, 1, 5, 11), 30.0),
    )


def test_the_diary_is_an_array_by_day_with_gaps(load) -> None:
    record = load(
        SESSION,
        "P01,diary,2026-01-03,,pain,7,,,,,",
        "P01,diary,2026-01-05,,pain,4,,,,,",
        "P01,diary,2026-01-05 21:30,,mood,6,,,,,",
        "P01,diary,2026-01-06,,pain,5.5,,,,,",
    )
    diary = record.diary
    assert diary.first == date(2026, 1, 3)
    assert diary.days.tolist() == [-2, -1, 0, 1]
    np.testing.assert_array_equal(diary.values["pain"], [7, np.nan, 4, 5.5])
    np.testing.assert_array_equal(diary.values["mood"], [np.nan, np.nan, 6, np.nan])
    assert diary.answered("pain")[0].tolist() == [-2, 0, 1]
    assert diary.answered("fatigue")[1].tolist() == []


def test_a_day_is_its_evening_and_a_clock_time_is_itself(load) -> None:
    record = load(
        SESSION,
        "P01,diary,2026-01-05 21:30,,pain,4,,,,,",
        "P01,diary,2026-01-06,,pain,5,,,,,",
    )
    # 10:00 to 21:30, and to 20:00 of the next day.
    assert record.diary.time_h.tolist() == [11.5, 34.0]


def test_a_record_without_a_dose_counts_from_the_first_diary_day(load) -> None:
    record = load("P01,diary,2026-01-05,,pain,4,,,,,", "P01,diary,2026-01-07,,pain,5,,,,,")
    assert record.diary.days.tolist() == [0, 1, 2]
    assert np.isnan(record.diary.time_h).all()
    assert record.origin is None


def test_a_session_that_did_not_take_place_is_not_time_zero(load) -> None:
    record = load(
        "P01,session,2026-01-03 10:00,,ketamine,0,mg,35,iv,,fever",
        SESSION,
    )
    assert record.origin == datetime(2026, 1, 5, 10)
    assert [session.given for session in record.sessions] == [False, True]
    assert record.sessions[0].parts == ()


def test_hours_between_times_with_zones_are_those_that_passed(load) -> None:
    # Clocks go forward in between: 10:00 to 10:00 is 23 hours.
    record = load(
        "P01,session,2026-03-28 10:00+01:00,2026-03-28 10:40+01:00,ketamine,35,mg,,iv,,",
        "P01,session,2026-03-29 10:00+02:00,2026-03-29 10:40+02:00,ketamine,35,mg,,iv,,",
    )
    assert record.hours(record.sessions[1].start) == 23.0
    assert record.sessions[1].start.tzinfo == timezone(timedelta(hours=2))


def test_a_diary_with_one_row_a_day(tmp_path: Path) -> None:
    path = tmp_path / "diary.csv"
    path.write_text("date;pain;mood\n2026-01-05;6;4\n2026-01-06;;5\n", encoding="utf-8-sig")
    record = load_record(path, patient="P07")
    assert record.patient == "P07"
    np.testing.assert_array_equal(record.diary.values["pain"], [6, np.nan])
    np.testing.assert_array_equal(record.diary.values["mood"], [4, 5])


def test_the_digest_tells_records_apart_and_not_their_spelling(load) -> None:
    one = load(SESSION.replace("35,mg", "0.5,mg/kg"))
    same = load(SESSION.replace("35,mg", "500,ug/kg").replace("10:00,", "10:00:00,"))
    other = load(SESSION.replace("35,mg", "0.51,mg/kg"))
    assert one == same
    assert one.digest() == same.digest() != other.digest()


@pytest.mark.parametrize("name", ["record.xlsx", "record"])
def test_another_kind_of_file_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("x")
    with pytest.raises(DocumentError, match=r"\.csv, \.tsv, \.txt, \.toml, \.json"):
        load_record(path)


def test_a_concentration_below_the_limit_is_kept_as_such(load) -> None:
    record = load(
        SESSION,
        "P01,sample,2026-01-05 10:40,,ketamine,0.16,mg/L,,venous,,",
        "P01,sample,2026-01-09 10:40,,ketamine,<2,ug/L,,,,",
    )
    # 1 mg/L is 1000 ng/mL, 1 ug/L is 1 ng/mL.
    assert [(s.value, s.below, s.site) for s in record.samples] == [
        (160.0, False, "venous"),
        (2.0, True, ""),
    ]
