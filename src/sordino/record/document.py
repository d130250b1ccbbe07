"""Records as TOML or JSON: the form of the document, and the rows that it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sordino.documents import MAX_IMPORT_BYTES, read_document
from sordino.errors import DocumentError
from sordino.findings import from_validation
from sordino.record.names import DIARY, VITALS
from sordino.record.problems import Place, Problems
from sordino.record.rows import Row, number_text
from sordino.record.times import moment_text


def _as_text(value: object) -> object:
    """TOML has days and clock times of its own; numbers are as good as text here."""
    if isinstance(value, date | datetime):
        return moment_text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number_text(value)
    return value


Text = Annotated[str, BeforeValidator(_as_text), Field(max_length=2000)]
Numbers = Annotated[dict[str, Text], Field(max_length=200)]


class Form(BaseModel):
    """One table of a record."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def rows(self, source: str, spot: str) -> Iterator[Row]:
        """The rows that this table holds."""
        raise NotImplementedError

    def row(self, kind: str, source: str, spot: str, keys: Mapping[str, str]) -> Row:
        """One row: `keys` says which key of this table is which column."""
        cells = {column: getattr(self, key) for column, key in keys.items()}
        filled = {column: text for column, text in cells.items() if text is not None}
        return Row({"kind": kind, **filled}, Place(source, spot, keys, table=False))


class StepForm(Form):
    """A part of a session with a dose of its own."""

    start: Text
    end: Text
    dose: Text

    def rows(self, source: str, spot: str) -> Iterator[Row]:
        yield self.row("step", source, spot, {"time": "start", "end": "end", "value": "dose"})


class PauseForm(Form):
    """An interruption of a session."""

    start: Text
    end: Text

    def rows(self, source: str, spot: str) -> Iterator[Row]:
        yield self.row("pause", source, spot, {"time": "start", "end": "end"})


class SessionForm(Form):
    """A dose or infusion as given."""

    start: Text
    end: Text | None = None
    drug: Text
    route: Text
    dose: Text | None = None
    planned: Text | None = None
    salt: Text | None = None
    note: Text | None = None
    steps: Annotated[tuple[StepForm, ...], Field(strict=False)] = ()
    pauses: Annotated[tuple[PauseForm, ...], Field(strict=False)] = ()

    def rows(self, source: str, spot: str) -> Iterator[Row]:
        keys = {"time": "start", "end": "end", "name": "drug", "value": "dose"}
        same = {name: name for name in ("route", "planned", "salt", "note")}
        yield self.row("session", source, spot, keys | same)
        for number, step in enumerate(self.steps, start=1):
            yield from step.rows(source, f"{spot}.steps[{number}]")
        for number, pause in enumerate(self.pauses, start=1):
            yield from pause.rows(source, f"{spot}.pauses[{number}]")


class _Measured(Form):
    """A time, and one key for everything that was measured then."""

    note: Text | None = None

    def measured(
        self, kind: str, time: str, names: Mapping[str, Any], source: str, spot: str
    ) -> Iterator[Row]:
        """One row for each of `names` that is given."""
        for name in names:
            value = getattr(self, name)
            if value is not None:
                cells = {"kind": kind, "time": getattr(self, time), "name": name, "value": value}
                place = Place(source, spot, {"time": time, "value": name}, table=False)
                yield Row(cells | {"note": self.note or ""}, place)


class VitalForm(_Measured):
    """Vital signs at one time, in their usual units."""

    time: Text
    systolic: Text | None = None
    diastolic: Text | None = None
    heart_rate: Text | None = None
    oxygen_saturation: Text | None = None
    respiratory_rate: Text | None = None
    temperature: Text | None = None
    weight: Text | None = None
    height: Text | None = None

    def rows(self, source: str, spot: str) -> Iterator[Row]:
        yield from self.measured("vital", "time", VITALS, source, spot)


