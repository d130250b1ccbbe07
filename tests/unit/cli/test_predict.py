from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

from sordino.cli.main import main

DATA = "ID,TIME,DV,AMT,EVID,CMT\n1,0,.,100,1,1\n1,1,0.5,.,0,2\n1,5,0.9,.,0,2\n"
MODEL = "model.toml"


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--quiet", "new", "model", MODEL, "--structure", "advan2_trans2"]) == 0
    Path("data.csv").write_text(DATA)


class Stdout(io.TextIOWrapper):
    """Text whose bytes can be looked at afterwards."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", write_through=True)

    @property
    def text(self) -> str:
        self.flush()
        held = self.buffer
        assert isinstance(held, io.BytesIO)
        return held.getvalue().decode()


def run(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    out = Stdout()
    with monkeypatch.context() as patch:
        patch.setattr("sys.stdout", out)
        code = main(["predict", *arguments])
    return code, out.text


def test_without_a_file_the_table_goes_to_stdout(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    code, text = run(MODEL, "data.csv", monkeypatch=monkeypatch)
    assert code == 0
    lines = text.splitlines()
    assert lines[0] == "ID,TIME,DV,AMT,EVID,CMT,IPRED,central"
    assert [line.rsplit(",", 2)[0] for line in lines[1:]] == DATA.splitlines()[1:]
    assert capsys.readouterr().err == ""


def test_a_file_holds_the_same(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    _, text = run(MODEL, "data.csv", monkeypatch=monkeypatch)
    assert main(["predict", MODEL, "data.csv", "-o", "out.csv"]) == 0
    assert Path("out.csv").read_text() == text
    assert capsys.readouterr().err == "written: out.csv, 3 rows\n"


def test_replicates_by_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        run(MODEL, "data.csv", "--simulate", "4", "--seed", s, monkeypatch=monkeypatch)[1]
        for s in ("7", "7", "8")
    ]
    assert texts[0] == texts[1] != texts[2]
    found = pd.read_csv(io.StringIO(texts[0]), na_values=".")
    assert found["REP"].tolist() == [1] * 3 + [2] * 3 + [3] * 3 + [4] * 3


def test_other_values_and_etas_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("etas.csv").write_text("ID,ETA_CL\n1,0.6931471805599453\n")
    by_eta = run(MODEL, "data.csv", "--etas", "etas.csv", monkeypatch=monkeypatch)[1]
    by_value = run(MODEL, "data.csv", "--set", "CL=10", monkeypatch=monkeypatch)[1]
    one, other = (pd.read_csv(io.StringIO(text))["central"].tolist() for text in (by_eta, by_value))
    assert one == pytest.approx(other, rel=1e-12)


def test_notes_are_talk(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    text = Path(MODEL).read_text().replace("residual =", "# residual =").replace("iiv =", "# iiv =")
    Path(MODEL).write_text(text)
    code, out = run(MODEL, "data.csv", "--simulate", "1", monkeypatch=monkeypatch)
    said = capsys.readouterr().err
    assert code == 0
    assert "note: model model has no spread between patients" in said
    assert "note: model model has no residual error for central" in said
    assert "note" not in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nobody.toml", "data.csv"], ["nobody.toml", "no such file"]),
        ([MODEL, "nothing.csv"], ["nothing.csv", "no such file"]),
        ([MODEL, "bad.csv"], ["row 3, column AMT", "row 4, column CMT", "2 problems"]),
        ([MODEL, "data.csv", "-o", "out.txt"], ["out.txt", ".csv, .parquet"]),
        ([MODEL, "data.csv", "-o", "data.csv"], ["this is the data set itself"]),
        (["data.csv", MODEL], ["the model first", f"sordino predict {MODEL} data.csv"]),
        (["data.csv", "simons_2022"], ["sordino predict simons_2022 data.csv"]),
        (["model.tmol", "data.csv"], ["unknown model 'model.tmol'", ".toml or .json"]),
        ([MODEL, "data.csv", "--simulate", "1000000000"], ["1000000000 replicates", "100,000"]),
        ([MODEL, "data.csv", "--simulate", "0"], ["--simulate is 0", "above 0"]),
        ([MODEL, "data.csv", "--set", "CL"], ["--set 'CL'", "NAME=VALUE"]),
        ([MODEL, "data.csv", "--set", "KL=1"], ["unknown parameter 'KL'", "did you mean"]),
        ([MODEL, "data.csv", "--carry", "both"], ["'both'", "next, last"]),
        ([MODEL, "data.csv", "--time-unit", "s"], ["'s'", "h, min, day"]),
    ],
)
def test_bad_use(arguments: list[str], words: list[str], monkeypatch, capsys) -> None:
    Path("bad.csv").write_text("ID,TIME,AMT,EVID,CMT\n1,0,100,1,1\n1,1,-3,1,1\n1,2,.,0,7\n")
    before = sorted(path.name for path in Path().iterdir())
    code, out = run(*arguments, monkeypatch=monkeypatch)
    said = capsys.readouterr().err
    assert (code, out) == (2, "")
    for word in words:
        assert word in said
    assert "Traceback" not in said
    assert sorted(path.name for path in Path().iterdir()) == before
