from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from sordino.errors import DocumentError
from sordino.patient import Patient, load_patient

FULL = {
    "age": 47,
    "sex": "female",
    "weight": "70 kg",
    "height": "165 cm",
    "pain": 7.0,
    "ancestry": "japanese",
    "baseline_sbp": 120,
    "baseline_dbp": 75.5,
    "title": "an example",
    "id": "p-1",
}


def test_covariates_are_in_the_units_of_the_models():
    assert load_patient(FULL).covariates() == {
        "age": 47.0,
        "weight": 70.0,
        "height": 165.0,
        "female": 1.0,
        "pain": 7.0,
        "asian": 1.0,
        "japanese": 1.0,
    }


def test_only_what_was_given_is_returned():
    assert load_patient({}).covariates() == {}
    assert load_patient({"sex": "male"}).covariates() == {"female": 0.0}
    assert load_patient({"weight": "154 lb"}).covariates() == {"weight": 69.85322498}


@pytest.mark.parametrize(
    ("ancestry", "asian", "japanese"), [("japanese", 1, 1), ("asian", 1, 0), ("other", 0, 0)]
)
def test_japanese_implies_asian(ancestry: str, asian: float, japanese: float):
    covariates = load_patient({"ancestry": ancestry}).covariates()
    assert (covariates["asian"], covariates["japanese"]) == (asian, japanese)


def test_a_patient_is_frozen():
    patient = load_patient(FULL)
    with pytest.raises(ValidationError):
        patient.age = 50  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"age": 12}, "age", "children"),
        ({"age": 17.9}, "age", "children"),
        ({"age": -1}, "age", "18 to 120"),
        ({"age": 121}, "age", "18 to 120"),
        ({"age": "47"}, "age", "a number is needed"),
        ({"age": True}, "age", "a number is needed"),
        ({"sex": "woman"}, "sex", "female, male"),
        ({"sex": "Female"}, "sex", "did you mean female"),
        ({"sex": 1}, "sex", "a name is needed"),
        ({"weight": 70}, "weight", 'write "70 kg"'),
        ({"weight": "70,5 kg"}, "weight", 'write "70.5 kg"'),
        ({"weight": "700 kg"}, "weight", "20 to 400 kg"),
        ({"weight": "70 cm"}, "weight", "is a length, not a body weight"),
        ({"height": "1.65 cm"}, "height", "90 to 250 cm"),
        ({"height": "165"}, "height", 'write "165 cm"'),
        ({"pain": 10.5}, "pain", "10 or less"),
        ({"pain": -1}, "pain", "0 or more"),
        ({"pain": float("nan")}, "pain", "not a finite number"),
        ({"baseline_dbp": 130}, "baseline_dbp", "not below the systolic 120"),
        ({"weihgt": "70 kg"}, "weihgt", "did you mean weight"),
        ({"title": 5}, "title", "text in quotes"),
        ({"title": "\x1b[31m"}, "title", "control characters"),
        ({"title": "x" * 201}, "title", "at most 200 characters"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(change: dict[str, Any], place: str, words: str):
    with pytest.raises(DocumentError) as caught:
        load_patient({**FULL, **change})
    (finding,) = caught.value.findings
    assert finding.where == f"patient: {place}"
    assert words in str(finding)


def test_all_findings_come_at_once():
    with pytest.raises(DocumentError) as caught:
        load_patient({"age": 5, "weight": 70, "hight": "1 m"})
    assert len(caught.value.findings) == 3
    assert "3 problems" in str(caught.value)


def test_a_patient_file(tmp_path: Path):
    file = tmp_path / "patient.toml"
    file.write_text('age = 47\nweight = "70 kg"\n')
    assert load_patient(file) == Patient(age=47.0, weight="70 kg")
    file.write_text("age = 5\n")
    with pytest.raises(DocumentError) as caught:
        load_patient(str(file))
    assert caught.value.findings[0].where == f"{file}: age"
