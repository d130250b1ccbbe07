from __future__ import annotations

import json

import pytest

from sordino.cli.main import main
from sordino.library.reader import PK_FOLDER, load_pk_model, pk_model_ids


def test_list_names_every_model(capsys) -> None:
    assert main(["models"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(pk_model_ids())


def test_list_as_json(capsys) -> None:
    assert main(["models", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["id"]: row["sampling"] for row in rows}["otto_2021"] == "venous"


@pytest.mark.parametrize("name", pk_model_ids())
def test_show_has_every_number_caution_and_check(name: str, capsys) -> None:
    assert main(["models", name]) == 0
    text = capsys.readouterr().out
    model = load_pk_model(name)
    for parameter in model.parameter:
        assert f"  {parameter.name} " in text
        assert f"{parameter.value:g}" in text
    for needed in (*model.cautions, *model.not_seen, *(check.name for check in model.check)):
        assert needed in text
    assert model.verification in text


def test_assumed_numbers_come_first_and_are_marked(capsys) -> None:
    main(["models", "simons_2022"])
    lines = capsys.readouterr().out.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("Parameters;")) + 2
    end = lines.index("", start)
    marks = [line.startswith("!") for line in lines[start:end]]
    assert sum(marks) == 4
    assert marks == sorted(marks, reverse=True)


def test_residual_error_covariance_and_sharing_are_shown(capsys) -> None:
    main(["models", "otto_2021"])
    text = capsys.readouterr().out
    assert "0.02261" in text
    assert "variance: proportional 0.055736" in text
    main(["models", "simons_2022"])
    assert "that of VK1" in capsys.readouterr().out


def test_show_as_json_is_the_file(capsys) -> None:
    assert main(["models", "kamp_2020", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data.pop("digest") == load_pk_model("kamp_2020").digest
    assert type(load_pk_model("kamp_2020")).model_validate(data) == load_pk_model("kamp_2020")


def test_lint(tmp_path, capsys) -> None:
    good = PK_FOLDER / "otto_2021.toml"
    assert main(["models", "lint", str(good)]) == 0
    bad = tmp_path / "bad.toml"
    bad.write_text(good.read_text().replace('"CL / V1"', '"CLL / V1"'))
    capsys.readouterr()
    assert main(["models", "lint", str(bad)]) == 1
    assert "unknown name 'CLL'" in capsys.readouterr().out
    assert main(["models", "lint", str(bad), "--json"]) == 1
    assert "flow[6].rate" in json.loads(capsys.readouterr().out)[0]["where"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("none.toml", "no such file"), ("data.csv", ".toml or .json"), (".", "allowed: .toml")],
)
def test_lint_of_what_is_no_model_file_is_bad_use(name: str, words: str, tmp_path, capsys) -> None:
    (tmp_path / "data.csv").write_text("ID,TIME\n1,0\n")
    assert main(["models", "lint", str(tmp_path / name)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err


@pytest.mark.parametrize(
    "arguments", [["models", "lint"], ["models", "simon"], ["models", "otto_2021", "kamp_2020"]]
)
def test_bad_use_is_exit_code_2(arguments: list[str], capsys) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "hint" in captured.err


def test_structures_are_listed_with_their_parameters(capsys) -> None:
    assert main(["models", "structures"]) == 0
    lines = capsys.readouterr().out.splitlines()
    row = next(line for line in lines if line.startswith("advan4_trans4 "))
    assert " ".join(row.split()[1:]) == "1 depot 2 central 3 peripheral CL V2 Q V3 KA"
    assert any(line.startswith("ALAGn") for line in lines)
    assert main(["models", "structures", "--json"]) == 0
    rows = {row["structure"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["advan1_trans2"]["parameters"] == {"CL": "L/h", "V": "L"}


SMALL = """\
schema = 1
id = "mine"
structure = "advan1_trans2"

[[parameter]]
name = "CL"
value = 5
unit = "L/h"

[[parameter]]
name = "V"
value = 50
unit = "L"

[[flow]]
from = "central"
vmax = "V"
km = "2"
volume = "V"
"""


def test_lint_as_json_gives_the_line(tmp_path, capsys) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)
    assert main(["models", "lint", str(path), "--json"]) == 1
    (row,) = json.loads(capsys.readouterr().out)
    assert row["line"] == SMALL.splitlines().index('vmax = "V"') + 1
    assert row["allowed"] == "mg/h"


def test_a_small_file_is_shown_with_its_graph(tmp_path, capsys) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL.replace('vmax = "V"', 'vmax = "5"'))
    assert main(["models", str(path)]) == 0
    text = capsys.readouterr().out
    assert "5 * c / (2 + c), c in V" in text
    assert "advan1_trans2" in text
