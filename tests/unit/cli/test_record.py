from __future__ import annotations

import json
from pathlib import Path

import pytest

from sordino.cli.main import main
from sordino.record import load_record


@pytest.fixture
def file(tmp_path: Path, capsys) -> Path:
    """The template as a file."""
    path = tmp_path / "record.csv"
    assert main(["record", "template", "-o", str(path)]) == 0
    capsys.readouterr()
    return path


def test_the_template_is_a_record(tmp_path: Path, capsys) -> None:
    assert main(["record", "template"]) == 0
    (tmp_path / "a.csv").write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["record", "template", "-o", str(tmp_path / "b.toml")]) == 0
    assert load_record(tmp_path / "a.csv") == load_record(tmp_path / "b.toml")


def test_the_template_does_not_replace_a_file(file: Path, capsys) -> None:
    file.write_text("mine")
    assert main(["record", "template", "-o", str(file)]) == 2
    assert file.read_text() == "mine"
    assert main(["record", "template", "-o", str(file), "--force"]) == 0
    assert main(["record", "template", "-o", str(file.with_suffix(".pdf"))]) == 2
    assert ".csv or .toml" in capsys.readouterr().err


def test_check_says_what_it_holds(file: Path, capsys) -> None:
    assert main(["record", "check", str(file)]) == 0
    assert "sessions       2" in capsys.readouterr().out
    assert main(["record", "check", str(file), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["valid"]
    assert said["digest"] == load_record(file).digest()


def test_check_lists_all_that_is_wrong(file: Path, capsys) -> None:
    text = file.read_text(encoding="utf-8").replace("pain,7", "pain,17").replace("35,mg", ",mg")
    file.write_text(text, encoding="utf-8")
    assert main(["record", "check", str(file)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"{file}: row 5, column value: a session without a dose" in captured.err
    assert f"{file}: row 15, column value: '17' is outside the allowed range" in captured.err
    assert main(["record", "check", str(file), "--json"]) == 2
    said = json.loads(capsys.readouterr().out)
    assert not said["valid"]
    assert [finding["where"].split(": ")[1] for finding in said["findings"]] == [
        "row 5, column value",
        "row 15, column value",
    ]


@pytest.mark.parametrize("to", ["csv", "fhir"])
def test_out_and_in_again(to: str, file: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / ("out.json" if to == "fhir" else "out.csv")
    back = tmp_path / "back.csv"
    zone = ["--zone", "UTC"] if to == "fhir" else []
    assert main(["record", "export", str(file), "--to", to, *zone, "-o", str(out)]) == 0
    if to == "fhir":
        given = ["--from", to, "-o", str(back)]
        assert main(["record", "import", str(out), *given]) == 0
        assert load_record(back).administrations() == load_record(file).administrations()
    else:
        assert load_record(out) == load_record(file)
    capsys.readouterr()


def test_redcap_out_and_in_again(file: Path, tmp_path: Path, capsys) -> None:
    folder = tmp_path / "redcap"
    assert main(["record", "export", str(file), "--to", "redcap", "-o", str(folder)]) == 0
    options = ["--mapping", str(folder / "mapping.toml"), "--patient", "P01"]
    options += ["--dictionary", str(folder / "dictionary.csv"), "-o", str(tmp_path / "back.csv")]
    assert main(["record", "import", str(folder / "data.csv"), "--from", "redcap", *options]) == 0
    assert load_record(tmp_path / "back.csv") == load_record(file)
    capsys.readouterr()


def test_a_data_set_goes_on_to_predict(file: Path, tmp_path: Path, capsys) -> None:
    patient = tmp_path / "patient.toml"
    patient.write_text('age = 47\nsex = "female"\nweight = "71 kg"\n')
    data = tmp_path / "data.csv"
    given = ["--to", "nonmem", "--patient-file", str(patient), "-o", str(data)]
    assert main(["record", "export", str(file), *given]) == 0
    capsys.readouterr()
    assert main(["predict", "otto_2021", str(data)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split(",")[:9] == [
        "ID",
        "TIME",
        "EVID",
        "MDV",
        "AMT",
        "DUR",
        "ROUTE",
        "DVID",
        "DV",
    ]
    assert len(lines) == 1 + 6


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["export", "{file}", "--to", "pdf"], "unknown form 'pdf'"),
        (["export", "{file}", "--to", "redcap"], "name a folder"),
        (["export", "{file}", "--to", "fhir"], "--zone Europe/Berlin"),
        (["export", "{file}", "--to", "fhir", "--zone", "Mars/North"], "unknown time zone"),
        (["import", "{file}", "--from", "fhir"], "allowed: .toml or .json"),
        (["import", "{file}", "--from", "hl7"], "unknown form 'hl7'"),
        (["import", "{file}", "--from", "fhir", "--mapping", "m.toml"], "REDCap"),
        (["import", "{file}", "--from", "redcap", "--skip-unknown"], "FHIR"),
        (["import", "{file}", "--from", "redcap"], "the column record_id is missing"),
        (["check", "{file}", "--patient", "P02"], "a row of another patient"),
        (["check", "none.csv"], "no such file"),
    ],
)
def test_bad_use(arguments: list[str], said: str, file: Path, capsys) -> None:
    assert main(["record", *(text.format(file=file) for text in arguments)]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""
