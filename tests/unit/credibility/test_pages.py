"""The pages of docs/: every statement leads to a row, every result is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sordino.credibility import Assessment, Result
from sordino.credibility.claims import stored_runs
from sordino.credibility.provenance import made_with
from sordino.credibility.sensitivity import sensitivity
from sordino.library.evidence import claims, studies
from sordino.library.evidence.topics import TOPICS
from sordino.library.protocols import load_protocol
from sordino.library.reader import pk_model_ids
from sordino.report.credibility_known import known_page, unknown_page
from sordino.report.credibility_text import (
    claims_page,
    credibility_page,
    markdown_table,
    sensitivity_text,
)

ROW = re.compile(rf"`({'|'.join(TOPICS)}) ([a-z0-9_.]+)`")


@pytest.fixture(scope="module")
def known() -> str:
    return known_page()


@pytest.fixture(scope="module")
def unknown() -> str:
    return unknown_page(stored_runs())


def test_every_line_of_what_is_known_names_a_row(known: str) -> None:
    lines = [line for line in known.splitlines() if line.startswith("- ")]
    assert lines
    for line in lines:
        found = ROW.findall(line)
        assert found, line
        for topic, name in found:
            assert TOPICS[topic].entry(name).id == name


def test_what_is_known_holds_the_numbers_of_the_trials(known: str) -> None:
    """Counts and means as the abstracts print them (noppers_2011_fm, sigtermans_2009_crps)."""
    assert "8 of 12 against 3 of 12 on midazolam after 15 minutes" in known
    assert "2 of 12 against 2 of 12 on midazolam after eight weeks" in known
    assert "2.68 against 5.45 of 10" in known


def test_nothing_is_told_of_what_was_kept_apart(known: str, unknown: str) -> None:
    withheld = [s.id for s in studies() if s.role == "withheld"]
    assert withheld
    told, _, apart = unknown.partition("## What was kept apart")
    for name in withheld:
        assert name not in known + told
        assert f"- `{name}`\n" in apart


def test_what_cannot_be_told_names_assumptions_gaps_and_people(unknown: str) -> None:
    assert "`day_to_day.day_correlation`" in unknown
    assert "any estimate in fibromyalgia" in unknown
    assert all(f"`{name}`: " in unknown for name in pk_model_ids())
    for run in stored_runs().runs.values():
        assert all(text in unknown for text in run["lacks"])
    for claim in claims():
        assert (claim.says in unknown) == (claim.verdict in ("untested", "not_shown"))


def test_the_page_of_claims_holds_each_with_its_numbers() -> None:
    text = claims_page(stored_runs())
    for claim in claims():
        assert f'<a id="{claim.id}"></a>{claim.says}' in text
        assert claim.why in text
    for run in stored_runs().runs.values():
        assert all(sentence in text for sentence in run["says"])
        assert all(f"*{table['title']}.*" in text for table in run["tables"])


def test_the_page_of_checks_shows_every_outcome() -> None:
    check = Result(
        section="validation",
        kind="paper",
        subject="a_model",
        name="a number",
        status="known miss",
        place="Table 2",
        note="the paper does not agree with itself",
        unit="L/h",
        expected=10.0,
        low=9.5,
        high=10.5,
        found=11.0,
    )
    text = credibility_page(Assessment((check,)), made_with())
    assert "## 2. Validation: Do the models give what was published?" in text
    assert "| known miss | `a_model` | a number | 11 L/h | 10 (9.5 to 10.5) |" in text
    assert "(Table 2)" in text
    assert "1 known misses, 0 failed" in text


def test_the_text_of_sensitivity_names_unknowns_and_studies() -> None:
    found = sensitivity(load_protocol("single_s_ketamine"), 64, 32)
    text = sensitivity_text([found], made_with())
    assert "### One S-ketamine infusion" in text
    assert all(f"| {u.name} | {u.range} |" in text for u in found.unknowns)
    assert "Drug effect on pain, day 28" in text


def test_a_bar_in_a_cell_does_not_break_the_table() -> None:
    assert markdown_table(("a", "b"), [("x|y", "z")]).splitlines()[-1] == "| x/y | z |"


@pytest.mark.parametrize("name", ["answers", "claims", "credibility", "sensitivity"])
def test_the_pages_were_computed_from_these_data(name: str, root: Path) -> None:
    page = (root / "docs" / f"{name}.md").read_text(encoding="utf-8")
    assert f"data `{made_with()['data'][:16]}`" in page, "run tools/credibility.py"
