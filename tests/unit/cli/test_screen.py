from __future__ import annotations

import json
from pathlib import Path

import pytest

from sordino.cli.main import main
from sordino.screening import screen

TABLE = """
title = "Somebody"
id = "p-9"
age = 50
baseline_sbp = 150
[symptoms]
fatigue = 3
[conditions]
pregnancy = false
raised_intraocular_pressure = true
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "patient.toml"
    path.write_text(TABLE)
    return path


def test_every_rule_is_in_the_text_with_its_status(file: Path, capsys) -> None:
    assert main(["screen", str(file)]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    text = " ".join(captured.out.split())
    assert text.startswith("Screening: Somebody (p-9)")
    found = screen(file)
    for check in found.checks:
        assert f"{check.status} {' '.join(check.rule.split())}" in text, check.id
    assert text.count("met raised intraocular pressure; raised_intraocular_pressure is true") == 1
    assert f"Missing: {len(found.missing)} keys" in text
    assert "Whether to treat is not answered" in text


def test_what_is_there_comes_before_what_is_not_known(file: Path, capsys) -> None:
    main(["screen", str(file)])
    lines = capsys.readouterr().out.splitlines()
    start = lines.index("Contraindications and cautions") + 3
    statuses = [line.split()[0] for line in lines[start : start + 5]]
    assert statuses[0] == "met"


def test_no_line_is_too_wide(file: Path, capsys) -> None:
    main(["screen", str(file)])
    for line in capsys.readouterr().out.splitlines():
        assert len(line) <= 100 or " " not in line.strip()


def test_json_is_all_of_it(file: Path, capsys) -> None:
    assert main(["screen", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == screen(file).as_dict()


def test_bad_input_is_told_at_once_with_table_and_key(tmp_path: Path, capsys) -> None:
    file = tmp_path / "patient.toml"
    file.write_text(
        'age = 7\n[symptoms]\npain_areas = ["neck", "knee_left", "neck"]\nfatigue = 4\n'
        'headaches = "yes"\n[conditions]\npregnent = true\nlast_cardiovascular_event = "a while"\n'
        "active_psychosis = true\npsychotic_disorder = false\n"
        '[[drug]]\nkind = "statin"\n[tests]\necg = "fine"\n[arrangements]\nobserved_for = 2\n'
    )
    assert main(["screen", str(file)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    for place in (
        "age",
        "symptoms.pain_areas[2]",
        "symptoms.fatigue",
        "symptoms.headaches",
        "conditions.pregnent",
        "conditions.last_cardiovascular_event",
        "drug[1].name",
        "drug[1].kind",
        "tests.ecg",
        "arrangements.observed_for",
    ):
        assert f"{file}: {place}: " in captured.err
    assert "did you mean pregnancy?" in captured.err
    assert [path.name for path in tmp_path.iterdir()] == ["patient.toml"]


def test_there_is_no_such_file(tmp_path: Path, capsys) -> None:
    assert main(["screen", str(tmp_path / "nobody.toml")]) == 2
    assert "no such file" in capsys.readouterr().err
