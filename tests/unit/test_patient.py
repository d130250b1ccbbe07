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


HISTORY: dict[str, Any] = {
    "symptoms": {"pain_areas": ["neck", "hip_left"], "fatigue": 3, "months": 4, "headaches": True},
    "conditions": {"pregnancy": False, "last_cardiovascular_event": "10 weeks", "child_pugh": "A"},
    "drug": [{"name": "lorazepam", "kind": "benzodiazepine", "diazepam_equivalent": "0.005 g"}],
    "intake": {"alcohol": True},
    "tried": [{"treatment": "exercise", "weeks": 12, "outcome": "some relief"}],
    "tests": {"ecg": "not done"},
    "arrangements": {"observed_for": "2 h", "pressure_checks": ["40 min", "1 h"]},
}


def test_what_screening_asks_changes_nothing_for_the_models():
    patient = load_patient({**FULL, **HISTORY})
    assert patient.covariates() == load_patient(FULL).covariates()
    assert patient.drug is not None
    assert patient.drug[0].diazepam_mg == 5.0


def test_nothing_is_known_that_is_not_stated():
    patient = load_patient(FULL)
    assert (patient.drug, patient.tried, patient.symptoms.pain_areas) == (None, None, None)
    for table in (patient.symptoms, patient.conditions, patient.intake, patient.tests):
        assert set(table.model_dump().values()) == {None}
    empty = load_patient({"drug": [], "tried": [], "symptoms": {"pain_areas": []}})
    assert (empty.drug, empty.tried, empty.symptoms.pain_areas) == ((), (), ())


@pytest.mark.parametrize(
    ("table", "place", "words"),
    [
        ({"symptoms": {"pain_areas": ["knee"]}}, "symptoms.pain_areas[1]", "allowed"),
        ({"symptoms": {"pain_areas": ["neck", "neck"]}}, "symptoms.pain_areas[2]", "stands twice"),
        ({"symptoms": {"fatigue": 4}}, "symptoms.fatigue", "3 or less"),
        ({"symptoms": {"fatigue": 1.5}}, "symptoms.fatigue", "a whole number"),
        ({"symptoms": {"headaches": 1}}, "symptoms.headaches", "true or false"),
        ({"symptoms": {"months": -1}}, "symptoms.months", "0 or more"),
        ({"symptoms": {"somatic_symptoms": "fewer"}}, "symptoms.somatic_symptoms", "mean few"),
        ({"conditions": {"pregnent": True}}, "conditions.pregnent", "did you mean pregnancy"),
        ({"conditions": {"pregnancy": "no"}}, "conditions.pregnancy", "true or false"),
        ({"conditions": {"stop_bang": 9}}, "conditions.stop_bang", "8 or less"),
        (
            {"conditions": {"last_cardiovascular_event": "3 months"}},
            "conditions.last_cardiovascular_event",
            "write days or weeks",
        ),
        (
            {"conditions": {"last_cardiovascular_event": 3}},
            "conditions.last_cardiovascular_event",
            '"never"',
        ),
        (
            {"conditions": {"active_psychosis": True, "psychotic_disorder": False}},
            "conditions.psychotic_disorder",
            "active_psychosis is true",
        ),
        (
            {"conditions": {"moderate_hepatic_disease": True, "severe_hepatic_disease": True}},
            "conditions.moderate_hepatic_disease",
            "one of the two",
        ),
        ({"drug": {"name": "x"}}, "drug", "two brackets: [[drug]]"),
        ({"drug": [{"name": " "}]}, "drug[1].name", "cannot be used"),
        ({"drug": [{"kind": "ssri"}]}, "drug[1].name", "missing"),
        (
            {"drug": [{"name": "x", "diazepam_equivalent": "5 mg"}]},
            "drug[1].diazepam_equivalent",
            'kind = "benzodiazepine"',
        ),
        ({"tried": [{"treatment": "x", "weeks": 0}]}, "tried[1].weeks", "more than 0"),
        ({"tests": {"ecg": "fine"}}, "tests.ecg", "abnormal, normal, not done"),
        ({"arrangements": {"observed_for": 2}}, "arrangements.observed_for", '"2 min"'),
        (
            {"arrangements": {"pressure_checks": ["40"]}},
            "arrangements.pressure_checks[1]",
            "has no unit",
        ),
    ],
)
def test_what_is_wrong_with_what_screening_asks(table: dict[str, Any], place: str, words: str):
    with pytest.raises(DocumentError) as caught:
        load_patient(table)
    (finding,) = caught.value.findings
    assert finding.where == f"patient: {place}"
    assert words in str(finding)


@pytest.mark.parametrize("key", ["moderate_hepatic_disease", "severe_hepatic_disease"])
def test_one_grade_of_liver_disease_is_accepted(key: str):
    assert getattr(load_patient({"conditions": {key: True}}).conditions, key)
