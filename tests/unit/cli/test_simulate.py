from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sordino.cli import set_quiet
from sordino.cli.main import main
from sordino.library.protocols import protocol_text

SMALL = ["--patients", "6", "--draws", "2"]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    set_quiet(False)


@pytest.fixture
def course(tmp_path: Path) -> str:
    text = protocol_text("single_s_ketamine").replace(
        'title = "One S-ketamine infusion"', 'title = "<b>mine</b> & yours"'
    )
    (tmp_path / "course.toml").write_text(text)
    return "course.toml"


def test_without_a_file_the_bundled_course_is_used_and_said(capsys) -> None:
    assert main(["simulate", *SMALL]) == 0
    said = capsys.readouterr()
    assert "bundled course 'six_infusions'" in said.err
    assert "sordino-result/report.html" in said.err
    assert said.out.startswith("Six infusions over two weeks\n")
    assert "week 4: 30 percent less" in said.out
    assert sorted(os.listdir("sordino-result")) == ["report.html", "result.json"]
    assert "<code>sordino simulate --patients 6 --draws 2 --seed 1</code>" in Path(
        "sordino-result/report.html"
    ).read_text(encoding="utf-8")


def test_the_table_is_aligned(course: str, capsys) -> None:
    assert main(["simulate", course, *SMALL, "-o", "out"]) == 0
    lines = capsys.readouterr().out.splitlines()
    head = next(i for i, line in enumerate(lines) if line.startswith("When and how much"))
    rows = lines[head : lines.index("", head)]
    assert len({len(row) for row in rows}) == 1
    assert all(len(line) <= 100 for line in lines)
    assert max(len(line) for line in lines) > 60


def test_json_alone_is_json_and_writes_nothing(course: str, capsys) -> None:
    assert main(["simulate", course, "--json", *SMALL, "--sampling", "venous"]) == 0
    said = capsys.readouterr()
    document = json.loads(said.out)
    assert document["title"] == "<b>mine</b> & yours"
    assert document["provenance"]["sampling"] == "venous"
    assert said.err == ""
    assert os.listdir() == ["course.toml"]


def test_json_with_a_folder_is_the_file(course: str, capsys) -> None:
    assert main(["simulate", course, "--json", *SMALL, "-o", "out"]) == 0
    assert capsys.readouterr().out == Path("out/result.json").read_text(encoding="utf-8")


def test_same_seed_same_document_other_seed_another(course: str, capsys) -> None:
    found: list[str] = []
    for seed in ("1", "1", "2"):
        assert main(["simulate", course, "--json", *SMALL, "--seed", seed]) == 0
        found.append(capsys.readouterr().out)
    assert found[0] == found[1]
    assert json.loads(found[0])["answers"] != json.loads(found[2])["answers"]


def test_hostile_title_is_text_in_the_report(course: str) -> None:
    assert main(["simulate", course, *SMALL, "-o", "out"]) == 0
    text = Path("out/report.html").read_text(encoding="utf-8")
    assert "<b>mine" not in text
    assert "<h1>&lt;b&gt;mine&lt;/b&gt; &amp; yours</h1>" in text


def test_typical_patient_and_one_draw(course: str, capsys) -> None:
    assert main(["simulate", course, "--patients", "typical", "--draws", "1", "-o", "out"]) == 0
    out = capsys.readouterr().out
    assert "The pain of the typical patient" in out
    assert "How sure this is was not worked out" in " ".join(out.split())
    text = Path("out/report.html").read_text(encoding="utf-8")
    assert "need a population" in text
    assert "no uncertainty was asked for" in text


def test_quiet_says_nothing(course: str, capsys) -> None:
    assert main(["--quiet", "simulate", course, *SMALL, "-o", "out"]) == 0
    assert capsys.readouterr().err == ""


def test_old_trajectories_are_pointed_at(course: str, capsys) -> None:
    assert main(["simulate", course, *SMALL, "-o", "out", "--trajectories"]) == 0
    assert "earlier run" not in capsys.readouterr().err
    assert main(["simulate", course, *SMALL, "-o", "out"]) == 0
    assert "out/trajectories.parquet is there from an earlier run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["nowhere.toml"], "no such file"),
        (["--patients", "many"], "--patients is 'many'"),
        (["--patients", "0"], "patients is 0"),
        (["--draws", "0"], "draws is 0"),
        (["--seed", "-1"], "seed is -1"),
        (["--sampling", "capillary"], "unknown sampling site 'capillary'"),
        (["--json", "--trajectories"], "needs a folder"),
        (["-o", "course.toml"], "a folder is needed"),
        (["--draw", "3"], "No such option"),
    ],
)
def test_bad_use_is_exit_code_2_and_writes_nothing(
    arguments: list[str], what: str, course: str, capsys
) -> None:
    given = arguments if arguments[0].endswith(".toml") else [course, *arguments]
    assert main(["simulate", *given]) == 2
    said = capsys.readouterr()
    assert what in said.err
    assert said.out == ""
    assert os.listdir() == ["course.toml"]


def test_an_interrupt_is_130_and_leaves_nothing(
    course: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sordino.report import export

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(export, "summarize", interrupt)
    assert main(["simulate", course, "-o", "out"]) == 130
    assert os.listdir() == ["course.toml"]


def test_progress_is_for_terminals_only(course: str, capsys, monkeypatch) -> None:
    import sys

    from sordino.cli.simulate import _progress

    assert _progress() is None
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    show = _progress()
    assert show is not None
    show(1, 4)
    show(4, 4)
    assert capsys.readouterr().err.endswith("100 %\n")
    set_quiet(True)
    assert _progress() is None
