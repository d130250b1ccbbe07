"""The pages of the library hold what the library holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from sordino.credibility.validation import model_checks, slow_effect_checks
from sordino.library import posterior
from sordino.library.evidence import study
from sordino.library.pd_schema import load_pd_model, pd_model_ids
from sordino.library.reader import load_pk_model, pk_model_ids
from sordino.report.library_pages import calibration_studies, pages, study_page


@pytest.fixture(scope="module")
def made() -> dict[str, str]:
    return pages([*model_checks(), *slow_effect_checks()])


def test_the_pages_in_docs_are_those_of_this_library(made: dict[str, str], root: Path) -> None:
    folder = root / "docs" / "library"
    there = {
        str(p.relative_to(folder)): p.read_text(encoding="utf-8") for p in folder.rglob("*.md")
    }
    assert sorted(there) == sorted(made), "run tools/library_pages.py"
    outdated = [name for name, text in made.items() if there[name] != text]
    assert not outdated, "run tools/library_pages.py"


def test_every_number_of_every_model_stands_on_its_page(made: dict[str, str]) -> None:
    for kind, names, load in (
        ("models", pk_model_ids(), load_pk_model),
        ("effects", pd_model_ids(), load_pd_model),
    ):
        for name in names:
            page = made[f"{kind}/{name}.md"]
            for parameter in load(name).parameter:
                assert f"| `{parameter.name}` | {parameter.value:g} " in page


def test_every_study_has_its_misses_and_its_reasons(made: dict[str, str]) -> None:
    told = posterior.draws().about
    for name in calibration_studies():
        page = made[f"studies/{name}.md"]
        own = [s for s in told["studies"] if s["study"] == name]
        assert page.count("**outside**") == sum(not s["inside"] for s in own)
        for entry in told["left_out"]:
            if entry["study"] == name:
                assert entry["why"] in page


def test_a_study_that_nothing_predicts_says_so() -> None:
    told = {s["study"] for s in posterior.draws().about["studies"]}
    silent = [name for name in calibration_studies() if name not in told]
    assert silent
    for name in silent:
        assert "Nothing of it can be predicted" in study_page(study(name))
