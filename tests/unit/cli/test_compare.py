from __future__ import annotations

import json
import os
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from sordino.cli.main import main
from sordino.library.protocols import protocol_text

SMALL = ["--patients", "20", "--draws", "2"]


@pytest.fixture(autouse=True)
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A course file in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    text = protocol_text("single_s_ketamine").replace(
        'title = "One S-ketamine infusion"', 'title = "<b>mine</b> & yours"'
    )
    (tmp_path / "course.toml").write_text(text, encoding="utf-8")
    return "course.toml"


def test_a_page_a_document_and_a_short_table(
    course: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", course, "duloxetine", "opioid", *SMALL, "-o", "out"]) == 0
    said = capsys.readouterr()
    assert "Duloxetine 60 mg a day: in week 12 about" in said.out
    assert "Strong opioid every day: unknown" in said.out
    assert "out/comparison.html, out/comparison.json" in said.err
    assert sorted(os.listdir("out")) == ["comparison.html", "comparison.json"]
    page = Path("out/comparison.html").read_text(encoding="utf-8")
    line = "sordino compare course.toml duloxetine opioid --patients 20 --draws 2 --seed 1"
    assert f"<code>{line}</code>" in page
    assert "<b>mine" not in page
    assert "&lt;b&gt;mine&lt;/b&gt; &amp; yours" in page


def test_json_alone_is_json_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "placebo", "exercise", "--json", *SMALL]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    text = files("sordino.schemas").joinpath("comparison.schema.json").read_text("utf-8")
    jsonschema.validate(found, json.loads(text))
    assert [arm["name"] for arm in found["arms"]] == ["placebo", "exercise"]
    assert found["arms"][1]["curve"] is None
    assert found["schema_version"] == 1
    assert os.listdir() == ["course.toml"]


def test_json_with_a_folder_is_the_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "placebo", "--json", *SMALL, "-o", "out"]) == 0
    assert capsys.readouterr().out == Path("out/comparison.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["duloxetin"], "did you mean duloxetine?"),
        (["nowhere.toml"], "no such file"),
        (["placebo", "placebo"], "placebo is there twice"),
        (["placebo", "--patients", "0"], "patients is 0"),
        (["placebo", "--draws", "0"], "draws is 0"),
        (["six_infusions", "--seed", "-1"], "seed is -1"),
        (["placebo", "-o", "course.toml"], "a folder is needed"),
        ([], "Missing argument"),
    ],
)
def test_bad_use_is_exit_code_2_and_writes_nothing(
    arguments: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *arguments]) == 2
    said = capsys.readouterr()
    assert what in said.err
    assert said.out == ""
    assert os.listdir() == ["course.toml"]
