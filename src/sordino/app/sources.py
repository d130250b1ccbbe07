"""Where something comes from, as a line of text and a link."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sordino.library.cite import references


@dataclass(frozen=True)
class Source:
    """One reference: its key, the line that names it, and its address where it has one."""

    key: str
    text: str
    url: str


def sources(keys: Iterable[str]) -> tuple[Source, ...]:
    """The references of some keys; a key without an entry stands for itself."""
    return tuple(map(_source, dict.fromkeys(keys)))


def _source(key: str) -> Source:
    found = references().get(key)
    if found is None:
        return Source(key, key, "")
    return Source(key, found.text(), found.address)
