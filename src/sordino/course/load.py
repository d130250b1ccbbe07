"""Reading a course from a file or from a table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sordino.course.model import Course
from sordino.documents import check_values, read_document
from sordino.errors import DocumentError, SordinoError
from sordino.findings import document_error, from_validation
from sordino.patient import Patient, load_patient


def load_course(source: str | Path | Mapping[str, Any]) -> Course:
    """Read a course from a TOML or JSON file, or from a table of plain values.

    In a file, `patient` may be the path of a patient file, relative to the course file.

    Raises DocumentError with all findings when the document cannot be used.

    >>> course = load_course({"treatment": [{"drug": "ketamine", "route": "iv",
    ...     "dose": "0.5 mg/kg", "duration": "40 min", "days": [0, 2]}]})
    >>> [session.start_h for session in course.sessions()]
    [0.0, 48.0]
    """
    if isinstance(source, Mapping):
        name, folder, data = "course", None, dict(source)
        check_values(data, name)
    else:
        path = Path(source)
        name, folder, data = str(path), path.parent, read_document(path)
    findings: list[SordinoError] = []
    if isinstance(data.get("patient"), str):
        data["patient"] = _patient_file(data["patient"], folder, name, findings)
    try:
        course = Course.model_validate(data)
    except ValidationError as error:
        findings += from_validation(error, Course, name)
    else:
        if not findings:
            return course
    raise document_error(name, findings, kind="course")


def _patient_file(
    text: str, folder: Path | None, name: str, findings: list[SordinoError]
) -> Patient:
    """The patient in another file; problems are added to `findings`."""
    if folder is None:
        # A table may come from elsewhere, and must not make this machine open its files.
        where = f"{name}: patient"
        findings.append(
            DocumentError(
                "a patient file can be named in a course file only", where=where, allowed="a table"
            )
        )
        return Patient()
    try:
        return load_patient(folder / text)
    except DocumentError as error:
        findings += error.findings or [error]
        return Patient()
