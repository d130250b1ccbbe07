"""Every file and every command of docs/bring-your-own.md, in the order of the page."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest

from sordino.cli.main import main

PAGE = Path(__file__).resolve().parents[3] / "docs" / "bring-your-own.md"
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
FILES = {
    "toml": ["oral.toml"],
    "csv": ["data.csv", "etas.csv"],
}


def blocks(kind: str) -> list[str]:
    return [text for name, text in BLOCKS if name == kind]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for kind, names in FILES.items():
        for name, text in zip(names, blocks(kind), strict=True):
            assert f"`{name}`" in PAGE.read_text(encoding="utf-8")
            (tmp_path / name).write_text(text)
    return tmp_path


def test_every_kind_of_block_is_known() -> None:
    assert {name for name, _ in BLOCKS} == {*FILES, "sh", "python"}


def test_every_command_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for line in "".join(blocks("sh")).splitlines():
        words = shlex.split(line)
        assert words[0] == "sordino"
        arguments = words[1 : words.index(">")] if ">" in words else words[1:]
        assert main(arguments) == 0, line
    said = capsys.readouterr()
    assert "nothing is wrong" in said.out
    made = {path.name for path in folder.iterdir()}
    assert made == {
        *("oral.toml", "data.csv", "etas.csv", "start.toml", "predicted.csv", "other.parquet"),
        *("individual.csv", "simulated.parquet", "vpc.html", "vpc.png"),
    }
    simulated = pd.read_parquet("simulated.parquet")
    assert len(simulated) == 200 * 18
    assert len(pd.read_csv("predicted.csv")) == 18


@pytest.mark.usefixtures("folder")
def test_the_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    for text in blocks("python"):
        exec(compile(text, str(PAGE), "exec"), {})
    assert "p95_high" in capsys.readouterr().out