class DiaryForm(_Measured):
    """The diary of one day."""

    day: Text
    pain: Text | None = None
    fatigue: Text | None = None
    sleep: Text | None = None
    mood: Text | None = None
    sleep_hours: Text | None = None

    def rows(self, source: str, spot: str) -> Iterator[Row]:
        yield from self.measured("diary", "day", DIARY, source, spot)


class ScoreForm(Form):
    """The score of an instrument, its items, or both."""

    time: Text
    instrument: Text
    value: Text | None = None
    items: Numbers = Field(default_factory=dict[str, str])
    note: Text | None = None

    def rows(self, source: str, spot: str) -> Iterator[Row]:
        if self.value is not None or not self.items:
            keys = {"time": "time", "name": "instrument", "value": "value", "note": "note"}
            yield self.row("score", source, spot, keys)
        for item, answer in self.items.items():
            name = f"{self.instrument}.{item}"
            names = {"name": f"items.{item}", "value": f"items.{item}"}
            yield Row(
                {"kind": "score", "time": self.time, "name": name, "value": answer},
                Place(source, spot, names, table=False),
            )


class EffectForm(Form):
    """A side effect."""

    start: Text
    end: Text | None = None
    name: Text
    severity: Text
    note: Text | None = None

    def rows(self, source: str, spot: str) -> Iterator[Row]:
        keys = {"time": "start", "end": "end", "name": "name", "value": "severity", "note": "note"}
        yield self.row("effect", source, spot, keys)


class DrugForm(Form):
    """Another drug that is taken."""

    start: Text
    end: Text | None = None
    name: Text
    dose: Text | None = None
    route: Text | None = None
    note: Text | None = None

    def rows(self, source: str, spot: str) -> Iterator[Row]:
        keys = {"time": "start", "end": "end", "name": "name", "value": "dose"}
        yield self.row("drug", source, spot, keys | {"route": "route", "note": "note"})


class SampleForm(Form):
    """A blood sample."""

    time: Text
    analyte: Text
    value: Text
    unit: Text
    site: Text | None = None
    note: Text | None = None

    def rows(self, source: str, spot: str) -> Iterator[Row]:
        keys = {"time": "time", "name": "analyte", "value": "value", "unit": "unit"}
        yield self.row("sample", source, spot, keys | {"route": "site", "note": "note"})


class RecordFile(Form):
    """A record as a document."""

    patient: Text = ""
    session: Annotated[tuple[SessionForm, ...], Field(strict=False)] = ()
    vital: Annotated[tuple[VitalForm, ...], Field(strict=False)] = ()
    score: Annotated[tuple[ScoreForm, ...], Field(strict=False)] = ()
    effect: Annotated[tuple[EffectForm, ...], Field(strict=False)] = ()
    drug: Annotated[tuple[DrugForm, ...], Field(strict=False)] = ()
    diary: Annotated[tuple[DiaryForm, ...], Field(strict=False)] = ()
    sample: Annotated[tuple[SampleForm, ...], Field(strict=False)] = ()


def read_record_document(path: Path, problems: Problems) -> tuple[str, list[Row]]:
    """Whose record a TOML or JSON file is, and its rows.

    Raises DocumentError with all findings for a document of another form.
    """
    source = str(path)
    data = read_document(path, MAX_IMPORT_BYTES)
    if "resourceType" in data:
        hint = f"sordino record import {path} --from fhir"
        raise DocumentError("this is a resource of FHIR, not a record", where=source, hint=hint)
    try:
        record = RecordFile.model_validate(data)
    except ValidationError as error:
        problems.found += from_validation(error, RecordFile, source)
        problems.raise_any()
        raise
    rows: list[Row] = []
    for kind in RecordFile.model_fields:
        if kind != "patient":
            for number, form in enumerate(getattr(record, kind), start=1):
                rows.extend(form.rows(source, f"{kind}[{number}]"))
    return record.patient, rows
