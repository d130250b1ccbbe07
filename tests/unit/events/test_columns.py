"""Columns: which are needed, which mean the same, what is offered instead."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("TIME,WEIGHT", ["the column ID is missing"]),
        ("ID,WEIGHT", ["the column TIME is missing"]),
        ("ID,TIMES,WEIGHT", ["the column TIME is missing", "did you mean 'TIMES'?"]),
        ("ID,TIME", ["the column 'weight' is missing; the model uses it as a covariate"]),
        ("ID,TIME,WT", ["if 'WT' holds it call the column weight"]),
        ("ID,TIME,Time,WEIGHT", ["the columns 'TIME' and 'Time' mean the same"]),
        ("ID,TIME,WEIGHT,x,x", ["the column name 'x' stands 2 times"]),
        ("ID,TIME,WEIGHT,OCC,OCCASION", ["the columns OCC and OCCASION mean the same"]),
        ("ID,TIME,WEIGHT,DATE,DAT1", ["the columns DATE and DAT1 mean the same"]),
        ("A,B", ["ID is missing", "TIME is missing", "'weight' is missing"]),
    ],
)
def test_headers_that_are_refused(refused, header, expected):
    text = refused(header + "\n" + ",".join("1" for _ in header.split(",")) + "\n")
    for part in expected:
        assert part in text


def test_everything_but_id_time_and_covariates_may_be_missing(read):
    table = read("ID,TIME,WEIGHT\n1,0,70\n1,2,70\n")
    assert table.evid.tolist() == [0, 0]
    assert table.mdv.tolist() == [1, 1]
    assert table.route.tolist() == [-1, -1]
    for values in (table.amt, table.rate, table.ii_h, table.addl, table.ss, table.cmt, table.dvid):
        assert values.tolist() == [0, 0]


def test_an_id_again_after_another_is_a_new_individual(read):
    # NONMEM help, ID: "A change in ID value indicates the start of a new individual record."
    table = read("ID,TIME,WEIGHT\n1,5,70\n1.0,6,70\n2,0,70\n1,0,70\n")
    assert table.ids == ("1", "2", "1")
    assert table.individual.tolist() == [0, 0, 1, 2]
    assert table.starts.tolist() == [0, 2, 3]
