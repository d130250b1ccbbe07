from __future__ import annotations

import json
import os
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from sordino.cli.main import main

SMALL = ["--patients", "8", "--draws", "2"]
SWALLOWED = """
title = "Swallowed"
patient = { weight = "70 kg" }
treatment = [{ drug = "esketamine", route = "oral", dose = "50 mg" }]
observe = { until = "4 days" }
"""


@pytest.fixture(autouse=True)
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A course file in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "course.toml").write_text(SWALLOWED, encoding="utf-8")
    return "course.toml"


def test_everything_is_said_in_words(course: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["safety", course, *SMALL]) == 0
    out = capsys.readouterr().out
    words = " ".join(out.split())
    assert out.startswith("Swallowed\n")
    assert "50 mg of base in 1 session for a person of 70 kg" in words
    assert "a proxy: ketamine instead of esketamine" in words
    assert "No list for this route was seen: this is the one for infusions." in words
    assert "clarithromycin: how: CYP3A inhibition; route: oral; exposure, times: 2.6" in words
    assert max(len(line) for line in out.splitlines()) <= 88


def test_another_drug_changes_the_simulation(
    course: str, capsys: pytest.CaptureFixture[str]
) -> None:
    peaks: list[float] = []
    for taken in ([], ["--with", "Clarithromycin"]):
        assert main(["safety", course, *SMALL, "--json", *taken]) == 0
        found = json.loads(capsys.readouterr().out)
        text = files("sordino.schemas").joinpath("safety.schema.json").read_text("utf-8")
        jsonschema.validate(found, json.loads(text))
        peaks.append(found["dissociation"]["median"])
        assert found["dosing"]["total_mg"] == 50.0
        assert [c["auc_ratio"] for c in found["changes"]] == ([2.6] if taken else [])
    assert peaks[1] > peaks[0] + 1.0
    assert os.listdir() == ["course.toml"]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["nowhere.toml"], "no such file"),
        (["course.toml", "--with", "clarithromycine"], "did you mean clarithromycin"),
        (["course.toml", "--with", "rifampicin", "--with", "ticlopidine"], "both change"),
        (["course.toml", "--patients", "0"], "patients is 0"),
        (["course.toml", "--draws", "0"], "draws is 0"),
    ],
)
def test_bad_use_is_exit_code_2(
    arguments: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["safety", *arguments]) == 2
    said = capsys.readouterr()
    assert what in said.err
    assert said.out == ""
