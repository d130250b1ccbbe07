"""Observations and answers to questionnaires as rows of a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sordino.findings import shown
from sordino.record.fhir.bundle import Bundle, Entry
from sordino.record.fhir.codes import (
    meaning_of_observations,
    pressure_panel,
    score_codes,
    severity_codes,
    system,
)
from sordino.record.fhir.values import concept_text, first_note, moment_cell, quantity_cells, when
from sordino.record.fhir.write import LOCAL_QUESTIONNAIRE
from sordino.record.instruments import scales
from sordino.record.problems import Problems
from sordino.record.rows import Row, number_text

_KINDS = ("vital", "score", "diary", "effect", "sample")
_NAMES = {
    "time": "effective",
    "end": "effective",
    "name": "code",
    "value": "value",
    "unit": "value",
    "route": "bodySite",
}


def observation_rows(
    entry: Entry, bundle: Bundle, problems: Problems, skip_unknown: bool
) -> Iterator[Row]:
    """The rows that an observation says: one, or one for each component of a panel."""
    resource = entry.resource
    for number, reference in enumerate(resource.get("derivedFrom", ()), start=1):
        bundle.find(reference.get("reference"), entry, f"derivedFrom[{number}]", problems)
    if _is_panel(resource):
        for number, component in enumerate(resource.get("component", ()), start=1):
            key = f"component[{number}].code"
            yield from _row(entry, component, key, problems, skip_unknown)
    else:
        yield from _row(entry, resource, "code", problems, skip_unknown)


def _is_panel(resource: Mapping[str, Any]) -> bool:
    codes = {
        (c.get("system"), c.get("code")) for c in (resource.get("code") or {}).get("coding", ())
    }
    return (system("loinc"), pressure_panel()) in codes


def _row(
    entry: Entry, part: Mapping[str, Any], key: str, problems: Problems, skip_unknown: bool
) -> Iterator[Row]:
    concept = part.get("code") or {}
    meaning = _meaning(concept, timed="T" in when(entry.resource)[0].replace(" ", "T"))
    if meaning is None:
        if not skip_unknown:
            listed = ", ".join(_listed(c) for c in concept.get("coding", ())) or "no code"
            allowed = "a LOINC code of the table in docs/record.md"
            problems.add(
                entry.place(key),
                f"no code that means something here: {listed}",
                allowed,
                "--skip-unknown leaves such observations out",
            )
        return
    kind, name = meaning
    start, end = when(entry.resource)
    cells = {"time": start, "name": name, "note": first_note(entry.resource)}
    cells |= {"end": end} if end and kind == "effect" else {}
    yield entry.row(kind, cells | _value(kind, part, entry.resource), _NAMES)


def _listed(coding: Mapping[str, Any]) -> str:
    return shown(f"{coding.get('system', '')} {coding.get('code', '')}".strip())


def _meaning(concept: Mapping[str, Any], *, timed: bool) -> tuple[str, str] | None:
    """Kind and name of what was observed. Pain of a whole day belongs to the diary."""
    known = meaning_of_observations()
    found = None
    for coding in concept.get("coding", ()):
        pair = (str(coding.get("system")), str(coding.get("code")))
        if pair[0] == system("local"):
            kind, _, name = pair[1].partition(".")
            return (kind, name) if kind in _KINDS and name else None
        found = found or known.get(pair)
    if found == ("score", "nrs_pain") and not timed:
        return ("diary", "pain")
    return found


def _value(kind: str, part: Mapping[str, Any], whole: Mapping[str, Any]) -> dict[str, str]:
    if kind == "effect":
        return {"value": _severity(part.get("valueCodeableConcept"))}
    quantity = part.get("valueQuantity")
    cells = quantity_cells(quantity)
    if not cells and part.get("valueInteger") is not None:
        cells = {"value": str(part["valueInteger"])}
    if kind == "score":
        cells.pop("unit", None)
    if kind == "sample":
        below = str((quantity or {}).get("comparator", ""))
        cells["value"] = f"{below}{cells.get('value', '')}"
        cells["route"] = concept_text(whole.get("bodySite"))
    return cells


def _severity(concept: Mapping[str, Any] | None) -> str:
    words = {(system("snomed"), code): name for name, code in severity_codes().items()}
    for coding in (concept or {}).get("coding", ()):
        word = words.get((coding.get("system"), coding.get("code")))
        if word is not None:
            return word
    return concept_text(concept)


def response_rows(
    entry: Entry, _bundle: Bundle, problems: Problems, skip_unknown: bool
) -> Iterator[Row]:
    """The answers to the items of an instrument, by the codes or numbers of the items."""
    resource = entry.resource
    time = moment_cell(resource.get("authored"))
    items = list(_items(resource.get("item", ()), "item"))
    note = next((_text(item) for item, _ in items if _link(item) == "note"), "")
    own = _own_instrument(resource.get("questionnaire"))
    for item, key in items:
        if _link(item) == "note" or not item.get("answer"):
            continue
        name = _item_name(item, own)
        if name is None:
            if not skip_unknown:
                what = f"unknown item {shown(item['linkId'])}"
                allowed = "the LOINC code of an item of docs/record.md"
                problems.add(entry.place(f"{key}.linkId"), what, allowed)
            continue
        value = _answer(item["answer"][0], name.partition(".")[0])
        cells = {"time": time, "name": name, "value": value, "note": note}
        names = {"time": "authored", "name": f"{key}.linkId", "value": f"{key}.answer"}
        yield entry.row("score", cells, names)


def _items(items: list[Mapping[str, Any]], key: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    """All items, also those within groups, and where they stand."""
    for number, item in enumerate(items, start=1):
        here = f"{key}[{number}]"
        yield item, here
        yield from _items(item.get("item", ()), f"{here}.item")


def _own_instrument(questionnaire: str | None) -> str | None:
    """The instrument of a questionnaire that sordino itself named."""
    name = (questionnaire or "").removeprefix(LOCAL_QUESTIONNAIRE)
    return name if name in scales() and name != questionnaire else None


def _link(item: Mapping[str, Any]) -> str:
    return str(item.get("linkId") or "")


def _item_name(item: Mapping[str, Any], own: str | None) -> str | None:
    link = _link(item).removeprefix("/")
    codes = {code: name for name, code in score_codes().items.items()}
    if link in codes:
        return codes[link]
    return f"{own}.{link}" if own is not None else None


def _answer(answer: Mapping[str, Any], instrument: str) -> str:
    """An answer as text: a number, or the value of a coded answer."""
    coding = answer.get("valueCoding")
    if coding is not None:
        values = score_codes().answers.get(instrument, {})
        value = values.get(coding.get("code"))
        return str(value) if value is not None else str(coding.get("code", ""))
    for key in ("valueDecimal", "valueInteger"):
        if answer.get(key) is not None:
            return number_text(float(answer[key]))
    return quantity_cells(answer.get("valueQuantity")).get("value", _text(answer))


def _text(holder: Mapping[str, Any]) -> str:
    answers = holder.get("answer")
    inner = answers[0] if answers else holder
    return str(inner.get("valueString") or "")
