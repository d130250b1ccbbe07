"""Reading a FHIR R4 bundle: what it says about one patient's treatment, as rows of a record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from sordino.course import DRUGS
from sordino.documents import MAX_IMPORT_BYTES, read_document
from sordino.findings import dotted, shown
from sordino.record.build import build_record
from sordino.record.fhir.bundle import Bundle, Entry, open_bundle
from sordino.record.fhir.codes import drug_codes, route_codes, system
from sordino.record.fhir.observations import observation_rows, response_rows
from sordino.record.fhir.values import concept_text, first_note, quantity_cells, when
from sordino.record.fhir.write import PLANNED
from sordino.record.model import Record
from sordino.record.names import SALTS, tidy_name
from sordino.record.problems import Problems
from sordino.record.rows import Row

VOID = ("entered-in-error", "cancelled", "not-taken")
"""States of resources that say nothing happened, or that it was a mistake."""


def read_fhir(
    path: Path, *, patient: str | None = None, skip_unknown: bool = False
) -> tuple[Record, int]:
    """The record in a bundle (JSON), and how many resources were left out.

    `patient`: whose record it must be, by an identifier of the patient resource. `skip_unknown`:
    leave out observations whose codes mean nothing here, instead of refusing the bundle.

    Raises DocumentError with everything that is wrong, each finding with its place in the bundle.
    """
    problems = Problems(str(path), "bundle")
    bundle = open_bundle(str(path), read_document(path, MAX_IMPORT_BYTES), problems)
    code = _patient(bundle, patient, problems)
    rows: list[Row] = []
    left_out = 0
    for entry in bundle.entries:
        read = _READERS.get(entry.type)
        if read is None or entry.resource.get("status") in VOID:
            continue
        found = list(read(entry, bundle, problems, skip_unknown))
        left_out += found == [] and entry.type == "Observation"
        rows += found
    return build_record(rows, problems, patient=code or None, ordered=False), left_out


def _patient(bundle: Bundle, wanted: str | None, problems: Problems) -> str:
    """The patient's own mark: an identifier of the one patient resource, or its id."""
    patients = [entry for entry in bundle.entries if entry.type == "Patient"]
    if not patients:
        problems.add(bundle.source, "there is no Patient in this bundle", "one Patient")
        return ""
    for other in patients[1:]:
        problems.add(other.place(), "another patient", "one Patient in a bundle")
    resource = patients[0].resource
    marks = [i["value"] for i in resource.get("identifier", ()) if i.get("value")]
    marks += [resource["id"]] if resource.get("id") else []
    if wanted is not None and wanted not in marks:
        known = ", ".join(shown(mark) for mark in marks) or "no mark at all"
        problems.add(patients[0].place(), "the record of another patient", f"here {known}")
    for entry in bundle.entries:
        subject = entry.resource.get("subject", {}).get("reference")
        if entry.type in _READERS and subject is None:
            problems.add(entry.place("subject"), "nothing says whose this is", "a reference")
        elif entry.type in _READERS:
            found = bundle.find(subject, entry, "subject", problems)
            if found is not None and found is not resource:
                problems.add(entry.place("subject"), "a resource of another patient", "one patient")
    return wanted or (marks[0] if marks else "")


def _administration(entry: Entry, bundle: Bundle, problems: Problems, _skip: bool) -> Iterator[Row]:
    """A session, a part of one, or another drug."""
    resource = entry.resource
    drug, salt = _drug(entry, bundle, problems)
    if drug is None:
        return
    if drug not in DRUGS:
        yield from _other_drug(entry, drug, resource.get("dosage", {}))
        return
    dosage: Mapping[str, Any] = resource.get("dosage", {})
    start, end = when(resource)
    cells = {"time": start, "end": end, **quantity_cells(dosage.get("dose"))}
    names = {"time": "effective", "end": "effective", "value": "dosage.dose", "unit": "dosage.dose"}
    names |= {"route": "dosage.route", "name": "medication", "planned": "dosage.extension"}
    if _part_of(entry, bundle, problems):
        yield entry.row("step", cells, names)
        return
    if resource.get("status") == "not-done":
        cells |= {"value": "0", "unit": cells.get("unit") or "mg"}
    cells |= {"name": drug, "route": _route(dosage), "salt": salt, "note": first_note(resource)}
    for extension in dosage.get("extension", ()):
        if extension.get("url") == PLANNED:
            planned = quantity_cells(extension.get("valueQuantity"))
            cells["planned"] = " ".join(planned.values())
    yield entry.row("session", cells, names)


def _part_of(entry: Entry, bundle: Bundle, problems: Problems) -> bool:
    found = False
    for number, reference in enumerate(entry.resource.get("partOf", ())):
        place = dotted(("partOf", number))
        whole = bundle.find(reference.get("reference"), entry, place, problems)
        found |= whole is not None and whole.get("resourceType") == "MedicationAdministration"
    return found


def _drug(entry: Entry, bundle: Bundle, problems: Problems) -> tuple[str | None, str]:
    """The drug by its name in a record, and its salt; a drug that is not ours by its own name."""
    concept = entry.resource.get("medicationCodeableConcept")
    reference = entry.resource.get("medicationReference", {}).get("reference")
    if concept is None and reference is not None:
        medication = bundle.find(reference, entry, "medicationReference", problems)
        if medication is None:
            return None, ""
        concept = medication.get("code")
    codes = {(system("atc"), code): name for name, code in drug_codes().items()}
    text = concept_text(concept)
    words = text.lower().replace("(", " ").replace(")", " ").split()
    salt = next((s for s in SALTS if s in words and s != "base"), "")
    for coding in (concept or {}).get("coding", ()):
        name = codes.get((coding.get("system"), coding.get("code")))
        if name is not None:
            return name, salt
    named = next((name for name in DRUGS if name in words), None)
    if named is None and not text:
        problems.add(entry.place("medication"), "the drug has no name", "a code or a text")
        return None, ""
    return named or text, salt


def _route(dosage: Mapping[str, Any]) -> str:
    concept = dosage.get("route")
    codes = {(system("snomed"), code): name for name, code in route_codes().items()}
    for coding in (concept or {}).get("coding", ()):
        name = codes.get((coding.get("system"), coding.get("code")))
        if name is not None:
            return name
    return concept_text(concept)


def _statement(entry: Entry, bundle: Bundle, problems: Problems, _skip: bool) -> Iterator[Row]:
    drug, _ = _drug(entry, bundle, problems)
    if drug is not None:
        dosages = entry.resource.get("dosage") or [{}]
        yield from _other_drug(entry, drug, dosages[0])


def _other_drug(entry: Entry, drug: str, dosage: Mapping[str, Any]) -> Iterator[Row]:
    start, end = when(entry.resource)
    dose = quantity_cells(dosage.get("dose"))
    cells = {
        "time": start,
        "end": end,
        "name": tidy_name(drug),
        "value": dosage.get("text") or " ".join(dose.values()),
        "route": concept_text(dosage.get("route")),
        "note": first_note(entry.resource),
    }
    yield entry.row("drug", cells, {"time": "effective", "end": "effective", "name": "medication"})


_READERS: dict[str, Callable[[Entry, Bundle, Problems, bool], Iterator[Row]]] = {
    "MedicationAdministration": _administration,
    "MedicationStatement": _statement,
    "Observation": observation_rows,
    "QuestionnaireResponse": response_rows,
}
