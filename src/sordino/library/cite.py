"""The references of the library: which papers its numbers come from.

`references.bib` holds one entry per paper, one field per line. A field that nobody saw is
not there, and the note of the entry says so.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

from sordino.errors import DocumentError, UnknownName

_START = re.compile(r"@(\w+)\{(\w+),")
_FIELD = re.compile(r"\s+(\w+) = \{(.*)\},")


@dataclass(frozen=True)
class Reference:
    """One entry: its key, its kind ("article") and its fields in the order of the file."""

    key: str
    kind: str
    fields: Mapping[str, str]

    def bibtex(self) -> str:
        """Return the entry as BibTeX."""
        lines = [f"  {name} = {{{value}}}," for name, value in self.fields.items()]
        return "\n".join([f"@{self.kind}{{{self.key},", *lines, "}"]) + "\n"

    def text(self) -> str:
        """Return the entry as one line for people."""
        get = self.fields.get
        volume = get("volume", "") + (f"({get('number')})" if "number" in self.fields else "")
        pages = f":{get('pages')}" if "pages" in self.fields else ""
        issue = f"{get('year', '')};{volume}{pages}" if volume else get("year", "")
        parts = [
            _names(get("author", "")),
            get("title", ""),
            " ".join(part for part in (get("journal", ""), issue) if part),
            f"doi {get('doi')}" if "doi" in self.fields else "",
        ]
        return ". ".join(part.rstrip(".") for part in parts if part) + "."


@functools.lru_cache(maxsize=1)
def references() -> Mapping[str, Reference]:
    """Return every reference of the library by its key."""
    path = files("sordino").joinpath("library", "references.bib")
    return parse_bibtex(path.read_text(encoding="utf-8"))


def bibtex(keys: Iterable[str]) -> str:
    """Return the BibTeX entries of `keys`, each once, in alphabetical order.

    Raises `UnknownName` for a key that the library lacks.

        bibtex(["simons_2022"])    # '@article{simons_2022, ...'
    """
    known = references()
    wanted = sorted(set(keys))
    for key in wanted:
        if key not in known:
            raise UnknownName("reference", key, known, where="references.bib")
    return "\n".join(known[key].bibtex() for key in wanted)


def parse_bibtex(text: str) -> Mapping[str, Reference]:
    """Read entries with one field per line, `name = {value},`.

    Raises `DocumentError` with the line for anything else, and for a key that stands twice.
    """
    found: dict[str, Reference] = {}
    entry: tuple[str, str] | None = None
    fields: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        start, field = _START.fullmatch(line), _FIELD.fullmatch(line)
        if entry is None and start is not None:
            entry, fields = (start[1], start[2]), {}
        elif entry is not None and field is not None and field[1] not in fields:
            fields[field[1]] = field[2]
        elif entry is not None and line == "}" and entry[1] not in found:
            found[entry[1]] = Reference(entry[1], entry[0], MappingProxyType(fields))
            entry = None
        elif entry is not None or (line.strip() and not line.startswith("%")):
            raise _unreadable(number, line)
    if entry is not None:
        raise _unreadable(len(text.splitlines()), "the last entry does not end")
    return MappingProxyType(found)


def _unreadable(number: int, line: str) -> DocumentError:
    return DocumentError(
        f"cannot read {line.strip()[:60]!a}",
        where=f"references.bib: line {number}",
        allowed="@article{key, then one `name = {value},` per line, then }; each key once",
    )


def _names(authors: str) -> str:
    """Turn `Simons, P and Olofsen, E and others` into `Simons P, Olofsen E, et al`."""
    if not authors:
        return ""
    names = [name.replace(", ", " ") for name in authors.split(" and ")]
    return ", ".join("et al" if name == "others" else name for name in names)
