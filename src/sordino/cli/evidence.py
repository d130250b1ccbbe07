"""`sordino evidence`: what studies found, row by row, with where each number is from."""

from __future__ import annotations

from typing import Annotated

import typer

from sordino.errors import UnknownName

TOPICS = "studies, parameters, comparators, safety, claims, instruments, pharmacology, effects"


def evidence(
    topic: Annotated[str, typer.Argument(help=f"One of {TOPICS}.")] = "",
    name: Annotated[str, typer.Argument(help="A row to show in full.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """List what is known, or show one row with its source and how it was seen.

    sordino evidence;  sordino evidence studies;  sordino evidence studies noppers_2011_fm;
    sordino evidence parameters
    """
    from sordino.cli.evidence_view import write_entry, write_list, write_topics
    from sordino.cli.model_view import write_json
    from sordino.library.evidence.topics import TOPICS as KNOWN

    if topic and topic not in KNOWN:
        raise UnknownName("topic", topic, KNOWN)
    if not topic:
        write_topics(KNOWN.values(), as_json=as_json)
        return
    if not name:
        write_list(KNOWN[topic], as_json=as_json)
        return
    entry = KNOWN[topic].entry(name)
    if as_json:
        write_json(entry.plain())
    else:
        write_entry(entry)
