"""Claims as text and as JSON: what the engine computed, and what would settle each."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sordino.cli import say
from sordino.cli.model_view import write_table

if TYPE_CHECKING:
    from sordino.credibility.claims import StoredRuns

WIDTH = 96


def runs_of(names: Iterable[str] | None, *, again: bool) -> StoredRuns:
    """The runs of claims (None: of all): those stored with the package, or made again now."""
    from sordino.credibility.claims import SETTING, made_runs, run_claims, stored_runs

    if not again:
        stored = stored_runs()
        if not stored.current:
            say(f"computed {stored.made_with['date']}, with other data; --run does it again")
        return stored
    return made_runs(run_claims(names, progress=lambda name: say(f"running {name}")), SETTING)


def claim_data(row: Mapping[str, Any], runs: StoredRuns) -> dict[str, Any]:
    """All of a claim as plain values: its row, what would settle it, what was computed."""
    from sordino.credibility.claims import questions, trial_line

    question = questions()[row["id"]]
    return {
        **row,
        "settles": list(question.settles),
        "trials": [trial_line(name) for name in question.trials],
        "computed": {
            **runs.runs[row["id"]],
            "setting": dict(runs.setting),
            "made_with": dict(runs.made_with),
        },
    }


def write_computed(claim_id: str, runs: StoredRuns) -> None:
    """Write what was computed for a claim, and what would settle it."""
    data = claim_data({"id": claim_id}, runs)
    computed = data["computed"]
    print("\nWhat the model computes")
    _write_points([computed["ran"], *computed["says"]])
    for table in computed["tables"]:
        print(f"\n{table['title']}")
        write_table([_head(c) for c in table["columns"]], _cells(table["rows"]))
        if table["interval"]:
            print(f"({table['interval']})")
    for title, key in (("What the model lacks", "lacks"), ("How far this carries", "cautions")):
        if computed[key]:
            print(f"\n{title}")
            _write_points(computed[key])
    print("\nWhat would settle it")
    _write_points([*data["settles"], *data["trials"]])
    about = computed["made_with"]
    people = f"{runs.setting['patients']} people, {runs.setting['draws']} draws"
    print(f"\nComputed {about['date']} with sordino {about['sordino']}: {people}")


def write_sentences(runs: StoredRuns) -> None:
    """Write the sentences of every run that there is."""
    for name, run in runs.runs.items():
        print(f"\n{name}")
        _write_points([*run["says"], *(f"Lacks: {text}" for text in run["lacks"])])


def write_claims_page(path: Path, runs: StoredRuns) -> None:
    """Write all claims as one HTML file."""
    from sordino.report.claims import write_claims_html

    write_claims_html(path, runs)
    say(f"written: {path}")


def _write_points(texts: Iterable[str]) -> None:
    for text in texts:
        print(textwrap.fill(text, WIDTH, initial_indent="- ", subsequent_indent="  "))


def _head(column: Mapping[str, str]) -> str:
    return f"{column['name']}, {column['unit']}" if column["unit"] else column["name"]


def _cells(rows: Iterable[Iterable[Any]]) -> list[list[str]]:
    from sordino.credibility.claims import cell_text

    return [[cell_text(cell) for cell in row] for row in rows]
