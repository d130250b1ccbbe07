"""`sordino check`: what it prints, and that a changed model makes it end with 1."""

from __future__ import annotations

import json

import pytest

from sordino.cli import main
from sordino.credibility import Result, applicability, assessment, validation, verification
from sordino.library.reader import load_pk_model
from sordino.library.schema import PkModel

Captured = pytest.CaptureFixture[str]
MODEL = "perezruixo_2021"
NUMERICS = 4
"""Numerical checks of each drug model."""


@pytest.fixture(autouse=True)
def _one_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """One model, which has known misses; all of them are run elsewhere."""
    monkeypatch.setattr(validation, "slow_effect_checks", tuple)
    monkeypatch.setattr(validation, "study_checks", tuple)
    monkeypatch.setattr(assessment, "uncertainty", tuple)
    monkeypatch.setattr(applicability, "protocol_names", tuple)
    for room in (validation, verification, applicability):
        monkeypatch.setattr(room, "pk_model_ids", lambda: (MODEL,))


@pytest.fixture
def _tampered(monkeypatch: pytest.MonkeyPatch) -> None:
    model = load_pk_model(MODEL)
    changed = model.model_copy(
        update={
            "check": tuple(
                c.model_copy(update={"expression": f"1.1 * ({c.expression})"})
                if c.expression is not None and not c.known_miss
                else c
                for c in model.check
            )
        }
    )

    def load(_: str) -> PkModel:
        return changed

    monkeypatch.setattr(validation, "load_pk_model", load)


def test_checks_that_hold_end_with_0(capsys: Captured) -> None:
    assert main.main(["check"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    total = len(load_pk_model(MODEL).check) + NUMERICS
    assert f"\n{total} checks: {total - 2} passed, 2 known misses, 0 failed" in said.out
    assert "1. Verification: Is the mathematics right?" in said.out
    assert "limit 1e-08" in said.out


def test_a_known_miss_says_why(capsys: Captured) -> None:
    main.main(["check"])
    lines = capsys.readouterr().out.splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("  known miss"))
    assert "expected 114 (113.5 to 114.5)" in lines[at]
    assert "do not agree" in lines[at + 1]


def test_json_holds_every_result_and_what_it_was_made_with(capsys: Captured) -> None:
    assert main.main(["check", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    papers = [r for r in found["results"] if r["kind"] == "paper"]
    assert len(papers) == len(load_pk_model(MODEL).check)
    assert all(set(r) == set(Result.__dataclass_fields__) for r in found["results"])
    assert set(found["made_with"]) >= {"sordino", "jax", "data", "date"}
    assert found["summary"].endswith("not done")


@pytest.mark.usefixtures("_tampered")
def test_a_changed_model_ends_with_1_and_is_named(capsys: Captured) -> None:
    assert main.main(["check"]) == 1
    said = capsys.readouterr()
    failed = [line for line in said.out.splitlines() if line.startswith("  FAIL")]
    assert failed
    assert said.err.startswith(f"error: {len(failed)} checks failed: ")
    assert f"{MODEL}: nasal bioavailability of 56 mg" in said.err
    assert "Traceback" not in said.err


@pytest.mark.usefixtures("_tampered")
def test_json_is_whole_though_a_check_fails(capsys: Captured) -> None:
    assert main.main(["check", "--json"]) == 1
    assert "FAIL" in {r["status"] for r in json.loads(capsys.readouterr().out)["results"]}
