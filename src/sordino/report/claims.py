"""All claims as one page: what is said, what studies found, what the engine computes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sordino.credibility.claims import StoredRuns, cell_text, questions, trial_line
from sordino.documents import check_output, write_whole
from sordino.library.cite import references
from sordino.library.evidence import claims
from sordino.library.evidence.topics import TOPICS
from sordino.report.page import page
from sordino.report.tables import Table

SUFFIXES = (".html",)
VERDICTS: Mapping[str, str] = {
    "supported": "Supported by the sources",
    "partly": "Partly supported",
    "not_shown": "Not shown",
    "against": "The sources speak against it",
    "untested": "Nobody has tested it",
}


@dataclass(frozen=True)
class ClaimShown:
    """One claim with everything that the page says about it."""

    id: str
    says: str
    verdict: str
    why: str
    asks: str
    ran: str
    computed: tuple[str, ...]
    tables: tuple[tuple[Table, str], ...]
    lacks: tuple[str, ...]
    cautions: tuple[str, ...]
    settles: tuple[str, ...]
    trials: tuple[str, ...]
    sources: tuple[str, ...]


def claims_shown(runs: StoredRuns) -> tuple[ClaimShown, ...]:
    """Every claim of the library that has a run, in the order of the library."""
    entries = {entry.id: entry for entry in TOPICS["claims"].entries()}
    found: list[ClaimShown] = []
    for claim in claims():
        if claim.id not in runs.runs:
            continue
        run, question = runs.runs[claim.id], questions()[claim.id]
        found.append(
            ClaimShown(
                id=claim.id,
                says=claim.says,
                verdict=VERDICTS[claim.verdict],
                why=claim.why,
                asks=claim.compute,
                ran=run["ran"],
                computed=tuple(run["says"]),
                tables=tuple((table_of(t), t["interval"]) for t in run["tables"]),
                lacks=tuple(run["lacks"]),
                cautions=tuple(run["cautions"]),
                settles=question.settles,
                trials=tuple(trial_line(name) for name in question.trials),
                sources=tuple(references()[key].line() for key in entries[claim.id].cites),
            )
        )
    return tuple(found)


def table_of(stored: Mapping[str, Any]) -> Table:
    """A stored table as text: a unit stands behind the name of its column."""
    header = tuple(
        f"{c['name']} ({c['unit']})" if c["unit"] else str(c["name"]) for c in stored["columns"]
    )
    rows = tuple(tuple(cell_text(cell) for cell in row) for row in stored["rows"])
    return Table(stored["title"], header, rows)


def claims_html(runs: StoredRuns) -> str:
    """One page that holds all claims: no script, no font, no request."""
    return page(
        "claims.html",
        title="What is said about ketamine in fibromyalgia",
        claims=claims_shown(runs),
        setting=runs.setting,
        made_with=runs.made_with,
    )


def write_claims_html(path: Path, runs: StoredRuns) -> None:
    """Write the page; a file that is there already is replaced.

    Raises OutputError for another name and for what cannot be written.
    """
    check_output(path, SUFFIXES)
    write_whole(path, claims_html(runs), overwrite=True)
