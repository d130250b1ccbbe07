"""Reading a data set from a text file, block by block, as tables of text.

The bytes are cut at line ends; comments are dropped; what is left is split into cells by the CSV
reader of Arrow. Nothing here looks at one line after the other in Python.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
from numpy.typing import NDArray

from sordino.documents import not_utf8, refuse_utf16
from sordino.errors import DocumentError
from sordino.events.arrow import ArrowTable, Piece
from sordino.events.problems import MAX_SHOWN, Problems
from sordino.events.table import Bool, Int64
from sordino.findings import shown

Bytes = NDArray[np.uint8]
Places = NDArray[np.intp]

BLOCK_BYTES = 8 << 20
MAX_LINE_BYTES = 1 << 20
_NEWLINE, _SPACE, _TAB, _QUOTE = 10, 32, 9, 34
_SEPARATORS = (",", "\t", ";")
_OPEN = "a quotation mark is opened and not closed"
_CLOSED = 'cells in "quotes" that end on the same line'
_SEPARATOR_NAMES = {",": "comma", "\t": "tab", ";": "semicolon", " ": "space"}


@dataclass(frozen=True)
class Header:
    """The names of the columns, what separates cells (" " is any white space), and its line."""

    names: tuple[str, ...]
    separator: str
    line: int


class TextFile:
    """A text file with a header; see `docs/data-set.md` for what such a file may hold."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self._path = path
        with path.open("rb") as file:
            self._header = _find_header(file, name)
        self.names = self._header.names

    def pieces(self, columns: frozenset[str]) -> Iterator[Piece]:
        """The records in pieces, as text; every column, whichever are in `columns`."""
        with self._path.open("rb") as file:
            for block, first_line in _blocks(file, self.name):
                kept, lines = _records(block, first_line, self._header, self.name)
                if len(lines):
                    yield Piece(_cells(kept, lines, self._header, self.name), lines, None)


def _blocks(file: BinaryIO, name: str) -> Iterator[tuple[bytes, int]]:
    """Whole lines with one kind of line end, and the number of the first of them."""
    rest, line = b"", 1
    while True:
        raw = file.read(BLOCK_BYTES)
        if line == 1 and not rest:
            refuse_utf16(raw, name)
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        whole = rest + raw
        if b"\r" in whole:
            # A carriage return at the very end may be the first half of a line end.
            held = b"\r" if whole.endswith(b"\r") and raw else b""
            whole = whole[: len(whole) - len(held)]
            whole = whole.replace(b"\r\n", b"\n").replace(b"\r", b"\n") + held
        if not raw:
            whole += b"\n" if whole and not whole.endswith(b"\n") else b""
        cut = whole.rfind(b"\n") + 1
        block, rest = whole[:cut], whole[cut:]
        if len(rest) > MAX_LINE_BYTES:
            raise DocumentError(
                f"a line has more than {MAX_LINE_BYTES:,} bytes",
                where=name,
                hint="is this a text file with one record on each line?",
            )
        if block:
            _refuse_no_text(block, line, name)
            yield block, line
            line += block.count(b"\n")
        if not raw:
            return


def _refuse_no_text(block: bytes, first_line: int, name: str) -> None:
    if b"\0" in block:
        raise DocumentError(
            "this is a binary file", where=name, allowed="a text file, or Parquet (.parquet)"
        )
    if block.isascii():
        return
    try:
        block.decode()
    except UnicodeDecodeError as error:
        line = first_line + block.count(b"\n", 0, error.start)
        raise not_utf8(f"the text in row {line} is not UTF-8", name) from None


def _find_header(file: BinaryIO, name: str) -> Header:
    """The first line that is no comment, or a comment such as `#ID,TIME` above the first record."""
    block, _ = next(_blocks(file, name), (b"", 1))
    hidden: Header | None = None
    for number, raw in enumerate(io.BytesIO(block), start=1):
        text = raw.decode().strip("\n")
        if not text.strip():
            continue
        comment = text.startswith(("#", ";"))
        header = _split_header(text.lstrip("#; ") if comment else text, number)
        named = {"ID", "TIME"} <= {cell.upper() for cell in header.names}
        if not comment and (named or not _is_c_comment(text)):
            if hidden is not None and not named:
                return hidden
            _refuse_open_header(text, number, name)
            return header
        if named:
            hidden = header
    if hidden is not None:
        return hidden
    raise DocumentError(
        "the data set is empty",
        where=name,
        allowed="a header with the names of the columns, then one record on each line",
    )


def _is_c_comment(text: str) -> bool:
    return text[0] == "C" and (len(text) == 1 or text[1] in ", \t;")


def _split_header(text: str, line: int) -> Header:
    """A header, parted where a separator stands outside quotation marks."""
    # White space at the ends of a line parts nothing.
    parts = text.strip().split('"')
    separator = next((sign for sign in _SEPARATORS if any(sign in p for p in parts[::2])), " ")
    border = re.compile(r"[ \t]+" if separator == " " else re.escape(separator))
    # A text holds no zero byte.
    parts[::2] = [border.sub("\0", part) for part in parts[::2]]
    return Header(tuple(map(_bare, '"'.join(parts).split("\0"))), separator, line)


