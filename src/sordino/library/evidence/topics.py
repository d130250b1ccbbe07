"""The rows of the library by topic, in the order and with the columns of a short list."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sordino.library.cite import references
from sordino.library.evidence import cells, reader
from sordino.library.evidence.facts import Claim
from sordino.library.evidence.ledger import LedgerRow, ledger
from sordino.library.evidence.parts import Part, Row
from sordino.library.evidence.studies import Study


@dataclass(frozen=True)
class Entry:
    """One row of a topic: its name, its cells in a list, and all of it."""

    id: str
    cells: tuple[str, ...]
    kind: str
    row: Row | Claim | LedgerRow

    @property
    def cites(self) -> tuple[str, ...]:
        """Keys of the references that the row rests on; for a claim, those of its studies."""
        if not isinstance(self.row, Claim):
            return self.row.cites
        of_studies = (reader.study(name).cites for name in self.row.studies)
        return tuple(
            dict.fromkeys([*self.row.cites, *(key for keys in of_studies for key in keys)])
        )

    def plain(self) -> dict[str, Any]:
        """All of the row as plain values: no key without a value, times also in hours."""
        row = self.row
        if isinstance(row, LedgerRow):
            data = {key: value for key, value in asdict(row).items() if value not in (None, "", ())}
        else:
            data = _with_hours(row)
        first = {"id": self.id} | ({"kind_of_row": self.kind} if self.kind else {})
        return first | data | {"sources": [_source(key) for key in self.cites]}


@dataclass(frozen=True)
class Topic:
    """One kind of evidence: what it is, the columns of its list, and its rows."""

    name: str
    what: str
    columns: tuple[str, ...]
    entries: Callable[[], tuple[Entry, ...]]

    def entry(self, name: str) -> Entry:
        """The row called `name`; raises `UnknownName` for one that the topic lacks."""
        return reader.pick(f"row of {self.name}", name, self.entries())


def _source(key: str) -> dict[str, str]:
    found = references()[key]
    kept = {name: found.fields[name] for name in ("doi", "pmid", "url") if name in found.fields}
    return {"key": key, "text": found.text(), **kept}


def _with_hours(row: Part) -> dict[str, Any]:
    data = row.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    if isinstance(row, Study) and row.observation:
        for entry, seen in zip(data["observation"], row.observation, strict=True):
            if seen.time_h is not None:
                entry["time_h"] = seen.time_h
    return data


def _studies() -> tuple[Entry, ...]:
    return tuple(
        Entry(
            study.id,
            (
                study.id,
                study.role,
                study.about,
                cells.short(study.condition),
                cells.people(study),
                cells.seen_in(study),
            ),
            "",
            study,
        )
        for study in reader.studies()
    )


def _comparators() -> tuple[Entry, ...]:
    return tuple(
        Entry(
            row.id,
            (
                row.id,
                row.treatment,
                cells.short(row.dose),
                cells.size(row),
                cells.result(row),
                cells.seen_in(row),
            ),
            "",
            row,
        )
        for row in reader.comparators()
    )


def _safety() -> tuple[Entry, ...]:
    found = reader.safety_rows().items()
    return tuple(
        Entry(row.id, (row.id, kind, cells.short(cells.about(row)), cells.seen_in(row)), kind, row)
        for kind, rows in found
        for row in rows
    )


def _claims() -> tuple[Entry, ...]:
    return tuple(
        Entry(row.id, (row.id, row.verdict.replace("_", " "), row.says), "", row)
        for row in reader.claims()
    )


def _instruments() -> tuple[Entry, ...]:
    found = reader.instruments()
    scales = [
        Entry(
            row.id,
            (
                row.id,
                row.name,
                f"{row.range[0]:g} to {row.range[1]:g}" if row.range else "",
                cells.seen_in(row),
            ),
            "instrument",
            row,
        )
        for row in found.instrument
    ]
    codes = [
        Entry(
            row.id,
            (row.id, f"LOINC, {row.role}", cells.short(" ".join(row.codes)), cells.seen_in(row)),
            "code",
            row,
        )
        for row in found.code
    ]
    return (*scales, *codes)


def _pharmacology() -> tuple[Entry, ...]:
    found = reader.pharmacology()
    facts = [
        Entry(
            row.id,
            (row.id, cells.short(row.quantity), cells.numbers(row.number), cells.seen_in(row)),
            "fact",
            row,
        )
        for row in found.fact
    ]
    arriving = [
        Entry(
            row.id,
            (
                row.id,
                cells.short(f"{row.route}: {row.formulation}"),
                cells.numbers(row.number),
                cells.seen_in(row),
            ),
            "bioavailability",
            row,
        )
        for row in found.bioavailability
    ]
    return (*facts, *arriving)


def _effects() -> tuple[Entry, ...]:
    return tuple(
        Entry(
            row.id,
            (row.id, row.kind, row.title, cells.numbers(row.number), cells.seen_in(row)),
            "",
            row,
        )
        for row in reader.effects()
    )


def _parameters() -> tuple[Entry, ...]:
    return tuple(
        Entry(
            row.id,
            (
                "!" if row.assumed else "",
                row.id,
                f"{row.value:g}",
                row.unit,
                row.uncertainty,
                row.origin,
                cells.short(row.source),
            ),
            "",
            row,
        )
        for row in ledger()
    )


def _all() -> Iterator[Topic]:
    yield Topic(
        "studies",
        "published studies of ketamine, their arms and what they showed",
        ("id", "role", "about", "people with", "n", "seen in"),
        _studies,
    )
    yield Topic(
        "parameters",
        "every parameter of every model; ! marks what is assumed",
        ("", "id", "value", "unit", "how sure", "origin", "source"),
        _parameters,
    )
    yield Topic(
        "comparators",
        "other treatments and placebo in fibromyalgia",
        ("id", "treatment", "dose", "n", "result", "seen in"),
        _comparators,
    )
    yield Topic(
        "safety",
        "rules, side effects, circulation, interactions, long-term harm",
        ("id", "kind", "about", "seen in"),
        _safety,
    )
    yield Topic(
        "claims",
        "what is said about ketamine in fibromyalgia, and what stands behind it",
        ("id", "verdict", "claim"),
        _claims,
    )
    yield Topic(
        "instruments",
        "questionnaires: how they are scored, and their codes",
        ("id", "name", "range", "seen in"),
        _instruments,
    )
    yield Topic(
        "pharmacology",
        "molecules, receptor, binding, metabolism, bioavailability",
        ("id", "quantity", "numbers", "seen in"),
        _pharmacology,
    )
    yield Topic(
        "effects",
        "how effects follow concentration and time, as published",
        ("id", "kind", "title", "numbers", "seen in"),
        _effects,
    )


TOPICS: Mapping[str, Topic] = {topic.name: topic for topic in _all()}
"""Every topic by its name, in the order in which they are listed."""
