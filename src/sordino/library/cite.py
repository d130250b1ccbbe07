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
from typing import TYPE_CHECKING, Any, cast

from sordino.errors import DocumentError, UnknownName

if TYPE_CHECKING:
    from sordino.library.pd_schema import PdModel
    from sordino.library.schema import PkModel

_START = re.compile(r"@(\w+)\{(\w+),")
_ARCHIVE = re.compile(r"PMC\d+")
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
        """Return the entry as one line for people.

        Where neither author nor title was seen, the remark of the file says what it is.
        """
        get = self.fields.get
        nameless = not self.fields.keys() & {"author", "title"}
        parts = [
            _names(get("author", "")),
            get("title", ""),
            get("note", "")[:1].upper() + get("note", "")[1:] if nameless else "",
            self.place,
            self._number,
        ]
        return ". ".join(part.rstrip(".") for part in parts if part) + "."

    def line(self) -> str:
        """Return the same with the address, where there is no DOI to find it by."""
        return self.text() if "doi" in self.fields else f"{self.text()} {self.address}".rstrip()

    @property
    def address(self) -> str:
        """Where it can be opened; empty where nobody noted that."""
        get = self.fields.get
        if "doi" in self.fields:
            return f"https://doi.org/{get('doi')}"
        page = f"https://pubmed.ncbi.nlm.nih.gov/{get('pmid')}/" if "pmid" in self.fields else ""
        return get("url", page)

    @property
    def _number(self) -> str:
        kinds = (("doi", "doi"), ("pmid", "PMID"))
        return next((f"{word} {self.fields[k]}" for k, word in kinds if k in self.fields), "")

    @property
    def place(self) -> str:
        """Where it was published: `Pain 2009;145(3):304-11`, as far as that was seen."""
        get = self.fields.get
        volume = get("volume", "") + (f"({get('number')})" if "number" in self.fields else "")
        pages = f":{get('pages')}" if "pages" in self.fields else ""
        issue = f"{get('year', '')};{volume}{pages}" if volume else get("year", "")
        return " ".join(part for part in (get("journal", ""), issue) if part)

    def is_named_in(self, text: str) -> bool:
        """Whether a text names this reference, by its DOI, PMID, PMC number or place."""
        get = self.fields.get
        archive = _ARCHIVE.search(get("url", ""))
        names = [
            get("doi", ""),
            f"PMID {get('pmid')}" if "pmid" in self.fields else "",
            archive[0] if archive else "",
            self.place if "volume" in self.fields and "pages" in self.fields else "",
        ]
        patterns = (rf"(?<!\w){re.escape(name)}(?!\w)" for name in names if name)
        return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


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


@functools.lru_cache(maxsize=1024)
def keys_in(text: str) -> tuple[str, ...]:
    """The keys of the references that a text names, in alphabetical order.

    keys_in("see doi 10.3389/fpain.2022.946486")    # ("simons_2022",)
    """
    return tuple(key for key, found in sorted(references().items()) if found.is_named_in(text))


def keys_of_model(model: PkModel | PdModel) -> tuple[str, ...]:
    """The keys that the numbers of a model rest on, in alphabetical order.

    Its own papers, and every reference that a source of its numbers names; not what only its
    checks compare it with.
    A model of a user's own may cite a paper that the library does not know: that has no key.
    """
    table = model.model_dump(exclude={"check"})
    used = _named_sources(table)
    texts = (f"{s.kind} {s.url} {s.also}" for key, s in model.sources.items() if key in used)
    citation = table.get("citation")
    own = table["citations"] if citation is None else (citation["key"],)
    return tuple(sorted({*keys_in("; ".join(texts)), *(key for key in own if key in references())}))


def _named_sources(value: Any) -> set[str]:
    """Every source that a table, or a table inside it, names."""
    if isinstance(value, dict):
        table = cast("dict[str, Any]", value)
        own = {table["source"]} if isinstance(table.get("source"), str) else set[str]()
        return own.union(*(_named_sources(inner) for inner in table.values()))
    if isinstance(value, tuple):
        return set[str]().union(*(_named_sources(inner) for inner in cast("tuple[Any]", value)))
    return set()


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
