from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from sordino.course import load_course
from sordino.errors import InputError, OutputError
from sordino.library.protocols import load_protocol
from sordino.report import export
from sordino.report.export import Asked, simulate_to_folder
from sordino.report.html import report_html
from sordino.report.staging import staged
from sordino.simulation import simulate

ASKED = Asked(load_protocol("single_s_ketamine"), patients=5, draws=2)


def test_a_folder_is_made_and_filled(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    written = simulate_to_folder(ASKED, folder, trajectories=True)
    assert sorted(os.listdir(folder)) == ["report.html", "result.json", "trajectories.parquet"]
    assert [path.name for path in written.files] == [
        "report.html",
        "result.json",
        "trajectories.parquet",
    ]
    assert json.loads((folder / "result.json").read_text())["title"] == "One S-ketamine infusion"


def test_trajectories_are_those_of_simulate(tmp_path: Path) -> None:
    simulate_to_folder(ASKED, tmp_path, trajectories=True)
    rows = pq.read_table(tmp_path / "trajectories.parquet").to_pandas()
    expected = simulate(ASKED.course, patients=5, draws=2)
    names = ["draw", "patient", "time_h"]
    assert list(rows.columns[:3]) == names
    assert rows[names].equals(rows[names].sort_values(names, ignore_index=True))
    shape = expected["pain"].shape
    for name in ("pain", "conc_ketamine"):
        assert np.array_equal(rows[name].to_numpy().reshape(shape), expected[name].values)
    schema = pq.read_schema(tmp_path / "trajectories.parquet")
    assert schema.field("conc_ketamine").metadata == {b"unit": b"ng/mL"}


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
@pytest.mark.parametrize("stage", ["build_result", "summarize", "result_json"])
def test_nothing_is_left_when_it_fails(
    error: type[BaseException], stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(export, stage, fail)
    with pytest.raises(error):
        simulate_to_folder(ASKED, tmp_path / "new" / "folder", trajectories=True)
    assert os.listdir(tmp_path) == []


def test_an_interrupt_between_blocks_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_to_folder(ASKED, tmp_path / "new", trajectories=True, progress=interrupt)
    assert os.listdir(tmp_path) == []


def test_an_earlier_result_survives_a_failure(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("old")
    (tmp_path / "mine.txt").write_text("mine")

    def half() -> None:
        with staged(tmp_path, ["report.html", "result.json"]) as parts:
            parts["report.html"].write_text("new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert sorted(os.listdir(tmp_path)) == ["mine.txt", "report.html"]
    assert (tmp_path / "report.html").read_text() == "old"


def test_files_appear_together_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("old")
    with staged(tmp_path, ["a", "b"]) as parts:
        for name, part in parts.items():
            part.write_text(name)
        assert (tmp_path / "a").read_text() == "old"
        assert not (tmp_path / "b").exists()
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"a": "a", "b": "b"}


def test_bad_numbers_leave_no_folder(tmp_path: Path) -> None:
    asked = Asked(ASKED.course, patients=0)
    with pytest.raises(InputError, match="patients is 0"):
        simulate_to_folder(asked, tmp_path / "new")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("where", ["file", "file/below", "taken", "\0", "/proc/sordino"])
def test_a_folder_that_cannot_be_written_is_refused_at_once(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "taken" / "report.html").mkdir(parents=True)

    def never(*_: object, **__: object) -> None:
        pytest.fail("simulated before the folder was tried")

    monkeypatch.setattr(export, "summarize", never)
    with pytest.raises(OutputError):
        simulate_to_folder(ASKED, tmp_path / where)
    assert sorted(os.listdir(tmp_path)) == ["file", "taken"]
    assert os.listdir(tmp_path / "taken") == ["report.html"]


def test_another_drug_of_the_patient_changes_what_is_simulated() -> None:
    """Clarithromycin raises the area of swallowed S-ketamine; the report says what was done."""
    course: dict[str, Any] = {
        "patient": {"weight": "70 kg", "pain": 7.0},
        "treatment": [{"drug": "ketamine", "route": "oral", "dose": "60 mg", "days": [0]}],
        "observe": {"until": "2 days"},
    }
    beside = copy.deepcopy(course)
    beside["patient"]["drug"] = [{"name": "clarithromycin"}]
    plain = Asked(load_course(course), 8, 1).summary()
    asked = Asked(load_course(beside), 8, 1)
    (change,) = asked.changes
    assert change.auc_ratio > 1.5
    changed = asked.summary()
    area = [
        np.trapezoid(found.quantiles["conc_ketamine"].sel(quantile=0.5), found.quantiles["time"])
        for found in (plain, changed)
    ]
    assert area[1] / area[0] == pytest.approx(change.auc_ratio, rel=0.25)
    assert "clarithromycin" in report_html(changed, changes=asked.changes)
    assert Asked(load_course(beside), 8, 1, sampling="venous").changes == ()