def _bare(cell: str) -> str:
    """A cell of the header without its quotation marks."""
    cell = cell.strip()
    if len(cell) > 1 and cell.startswith('"') and cell.endswith('"'):
        cell = cell[1:-1].replace('""', '"')
    return cell.strip()


def _records(block: bytes, first_line: int, header: Header, name: str) -> tuple[bytes, Int64]:
    """The lines of a block that hold records, and their numbers."""
    data = np.frombuffer(block, np.uint8)
    ends = np.flatnonzero(data == _NEWLINE)
    starts = np.concatenate(([0], ends[:-1] + 1))
    lines = np.arange(first_line, first_line + len(starts), dtype=np.int64)
    dropped = _no_record(data, starts, header.separator) | (lines <= header.line)
    if _QUOTE in block:
        _refuse_open_quotes(data, starts, lines, dropped, name)
    if dropped.any():
        block = data[np.repeat(~dropped, ends - starts + 1)].tobytes()
        lines = lines[~dropped]
    return (_tabs_for_spaces(block) if header.separator == " " else block), lines


def _no_record(data: Bytes, starts: Places, separator: str) -> Bool:
    """True for comments and empty lines."""
    first = data[starts]
    second = data[np.minimum(starts + 1, len(data) - 1)]
    after_c = np.isin(second, [ord(separator), _SPACE, _TAB, _NEWLINE])
    comment = (first == ord("#")) | ((first == ord("C")) & after_c)
    if separator != ";":
        comment |= first == ord(";")
    empty = first == _NEWLINE
    if ((first == _SPACE) | (first == _TAB)).any():
        empty |= np.add.reduceat((data > _SPACE).astype(np.int64), starts) == 0
    return comment | empty


def _refuse_open_header(text: str, line: int, name: str) -> None:
    if text.count('"') % 2:
        problems = Problems(name)
        problems.add(_OPEN, row=line, allowed=_CLOSED)
        problems.raise_any()


def _refuse_open_quotes(
    data: Bytes, starts: Places, lines: Int64, dropped: Bool, name: str
) -> None:
    odd = np.add.reduceat((data == _QUOTE).astype(np.int64), starts) % 2 == 1
    problems = Problems(name, lines)
    problems.add_rows(
        odd & ~dropped,
        "",
        _OPEN,
        allowed=_CLOSED,
    )
    problems.raise_any()


def _tabs_for_spaces(block: bytes) -> bytes:
    """Every run of white space as one tab; none at the ends of lines. Quoted cells are kept."""
    data = np.frombuffer(block, np.uint8)
    white = (data == _SPACE) | (data == _TAB)
    if _QUOTE in block:
        white &= np.cumsum(data == _QUOTE) % 2 == 0
    before = np.concatenate(([_NEWLINE], data[:-1]))
    after_white = np.concatenate(([False], white[:-1]))
    # A run stands for one tab at its first place, unless it begins or ends a line.
    first = white & ~after_white & (before != _NEWLINE)
    edges = np.diff(white.astype(np.int8), append=np.int8(0))
    run_ends = np.flatnonzero(edges == -1)
    run_starts = np.flatnonzero(white & ~after_white)
    trailing = data[np.minimum(run_ends + 1, len(data) - 1)] == _NEWLINE
    first[run_starts[trailing]] = False
    changed = np.where(white, np.uint8(_TAB), data)
    return changed[~white | first].tobytes()


def _cells(block: bytes, lines: Int64, header: Header, name: str) -> ArrowTable:
    """The cells of a block as text."""
    ragged: list[tuple[int, int]] = []

    def keep(row: Any) -> str:
        ragged.append((row.number, row.actual_columns))
        return "skip" if len(ragged) <= MAX_SHOWN else "error"

    places = [str(number) for number in range(len(header.names))]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(block),
            arrow_csv.ReadOptions(
                column_names=places, use_threads=False, block_size=len(block) + 1
            ),
            arrow_csv.ParseOptions(
                delimiter="\t" if header.separator == " " else header.separator,
                ignore_empty_lines=False,
                invalid_row_handler=keep,
            ),
            arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(places, pa.string()),
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid as error:
        if not ragged:
            raise DocumentError(
                f"the text cannot be split into cells: {shown(str(error), 100)}", where=name
            ) from None
        table = None
    _refuse_ragged(ragged, lines, header, name)
    if table is None or table.num_rows != len(lines):
        raise DocumentError(
            "the lines cannot be told apart", where=name, hint="is a quotation mark out of place?"
        )
    return table.rename_columns(list(header.names))


def _refuse_ragged(ragged: list[tuple[int, int]], lines: Int64, header: Header, name: str) -> None:
    problems = Problems(name)
    for number, count in ragged:
        cells = "1 cell" if count == 1 else f"{count} cells"
        problems.add(
            f"{cells}, but the header in row {header.line} has {len(header.names)} columns",
            row=int(lines[number - 1]),
            allowed=f"{len(header.names)} cells, parted by {_SEPARATOR_NAMES[header.separator]}s; "
            "a full stop for what is missing",
        )
    problems.raise_any()
