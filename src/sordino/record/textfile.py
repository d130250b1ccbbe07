"""Records as tables of text: CSV in long form, one thing a row, or a diary with one row a day."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sordino.documents import MAX_IMPORT_BYTES, read_text
from sordino.errors import DocumentError
from sordino.findings import shown
from sordino.record.cells import near
from sordino.record.model import Record
from sordino.record.names import COLUMNS, DIARY, REQUIRED
from sordino.record.problems import Place, Problems
from sordino.record.rows import Row, in_order, rows_of

SEPARATORS = (",", ";", "\t")
DAY_COLUMNS = ("date", "day", "time")
"""What the column of days may be called in a diary with one row a day."""

Lines = list[tuple[int, list[str]]]


def read_table(path: Path, problems: Problems) -> tuple[list[str], Lines]:
    """The header and the rows of a CSV file, with their line numbers.

    Empty lines and lines that begin with # are left out. Raises DocumentError for a file that
    is no table; rows of another length go to `problems`.
    """
    source = str(path)
    lines = [
        line if not line.startswith("#") else "\n"
        for line in _lines(read_text(path, MAX_IMPORT_BYTES))
    ]
    header_line = next((line for line in lines if line.strip()), "")
    reader = csv.reader(lines, delimiter=_separator(header_line), strict=True)
    table: Lines = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                table.append((reader.line_num, [cell.strip() for cell in cells]))
    except csv.Error as error:
        where = f"{source}: row {reader.line_num}"
        raise DocumentError(f"cannot be split into cells: {error}", where=where) from None
    if not table:
        raise DocumentError("the file is empty", where=source)
    (number, header), *body = table
    kept: Lines = []
    for line, cells in body:
        if len(cells) == len(header):
            kept.append((line, cells))
        else:
            what = f"{len(cells)} cells, but the header in row {number} has {len(header)} columns"
            hint = "is there a comma inside a cell? quote the cell" if len(cells) > 1 else ""
            problems.add(f"{source}: row {line}", what, f"{len(header)} cells", hint)
    return header, kept


def _lines(text: str) -> list[str]:
    return io.StringIO(text, newline=None).readlines()


def _separator(header: str) -> str:
    return next((mark for mark in SEPARATORS if mark in header), ",")


def read_rows(path: Path, problems: Problems) -> list[Row]:
    """The rows of a record in a CSV file, long or one row a day.

    Raises DocumentError for what is wrong with the table as such: its header and its shape.
    """
    source = str(path)
    header, lines = read_table(path, problems)
    names = [name.lower() for name in header]
    _refuse_header(source, header, names, lines, problems)
    if "kind" in names or not set(names) & set(DIARY):
        _refuse_columns(source, names, COLUMNS, REQUIRED, problems)
        _refuse_empty(source, names, lines, REQUIRED, problems)
        problems.raise_any()
        return [_row(source, line, names, cells) for line, cells in lines]
    day = next((name for name in DAY_COLUMNS if name in names), "")
    known = (*DAY_COLUMNS, "patient", "note", *DIARY)
    _refuse_columns(source, names, known, () if day else ("date",), problems)
    _refuse_empty(source, names, lines, (day, *DIARY), problems)
    problems.raise_any()
    return [row for line, cells in lines for row in _of_day(source, line, day, names, cells)]


def _row(source: str, line: int, names: Sequence[str], cells: Sequence[str]) -> Row:
    return Row(dict(zip(names, cells, strict=True)), Place(source, f"row {line}"))


def _of_day(
    source: str, line: int, day: str, names: Sequence[str], cells: Sequence[str]
) -> Iterator[Row]:
    """The answers of one day as rows of the long form; an empty cell is a missing answer."""
    given = dict(zip(names, cells, strict=True))
    for item in DIARY:
        if given.get(item):
            yield Row(
                {
                    "kind": "diary",
                    "patient": given.get("patient", ""),
                    "time": given.get(day, ""),
                    "name": item,
                    "value": given[item],
                    "note": given.get("note", ""),
                },
                Place(source, f"row {line}", {"time": day, "value": item}),
            )


def _refuse_header(
    source: str, header: Sequence[str], names: Sequence[str], lines: Lines, problems: Problems
) -> None:
    for place, name in enumerate(names):
        if not name:
            filled = any(cells[place] for _, cells in lines)
            what = f"column {place + 1} has no name" + ("" if filled else " and is empty")
            problems.add(source, what, "a name for each column", "" if filled else "remove it")
        elif name in names[:place]:
            problems.add(source, f"the column {shown(header[place])} stands twice", "each once")


def _refuse_columns(
    source: str,
    names: Sequence[str],
    known: Sequence[str],
    needed: Sequence[str],
    problems: Problems,
) -> None:
    for name in names:
        if name and name not in known:
            what = f"unknown column {shown(name)}"
            problems.add(source, what, ", ".join(known), near(name, known))
    for name in needed:
        if name not in names:
            problems.add(source, f"the column {name} is missing", ", ".join(known))


def _refuse_empty(
    source: str, names: Sequence[str], lines: Lines, needed: Sequence[str], problems: Problems
) -> None:
    """Report columns in which nothing stands at all."""
    for place, name in enumerate(names):
        if name in needed and lines and not any(cells[place] for _, cells in lines):
            hint = "fill it, or remove the column" if name in DIARY else "fill it"
            problems.add(f"{source}: column {name}", "the whole column is empty", "", hint)


def csv_text(rows: Sequence[Sequence[str]]) -> str:
    """Rows as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def record_csv(record: Record) -> str:
    """A record as CSV in long form; reading it gives the same record."""
    rows: list[Mapping[str, str]] = list(rows_of(record))
    return csv_text([COLUMNS, *(in_order(cells) for cells in rows)])
