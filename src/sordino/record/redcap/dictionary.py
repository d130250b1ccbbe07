"""The data dictionary of a REDCap project: its fields, their types, and what their codes mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sordino.record.names import tidy_name
from sordino.record.problems import Problems
from sordino.record.textfile import read_table

# The columns of a data dictionary in the order in which REDCap writes them; see docs/record.md.
COLUMNS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
NAME, FORM, TYPE, LABEL, CHOICES, VALIDATION = (COLUMNS[i] for i in (0, 1, 3, 4, 5, 7))
CODED = ("radio", "dropdown")
COMMA = "comma_decimal"


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """What the dictionary says about one field."""

    name: str
    validation: str = ""
    choices: Mapping[str, str] = field(default_factory=dict[str, str])


def read_dictionary(path: Path) -> dict[str, FieldInfo]:
    """The fields of a data dictionary by their names.

    Raises DocumentError for a file that is no data dictionary.
    """
    problems = Problems(str(path), "data dictionary")
    header, lines = read_table(path, problems)
    for column in (NAME, FORM, TYPE, CHOICES, VALIDATION):
        if column not in header:
            problems.add(str(path), f"the column {column!r} is missing", ", ".join(COLUMNS))
    problems.raise_any()
    found: dict[str, FieldInfo] = {}
    for line, cells in lines:
        given = dict(zip(header, cells, strict=True))
        name = given[NAME]
        if name in found:
            problems.add(f"{path}: row {line}", f"the field {name} stands twice", "each once")
        coded = given[TYPE].lower() in CODED
        choices = _choices(given[CHOICES]) if coded else {}
        found[name] = FieldInfo(name, given[VALIDATION].lower(), choices)
    problems.raise_any()
    return found


def _choices(text: str) -> dict[str, str]:
    """Codes with their labels, from "1, Mild | 2, Moderate"."""
    found: dict[str, str] = {}
    for part in text.split("|"):
        code, comma, label = part.partition(",")
        if comma:
            found[code.strip()] = tidy_name(label)
    return found
