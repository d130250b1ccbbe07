"""Times, clock times and dates. Expected hours are those printed in NONMEM's help where named."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from sordino.events import read_table


def test_clock_times_of_the_nonmem_help(read):
    # NONMEM help, TIME: 8:00, 14:45 and 14.75 become 0, 6.75 and 6.75.
    table = read("ID,TIME,WEIGHT\n1,8:00,70\n1,14:45,70\n1,14.75,70\n")
    assert table.time_h.tolist() == [0.0, 6.75, 6.75]


def test_dates_of_the_nonmem_help(read):
    # NONMEM help, DATE; 5.42 is printed with two digits and is 5 h 25 min.
    table = read(
        "ID,DATE,TIME,WEIGHT\n1,10-1-86,9:15,70\n1,10-1-86,14:40,70\n1,10-2-86,8:30,70\n"
        "2,10-12,8,70\n2,10-14,10,70\n"
    )
    np.testing.assert_allclose(table.time_h, [0, 5 + 25 / 60, 23.25, 0, 50], atol=1e-12)


def test_clock_times_run_past_midnight(read):
    # NM-TRAN guide (IV, II.C.2): times after midnight go on as 33:22.
    assert read("ID,TIME,WEIGHT\n1,9:00,70\n1,33:22:30,70\n").time_h[1] == pytest.approx(
        24 + 22.5 / 60, abs=1e-12
    )


@pytest.mark.parametrize(
    ("label", "first", "second"),
    [
        ("DATE", "2/28/2024", "3/1/2024"),
        ("DAT1", "28/2/2024", "1/3/2024"),
        ("DAT2", "2024/2/28", "2024/3/1"),
        ("DAT3", "2024/28/2", "2024/1/3"),
        ("DAT2", "24-2-28", "24-3-1"),
        ("DATE", "2024-02-28", "2024-03-01"),
        ("DAT1", "2024-02-28", "2024-03-01"),
    ],
)
def test_orders_of_dates_in_a_leap_year(read, label, first, second):
    table = read(f"ID,TIME,WEIGHT,{label}\n1,12:00,70,{first}\n1,12:00,70,{second}\n")
    assert table.time_h.tolist() == [0.0, 48.0]


@pytest.mark.parametrize(
    ("first", "second", "days"),
    [
        ("12/31/99", "1/1/00", 1),  # years up to 50 are in the 2000s
        ("2/28/1900", "3/1/1900", 1),  # no leap year
        ("2/28", "3/1", 1),  # without a year: no leap year
        ("-1", "5", 6),  # days alone
    ],
)
def test_calendars(read, first, second, days):
    table = read(f"ID,TIME,WEIGHT,DATE\n1,0,70,{first}\n1,0,70,{second}\n")
    assert table.time_h.tolist() == [0.0, 24.0 * days]


def test_dates_with_times_in_one_cell(read):
    table = read("ID,TIME,WEIGHT\n1,2024-02-28T22:30,70\n1,2024-03-01 00:00:36Z,70\n")
    np.testing.assert_allclose(table.time_h, [0, 25.51], atol=1e-9)


def test_dates_with_times_in_a_frame(model):
    moments = pd.to_datetime(["2024-02-28 22:30:00", "2024-03-01 00:00:36"])
    frame = pd.DataFrame({"ID": [1, 1], "TIME": moments, "weight": [70.0, 70.0]})
    np.testing.assert_allclose(read_table(frame, model).time_h, [0, 25.51], atol=1e-9)
    days = [datetime.date(2024, 2, 28), datetime.date(2024, 3, 1)]
    frame = pd.DataFrame({"ID": 1, "TIME": ["8:00", "9:30"], "DATE": days, "weight": 70})
    assert read_table(frame, model).time_h.tolist() == [0.0, 49.5]


def test_plain_numbers_stay_as_they_are(read):
    assert read("ID,TIME,WEIGHT\n1,-3,70\n1,1e1,70\n").time_h.tolist() == [-3.0, 10.0]


def test_units_of_time(read):
    text = (
        "ID,TIME,AMT,RATE,DUR,II,ADDL,WEIGHT\n1,3,6,2,.,12,1,70\n1,6,6,-2,.,.,.,70\n"
        "1,9,6,.,3,.,.,70\n"
    )
    minutes, days = read(text, time_unit="min"), read(text, time_unit="day")
    assert minutes.time_h.tolist() == [0.05, 0.1, 0.15]
    assert (minutes.rate.tolist(), minutes.ii_h[0]) == ([120.0, -2.0, 0.0], 0.2)
    assert minutes.duration_h.tolist() == [0.0, 0.0, 0.05]
    assert days.time_h.tolist() == [72.0, 144.0, 216.0]
    assert (days.rate[0], days.ii_h[0]) == (2 / 24, 288.0)


def test_intervals_as_clock_times(read):
    # NONMEM help, II: 1:30 is 1.50 h and 1.30 stays 1.30 h.
    table = read("ID,TIME,AMT,II,ADDL,WEIGHT\n1,0,1,1:30,2,70\n1,0,1,1.30,2,70\n")
    assert table.ii_h.tolist() == [1.5, 1.3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ID,TIME,WEIGHT\n1,8:00,70\n1,8:60,70\n", "row 3, column TIME: '8:60' is no number"),
        ("ID,TIME,WEIGHT\n1,.,70\n", "row 2, column TIME: the time is missing"),
        ("ID,TIME,DATE,WEIGHT\n1,0,2/30/2024,70\n", "'2/30/2024' is no date"),
        ("ID,TIME,DATE,WEIGHT\n1,0,.,70\n", "a missing cell is no date"),
        ("ID,TIME,WEIGHT\n1,2024-01-05T10:00,70\n1,11:00,70\n", "this time has no date"),
        ("ID,TIME,WEIGHT\n1,2024-13-05T10:00,70\n", "row 2, column TIME"),
        ("ID,TIME,WEIGHT\n1,23:00,70\n1,0:30,70\n", "a clock time past midnight is 24:30"),
    ],
)
def test_times_that_are_refused(refused, text, expected):
    assert expected in refused(text)


def test_clock_times_count_hours(refused):
    assert "times count 'min'" in refused("ID,TIME,WEIGHT\n1,8:00,70\n", time_unit="min")
