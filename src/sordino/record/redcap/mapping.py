"""The mapping: which field of a REDCap project is what in a record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sordino.documents import read_document
from sordino.findings import Finding, as_form, reject, shown
from sordino.record.names import DIARY, USED

Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[tuple[Name, ...], Field(strict=False, min_length=1, max_length=2)]
_STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)


class FormMap(BaseModel):
    """One form of the project: what each of its rows says.

    `fields`: the field that holds a column of the record; `time` may name two, a day and a clock
    time. `fixed`: what stands in a column in every row. `items`: fields that each hold a value
    of their own, by the name of what is measured. `values`: what a code of a field means.
    """

    model_config = _STRICT

    kind: Name
    instrument: str = ""
    event: str = ""
    fields: dict[str, Name | Names] = Field(default_factory=dict[str, Name | Names])
    fixed: dict[str, Name] = Field(default_factory=dict[str, Name])
    items: dict[str, Name] = Field(default_factory=dict[str, Name])
    values: dict[str, dict[str, str]] = Field(default_factory=dict[str, dict[str, str]])

    @model_validator(mode="after")
    def _makes_sense(self) -> FormMap:
        reject(self._findings())
        return self

    def _findings(self) -> list[Finding]:
        if self.kind not in USED:
            return [Finding(("kind",), f"unknown kind {shown(self.kind)}", ", ".join(USED))]
        found = [
            Finding((table, column), f"{column} does not go with {self.kind}", self._columns())
            for table in ("fields", "fixed")
            for column in getattr(self, table)
            if column not in USED[self.kind]
        ]
        given = {*self.fields, *self.fixed, *(("name", "value") if self.items else ())}
        for column in ("time", "name", "value"):
            if column in USED[self.kind] and column not in given:
                found.append(Finding(("fields",), f"no field for {column}", self._columns()))
        return found

    def _columns(self) -> str:
        return ", ".join(USED[self.kind])

    def sources(self) -> dict[str, tuple[str, ...]]:
        """The fields behind each column."""
        return {k: (v,) if isinstance(v, str) else v for k, v in self.fields.items()}

    def all_fields(self) -> tuple[str, ...]:
        """Every field that this form reads."""
        return (
            *(name for names in self.sources().values() for name in names),
            *self.items.values(),
        )


class Mapping(BaseModel):
    """All forms of a project that are read."""

    model_config = _STRICT

    record_id: Name = "record_id"
    form: Annotated[tuple[FormMap, ...], Field(strict=False, min_length=1)]


def load_mapping(path: Path) -> Mapping:
    """Read a mapping from a TOML or JSON file; raises DocumentError with all findings."""
    return as_form(Mapping, read_document(path), str(path), kind="mapping")


def standard_mapping() -> Mapping:
    """The mapping of the project that `write_redcap` writes: one repeating form for each kind."""
    return Mapping(form=tuple(_standard_form(kind) for kind in USED))


def _standard_form(kind: str) -> FormMap:
    columns = [c for c in USED[kind] if not (kind == "diary" and c in ("name", "value"))]
    return FormMap(
        kind=kind,
        instrument=kind,
        fields={column: f"{kind}_{column}" for column in columns},
        items={item: f"diary_{item}" for item in DIARY} if kind == "diary" else {},
    )


def mapping_toml(mapping: Mapping) -> str:
    """A mapping as TOML; every name in it is plain."""
    lines = [f'record_id = "{mapping.record_id}"']
    for form in mapping.form:
        lines += ["", "[[form]]", f'kind = "{form.kind}"', f'instrument = "{form.instrument}"']
        lines += ["[form.fields]", *(f'{k} = "{v[0]}"' for k, v in form.sources().items())]
        if form.items:
            lines += ["[form.items]", *(f'{k} = "{v}"' for k, v in form.items.items())]
    return "\n".join(lines) + "\n"
