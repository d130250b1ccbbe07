"""Answers in a file: `items`, and `before` for those of an earlier time."""

from __future__ import annotations

from pathlib import Path

from sordino.documents import read_document
from sordino.errors import DocumentError, SordinoError, UnknownName
from sordino.findings import document_error, place
from sordino.instruments.result import Score
from sordino.instruments.scoring import score

KEYS = ("instrument", "items", "before")


def score_file(name: str, path: Path) -> tuple[Score, Score | None]:
    """Score the answers in a TOML or JSON file, and those of an earlier time if it holds any.

    The file has the key `items`, a list or a table as `score` takes it; `before` of the same form
    and `instrument`, which must be `name`, may be there.

    Raises like `score`; all findings of the file come at once.
    """
    source = str(path)
    table = read_document(path)
    found: list[SordinoError] = [
        UnknownName("key", key[:60], KEYS, where=place(source, (key,)))
        for key in table
        if key not in KEYS
    ]
    if table.get("instrument", name) != name:
        where = place(source, ("instrument",))
        found.append(
            DocumentError("the answers are for another instrument", where=where, allowed=name)
        )
    if "items" not in table:
        found.append(DocumentError("this key is missing", where=place(source, ("items",))))
    scores: dict[str, Score] = {}
    for key in ("items", "before"):
        if key in table:
            try:
                scores[key] = score(name, table[key], source=source, key=key)
            except DocumentError as error:
                found += error.findings
    if found:
        raise document_error(source, found, kind="set of answers")
    return scores["items"], scores.get("before")
