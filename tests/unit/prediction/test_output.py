from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sordino
from sordino.errors import DocumentError, OutputError
from sordino.library.schema import PkModel
from sordino.prediction import make_job, write_predictions

# What pandas gives for a column is a column or a frame, if one asks its annotations.
predict: Any = sordino.predict

TEXT = """\
ID,TIME,DV,AMT,EVID,remark,code
1,0,.,100,1,"x, y",7
1,1.50,0.9,.,0,"say ""so"" now",08
2,0,.,1e2,1,,9
2,4,1.0,.,0,plain,10
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "data.csv"
    file.write_text(TEXT)
    return file


def test_cells_of_a_text_file_are_written_as_they_were(model: PkModel, path: Path) -> None:
    stream = io.BytesIO()
    assert write_predictions(make_job(model, path), stream) == 4
    lines = stream.getvalue().decode().splitlines()
    given = TEXT.splitlines()
    assert lines[0] == "ID,TIME,DV,AMT,EVID,remark,code,IPRED,central"
    assert [line.rsplit(",", 2)[0] for line in lines[1:]] == given[1:]
    expected = predict(model, path)["IPRED"]
    assert [float(line.rsplit(",", 1)[1]) for line in lines[1:]] == expected.tolist()


@pytest.mark.parametrize("chunk_rows", [1, 200_000])
def test_parquet_has_numbers(model: PkModel, path: Path, tmp_path: Path, chunk_rows: int) -> None:
    target = tmp_path / "out.parquet"
    count = write_predictions(
        make_job(model, path), target, simulate=2, seed=3, chunk_rows=chunk_rows
    )
    found: Any = pd.read_parquet(target)
    assert count == len(found) == 8
    kinds = {str(name): str(kind) for name, kind in found.dtypes.items()}
    assert kinds["ID"] == kinds["EVID"] == kinds["REP"] == "int64"
    assert kinds["TIME"] == kinds["DV"] == kinds["AMT"] == "float64"
    assert found["code"].tolist() == [7, 8, 9, 10] * 2
    assert found["remark"].tolist() == ["x, y", 'say "so" now', "", "plain"] * 2
    expected = predict(model, path, simulate=2, seed=3)
    pd.testing.assert_series_equal(found["DV"], expected["DV"], rtol=1e-13)


def test_a_bad_record_at_the_end_leaves_nothing(model: PkModel, path: Path) -> None:
    path.write_text(TEXT + "3,0,.,-5,1,,\n")
    before = path.with_name("out.csv")
    before.write_text("as it was")
    for target in (before, path.with_name("new.csv"), path.with_name("new.parquet")):
        with pytest.raises(DocumentError, match="1 problem"):
            write_predictions(make_job(model, path), target, chunk_rows=2)
    stream = io.BytesIO()
    with pytest.raises(DocumentError, match="1 problem"):
        write_predictions(make_job(model, path), stream, chunk_rows=2)
    assert stream.getvalue() == b""
    assert before.read_text() == "as it was"
    assert sorted(os.listdir(path.parent)) == ["data.csv", "model.toml", "out.csv"]


def test_targets_that_cannot_be(model: PkModel, path: Path, tmp_path: Path) -> None:
    etas = tmp_path / "etas.csv"
    etas.write_text("ID,CL\n1,0\n2,0\n")
    job = make_job(model, path, etas=etas)
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    for target, what in (
        (path, "the data set itself"),
        (etas, "the table of etas itself"),
        (tmp_path / "out.xlsx", "does not say what to write"),
        (folder, "this is a folder"),
        (tmp_path / "none" / "out.csv", "no such folder"),
    ):
        with pytest.raises(OutputError, match=what):
            write_predictions(job, target)


def test_progress_counts_rows(model: PkModel, path: Path) -> None:
    heard: list[int] = []
    write_predictions(make_job(model, path), io.BytesIO(), chunk_rows=2, progress=heard.append)
    assert heard == [2, 4]


def test_frames_of_any_kind_are_written(model: PkModel, data: Any) -> None:
    mixed = data.assign(
        when=pd.Timestamp("2024-01-31"), group=pd.Categorical(["a"] * 12), gone=None, yes=True
    )
    stream = io.BytesIO()
    write_predictions(make_job(model, mixed), stream)
    back = pd.read_csv(io.BytesIO(stream.getvalue()))
    assert back["group"].tolist() == ["a"] * 12
    assert back["IPRED"].tolist() == predict(model, data)["IPRED"].tolist()
    with pytest.raises(DocumentError, match="mixes texts and numbers"):
        write_predictions(make_job(model, data.assign(note=[1, "two"] * 6)), io.BytesIO())
