"""Exports of other programs may be larger than the documents that people write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sordino import documents
from sordino.errors import DocumentError
from sordino.record import load_record

BEYOND = documents.MAX_BYTES + 1


def test_a_table_larger_than_a_document_is_read(tmp_path: Path) -> None:
    path = tmp_path / "diary.csv"
    path.write_text("#" + "x" * BEYOND + "\ndate,pain\n2026-01-05,7\n", encoding="utf-8")
    assert load_record(path, patient="p1").diary.days.tolist() == [0]


def test_a_bundle_larger_than_a_document_gets_as_far_as_its_content(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    bundle = {"resourceType": "Bundle", "type": "collection", "id": "x" * BEYOND, "entry": []}
    path.write_text(json.dumps(bundle), encoding="utf-8")
    with pytest.raises(DocumentError) as caught:
        load_record(path)
    assert "bytes" not in str(caught.value)


def test_there_is_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sordino.record.textfile.MAX_IMPORT_BYTES", 100)
    path = tmp_path / "diary.csv"
    path.write_text("date,pain\n" + "2026-01-05,7\n" * 10, encoding="utf-8")
    with pytest.raises(DocumentError, match="at most 100 bytes"):
        load_record(path)
