"""`sordino calibrate`: what it writes, and when it says that it went wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sordino.calibrate import rows
from sordino.calibrate.rows import Evidence
from sordino.cli.main import main
from sordino.library.posterior import read_draws


@pytest.fixture
def fatigue_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that need no blood, so that a run takes seconds."""
    whole = rows.evidence()
    few = tuple(r for r in whole.rows if r.readout == "fatigue_change")
    made = Evidence(few, whole.left_out)
    monkeypatch.setattr(rows, "evidence", lambda: made)
    monkeypatch.setattr("sordino.calibrate.shipping.evidence", lambda: made)


@pytest.mark.usefixtures("fatigue_only")
def test_files_are_written_and_too_few_draws_are_not_called_good(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    options = ["--chains", "2", "--draws", "40", "--warmup", "60", "--seed", "3"]
    assert main(["calibrate", "-o", str(folder), *options]) == 1
    out = capsys.readouterr()
    assert out.out.startswith("3 rows, 2 x 40 draws")
    assert "do not agree well enough" in out.err
    names = {p.name for p in folder.iterdir()}
    assert names == {
        "draws.npz",
        "calibration.json",
        "calibration.md",
        "learned.svg",
        "studies.svg",
    }
    back = read_draws(folder)
    assert (back.count, back.about["made"]["seed"]) == (80, 3)
    assert not back.about["diagnostics"]["sound"]
    assert {s["row"] for s in back.about["studies"]} == {r.id for r in rows.evidence().rows}
    assert "| study | arm | outcome |" in (folder / "calibration.md").read_text()
    for name in ("learned.svg", "studies.svg"):
        assert (folder / name).read_text().startswith("<svg")


@pytest.mark.usefixtures("fatigue_only")
def test_ranks_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", "--sbc", "2", "-o", str(tmp_path)]) == 0
    told = json.loads((tmp_path / "sbc.json").read_text())
    assert (told["fits"], told["seed"]) == (2, 1)
    assert all(sum(counts) == 2 for counts in told["counts"].values())
    out = capsys.readouterr()
    assert out.out.startswith("2 fits: ")
    assert "2 of 2 made-up sets of studies fitted" in out.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--chains", "0"], "--chains is 0"),
        (["--draws", "3"], "--draws is 3"),
        (["--warmup", "-1"], "--warmup is -1"),
        (["--seed", "-1"], "--seed is -1"),
        (["--sbc", "-4"], "--sbc is -4"),
        (["--draws", "many"], "'--draws'"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_written(
    options: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "out"
    assert main(["calibrate", "-o", str(folder), *options]) == 2
    assert message in capsys.readouterr().err
    assert not folder.exists()


def test_a_folder_that_cannot_be_written_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["calibrate", "-o", str(tmp_path / "file")]) == 2
    assert "a folder is needed" in capsys.readouterr().err
