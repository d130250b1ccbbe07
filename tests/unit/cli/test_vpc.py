from __future__ import annotations

import json
from pathlib import Path

import pytest

from sordino.cli.main import main

MODEL = "model.toml"


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--quiet", "new", "model", MODEL, "--structure", "advan1_trans2"]) == 0
    rows = ["ID,TIME,DV,AMT,EVID,arm"]
    for person in range(12):
        arm = "<b>one</b>" if person % 2 else "two"
        rows.append(f"{person},0,.,100,1,{arm}")
        rows += [f"{person},{t},{1.9 - t / 10 + person / 20},.,0,{arm}" for t in (1, 4, 9)]
    Path("data.csv").write_text("\n".join(rows) + "\n")


def test_a_page_and_a_table(capsys) -> None:
    assert main(["vpc", MODEL, "data.csv", "--simulate", "30", "--seed", "3", "--log"]) == 0
    said = capsys.readouterr()
    assert "written: vpc.html" in said.err
    lines = said.out.splitlines()
    assert lines[0].startswith("central, mg/L: percentiles")
    assert [line.split()[:2] for line in lines[3:]] == [["1", "12"], ["4", "12"], ["9", "12"]]
    page = Path("vpc.html").read_text(encoding="utf-8")
    assert "36 observations of 12 individuals, and 30 simulated replicates" in page
    assert f"<code>sordino vpc {MODEL} data.csv --simulate 30 --seed 3 --log</code>" in page
    assert page.count("<svg") == 2
    # Every number of the table is in the page.
    assert all(f"<td>{line.split()[2]}</td>" in page for line in lines[3:])


def test_json_alone_writes_no_file(capsys) -> None:
    arguments = ["vpc", MODEL, "data.csv", "--simulate", "20", "--stratify", "arm", "--json"]
    assert main(arguments) == 0
    found = json.loads(capsys.readouterr().out)
    assert [panel["stratum"] for panel in found["panels"]] == ["arm two", "arm <b>one</b>"]
    assert found["replicates"] == 20
    assert [row["n"] for row in found["panels"][0]["bins"]] == [6, 6, 6]
    assert not Path("vpc.html").exists()


def test_texts_of_the_data_are_text_in_the_page() -> None:
    assert main(["vpc", MODEL, "data.csv", "--simulate", "20", "--stratify", "arm"]) == 0
    page = Path("vpc.html").read_text(encoding="utf-8")
    assert "<b>one" not in page
    assert "arm &lt;b&gt;one&lt;/b&gt;" in page


@pytest.mark.parametrize(
    ("name", "begins"),
    [("v.svg", b"<svg"), ("v.png", b"\x89PNG"), ("v.pdf", b"%PDF")],
)
def test_pictures(name: str, begins: bytes) -> None:
    assert main(["vpc", MODEL, "data.csv", "-n", "20", "--lloq", "1.2", "-o", name]) == 0
    content = Path(name).read_bytes()
    assert content.startswith(begins)
    if name.endswith("svg"):
        text = content.decode()
        assert "20 replicates" in text
        assert "below the limit of quantification, 1.2" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["data.csv", "-o", "x.gif"], ["x.gif", ".html, .svg, .png, .pdf"]),
        (["data.csv", "-o", "none/x.png"], ["no such folder"]),
        (["data.csv", MODEL], ["the model first", f"sordino vpc {MODEL} data.csv"]),
        (["data.csv", "--bins", "few"], ["--bins is 'few'"]),
        (["data.csv", "--bins", "1"], ["1 bins", "from 2 to 100"]),
        (["data.csv", "--by", "week"], ["'week'", "time, tad"]),
        (["data.csv", "--stratify", "sex"], ["unknown column 'sex'"]),
        (["data.csv", "-n", "2"], ["2 replicates", "20 to 100,000"]),
        (["doses.csv"], ["doses.csv", "no observations"]),
    ],
)
def test_bad_use(arguments: list[str], words: list[str], capsys) -> None:
    Path("doses.csv").write_text("ID,TIME,AMT,EVID\n1,0,100,1\n1,1,.,0\n")
    assert main(["vpc", *([] if MODEL in arguments else [MODEL]), *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    for word in words:
        assert word in said.err
    assert sorted(path.name for path in Path().iterdir()) == ["data.csv", "doses.csv", MODEL]
