"""Records that are refused, each with its row, its column and what is allowed."""

from __future__ import annotations

import pytest

ITEMS = ("EVID", "AMT", "RATE", "DUR", "SS", "II", "ADDL", "CMT", "DVID", "ROUTE", "MDV")
FIT = {"EVID": "1", "AMT": "5"}


def record(**items: str) -> str:
    """A data set of a sound record and one with `items`."""
    row = ",".join(items.get(name, ".") for name in ITEMS)
    return f"ID,TIME,WEIGHT,{','.join(ITEMS)}\n1,0,70{',.' * len(ITEMS)}\n1,1,70,{row}\n"


@pytest.mark.parametrize(
    ("items", "column", "allowed"),
    [
        ({"EVID": "5"}, "EVID", "0 (observation), 1 (dose)"),
        ({"EVID": "-1"}, "EVID", "0 (observation), 1 (dose)"),
        ({"EVID": "0.5"}, "EVID", "0 (observation), 1 (dose)"),
        ({**FIT, "AMT": "-5"}, "AMT", "more than 0 mg"),
        ({**FIT, "AMT": "0"}, "AMT", "more than 0 mg; 0 only for a constant infusion"),
        ({**FIT, "AMT": "."}, "AMT", "EVID 0 or 2"),
        ({**FIT, "AMT": "abc"}, "AMT", "a number with a decimal point"),
        ({**FIT, "AMT": "inf"}, "AMT", "a finite number"),
        ({**FIT, "AMT": "1e300"}, "AMT", "a finite number"),
        ({**FIT, "AMT": "0x10"}, "AMT", "a number"),
        ({**FIT, "AMT": "1_0"}, "AMT", "a number"),
        ({"AMT": "5", "EVID": "0"}, "AMT", "0 or nothing where EVID is 0, 2 or 3"),
        ({"RATE": "5", "EVID": "2"}, "RATE", "0 or nothing where EVID is 0, 2 or 3"),
        ({"DUR": "5", "EVID": "3"}, "DUR", "0 or nothing where EVID is 0, 2 or 3"),
        ({"SS": "1"}, "SS", "0 or nothing where EVID is 0, 2 or 3"),
        ({"II": "12"}, "II", "0 or nothing where EVID is 0, 2 or 3"),
        ({"ADDL": "1"}, "ADDL", "0 or nothing where EVID is 0, 2 or 3"),
        ({**FIT, "RATE": "-3"}, "RATE", "-1 (rate from the model)"),
        ({**FIT, "RATE": "-1"}, "RATE", "-1 only for|0 or above"),
        ({**FIT, "RATE": "-2", "CMT": "2"}, "RATE", "-2 only for depot"),
        ({**FIT, "RATE": "5", "AMT": "0"}, "AMT", "more than 0 mg"),
        ({**FIT, "DUR": "-1"}, "DUR", "0 (at once) or more"),
        ({**FIT, "RATE": "5", "DUR": "2"}, "DUR", "AMT = RATE x DUR"),
        ({**FIT, "RATE": "-2", "DUR": "1"}, "DUR", "RATE or DUR"),
        ({**FIT, "SS": "1"}, "II", "more than 0; 0 only for a constant infusion"),
        ({**FIT, "SS": "1", "II": "0"}, "II", "more than 0; 0 only for a constant infusion"),
        ({**FIT, "SS": "1", "II": "-12"}, "II", "0 or more"),
        ({**FIT, "SS": "3", "II": "12"}, "SS", "0, 1 (amounts are replaced) or 2"),
        ({**FIT, "SS": "-1", "II": "12"}, "SS", "0, 1 (amounts are replaced) or 2"),
        ({**FIT, "ADDL": "2"}, "II", "more than 0 where ADDL is above 0"),
        ({**FIT, "ADDL": "-2", "II": "12"}, "ADDL", "a whole number from 0"),
        ({**FIT, "ADDL": "1.5", "II": "12"}, "ADDL", "a whole number from 0"),
        ({"EVID": "1", "RATE": "5", "SS": "1", "II": "12"}, "II", "0 where AMT is 0"),
        ({"EVID": "1", "RATE": "5", "SS": "1", "ADDL": "2"}, "ADDL", "0 where AMT is 0"),
        ({"EVID": "1", "SS": "1", "II": "12"}, "AMT", "more than 0 mg"),
        ({**FIT, "CMT": "3"}, "CMT", "1 depot, 2 central; 0 or nothing for the default"),
        ({**FIT, "CMT": "-1"}, "CMT", "compartments cannot be turned off"),
        ({**FIT, "CMT": "centrall"}, "CMT", "did you mean 'central'?"),
        ({"CMT": "100"}, "CMT", "1 depot, 2 central"),
        ({"DVID": "3"}, "DVID", "1 drug, 2 unabsorbed"),
        ({**FIT, "ROUTE": "orl"}, "ROUTE", "did you mean 'oral'?"),
        ({**FIT, "ROUTE": "patch", "DUR": "2"}, "ROUTE", "RATE and DUR 0 or nothing"),
        ({**FIT, "ROUTE": "patch", "RATE": "2"}, "ROUTE", "RATE and DUR 0 or nothing"),
        ({**FIT, "ROUTE": "oral", "RATE": "-2"}, "RATE", "give CMT instead of ROUTE"),
        ({**FIT, "ROUTE": "oral", "CMT": "2"}, "ROUTE", "leads into that compartment"),
        ({**FIT, "MDV": "0"}, "MDV", "1 or nothing where EVID is not 0"),
        ({"MDV": "2"}, "MDV", "0 (DV is an observation) or 1"),
    ],
)
def test_records_that_are_refused(refused, items, column, allowed):
    text = refused(record(**items))
    assert f"row 3, column {column}: " in text
    assert any(part in text for part in allowed.split("|"))
    assert "1 problem\n" in text, "one mistake is one problem"


