"""The library for reading: models with every number, and the evidence by topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sordino.app.sources import Source, sources
from sordino.errors import UnknownName
from sordino.library.evidence.ledger import LedgerRow, ledger
from sordino.library.evidence.topics import TOPICS
from sordino.library.papers import paper
from sordino.library.pd_schema import PdModel, load_pd_model, pd_model_ids
from sordino.library.reader import load_pk_model, pk_model_ids
from sordino.library.schema import PkModel

DRUG, EFFECT = "drug model", "effect"


@dataclass(frozen=True)
class ModelListed:
    """One model in the list: what it is about, and how many of its numbers are assumed."""

    id: str
    kind: str
    title: str
    about: str
    numbers: int
    assumed: int


@dataclass(frozen=True)
class CheckShown:
    """A number that the paper prints and the model must give back."""

    name: str
    value: str
    place: str
    miss: str


@dataclass(frozen=True)
class ModelShown:
    """One model with all its numbers. `facts` are pairs of a label and a text."""

    id: str
    kind: str
    title: str
    facts: tuple[tuple[str, str], ...]
    cautions: tuple[str, ...]
    not_seen: tuple[str, ...]
    parameters: tuple[LedgerRow, ...]
    checks: tuple[CheckShown, ...]
    sources: tuple[Source, ...]
    digest: str


@dataclass(frozen=True)
class TopicListed:
    """One topic and how many rows it has."""

    name: str
    what: str
    rows: int


@dataclass(frozen=True)
class TopicShown:
    """The rows of a topic as cells; `ids` names them in the same order."""

    name: str
    what: str
    columns: tuple[str, ...]
    ids: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    """One key of a row: a text, a list of texts, or a table."""

    title: str
    text: str = ""
    entries: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class EntryShown:
    """One row of the evidence with everything that is known of it."""

    topic: str
    id: str
    sections: tuple[Section, ...]
    sources: tuple[Source, ...]


def models() -> tuple[ModelListed, ...]:
    """Every drug model and every effect of the library."""
    drugs = [load_pk_model(name) for name in pk_model_ids()]
    effects = [load_pd_model(name) for name in pd_model_ids()]
    return (
        *(_listed(m, DRUG, m.applicability.population) for m in drugs),
        *(_listed(e, EFFECT, e.structure) for e in effects),
    )


def model(name: str) -> ModelShown:
    """One model; raises `UnknownName` for a name that the library lacks."""
    if name in pk_model_ids():
        return _drug(load_pk_model(name))
    if name in pd_model_ids():
        return _effect(load_pd_model(name))
    raise UnknownName("model", name, [*pk_model_ids(), *pd_model_ids()])


def topics() -> tuple[TopicListed, ...]:
    """What there is evidence about."""
    return tuple(TopicListed(t.name, t.what, len(t.entries())) for t in TOPICS.values())


def topic(name: str) -> TopicShown:
    """The rows of a topic; raises `UnknownName`."""
    found = _topic(name)
    entries = found.entries()
    ids = tuple(entry.id for entry in entries)
    return TopicShown(found.name, found.what, found.columns, ids, tuple(e.cells for e in entries))


def entry(topic_name: str, name: str) -> EntryShown:
    """One row of a topic; raises `UnknownName`."""
    found = _topic(topic_name).entry(name)
    plain = found.plain()
    left_out = ("id", "cites", "sources")
    sections = tuple(_section(k, v) for k, v in plain.items() if k not in left_out)
    return EntryShown(topic_name, found.id, sections, sources(found.cites))


def plain_entry(topic_name: str, name: str) -> dict[str, Any]:
    """One row of a topic as plain values; raises `UnknownName`."""
    return _topic(topic_name).entry(name).plain()


def _topic(name: str) -> Any:
    if name not in TOPICS:
        raise UnknownName("topic", name, TOPICS)
    return TOPICS[name]


def _rows(name: str) -> tuple[LedgerRow, ...]:
    return tuple(row for row in ledger() if row.model == name)


def _listed(found: PkModel | PdModel, kind: str, about: str) -> ModelListed:
    rows = _rows(found.id)
    return ModelListed(
        found.id, kind, found.title, about, len(rows), sum(1 for row in rows if row.assumed)
    )


def _drug(found: PkModel) -> ModelShown:
    confirmed = "" if found.sampling_verified else " (not confirmed)"
    facts = (
        ("Paper", paper(found.citation)),
        ("People", found.applicability.population),
        ("Structure", found.description or found.structure or "a graph of its own"),
        ("Blood from", f"{found.sampling}{confirmed}"),
        ("Grade", f"{found.completeness}; {found.verification}"),
    )
    checks = tuple(
        CheckShown(c.name, f"{c.value:g} {c.unit}", c.place, c.known_miss or "")
        for c in found.check
    )
    return _shown(found, DRUG, facts, checks, (found.citation.key,), found.digest)


def _effect(found: PdModel) -> ModelShown:
    checks = tuple(CheckShown(c.name, f"{c.value:g}", c.place, "") for c in found.check)
    facts = (("Structure", found.structure),)
    return _shown(found, EFFECT, facts, checks, found.citations, "")


def _shown(
    found: PkModel | PdModel,
    kind: str,
    facts: tuple[tuple[str, str], ...],
    checks: tuple[CheckShown, ...],
    cites: tuple[str, ...],
    digest: str,
) -> ModelShown:
    read_from = tuple(Source(k, s.kind, s.url) for k, s in found.sources.items())
    return ModelShown(
        id=found.id,
        kind=kind,
        title=found.title,
        facts=facts,
        cautions=found.cautions,
        not_seen=found.not_seen,
        parameters=_rows(found.id),
        checks=checks,
        sources=(*sources(cites), *read_from),
        digest=digest,
    )


def _section(key: str, value: Any) -> Section:
    title = key.replace("_", " ").capitalize()
    if isinstance(value, list | tuple) and value:
        if all(isinstance(each, Mapping) for each in value):
            columns = tuple(dict.fromkeys(name for each in value for name in each))
            rows = tuple(tuple(_flat(each.get(name)) for name in columns) for each in value)
            return Section(title, columns=tuple(c.replace("_", " ") for c in columns), rows=rows)
        if any(isinstance(each, str) and " " in each for each in value):
            return Section(title, entries=tuple(map(_flat, value)))
    return Section(title, text=_flat(value))


def _flat(value: Any) -> str:
    """Any plain value on one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{str(k).replace('_', ' ')} {_flat(v)}" for k, v in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(map(_flat, value))
    return str(value)
