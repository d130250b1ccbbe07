"""The data types of FHIR as cells of a row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sordino.record.rows import number_text
from sordino.record.times import moment_text, parse_moment

# UCUM, and what people write beside it, as the units of a record.
_UNITS = {"ug/kg": "ug/kg", "mg/kg": "mg/kg", "{score}": "", "1": "", "{number}": ""}


def moment_cell(text: str | None) -> str:
    """A dateTime of FHIR as a record writes it; what is none stays, for the message."""
    if not text:
        return ""
    moment = parse_moment(text)
    return text if moment is None else moment_text(moment)


def when(resource: Mapping[str, Any]) -> tuple[str, str]:
    """Begin and end of what a resource is about; a moment has no end."""
    period = resource.get("effectivePeriod")
    if period is not None:
        start, end = moment_cell(period.get("start")), moment_cell(period.get("end"))
        return start, "" if end == start else end
    return moment_cell(resource.get("effectiveDateTime")), ""


def quantity_cells(quantity: Mapping[str, Any] | None) -> dict[str, str]:
    """Value and unit of a Quantity, or nothing."""
    if not quantity or quantity.get("value") is None:
        return {}
    unit = str(quantity.get("code") or quantity.get("unit") or "")
    text = number_text(float(quantity["value"]))
    return {"value": text, "unit": _UNITS.get(unit, unit)}


def concept_text(concept: Mapping[str, Any] | None) -> str:
    """The words of a CodeableConcept."""
    if not concept:
        return ""
    shown = [c.get("display") or "" for c in concept.get("coding", ())]
    return str(concept.get("text") or next(filter(None, shown), ""))


def first_note(resource: Mapping[str, Any]) -> str:
    """The remarks of a resource as one."""
    return "; ".join(note["text"] for note in resource.get("note", ()) if note.get("text"))
