from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sordino.cli.check_course import check_course
from sordino.cli.new import new
from sordino.course import load_course
from sordino.errors import DocumentError, OutputError, UnknownName
from sordino.library.protocols import load_protocol, protocol_text


def test_new_writes_a_commented_course(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "mine.toml"
    new(file)
    assert file.read_text() == protocol_text("six_infusions")
    assert load_course(file) == load_protocol("six_infusions")
    said = capsys.readouterr()
    assert said.out == ""
    assert str(file) in said.err


def test_new_replaces_only_when_forced(tmp_path: Path):
    file = tmp_path / "mine.toml"
    file.write_text("mine")
    with pytest.raises(OutputError, match="exists already") as caught:
        new(file)
    assert "--force" in caught.value.hint
    assert file.read_text() == "mine"
    new(file, "five_days", force=True)
    assert file.read_text() == protocol_text("five_days")


def test_new_writes_nothing_when_refused(tmp_path: Path):
    with pytest.raises(UnknownName, match="six_infusion"):
        new(tmp_path / "a.toml", "six_infusion")
    with pytest.raises(OutputError, match="does not say what to write"):
        new(tmp_path / "a.json")
    with pytest.raises(OutputError):
        new(tmp_path / "no" / "a.toml")
    assert os.listdir(tmp_path) == []


def test_check_course_says_what_the_course_means(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "course.toml"
    new(file)
    capsys.readouterr()
    check_course(file)
    said = capsys.readouterr()
    assert said.err == ""
    assert said.out.splitlines()[:8] == [
        "Six infusions over two weeks",
        "patient: woman, 47 years, 70 kg, 165 cm, pain 7 of 10",
        "treatment 1: ketamine (racemate), intravenous",
        "  0.5 mg/kg = 35 mg base over 40 min (0.75 mg/kg/h)",
        "  6 sessions: day 0, 2, 4, 7, 9, 11",
        "total: 3 mg/kg = 210 mg base in 6 sessions, 4 h of infusion",
        "observed: 90 days from the first dose",
        "source: Murrough JW et al. Biol Psychiatry 2013;74(4):250-6, "
        "doi 10.1016/j.biopsych.2012.06.022 (open label, depression)",
    ]


def test_check_course_without_a_weight_gives_no_milligrams(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "course.toml"
    file.write_text(
        '[[treatment]]\ndrug = "esketamine"\nroute = "iv"\ndose = "1 mg/kg"\n'
        'salt = "hydrochloride"\n[[treatment]]\ndrug = "duloxetine"\ndose = "60 mg"\n'
    )
    check_course(file)
    out = capsys.readouterr().out
    assert "patient: nothing given" in out
    assert "weighed as hydrochloride\n  0.867 mg/kg base at once\n  1 session: day 0" in out
    assert "treatment 2: duloxetine, 60 mg (comparator)" in out
    check_course(file, json=True)
    assert json.loads(capsys.readouterr().out)["total_mg"] is None


def test_check_course_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "course.toml"
    new(file)
    capsys.readouterr()
    check_course(file, json=True)
    data = json.loads(capsys.readouterr().out)
    assert data["valid"] is True
    assert data["total_mg"] == pytest.approx(210)
    assert len(data["sessions"]) == len(data["administrations"]) == 6
    assert data["digest"] == load_course(file).digest()


def test_check_course_lists_findings(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    file = tmp_path / "course.toml"
    file.write_text('titel = "x"\n[[treatment]]\ndrug = "ketamine"\nroute = "iv"\ndose = 1\n')
    with pytest.raises(DocumentError):
        check_course(file)
    assert capsys.readouterr().out == ""
    with pytest.raises(DocumentError):
        check_course(file, json=True)
    data = json.loads(capsys.readouterr().out)
    assert data["valid"] is False
    assert [f["where"] for f in data["findings"]] == [
        f"{file}: treatment[1].dose",
        f"{file}: titel",
    ]
    with pytest.raises(DocumentError):
        check_course(tmp_path / "none.toml", json=True)
    assert json.loads(capsys.readouterr().out)["findings"][0]["what"] == "no such file"
