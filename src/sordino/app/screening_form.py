"""The form of a person for screening: every question that the patient document has."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, Field

from sordino.app.asked import OPEN
from sordino.patient import Patient, load_patient
from sordino.screening import Screening
from sordino.screening import screen as screen_person
from sordino.screening.doubts import HEALTHY

Kind = Literal["yes or no", "choice", "number", "text", "areas", "times", "rows"]

PERSON = ("age", "sex", "weight", "height", "pain", "baseline_sbp", "baseline_dbp")
WORDS = {
    "baseline_sbp": "Upper blood pressure",
    "baseline_dbp": "Lower blood pressure",
    "stop_bang": "STOP-Bang",
    "ecg": "ECG",
    "child_pugh": "Child-Pugh class",
    "st_johns_wort": "St John's wort",
    "months": "Months with symptoms",
    "sleep_apnea": "Sleep apnoea",
}
"""Names that are not just the key with blanks in it."""
EXAMPLES = {
    "weight": "70 kg",
    "height": "165 cm",
    "observed_for": "2 h",
    "pressure_checks": "40 min, 90 min",
    "pressure_watched_for": "2 h",
    "no_food_before": "2 h",
    "no_drink_before": "30 min",
    "nasal_drug_gap": "1 h",
    "last_cardiovascular_event": "never, or 10 weeks",
    "diazepam_equivalent": "10 mg",
}


@dataclass(frozen=True)
class Question:
    """One thing that is asked. `path` is its key in the patient document."""

    path: str
    label: str
    hint: str
    kind: Kind
    options: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    whole: bool = False
    example: str = ""
    parts: tuple[Question, ...] = ()


@dataclass(frozen=True)
class Asked:
    """Questions that belong together."""

    name: str
    title: str
    questions: tuple[Question, ...]


class PersonAsked(BaseModel):
    """A person to be screened."""

    model_config = OPEN

    person: dict[str, Any] = Field(
        default={},
        description="The patient document; what is not stated is unknown.",
        examples=[{"age": 47, "symptoms": {"months": 8}, "conditions": {"pregnancy": False}}],
    )

    def screened(self) -> Screening:
        """Every rule for the person; raises `DocumentError` with all findings."""
        return screen_person(load_patient(self.person))


@functools.lru_cache(maxsize=1)
def questions() -> tuple[Asked, ...]:
    """All questions in the order of the form."""
    schema = Patient.model_json_schema()
    top = schema["properties"]
    conditions = tuple(_table("conditions", schema))
    healthy = tuple(q for q in conditions if q.path.endswith(HEALTHY))
    person = tuple(_question(name, name, top[name], schema) for name in PERSON)
    lists = {name: _question(name, name, top[name], schema) for name in ("drug", "tried")}
    return (
        Asked("person", "Person", (*person, *healthy)),
        Asked("symptoms", "Symptoms", tuple(_table("symptoms", schema))),
        Asked("conditions", "Conditions", tuple(q for q in conditions if q not in healthy)),
        Asked("drugs", "Drugs and drinks", (lists["drug"], *_table("intake", schema))),
        Asked("tried", "Treatments tried", (lists["tried"],)),
        Asked("tests", "Tests", tuple(_table("tests", schema))),
        Asked("arrangements", "How a session will be run", tuple(_table("arrangements", schema))),
    )


@functools.lru_cache(maxsize=1)
def labels() -> Mapping[str, str]:
    """What each key of the patient document is called on the form."""
    return {q.path: q.label for group in questions() for q in group.questions}


def _table(name: str, schema: Mapping[str, Any]) -> Iterator[Question]:
    """The questions of one table of the document."""
    reference = schema["properties"][name]["$ref"]
    for key, field in _of(reference, schema).items():
        yield _question(key, f"{name}.{key}", field, schema)


def _of(reference: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return schema["$defs"][reference.rpartition("/")[2]]["properties"]


def _question(key: str, path: str, field: Mapping[str, Any], schema: Mapping[str, Any]) -> Question:
    typed = next((t for t in field.get("anyOf", ()) if t.get("type") != "null"), field)
    kind, parts = _kind(typed), ()
    options = typed.get("enum") or typed.get("items", {}).get("enum") or ()
    if kind == "rows":
        inner = _of(typed["items"]["$ref"], schema)
        parts = tuple(_question(name, name, own, schema) for name, own in inner.items())
    ends = {**field, **typed}
    return Question(
        path=path,
        label=WORDS.get(key, key.replace("_", " ").capitalize()),
        hint=field.get("description", ""),
        kind=kind,
        options=tuple(options),
        low=ends.get("minimum"),
        high=ends.get("maximum"),
        whole=typed.get("type") == "integer",
        example=EXAMPLES.get(key, ""),
        parts=parts,
    )


def _kind(typed: Mapping[str, Any]) -> Kind:
    if typed.get("type") == "boolean":
        return "yes or no"
    if "enum" in typed:
        return "choice"
    if typed.get("type") in ("number", "integer"):
        return "number"
    if typed.get("type") == "array":
        items = typed["items"]
        return "rows" if "$ref" in items else "areas" if "enum" in items else "times"
    return "text"