@pytest.mark.parametrize(
    ("items", "attribute", "value"),
    [
        ({**FIT, "RATE": "2.5"}, "rate", 2.5),
        ({**FIT, "RATE": "2.5", "DUR": "2"}, "duration_h", 0.0),
        ({**FIT, "DUR": "2"}, "duration_h", 2.0),
        ({**FIT, "RATE": "-2"}, "rate", -2.0),
        ({**FIT, "RATE": "-2", "CMT": "Depot"}, "cmt", 1),
        ({**FIT, "SS": "1", "II": "12", "ADDL": "3"}, "addl", 3),
        ({**FIT, "SS": "2", "II": "12", "RATE": "0.1"}, "ss", 2),
        ({"EVID": "1", "RATE": "5", "SS": "1"}, "ss", 1),
        ({"EVID": "4", "AMT": "5"}, "evid", 4),
        ({**FIT, "EVID": "1.0", "AMT": "+5.", "II": "12"}, "amt", 5.0),
        ({**FIT, "ROUTE": "Oral"}, "route", 0),
        ({**FIT, "ROUTE": "patch", "CMT": "central"}, "route", 1),
        ({**FIT, "DVID": "9"}, "dvid", 0),
        ({"DVID": "unabsorbed"}, "dvid", 2),
        ({"CMT": "2"}, "cmt", 2),
        ({"EVID": "3", "CMT": "-7"}, "cmt", 0),
        ({"EVID": "2", "ROUTE": "by mouth"[:0]}, "route", -1),
        ({"MDV": "101"}, "mdv", 1),
        ({"MDV": "100"}, "mdv", 0),
    ],
)
def test_records_that_are_accepted(read, items, attribute, value):
    assert getattr(read(record(**items)), attribute)[1] == value


def test_evid_and_mdv_are_made_as_nm_tran_makes_them(read):
    # NONMEM help, EVID: a record without AMT, RATE and SS is no dose, and EVID is 2 where MDV is 1.
    table = read(
        "ID,TIME,DV,AMT,MDV,WEIGHT\n1,0,.,5,1,70\n1,1,3,.,0,70\n1,2,3,.,1,70\n1,3,.,.,.,70\n"
    )
    assert table.evid.tolist() == [1, 0, 2, 0]
    assert table.mdv.tolist() == [1, 0, 1, 1]


def test_a_negative_rate_alone_makes_a_dose_and_is_refused_without_amount(refused):
    text = refused("ID,TIME,RATE,WEIGHT\n1,0,-2,70\n")
    assert "row 2, column AMT: a dose without an amount" in text


@pytest.mark.parametrize("evid", ["3", "4"])
def test_time_may_run_back_at_a_reset(read, evid):
    # NONMEM help, TIME: "Exceptions are the event times of reset and reset-and-dose events".
    amount = "5" if evid == "4" else "."
    table = read(f"ID,TIME,EVID,AMT,WEIGHT\n1,9,0,.,70\n1,2,{evid},{amount},70\n1,3,0,.,70\n")
    assert table.time_h.tolist() == [9.0, 2.0, 3.0]


def test_time_may_not_run_back_otherwise(refused):
    text = refused("ID,TIME,WEIGHT\n1,0,70\n1,3,70\n1,2,70\n2,0,70\n")
    assert "row 4, column TIME: the time runs back from 3 h to 2 h within ID 1" in text
    assert "1 problem\n" in text


def test_a_missing_id_is_refused(refused):
    assert "row 3, column ID: the ID is missing" in refused("ID,TIME,WEIGHT\n1,0,70\n.,1,70\n")


def test_many_problems_in_one_message(refused):
    text = refused(
        "ID,TIME,AMT,EVID,WEIGHT\n1,0,-5,1,70\n1,x,5,1,70\n1,1,5,9,70\n2,0,5,1,.\n2,1,5,1,NA\n"
    )
    assert "4 problems" in text
    for part in (
        "row 2, column AMT",
        "row 3, column TIME",
        "row 4, column EVID",
        "row 5, column W",
    ):
        assert part in text
    assert text.index("row 2") < text.index("row 3") < text.index("row 4") < text.index("row 5")


def test_the_same_problem_many_times_is_counted(refused):
    text = refused("ID,TIME,AMT,EVID,WEIGHT\n" + "1,0,-5,1,70\n" * 500)
    assert "500 problems" in text
    assert text.count("an amount cannot be negative") == 3
    assert "and 497 more rows like this" in text
