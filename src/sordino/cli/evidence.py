"""`sordino evidence`: what studies found, row by row, with where each number is from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sordino.errors import InputError, UnknownName

TOPICS = "studies, parameters, comparators, safety, claims, instruments, pharmacology, effects"
CLAIMS = "claims"


def evidence(
    topic: Annotated[str, typer.Argument(help=f"One of {TOPICS}.")] = "",
    name: Annotated[str, typer.Argument(help="A row to show in full.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    run: Annotated[
        bool, typer.Option("--run", help="Claims: compute again what the model shows.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Claims: a page to write, .html.")
    ] = None,
) -> None:
    """List what is known, or show one row with its source and how it was seen.

    sordino evidence;  sordino evidence studies;  sordino evidence studies noppers_2011_fm;
    sordino evidence parameters;  sordino evidence claims rapid_relief
    """
    from sordino.cli.evidence_view import write_entry, write_list, write_topics
    from sordino.cli.model_view import write_json
    from sordino.library.evidence.topics import TOPICS as KNOWN

    if topic and topic not in KNOWN:
        raise UnknownName("topic", topic, KNOWN)
    _only_for_claims(topic, name, run=run, output=output)
    if topic == CLAIMS and (name or run or output):
        _claims(name, as_json=as_json, again=run, output=output)
        return
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


def _only_for_claims(topic: str, name: str, *, run: bool, output: Path | None) -> None:
    if topic != CLAIMS and (run or output is not None):
        raise InputError(
            f"--run and --output are for claims, not for {topic or 'the list of topics'}",
            hint="sordino evidence claims --run",
        )
    if name and output is not None:
        raise InputError(
            f"a page holds all claims, not {name} alone",
            hint=f"sordino evidence claims --output {output}",
        )


def _claims(name: str, *, as_json: bool, again: bool, output: Path | None) -> None:
    """One claim or all of them, with what the model computes beside the evidence."""
    from sordino.cli import claims_view
    from sordino.cli.evidence_view import write_entry
    from sordino.cli.model_view import write_json
    from sordino.documents import check_output
    from sordino.library.evidence.topics import TOPICS as KNOWN

    topic = KNOWN[CLAIMS]
    chosen = [topic.entry(name)] if name else list(topic.entries())
    if output is not None:
        check_output(output, (".html",))
    runs = claims_view.runs_of([name] if name else None, again=again)
    if output is not None:
        claims_view.write_claims_page(output, runs)
    elif as_json:
        data = [claims_view.claim_data(entry.plain(), runs) for entry in chosen]
        write_json(data[0] if name else data)
    elif name:
        write_entry(chosen[0])
        claims_view.write_computed(name, runs)
    else:
        claims_view.write_sentences(runs)
