from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

import sordino
from sordino.cli.main import main
from sordino.cli.starting_model import starting_model
from sordino.library.reader import load_pk_model
from sordino.library.structures import structure_names


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", structure_names())
def test_every_structure_has_a_file_that_predicts(name: str) -> None:
    path = Path("my_model.toml")
    path.write_text(starting_model(name, path.stem))
    model = load_pk_model(path)
    assert (model.id, model.structure) == ("my_model", name)
    data = pd.DataFrame({"ID": 1, "TIME": [0, 2], "AMT": [100, 0], "EVID": [1, 0]})
    assert sordino.predict(model, data)["IPRED"].tolist()[1] > 0.01


def test_what_is_commented_out_can_be_used() -> None:
    text = starting_model("advan4_trans4", "mine")
    path = Path("mine.toml")
    # A commented line that holds a table or a key, not a sentence.
    used = re.sub(r"^# (\[\[\w+\]\]|\w+ = .*)$", r"\1", text, flags=re.MULTILINE)
    path.write_text(used)
    model = load_pk_model(path)
    assert model.covariate_names == ("weight",)
    assert len(model.covariance) == 1
    assert "ALAG1" in model.parameters


def test_the_name_becomes_the_id(capsys) -> None:
    assert main(["new", "model", "2 My-Model.toml", "--structure", "advan1_trans1"]) == 0
    assert "sordino models lint" in capsys.readouterr().err
    assert load_pk_model("2 My-Model.toml").id == "model_2_my_model"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["model"], ["no file is given"]),
        (["model", "m.txt"], ["m.txt", ".toml"]),
        (["model", "m.toml", "-s", "advan9"], ["unknown structure 'advan9'", "did you mean"]),
        (["model", "m.toml", "-p", "six_infusions"], ["--protocol is for a course file"]),
        (["m.toml", "-s", "advan2_trans2"], ["new model m.toml --structure advan2_trans2"]),
        (["m.toml", "n.toml"], ["one name too many"]),
    ],
)
def test_bad_use(arguments: list[str], words: list[str], capsys) -> None:
    assert main(["new", *arguments]) == 2
    said = capsys.readouterr().err
    for word in words:
        assert word in said
    assert list(Path().iterdir()) == []


def test_a_file_that_is_there_is_kept(capsys) -> None:
    Path("m.toml").write_text("mine")
    assert main(["new", "model", "m.toml"]) == 2
    assert "use --force" in capsys.readouterr().err
    assert main(["new", "model", "m.toml", "--force"]) == 0
    assert load_pk_model("m.toml").structure == "two_compartment_oral"
