"""Writing a record as a FHIR R4 bundle."""

from __future__ import annotations

import functools
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from sordino.errors import InputError
from sordino.record.fhir.codes import (
    drug_codes,
    pressure_panel,
    route_codes,
    score_codes,
    severity_codes,
    system,
    vital_codes,
)
from sordino.record.model import (
    DiaryEntry,
    Dose,
    Entry,
    OtherDrug,
    Record,
    Sample,
    Score,
    Session,
    SideEffect,
    Vital,
)
from sordino.record.rows import key_of
from sordino.record.times import Moment

Resource = dict[str, Any]
CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
PLANNED = "urn:sordino:planned-dose"
LOCAL_QUESTIONNAIRE = "urn:sordino:instrument:"


def write_fhir(record: Record, *, zone: tzinfo | None = None) -> str:
    """A record as a bundle of resources, as JSON. FHIR wants a time zone in every clock time.

    `zone`: where the clock of a record without time zones hung.

    Raises InputError for a record without time zones when no zone is given.
    """
    return json.dumps(_Bundle(record, zone).document(), indent=1, ensure_ascii=False) + "\n"


@dataclass(frozen=True, slots=True)
class _Pressures:
    """Both pressures of one time, which FHIR keeps together."""

    systolic: Vital
    diastolic: Vital


