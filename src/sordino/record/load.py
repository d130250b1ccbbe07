"""Reading a record from a file of its own form: CSV, TOML or JSON."""

from __future__ import annotations

from pathlib import Path

from sordino.errors import DocumentError
from sordino.record.build import build_record
from sordino.record.document import read_record_document
from sordino.record.model import Record
from sordino.record.problems import Problems
from sordino.record.textfile import read_rows

TABLES = (".csv", ".tsv", ".txt")
DOCUMENTS = (".toml", ".json")


def load_record(path: str | Path, *, patient: str | None = None) -> Record:
    """Read the record of one patient's treatment: CSV, TOML or JSON, by the ending of the file.

    `patient`: whose record it must be; a file that says nothing is taken to be theirs.

    Raises DocumentError with everything that is wrong, each finding with row and column, or
    with its key.

    >>> record = load_record("record.csv")          # doctest: +SKIP
    >>> record.diary.answered("pain")               # doctest: +SKIP
    """
    path = Path(path)
    problems = Problems(str(path))
    suffix = path.suffix.lower()
    if suffix in TABLES:
        return build_record(read_rows(path, problems), problems, patient=patient)
    if suffix not in DOCUMENTS:
        raise DocumentError(
            f"the file name ends in {suffix!r}" if suffix else "the file name has no ending",
            where=str(path),
            allowed=", ".join((*TABLES, *DOCUMENTS)),
            hint="for REDCap and FHIR use sordino record import",
        )
    code, rows = read_record_document(path, problems)
    if patient is not None and code and code != patient:
        problems.add(f"{path}: patient", f"the record of another patient: {code}", patient)
    return build_record(rows, problems, patient=patient or code or None)
