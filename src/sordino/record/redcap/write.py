"""Writing a record for REDCap: the data, a data dictionary for it, and the mapping."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from sordino.documents import whole_file, writing
from sordino.record.model import DiaryEntry, Record
from sordino.record.names import DIARY, MEANING, SALTS, SEVERITIES, VITALS
from sordino.record.redcap.dictionary import (
    CHOICES,
    COLUMNS,
    FORM,
    LABEL,
    NAME,
    TYPE,
    VALIDATION,
)
from sordino.record.redcap.mapping import mapping_toml, standard_mapping
from sordino.record.rows import Cells, rows_of_entry
from sordino.record.textfile import csv_text

DATA, DICTIONARY, MAPPING = "data.csv", "dictionary.csv", "mapping.toml"
_FIXED = ("record_id", "redcap_repeat_instrument", "redcap_repeat_instance")
_COMPLETE = "2"


def write_redcap(records: Sequence[Record], folder: Path, *, overwrite: bool = False) -> list[Path]:
    """Write `data.csv`, `dictionary.csv` and `mapping.toml` into a folder, made if need be.

    Raises OutputError when one of them is there already and `overwrite` is false.
    """
    texts = {
        DATA: csv_text(list(_data(records))),
        DICTIONARY: csv_text(list(_dictionary())),
        MAPPING: mapping_toml(standard_mapping()),
    }
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name for name in texts]
    for path, text in zip(paths, texts.values(), strict=True):
        with whole_file(path, overwrite=overwrite) as part:
            part.write_text(text, encoding="utf-8", newline="")
    return paths


def _forms() -> dict[str, list[str]]:
    """The fields of each form, in their order."""
    return {form.kind: list(form.all_fields()) for form in standard_mapping().form}


def _data(records: Sequence[Record]) -> Iterator[list[str]]:
    forms = _forms()
    fields = [name for kind in forms for name in (*forms[kind], f"{kind}_complete")]
    yield [*_FIXED, *fields]
    for record in records:
        count = dict.fromkeys(forms, 0)
        # The row without an instance is the record itself.
        yield [record.patient, "", "", *("" for _ in fields)]
        for kind, cells in _instances(record):
            count[kind] += 1
            filled = {**cells, f"{kind}_complete": _COMPLETE}
            start = [record.patient, kind, str(count[kind])]
            yield [*start, *(filled.get(name, "") for name in fields)]


def _instances(record: Record) -> Iterator[tuple[str, Cells]]:
    """The kind and the fields of every instance; a day of the diary is one."""
    days: dict[tuple[str, str], Cells] = {}
    for entry in record.everything():
        for cells in rows_of_entry(entry):
            kind = cells["kind"]
            if not isinstance(entry, DiaryEntry):
                yield kind, {f"{kind}_{c}": text for c, text in cells.items() if c != "kind"}
                continue
            day = days.setdefault(
                (cells["time"], entry.note), {"diary_time": cells["time"], "diary_note": entry.note}
            )
            day[f"diary_{entry.name}"] = cells["value"]
    yield from (("diary", day) for day in days.values())


def _dictionary() -> Iterator[list[str]]:
    yield list(COLUMNS)
    yield _line("record_id", "record", "text", "The patient's own mark")
    for kind, fields in _forms().items():
        for name in fields:
            column = name.removeprefix(f"{kind}_")
            type_, choices = _type(kind, column)
            label = f"{MEANING[kind]}: {column}"
            yield _line(name, kind, type_, label, choices, _validation(kind, column))


def _type(kind: str, column: str) -> tuple[str, str]:
    """The type of a field and its choices; codes are the words themselves."""
    closed = {
        ("effect", "value"): SEVERITIES,
        ("session", "salt"): SALTS,
        ("vital", "name"): tuple(VITALS),
    }.get((kind, column))
    if closed is None:
        return ("notes" if column == "note" else "text"), ""
    return "dropdown", " | ".join(f"{name}, {name}" for name in closed)


def _validation(kind: str, column: str) -> str:
    """How REDCap checks a field; times with a zone, and days in place of times, are no dates."""
    numbers = (kind in ("vital", "score") and column == "value") or (
        kind == "diary" and column in DIARY
    )
    return "number" if numbers else ""


def _line(
    name: str, form: str, type_: str, label: str, choices: str = "", validation: str = ""
) -> list[str]:
    given = {NAME: name, FORM: form, TYPE: type_, LABEL: label}
    given |= {CHOICES: choices, VALIDATION: validation}
    return [given.get(column, "") for column in COLUMNS]
