"""Where each row of the evidence stands, so that everything that uses it can point there."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

from sordino.library.evidence.topics import TOPICS

LINKED = ("studies", "comparators", "safety", "instruments", "pharmacology", "effects", "claims")


@functools.lru_cache(maxsize=1)
def row_links() -> Mapping[str, str]:
    """The address of the page of every row, by the name of the row."""
    return MappingProxyType(
        {
            entry.id: f"/evidence/{topic}/{quote(entry.id)}"
            for topic in reversed(LINKED)
            for entry in TOPICS[topic].entries()
        }
    )


def row_link(name: str) -> str:
    """The page of a row; parts of a row, such as `row.part`, lead to the row. Or nothing."""
    known = row_links()
    while name not in known and "." in name:
        name = name.rpartition(".")[0]
    return known.get(name, "")
