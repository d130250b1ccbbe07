"""Where in a model file something stands: table, key, and the line of the text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sordino.errors import SordinoError
from sordino.library.expand import Origins

_HEADER = re.compile(r"\s*\[\[?\s*([A-Za-z0-9_.\-]+)\s*\]\]?\s*(#.*)?$")
_FIRST = re.compile(r"([A-Za-z0-9_\-]+)(?:\[(\d+)\])?(?:\.([A-Za-z0-9_\-]+))?")


@dataclass(frozen=True)
class ModelPlaces:
    """The text of a model file, and where the entries of the model came from.

    `source`: the file as messages call it; `text`: its content, empty for a file that is no
    TOML; `table`: the content with its structure put in; `origins`: see `expand`.
    """

    source: str
    text: str
    table: dict[str, Any]
    origins: Origins

    def locate(self, error: SordinoError) -> SordinoError:
        """Let an error about an entry of the model say where that stands in the file."""
        prefix = f"{self.source}: "
        if error.where.startswith(prefix):
            error.where = prefix + self._in_file(error.where.removeprefix(prefix))
        return error

    def _in_file(self, place: str) -> str:
        """`flow[3].rate` of the whole model as a place of the file."""
        parts = _FIRST.match(place)
        if parts is None:
            return place
        kind, number, key = parts[1], parts[2], parts[3]
        entry = None if number is None else int(number) - 1
        if entry is not None and (kind, entry) in self.origins:
            own = self.origins[kind, entry]
            if own is None:
                return f"structure {self.table['structure']}: {self._name(kind, entry)}, {place}"
            place = f"{kind}[{own + 1}]{place[len(f'{kind}[{number}]') :]}"
            entry = own
        line = self._line(kind, entry, key)
        return f"line {line}: {place}" if line else place

    def _name(self, kind: str, entry: int) -> str:
        """The name of an entry that a structure brought."""
        found = self.table[kind][entry]
        ends = f"{found.get('from')} to {found.get('to', 'nowhere')}"
        return f"{kind} {ends if kind == 'flow' else found.get('name')}"

    def _line(self, kind: str, entry: int | None, key: str | None) -> int | None:
        """The line of a table or of a key in it; None when the layout does not tell."""
        lines = self.text.splitlines()
        heads = [(i, m[1]) for i, line in enumerate(lines) if (m := _HEADER.match(line))]
        starts = [i for i, name in heads if name == kind]
        if entry is None and not starts:
            first = heads[0][0] if heads else len(lines)
            return _key_line(lines, kind, 0, first)
        number = entry or 0
        written = self.table.get(kind)
        inherited = sum(k == kind and own is None for (k, _), own in self.origins.items())
        entries = len(written) - inherited if isinstance(written, list) else 1
        if len(starts) != entries or number >= len(starts):
            return _key_line(lines, kind, 0, heads[0][0] if heads else len(lines))
        start = starts[number]
        end = next((i for i, _ in heads if i > start), len(lines))
        inside = _key_line(lines, key, start + 1, end) if key else None
        return inside or start + 1


def line_of(where: str) -> int | None:
    """The line that the place of a message names, if any."""
    found = re.search(r": line (\d+): ", where)
    return int(found[1]) if found else None


def _key_line(lines: list[str], key: str, start: int, end: int) -> int | None:
    wanted = re.compile(rf"\s*{re.escape(key)}\s*[.=]")
    return next((i + 1 for i in range(start, end) if wanted.match(lines[i])), None)
