"""The chain of changes: each digest covers one change and, through the one before, all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from sordino.documents import digest


@dataclass(frozen=True, slots=True)
class Link:
    """What a change did to one entry."""

    id: int
    patient: str
    key: str
    content: str | None
    supersedes: int | None


def next_chain(last: str, act: Mapping[str, Any], links: Sequence[Link]) -> str:
    """The digest of a change: the one before it, who did it and when, and every entry of it."""
    return digest([last, dict(act), [list(astuple(link)) for link in links]])