class _Bundle:
    """One bundle while it is written. Names of resources follow from what they say."""

    def __init__(self, record: Record, zone: tzinfo | None) -> None:
        self.record = record
        self.zone = zone
        self.patient = self._name("patient")

    def document(self) -> Resource:
        patient: Resource = {"resourceType": "Patient"}
        if self.record.patient:
            patient["identifier"] = [{"value": self.record.patient}]
        entries = [(self.patient, patient)]
        for entry in _with_panels(self.record):
            entries += self._resources(entry)
        return {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"fullUrl": name, "resource": resource} for name, resource in entries],
        }

    def _name(self, what: str) -> str:
        content = f"{system('local')}|{self.record.patient}|{what}"
        return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}"

    def _resources(self, entry: Entry | _Pressures) -> Iterator[tuple[str, Resource]]:
        key = key_of(entry.systolic if isinstance(entry, _Pressures) else entry)
        if isinstance(entry, Session):
            yield from self._session(entry, self._name(key))
        elif isinstance(entry, Score):
            yield from self._score(entry, key)
        else:
            yield self._name(key), _single(entry, self)

    def subject(self) -> Resource:
        """The reference to the patient."""
        return {"reference": self.patient}

    def when(self, moment: Moment) -> str:
        """A moment as FHIR writes it."""
        if not isinstance(moment, datetime):
            return moment.isoformat()
        if moment.tzinfo is None:
            if self.zone is None:
                raise InputError(
                    "the times of this record have no time zone, and FHIR needs one",
                    allowed="times with a time zone, or the zone of the clock",
                    hint="--zone Europe/Berlin",
                )
            moment = moment.replace(tzinfo=self.zone)
        text = moment.isoformat()
        return text.replace("+00:00", "Z") if moment.tzinfo is UTC else text

    def period(self, start: Moment, end: Moment | None) -> Resource:
        """A period; without an end it lasts."""
        found = {"start": self.when(start)}
        return found if end is None else found | {"end": self.when(end)}

    def observation(self, time: Moment, category: str, code: Resource, **more: Any) -> Resource:
        """An observation with everything that all of them have."""
        return {
            "resourceType": "Observation",
            "status": "final",
            "category": [{"coding": [_coding(CATEGORIES, category)]}],
            "code": code,
            "subject": self.subject(),
            "effectiveDateTime": self.when(time),
            **{key: value for key, value in more.items() if value not in (None, [])},
        }

    def _session(self, entry: Session, name: str) -> Iterator[tuple[str, Resource]]:
        yield name, self._administration(entry, entry.start, entry.end, entry.dose)
        if len(entry.parts) > 1 or entry.pauses:
            for number, part in enumerate(entry.parts, start=1):
                dose = Dose(part.dose, entry.dose.per_kg)
                resource = self._administration(entry, part.start, part.end, dose)
                resource.pop("note", None)
                resource["dosage"].pop("extension", None)
                partial = {"partOf": [{"reference": name}]}
                yield self._name(f"{key_of(entry)}|part {number}"), resource | partial

    def _administration(
        self, entry: Session, start: datetime, end: datetime, dose: Dose
    ) -> Resource:
        dosage: Resource = {"route": _concept("snomed", route_codes()[entry.route], entry.route)}
        if entry.given:
            dosage["dose"] = _quantity(dose.value, dose.unit, dose.unit)
        if entry.planned is not None:
            planned = _quantity(entry.planned.value, entry.planned.unit, entry.planned.unit)
            dosage["extension"] = [{"url": PLANNED, "valueQuantity": planned}]
        salt = f" {entry.salt}" if entry.salt != "base" else ""
        effective: Resource = {"effectivePeriod": self.period(start, end)}
        if end == start:
            effective = {"effectiveDateTime": self.when(start)}
        return {
            "resourceType": "MedicationAdministration",
            "status": "completed" if entry.given else "not-done",
            "medicationCodeableConcept": {
                "coding": [_coding(system("atc"), drug_codes()[entry.drug], entry.drug)],
                "text": f"{entry.drug}{salt}",
            },
            "subject": self.subject(),
            **effective,
            "dosage": dosage,
            **_note(entry.note),
        }

    def _score(self, entry: Score, key: str) -> Iterator[tuple[str, Resource]]:
        answers = self._name(f"{key}|answers")
        if entry.items:
            yield answers, self._response(entry)
        if entry.value is not None:
            derived = [{"reference": answers}] if entry.items else []
            code = score_codes().totals.get(entry.instrument)
            yield (
                self._name(key),
                self.observation(
                    entry.time,
                    "survey",
                    _code(f"score.{entry.instrument}", entry.instrument, code),
                    valueQuantity=_quantity(entry.value, "{score}", "{score}"),
                    derivedFrom=derived,
                    **_note(entry.note),
                ),
            )

    def _response(self, entry: Score) -> Resource:
        codes = score_codes()
        panel = codes.panels.get(entry.instrument)
        form = f"{system('loinc')}/q/{panel}" if panel else LOCAL_QUESTIONNAIRE + entry.instrument
        note = _note(entry.note) if entry.value is None else {}
        answers = {value: code for code, value in codes.answers.get(entry.instrument, {}).items()}
        items: list[Resource] = []
        for name, value in entry.items:
            loinc = codes.items.get(f"{entry.instrument}.{name}")
            answer: Resource = {"valueDecimal": value}
            if value in answers:
                answer = {"valueCoding": _coding(system("loinc"), answers[int(value)])}
            items.append({"linkId": f"/{loinc}" if loinc else name, "answer": [answer]})
        if note:
            # A response has no note of its own.
            items.append({"linkId": "note", "answer": [{"valueString": entry.note}]})
        return {
            "resourceType": "QuestionnaireResponse",
            "questionnaire": form,
            "status": "completed",
            "subject": self.subject(),
            "authored": self.when(entry.time),
            "item": items,
        }


def _with_panels(record: Record) -> Iterator[Entry | _Pressures]:
    """All entries; both pressures of one time together."""
    upper = {v.time: v for v in record.vitals if v.name == "systolic"}
    lower = {v.time: v for v in record.vitals if v.name == "diastolic"}
    for entry in record.everything():
        if isinstance(entry, Vital) and entry.name in ("systolic", "diastolic"):
            pair = upper.get(entry.time), lower.get(entry.time)
            if pair[0] and pair[1] and pair[0].note == pair[1].note:
                if entry is pair[0]:
                    yield _Pressures(pair[0], pair[1])
                continue
        yield entry


