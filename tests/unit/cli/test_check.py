"""`sordino check`: what it prints, and that a changed model makes it end with 1."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from sordino.cli import main
from sordino.library.reader import load_pk_model
from sordino.library.schema import PkModel
from sordino.simulation import verification
from sordino.simulation.verification import Result

Captured = pytest.CaptureFixture[str]
MODEL = "perezruixo_2021"


def none() -> Iterator[Result]:
    yield from ()


@pytest.fixture(autouse=True)
def _one_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """One model, which has known misses; all of them are run elsewhere."""
    monkeypatch.setattr(verification, "slow_effect_checks", none)
    monkeypatch.setattr(verification, "pk_model_ids", lambda: (MODEL,))


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

    monkeypatch.setattr(verification, "load_pk_model", load)


def test_checks_that_hold_end_with_0(capsys: Captured) -> None:
    assert main.main(["check"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    total = len(load_pk_model(MODEL).check) + 2
    assert said.out.endswith(f"\n{total} checks: {total - 2} passed, 2 known misses, 0 failed\n")
    assert "Numerics of the engine" in said.out
    assert "limit 1e-08" in said.out


def test_a_known_miss_says_why(capsys: Captured) -> None:
    main.main(["check"])
    lines = capsys.readouterr().out.splitlines()
    at = next(k for k, line in enumerate(lines) if line.startswith("  known miss"))
    assert "expected 114 (113.5 to 114.5)" in lines[at]
    assert "do not agree" in lines[at + 1]


def test_json_holds_every_result(capsys: Captured) -> None:
    assert main.main(["check", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found) == len(load_pk_model(MODEL).check) + 2
    assert {r["status"] for r in found} == {"pass", "known miss"}
    assert set(found[0]) == set(Result.__dataclass_fields__)


@pytest.mark.usefixtures("_tampered")
def test_a_changed_model_ends_with_1_and_is_named(capsys: Captured) -> None:
    assert main.main(["check"]) == 1
    said = capsys.readouterr()
    failed = [line for line in said.out.splitlines() if line.startswith("  FAIL")]
    assert failed
    assert said.err.startswith(f"error: {len(failed)} of ")
    assert f"{MODEL}: nasal bioavailability of 56 mg" in said.err
    assert "Traceback" not in said.err


@pytest.mark.usefixtures("_tampered")
def test_json_is_whole_though_a_check_fails(capsys: Captured) -> None:
    assert main.main(["check", "--json"]) == 1
    assert "FAIL" in {r["status"] for r in json.loads(capsys.readouterr().out)}
