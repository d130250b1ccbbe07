"""What one does with a store: put records in, read them, and ask what happened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from sordino.documents import digest
from sordino.errors import InputError, UnknownName
from sordino.findings import document_error
from sordino.record.model import Record
from sordino.store.chain import Link, next_chain
from sordino.store.contents import contents, merged, record_of
from sordino.store.engine import writing_to
from sordino.store.plan import Current, Plan, Step, plan_of
from sordino.store.tables import TABLES, change, entry, patient

MAX_WHO, MAX_SOURCE, MAX_CODE = 200, 400, 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """What putting records into a store did, in entries."""

    patients: int
    added: int
    superseded: int
    withdrawn: int
    unchanged: int
    change: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the audit: what happened to one entry."""

    change: int
    at: str
    who: str
    action: str
    source: str
    patient: str
    key: str
    before: str | None
    after: str | None


class Store:
    """An open store. Made by `open_store`."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @property
    def engine(self) -> sa.Engine:
        """The engine below, for export and restore."""
        return self._engine

    def put(
        self,
        records: Sequence[Record],
        *,
        who: str,
        source: str = "",
        supersede: bool = False,
        whole: bool = False,
    ) -> Outcome:
        """Add what records say. All of it is kept when this returns, or nothing was.

        What is there already stays as it is. An entry that says something else about the same
        thing is refused, or with `supersede` takes the place of the one before, which stays
        readable in the audit. `whole`: the records are complete, and what they lack is withdrawn.

        Raises DocumentError with all entries that differ, and when the record would no longer
        hold together.
        """
        _check_texts(who, source, records)
        with writing_to(self._engine) as connection:
            plans = [
                self._plan(connection, record, source, supersede=supersede, whole=whole)
                for record in records
            ]
            refused = [finding for plan in plans for finding in plan.refused]
            if refused:
                raise document_error(source or "the store", refused, kind="record")
            return _write(connection, plans, who, source)

    def _plan(
        self,
        connection: sa.Connection,
        record: Record,
        source: str,
        *,
        supersede: bool,
        whole: bool,
    ) -> Plan:
        current = _current(connection, record.patient)
        plan = plan_of(record.patient, current, contents(record), supersede=supersede, whole=whole)
        if plan.steps and not plan.refused:
            merged(record.patient, plan.after(current), source)
        return plan

    def patients(self) -> list[dict[str, Any]]:
        """Every patient with the number of entries and the last change, in the order of names."""
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(_SUMMARY).mappings()]

    def record(self, code: str) -> Record:
        """The record of one patient as it stands. Raises UnknownName for a patient who is not
        there."""
        with self._engine.connect() as connection:
            known = connection.scalar(sa.select(patient.c.id).where(patient.c.code == code))
            if known is None:
                codes = connection.scalars(sa.select(patient.c.code))
                raise UnknownName("patient", code, codes)
            return record_of(code, _current(connection, code))

    def audit(self, code: str | None = None) -> Iterator[Change]:
        """Every change of every entry in its order, of one patient or of all."""
        older = entry.alias("older")
        query = (
            sa.select(
                change.c.id,
                change.c.at,
                change.c.who,
                change.c.action,
                change.c.source,
                patient.c.code,
                entry.c.key,
                older.c.content,
                entry.c.content,
            )
            .select_from(entry)
            .join(change, change.c.id == entry.c.change_id)
            .join(patient, patient.c.id == entry.c.patient_id)
            .outerjoin(older, older.c.id == entry.c.supersedes)
            .order_by(entry.c.id)
        )
        if code is not None:
            query = query.where(patient.c.code == code)
        with self._engine.connect() as connection:
            for row in connection.execute(query):
                yield Change(*row)

    def verify(self) -> list[str]:
        """What is wrong with the chain of changes: nothing, unless somebody went around it."""
        with self._engine.connect() as connection:
            return _broken(connection)

    def digest(self) -> str:
        """SHA-256 (hex) over everything in the store; the same for the same content anywhere."""
        with self._engine.connect() as connection:
            return digest([list(map(list, _rows(connection, table))) for table in TABLES])


def _summary() -> sa.Select[Any, Any, Any, Any]:
    """One row for each patient: how many entries are valid, and who changed them last."""
    newer = entry.alias("newer")
    valid = sa.and_(newer.c.id.is_(None), entry.c.content.is_not(None))
    counted = (
        sa.select(
            entry.c.patient_id,
            sa.func.count().filter(valid).label("entries"),
            sa.func.max(entry.c.change_id).label("last"),
        )
        .outerjoin(newer, newer.c.supersedes == entry.c.id)
        .group_by(entry.c.patient_id)
        .subquery()
    )
    return (
        sa.select(
            patient.c.code.label("patient"),
            counted.c.entries,
            change.c.at.label("last_change"),
            change.c.who.label("by"),
        )
        .join(counted, counted.c.patient_id == patient.c.id)
        .join(change, change.c.id == counted.c.last)
        .order_by(patient.c.code)
    )


_SUMMARY = _summary()


def _rows(connection: sa.Connection, table: sa.Table) -> Iterator[tuple[Any, ...]]:
    for row in connection.execute(sa.select(table).order_by(table.c.id)):
        yield tuple(row)


def _check_texts(who: str, source: str, records: Sequence[Record]) -> None:
    if not who.strip() or len(who) > MAX_WHO:
        raise InputError(
            "nothing says who makes this change", allowed=f"1 to {MAX_WHO} characters", hint="--who"
        )
    if len(source) > MAX_SOURCE:
        raise InputError("the name of the source is too long", allowed=f"{MAX_SOURCE} characters")
    for record in records:
        if not record.patient or len(record.patient) > MAX_CODE:
            raise InputError(
                "the record does not say whose it is",
                where=source,
                allowed=f"a mark of 1 to {MAX_CODE} characters",
                hint="--patient, or the column patient",
            )


def _current(connection: sa.Connection, code: str) -> dict[str, Current]:
    """The valid entries of a patient by their keys, withdrawn ones included."""
    newer = entry.alias("newer")
    query = (
        sa.select(entry.c.id, entry.c.key, entry.c.content)
        .join(patient, patient.c.id == entry.c.patient_id)
        .outerjoin(newer, newer.c.supersedes == entry.c.id)
        .where(patient.c.code == code, newer.c.id.is_(None))
        .order_by(entry.c.id)
    )
    return {row.key: Current(row.id, row.content) for row in connection.execute(query)}


def _next_id(connection: sa.Connection, table: sa.Table) -> int:
    return (connection.scalar(sa.select(sa.func.max(table.c.id))) or 0) + 1


def _write(connection: sa.Connection, plans: Sequence[Plan], who: str, source: str) -> Outcome:
    """Add one change with all of its entries; nothing to do, no change."""
    steps = [step for plan in plans for step in plan.steps]
    unchanged = sum(plan.unchanged for plan in plans)
    if not steps:
        return Outcome(len(plans), 0, 0, 0, unchanged, None)
    number = _next_id(connection, change)
    rows = _entry_rows(connection, plans, number)
    links = [Link(r["id"], code, r["key"], r["content"], r["supersedes"]) for code, r in rows]
    act = {
        "id": number,
        "at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "who": who,
        "action": "import",
        "source": source,
    }
    last = connection.scalar(sa.select(change.c.chain).order_by(change.c.id.desc()).limit(1))
    connection.execute(change.insert(), {**act, "chain": next_chain(last or "", act, links)})
    ids = _patients(connection, plans, number)
    connection.execute(entry.insert(), [{**row, "patient_id": ids[code]} for code, row in rows])
    return Outcome(
        patients=len(plans),
        added=sum(step.what == "added" for step in steps),
        superseded=sum(step.what == "superseded" for step in steps),
        withdrawn=sum(step.what == "withdrawn" for step in steps),
        unchanged=unchanged,
        change=number,
    )


def _entry_rows(
    connection: sa.Connection, plans: Sequence[Plan], number: int
) -> list[tuple[str, dict[str, Any]]]:
    first = _next_id(connection, entry)
    pairs: list[tuple[str, Step]] = [(plan.patient, step) for plan in plans for step in plan.steps]
    return [
        (
            code,
            {
                "id": first + place,
                "key": step.key,
                "content": step.content,
                "supersedes": step.supersedes,
                "change_id": number,
            },
        )
        for place, (code, step) in enumerate(pairs)
    ]


def _patients(connection: sa.Connection, plans: Sequence[Plan], number: int) -> dict[str, int]:
    """The numbers of the patients; those who are new are added."""
    ids: dict[str, int] = {}
    for plan in plans:
        if not plan.steps:
            continue
        known = connection.scalar(sa.select(patient.c.id).where(patient.c.code == plan.patient))
        if known is None:
            known = _next_id(connection, patient)
            row = {"id": known, "code": plan.patient, "change_id": number}
            connection.execute(patient.insert(), row)
        ids[plan.patient] = known
    return ids


def _broken(connection: sa.Connection) -> list[str]:
    """Changes whose digest does not fit what stands in the store."""
    codes = {row.id: row.code for row in connection.execute(sa.select(patient))}
    entries: dict[int, list[Link]] = {}
    for row in connection.execute(sa.select(entry).order_by(entry.c.id)):
        link = Link(row.id, codes[row.patient_id], row.key, row.content, row.supersedes)
        entries.setdefault(row.change_id, []).append(link)
    last, found = "", list[str]()
    for row in connection.execute(sa.select(change).order_by(change.c.id)):
        act: Mapping[str, Any] = {
            "id": row.id,
            "at": row.at,
            "who": row.who,
            "action": row.action,
            "source": row.source,
        }
        if next_chain(last, act, entries.pop(row.id, [])) != row.chain:
            found.append(f"change {row.id} of {row.at} is not what was written")
        last = row.chain
    found += [f"entries of change {number}, which is not there" for number in entries]
    return found
