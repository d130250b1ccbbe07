"""What a text file may look like, and how one that cannot be read is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from sordino.errors import DocumentError
from sordino.events import read_table

PLAIN = "ID,TIME,DV,AMT,WEIGHT\n1,0,.,100,70\n1,1.5,3.25,.,70\n"


def same(table):
    """The record values that all spellings of one data set share."""
    return (
        table.ids,
        table.time_h.tolist(),
        table.amt.tolist(),
        table.dv.tolist()[1],
        table.covariates["weight"].tolist(),
    )


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + PLAIN,
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        PLAIN.rstrip("\n"),
        PLAIN + "\n  \n\n",
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", " "),
        "  " + PLAIN.replace(",", "   ").replace("\n", " \t\n   "),
        PLAIN.replace(",", " , "),
        PLAIN.replace("ID,TIME", "id,Time").replace("WEIGHT", "weight"),
        PLAIN.replace("ID,TIME,DV", '"ID","TIME","DV"').replace("3.25", '"3.25"'),
        PLAIN.replace(",", " ").replace("ID", '"ID"').replace("3.25", '"3.25"'),
        PLAIN.replace(".,", ",").replace(",.", ","),
        PLAIN.replace(".,", "NA,").replace(",.", ",NA"),
        "#" + PLAIN,
        "# made by hand\n; and looked at\n" + PLAIN,
        PLAIN.replace("1,1.5", "C,a comment line,,,\nC and another\n#\n1,1.5"),
        "C," + PLAIN.replace("\n1", "\n.,1") + "C,1,2.5,77,.,70\n",
        "DROP,C," + PLAIN.replace("\n1", "\nx,,1") + "y,C,1,2.5,77,.,70\n",
    ],
)
def test_spellings_of_one_data_set(read, text):
    assert same(read(text)) == (("1",), [0.0, 1.5], [100.0, 0.0], 3.25, [70.0, 70.0])


def test_rows_are_lines_of_the_file(read):
    table = read("# one\n\nID,TIME,WEIGHT\n1,0,70\nC,comment,\n\n1,1,70\n")
    assert table.row.tolist() == [4, 7]


def test_rows_stay_lines_where_blocks_meet(read, monkeypatch):
    monkeypatch.setattr("sordino.events.textfile.BLOCK_BYTES", 29)
    lines = ["ID,TIME,WEIGHT", "#"] + [f"{i // 3},{i % 3},70" for i in range(50)]
    table = read("\r\n".join(lines))
    assert table.row.tolist() == list(range(3, 53))
    assert table.time_h.tolist() == [float(i % 3) for i in range(50)]


def test_quotes_keep_the_sign_that_parts_cells(read):
    table = read('ID,TIME,WEIGHT,NOTE\n1,0,70,"a, ""b"" and c"\n')
    assert table.frame["NOTE"].tolist() == ['a, "b" and c']


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ('ID,TIME,"DV, mg/L","a ""b""",WEIGHT', "1,0,5,x,70"),
        ('ID;TIME;"DV, mg/L";"a ""b""";WEIGHT', "1;0;5;x;70"),
        ('ID TIME "DV, mg/L" "a ""b"""  WEIGHT', "1 0 5 x 70"),
        ('#ID\tTIME\t"DV, mg/L"\t"a ""b"""\tWEIGHT', "1\t0\t5\tx\t70"),
    ],
)
def test_a_header_in_quotes_keeps_the_signs_that_part_cells(read, header, row):
    frame = read(f"{header}\n{row}\n").frame
    assert list(frame.columns) == ["ID", "TIME", "DV, mg/L", 'a "b"', "WEIGHT"]
    assert frame.iloc[0].tolist() == ["1", "0", "5", "x", "70"]


def test_the_frame_is_as_given(read):
    table = read("note,ID,TIME,Weight,extra\nx,007,0.50,70,.\n")
    assert table.ids == ("007",)
    assert list(table.frame.columns) == ["note", "ID", "TIME", "Weight", "extra"]
    assert table.frame.iloc[0].tolist() == ["x", "007", "0.50", "70", "."]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "the data set is empty"),
        ("\n\n# only a comment\n", "the data set is empty"),
        ("ID,TIME,WEIGHT\n", "no records"),
        ("ID,TIME,WEIGHT\nC,comment,\n", "no records"),
        (b"PK\x03\x04\x00\x00", "binary"),
        ("ID,TIME,WEIGHT\n1,0,70\n".encode("utf-16"), "UTF-16"),
        ("ID,TIME,WEIGHT\n1,0,70\n1,1,7\xe4\n".encode("latin-1"), "row 3 is not UTF-8"),
        ("ID,TIME,WEIGHT\n1,0,70\n1,1\n", "row 3: 2 cells, but the header in row 1 has 3 columns"),
        ("ID,TIME,WEIGHT\n1,0,70,\n", "row 2: 4 cells"),
        ("ID TIME WEIGHT\n1 0 70\n1 1\n", "row 3: 2 cells"),
        ('ID,TIME,WEIGHT\n1,0,70\n1,"1,70\n', "row 3: a quotation mark"),
        ('ID,"TIME,WEIGHT\n1,0,70\n', "row 1: a quotation mark"),
        ("ID,TIME,WEIGHT\n1,0," + "7" * 3_000_000, "a line has more than"),
        (b"PAR1 is how Parquet begins", "cannot be read as Parquet"),
    ],
)
def test_files_that_cannot_be_read(refused, content, expected):
    assert expected in refused(content)


def test_ragged_lines_are_counted(refused):
    text = refused("ID,TIME,WEIGHT\n" + "1,0\n" * 1000)
    assert text.count("cells, but") == 20


@pytest.mark.parametrize(
    ("cell", "hint"),
    [("0,5", "write 0.5"), ("<0.5", "missing"), ("blq", "missing"), ("x", "")],
)
def test_cells_that_are_no_numbers(refused, cell, hint):
    text = refused(f"ID;TIME;WEIGHT;DV\n1;0;70;.\n1;1;70;{cell}\n")
    assert f"row 3, column DV: '{cell}' is no number" in text
    assert ("hint: " in text) == bool(hint)
    assert hint in text


@pytest.mark.parametrize("name", ["none.csv", ".", "bad\0name"])
def test_paths_that_are_no_files(tmp_path: Path, model, name):
    with pytest.raises(DocumentError):
        read_table(tmp_path / name, model)


def test_other_things_are_no_data_set(model):
    with pytest.raises(DocumentError, match="a value of type int is no data set"):
        read_table(7, model)
