"""Compute what is stored and write the pages that rest on it.

python tools/credibility.py              all of it
python tools/credibility.py claims       the stored runs of the claims, docs/claims.md
python tools/credibility.py checks       docs/credibility.md
python tools/credibility.py sensitivity  the measured part of docs/sensitivity.md
python tools/credibility.py known        docs/what-is-known.md, docs/what-this-cannot-tell-you.md
python tools/credibility.py answers      docs/answers.md and its figures
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from sordino.credibility import assess
from sordino.credibility.claims import SETTING, made_runs, run_claims, stored_runs, write_runs
from sordino.credibility.provenance import made_with
from sordino.credibility.sensitivity import sensitivity
from sordino.library.protocols import load_protocol
from sordino.report.answers_page import answer_drawings, answers_page
from sordino.report.credibility_known import known_page, unknown_page
from sordino.report.credibility_text import (
    claims_page,
    credibility_page,
    made,
    sensitivity_text,
)
from sordino.simulation import summarize

DOCS = Path(__file__).resolve().parent.parent / "docs"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
ANSWERED = ("six_infusions", "crps_100h", "single_s_ketamine")
PEOPLE, DRAWS = 2000, 100
COURSES = ("single_s_ketamine", "six_infusions", "crps_100h")


def claims() -> None:
    """Run what the claims ask for, store it, and write the page."""
    write_runs(made_runs(run_claims(progress=print), SETTING))
    write("claims.md", claims_page(stored_runs()))


def checks() -> None:
    """Run every check and write the page; a failed check ends the program with 1."""
    found = assess()
    write("credibility.md", credibility_page(found, made_with()))
    if found.failed:
        sys.exit(found.summary)


def measured_sensitivity() -> None:
    """Compute the indices of three courses and write them between the markers of the page."""
    found = [sensitivity(load_protocol(name)) for name in COURSES]
    page = (DOCS / "sensitivity.md").read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    text = sensitivity_text(found, made_with())
    write("sensitivity.md", f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")


def known() -> None:
    """Write the two pages made from the library."""
    write("what-is-known.md", known_page())
    write("what-this-cannot-tell-you.md", unknown_page(stored_runs()))


def answers() -> None:
    """Simulate three courses and write what they are expected to do."""
    found = {name: summarize(load_protocol(name), PEOPLE, DRAWS) for name in ANSWERED}
    for name, drawing in answer_drawings(found).items():
        write(f"img/{name}", drawing)
    people = f"{PEOPLE} people, {DRAWS} draws, seed 1."
    write("answers.md", answers_page(found, f"{made(made_with())} {people}"))


def write(name: str, text: str) -> None:
    """Write one page of docs/."""
    (DOCS / name).write_text(text, encoding="utf-8")
    print(f"written: docs/{name}")


PARTS: Mapping[str, Callable[[], None]] = {
    "claims": claims,
    "known": known,
    "sensitivity": measured_sensitivity,
    "answers": answers,
    "checks": checks,
}


def main() -> None:
    """Write what the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="all of it by default")
    for part in parser.parse_args().part or PARTS:
        PARTS[part]()


if __name__ == "__main__":
    main()
