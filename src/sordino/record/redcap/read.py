"""Reading a REDCap export: raw values as CSV, with the data dictionary where there is one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from sordino.findings import shown
from sordino.record.build import build_record
from sordino.record.cells import near
from sordino.record.model import Record
from sordino.record.problems import Place, Problems
from sordino.record.redcap.dictionary import COMMA, FieldInfo, read_dictionary
from sordino.record.redcap.mapping import FormMap, Mapping, load_mapping, standard_mapping
from sordino.record.rows import Row
from sordino.record.textfile import read_table

INSTRUMENT, EVENT = "redcap_repeat_instrument", "redcap_event_name"
Given = dict[str, str]


def read_redcap(
    path: Path,
    *,
    mapping: Path | None = None,
    dictionary: Path | None = None,
    patient: str | None = None,
) -> list[Record]:
    """The records in a REDCap export, in its order; with `patient` only theirs.

    Without a mapping the export must be of the project that `write_redcap` describes.

    Raises DocumentError with everything that is wrong, each finding with row and column.
    """
    source = str(path)
    problems = Problems(source, "export")
    map_ = load_mapping(mapping) if mapping is not None else standard_mapping()
    fields = read_dictionary(dictionary) if dictionary is not None else None
    header, lines = read_table(path, problems)
    _refuse_header(source, header, map_, fields, problems)
    problems.raise_any()
    rows: dict[str, list[Row]] = {}
    for line, cells in lines:
        given = dict(zip(header, cells, strict=True))
        code = given[map_.record_id]
        if not code:
            where = f"{source}: row {line}, column {map_.record_id}"
            problems.add(where, "this cell is empty", "the patient's own mark")
        elif patient is None or code == patient:
            place = f"row {line}"
            rows.setdefault(code, []).extend(
                _rows(given, map_, fields or {}, source, place, problems)
            )
    if patient is not None and patient not in rows:
        problems.add(source, f"there is no record {shown(patient)}", _some(lines, header, map_))
    return _records(rows, problems)


def _records(rows: dict[str, list[Row]], problems: Problems) -> list[Record]:
    """One record for each patient; the problems of all are raised together."""
    from sordino.errors import DocumentError

    found: list[Record] = []
    for code, own in rows.items():
        inner = Problems(problems.source, problems.kind)
        try:
            found.append(build_record(own, inner, patient=code, ordered=False))
        except DocumentError as error:
            problems.add_error(error)
    problems.raise_any()
    return found


def _some(lines: Sequence[tuple[int, list[str]]], header: Sequence[str], map_: Mapping) -> str:
    place = list(header).index(map_.record_id)
    codes = dict.fromkeys(cells[place] for _, cells in lines if cells[place])
    listed = list(codes)[:12]
    return ", ".join(listed) + (", ..." if len(codes) > len(listed) else "")


def _refuse_header(
    source: str,
    header: Sequence[str],
    map_: Mapping,
    fields: dict[str, FieldInfo] | None,
    problems: Problems,
) -> None:
    needed = [map_.record_id]
    for form in map_.form:
        needed += form.all_fields()
        for column, given in ((INSTRUMENT, form.instrument), (EVENT, form.event)):
            if given and column not in header:
                needed.append(column)
    for name in dict.fromkeys(needed):
        if name not in header:
            hint = near(name, header) or "the mapping says which fields are read"
            problems.add(source, f"the column {name} is missing", "", hint)
        elif fields is not None and name not in (*fields, INSTRUMENT, EVENT):
            what = f"the field {name} is not in the data dictionary"
            problems.add(source, what, "", near(name, fields))


def _rows(
    given: Given,
    map_: Mapping,
    fields: dict[str, FieldInfo],
    source: str,
    spot: str,
    problems: Problems,
) -> Iterator[Row]:
    """The rows of a record that one row of the export holds."""
    for form in map_.form:
        if given.get(INSTRUMENT, "") != form.instrument:
            continue
        if form.event and given.get(EVENT, "") != form.event:
            continue
        if not any(given[name] for name in form.all_fields()):
            continue
        yield from _of_form(given, form, fields, source, spot, problems)


def _of_form(
    given: Given,
    form: FormMap,
    fields: dict[str, FieldInfo],
    source: str,
    spot: str,
    problems: Problems,
) -> Iterator[Row]:
    def meaning(name: str) -> str:
        return _meaning(given[name], name, form, fields, Place(source, spot), problems)

    names = {column: found[0] for column, found in form.sources().items()}
    cells: Given = {"kind": form.kind, **form.fixed}
    for column, sources in form.sources().items():
        cells[column] = " ".join(filter(None, map(meaning, sources)))
    if not form.items:
        yield Row(cells, Place(source, spot, names))
        return
    for item, name in form.items.items():
        if given[name]:
            own = {"name": item, "value": meaning(name)}
            yield Row(cells | own, Place(source, spot, names | {"value": name, "name": name}))


def _meaning(
    text: str,
    name: str,
    form: FormMap,
    fields: dict[str, FieldInfo],
    place: Place,
    problems: Problems,
) -> str:
    """What a cell says: the label of a code, a decimal point for a comma where that was asked."""
    if not text:
        return ""
    info = fields.get(name, FieldInfo(name))
    codes = form.values.get(name) or info.choices
    if codes:
        if text in codes:
            return codes[text]
        if text in codes.values():
            return text
        problems.add(place.of(name), f"unknown code {shown(text)}", ", ".join(codes))
        return ""
    return text.replace(",", ".") if COMMA in info.validation else text
