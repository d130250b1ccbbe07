"""Bundles that other programs wrote, and what is refused in them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sordino.errors import DocumentError
from sordino.record import Dose, Record, Score
from sordino.record.fhir import read_fhir
from sordino.record.fhir.codes import meaning_of_observations, score_codes

LOINC, SNOMED, ATC = "http://loinc.org", "http://snomed.info/sct", "http://www.whocc.no/atc"
SUBJECT = {"reference": "Patient/p1"}
Resource = dict[str, Any]


def coded(system: str, code: str, text: str = "") -> Resource:
    return {"coding": [{"system": system, "code": code}], **({"text": text} if text else {})}


def observation(code: str, value: float, unit: str, when: str, system: str = LOINC) -> Resource:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": coded(system, code),
        "subject": SUBJECT,
        "effectiveDateTime": when,
        "valueQuantity": {"value": value, "unit": unit},
    }


PATIENT: Resource = {"resourceType": "Patient", "id": "p1", "identifier": [{"value": "MRN-7"}]}
INFUSION: Resource = {
    "resourceType": "MedicationAdministration",
    "status": "completed",
    "contained": [
        {
            "resourceType": "Medication",
            "id": "med",
            "code": coded(ATC, "N01AX03", "Ketamine 50 mg/ml"),
        }
    ],
    "medicationReference": {"reference": "#med"},
    "subject": SUBJECT,
    "effectivePeriod": {
        "start": "2026-01-05T10:00:00+01:00",
        "end": "2026-01-05T10:40:00+01:00",
    },
    "dosage": {
        "route": coded(SNOMED, "47625008"),
        "dose": {"value": 35, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"},
    },
}
PRESSURE: Resource = {
    "resourceType": "Observation",
    "status": "final",
    "code": coded(LOINC, "85354-9"),
    "subject": SUBJECT,
    "effectiveDateTime": "2026-01-05T09:50:00+01:00",
    "component": [
        {"code": coded(LOINC, "8480-6"), "valueQuantity": {"value": 128, "unit": "mmHg"}},
        {"code": coded(LOINC, "8462-4"), "valueQuantity": {"value": 82, "unit": "mmHg"}},
    ],
}
ANSWERS: Resource = {
    "resourceType": "QuestionnaireResponse",
    "id": "phq",
    "questionnaire": "http://example.org/Questionnaire/phq-9",
    "status": "completed",
    "subject": SUBJECT,
    "authored": "2026-01-05T09:00:00+01:00",
    "item": [
        {
            "linkId": "/44250-9",
            "answer": [{"valueCoding": {"system": LOINC, "code": "LA6570-1"}}],
        },
        {"linkId": "group", "item": [{"linkId": "/44255-8", "answer": [{"valueInteger": 1}]}]},
    ],
}
TABLETS: Resource = {
    "resourceType": "MedicationStatement",
    "status": "active",
    "medicationCodeableConcept": {"text": "Duloxetine"},
    "subject": SUBJECT,
    "effectivePeriod": {"start": "2025-11-01"},
    "dosage": [{"text": "60 mg a day"}],
}
RESOURCES = [
    PATIENT,
    INFUSION,
    PRESSURE,
    ANSWERS,
    TABLETS,
    observation("72514-3", 6, "{score}", "2026-01-06"),
    observation("72514-3", 4, "{score}", "2026-01-06T12:00:00+01:00"),
    {"resourceType": "Encounter", "status": "finished", "class": {"code": "AMB"}},
    {**observation("8867-4", 500, "/min", "2026-01-05T10:00:00Z"), "status": "entered-in-error"},
]
Read = Callable[..., Record]


def bundle(resources: list[Resource]) -> Resource:
    entries = [
        {"fullUrl": f"http://clinic.example/{number}", "resource": resource}
        for number, resource in enumerate(resources)
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def from_resources(resources: list[Resource], **options: Any) -> Record:
        path = tmp_path / "bundle.json"
        path.write_text(json.dumps(bundle(resources)), encoding="utf-8")
        record, _ = read_fhir(path, **options)
        return record

    return from_resources


def test_what_another_program_wrote(read: Read) -> None:
    record = read(RESOURCES)
    assert record.patient == "MRN-7"
    (session,) = record.sessions
    assert (session.drug, session.route) == ("ketamine", "iv")
    assert session.dose == Dose(35.0, per_kg=False)
    assert record.administrations()[0].duration_h == pytest.approx(40 / 60)
    assert {v.name: v.value for v in record.vitals} == {"systolic": 128.0, "diastolic": 82.0}
    assert record.drugs[0].name == "duloxetine"
    assert record.drugs[0].time == date(2025, 11, 1)


def test_answers_are_known_by_the_codes_of_their_items(read: Read) -> None:
    score = next(score for score in read(RESOURCES).scores if score.instrument == "phq9")
    assert score == Score(score.time, "phq9", None, (("1", 2.0), ("2", 1.0)))


def test_pain_of_a_day_is_diary_and_pain_of_a_moment_is_a_score(read: Read) -> None:
    record = read(RESOURCES)
    assert [(entry.time, entry.value) for entry in record.entries] == [(date(2026, 1, 6), 6.0)]
    assert [s.value for s in record.scores if s.instrument == "nrs_pain"] == [4.0]


def test_a_session_that_was_not_done(read: Read) -> None:
    resource = copy.deepcopy(INFUSION)
    resource["status"] = "not-done"
    del resource["dosage"]["dose"]
    assert not read([PATIENT, resource]).sessions[0].given


def test_another_drug_that_was_given_is_no_session(read: Read) -> None:
    resource = copy.deepcopy(INFUSION)
    resource["contained"][0]["code"] = {"text": "Ondansetron"}
    record = read([PATIENT, resource])
    assert record.sessions == ()
    assert record.drugs[0].name == "ondansetron"
    assert record.drugs[0].dose == "35 mg"


def change(path: str, value: Any, resource: Resource = INFUSION) -> list[Resource]:
    """The patient and a resource with one key changed, or without it when `value` is None."""
    changed = copy.deepcopy(resource)
    *way, last = path.split(".")
    inner = changed
    for key in way:
        inner = inner[key]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    return [PATIENT, changed]


@pytest.mark.parametrize(
    ("resources", "place", "said"),
    [
        (change("dosage.dose", None), "entry[2].resource.dosage.dose", "without a dose"),
        (
            change("subject", {"reference": "Patient/p2"}),
            "entry[2].resource.subject",
            "'Patient/p2' does not resolve",
        ),
        (
            change("medicationReference", {"reference": "#other"}),
            "entry[2].resource.medicationReference",
            "does not resolve",
        ),
        (
            change("partOf", [{"reference": "MedicationAdministration/9"}]),
            "entry[2].resource.partOf[1]",
            "does not resolve",
        ),
        (
            change("dosage.route", {"text": "epidural"}),
            "entry[2].resource.dosage.route",
            "unknown route",
        ),
        (
            change("effectivePeriod.start", "2026-01-05"),
            "entry[2].resource.effective",
            "no clock time",
        ),
        (
            change("effectivePeriod.start", "2026-01-05 10:00"),
            "entry[2].resource.effectivePeriod.start",
            "not valid FHIR R4",
        ),
        (
            change("dosage.dose.value", "0,5"),
            "entry[2].resource.dosage.dose.value",
            "not valid FHIR R4",
        ),
        (change("status", None), "entry[2].resource.status", "not valid FHIR R4"),
        (change("colour", "red"), "entry[2].resource.colour", "not valid FHIR R4"),
        (
            [PATIENT, observation("2160-0", 70, "umol/L", "2026-01-05")],
            "entry[2].resource.code",
            "no code that means something here",
        ),
        (
            [PATIENT, observation("diary.hunger", 7, "1", "2026-01-05", "urn:sordino:record")],
            "entry[2].resource.code",
            "unknown diary item",
        ),
        (
            [PATIENT, observation("8867-4", 700, "/min", "2026-01-05T10:00:00Z")],
            "entry[2].resource.value",
            "outside the allowed range",
        ),
        (
            change("item", [{"linkId": "q1", "answer": [{"valueInteger": 1}]}], ANSWERS),
            "entry[2].resource.item[1].linkId",
            "unknown item 'q1'",
        ),
        (
            [PATIENT, {"resourceType": "Immunization"}],
            "entry[2].resource.resourceType",
            "'Immunization' are not read",
        ),
        ([PATIENT, {**PATIENT, "id": "p2"}], "entry[2].resource", "another patient"),
    ],
)
def test_what_is_refused(
    resources: list[Resource], place: str, said: str, read: Read, tmp_path: Path
) -> None:
    with pytest.raises(DocumentError) as caught:
        read(resources)
    found = [
        (e.where.removeprefix(f"{tmp_path / 'bundle.json'}: "), e.what)
        for e in caught.value.findings
    ]
    assert any(where == place and said in what for where, what in found), found


def test_all_that_is_wrong_is_said_at_once(read: Read) -> None:
    bad = [
        PATIENT,
        observation("2160-0", 70, "umol/L", "2026-01-05"),
        change("subject", {"reference": "Patient/p2"})[1],
        observation("8867-4", 700, "/min", "2026-01-05T10:00:00Z"),
    ]
    with pytest.raises(DocumentError) as caught:
        read(bad)
    assert len(caught.value.findings) == 3


def test_codes_that_mean_nothing_may_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    other = observation("2160-0", 70, "umol/L", "2026-01-05")
    path.write_text(json.dumps(bundle([PATIENT, INFUSION, other])), encoding="utf-8")
    record, left_out = read_fhir(path, skip_unknown=True)
    assert (len(record.sessions), left_out) == (1, 1)


@pytest.mark.parametrize(
    "document",
    [
        {"resourceType": "Patient"},
        {"resourceType": "Bundle", "entry": 3},
        {"entry": []},
        {"resourceType": "Bundle", "entry": [3]},
        {"resourceType": "Bundle", "entry": []},
    ],
)
def test_what_is_no_bundle(document: Resource, tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(DocumentError):
        read_fhir(path)


def test_whose_record_it_must_be(read: Read) -> None:
    assert read(RESOURCES, patient="MRN-7").patient == "MRN-7"
    assert read(RESOURCES, patient="p1").patient == "p1"
    with pytest.raises(DocumentError, match="another patient"):
        read(RESOURCES, patient="P02")


def test_no_code_means_two_things() -> None:
    """One table, built from two files: a code of both would take the meaning of one silently."""
    codes = score_codes()
    listed = [*codes.totals.values(), *codes.items.values()]
    assert len(set(listed)) == len(listed)
    names = [meaning for _, meaning in meaning_of_observations().items()]
    assert ("vital", "systolic") in names
    assert set(codes.answers["phq9"].values()) == {0, 1, 2, 3}
    assert len([name for name in codes.items if name.startswith("phq9.")]) == 9