@functools.singledispatch
def _single(entry: Entry | _Pressures, bundle: _Bundle) -> Resource:
    """An entry that is one resource."""
    raise TypeError(type(entry).__name__)


@_single.register
def _(entry: Vital, bundle: _Bundle) -> Resource:
    code = vital_codes()[entry.name]
    return bundle.observation(
        entry.time,
        "vital-signs",
        _concept("loinc", code.loinc[0], entry.name),
        valueQuantity=_quantity(entry.value, code.unit, code.unit),
        **_note(entry.note),
    )


@_single.register
def _(entry: _Pressures, bundle: _Bundle) -> Resource:
    components = [_single(part, bundle) for part in (entry.systolic, entry.diastolic)]
    return bundle.observation(
        entry.systolic.time,
        "vital-signs",
        _concept("loinc", pressure_panel(), "blood pressure"),
        component=[{k: c[k] for k in ("code", "valueQuantity")} for c in components],
        **_note(entry.systolic.note),
    )


@_single.register
def _(entry: SideEffect, bundle: _Bundle) -> Resource:
    found = bundle.observation(
        entry.time,
        "exam",
        _code(f"effect.{entry.name}", entry.name),
        valueCodeableConcept=_concept("snomed", severity_codes()[entry.severity], entry.severity),
        **_note(entry.note),
    )
    if entry.end is not None:
        del found["effectiveDateTime"]
        found["effectivePeriod"] = bundle.period(entry.time, entry.end)
    return found


@_single.register
def _(entry: OtherDrug, bundle: _Bundle) -> Resource:
    dosage: Resource = {"text": entry.dose} if entry.dose else {}
    if entry.route:
        dosage["route"] = {"text": entry.route}
    return {
        "resourceType": "MedicationStatement",
        "status": "active" if entry.end is None else "completed",
        "medicationCodeableConcept": {"text": entry.name},
        "subject": bundle.subject(),
        "effectivePeriod": bundle.period(entry.time, entry.end),
        **({"dosage": [dosage]} if dosage else {}),
        **_note(entry.note),
    }


@_single.register
def _(entry: DiaryEntry, bundle: _Bundle) -> Resource:
    loinc = score_codes().totals["nrs_pain"] if entry.name == "pain" else None
    unit = "h" if entry.name == "sleep_hours" else "{score}"
    return bundle.observation(
        entry.time,
        "survey",
        _code(f"diary.{entry.name}", entry.name, loinc),
        valueQuantity=_quantity(entry.value, unit, unit),
        **_note(entry.note),
    )


@_single.register
def _(entry: Sample, bundle: _Bundle) -> Resource:
    quantity = _quantity(entry.value, "ng/mL", "ng/mL")
    if entry.below:
        quantity["comparator"] = "<"
    return bundle.observation(
        entry.time,
        "laboratory",
        _code(f"sample.{entry.analyte}", entry.analyte),
        valueQuantity=quantity,
        bodySite={"text": entry.site} if entry.site else None,
        **_note(entry.note),
    )


def _coding(uri: str, code: str, display: str = "") -> Resource:
    found = {"system": uri, "code": code}
    return found | {"display": display} if display else found


def _concept(name: str, code: str, text: str) -> Resource:
    return {"coding": [_coding(system(name), code)], "text": text}


def _code(local: str, text: str, loinc: str | None = None) -> Resource:
    """A code of sordino's own, beside a public one where there is one."""
    codings = [_coding(system("loinc"), loinc)] if loinc else []
    return {"coding": [*codings, _coding(system("local"), local)], "text": text}


def _quantity(value: float, unit: str, code: str) -> Resource:
    return {"value": value, "unit": unit, "system": system("ucum"), "code": code}


def _note(text: str) -> Resource:
    return {"note": [{"text": text}]} if text else {}
