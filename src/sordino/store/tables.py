"""The tables of a store. Rows are added, never changed or taken away; triggers see to it.

A `change` is one act of one person. An `entry` is one thing of a record, or, without content,
says that the entry before it is withdrawn. What is valid is what no later entry supersedes.
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

change = Table(
    "change",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", String(40), nullable=False),
    Column("who", String(200), nullable=False),
    Column("action", String(40), nullable=False),
    Column("source", String(400), nullable=False),
    Column("chain", String(64), nullable=False),
)
"""`at` is UTC in ISO form; `chain` the digest of this change and of all before it."""

patient = Table(
    "patient",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("code", String(100), nullable=False),
    Column("change_id", Integer, ForeignKey("change.id"), nullable=False),
    UniqueConstraint("code"),
)

entry = Table(
    "entry",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("patient_id", Integer, ForeignKey("patient.id"), nullable=False),
    Column("key", String(200), nullable=False),
    Column("content", Text, nullable=True),
    Column("supersedes", Integer, ForeignKey("entry.id"), nullable=True),
    Column("change_id", Integer, ForeignKey("change.id"), nullable=False),
    UniqueConstraint("supersedes"),
)
"""`key` says which thing it is (kind, time, name); `content` is its rows as canonical JSON."""

first_entry = Index(
    "uq_entry_first",
    entry.c.patient_id,
    entry.c.key,
    unique=True,
    sqlite_where=text("supersedes IS NULL"),
    postgresql_where=text("supersedes IS NULL"),
)
"""A thing has one first entry, and every entry one successor at most."""

TABLES = (change, patient, entry)
"""In the order in which rows can be added."""
