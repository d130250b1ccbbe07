"""Reading the evidence: each file once, as frozen rows."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol, TypeVar

from pydantic import BaseModel

from sordino.documents import read_document
from sordino.errors import UnknownName
from sordino.findings import as_form
from sordino.library.evidence.comparators import Comparator, Comparators
from sordino.library.evidence.facts import (
    Bioavailability,
    Claim,
    Claims,
    Effects,
    EffectSource,
    Fact,
    Pharmacology,
)
from sordino.library.evidence.instruments import Instrument, Instruments
from sordino.library.evidence.parts import Row
from sordino.library.evidence.safety import Safety
from sordino.library.evidence.studies import Studies, Study

FOLDER = Path(__file__).parent
File = TypeVar("File", bound=BaseModel)


class HasId(Protocol):
    """Anything that is known by its name."""

    @property
    def id(self) -> str: ...


Named = TypeVar("Named", bound=HasId)


def read_file(form: type[File], path: Path) -> File:
    """Read one file of rows.

    Raises `DocumentError` with all findings for a file that cannot be used.
    """
    return as_form(form, read_document(path), f"library evidence {path.stem}", kind="evidence file")


def pick(kind: str, name: str, rows: Iterable[Named]) -> Named:
    """The row called `name`; raises `UnknownName` with the nearest names when there is none."""
    found = {row.id: row for row in rows}
    if name not in found:
        raise UnknownName(kind, name, found)
    return found[name]


@functools.lru_cache(maxsize=1)
def studies() -> tuple[Study, ...]:
    """Every study, in the order of the file."""
    return read_file(Studies, FOLDER / "studies.toml").study


def study(name: str) -> Study:
    """One study by its name; raises `UnknownName` for one that the library lacks.

    study("noppers_2011_fm").arms["s_ketamine"].n    # 12
    """
    return pick("study", name, studies())


@functools.lru_cache(maxsize=1)
def comparators() -> tuple[Comparator, ...]:
    """Every published result on another treatment, or on placebo, in the order of the file."""
    return read_file(Comparators, FOLDER / "comparators.toml").comparator


def comparator(name: str) -> Comparator:
    """One result by its name; raises `UnknownName` for one that the library lacks."""
    return pick("comparator", name, comparators())


@functools.lru_cache(maxsize=1)
def safety() -> Safety:
    """The rows about safety, by their kind: `safety().interaction` and so on."""
    return read_file(Safety, FOLDER / "safety.toml")


def safety_rows() -> dict[str, tuple[Row, ...]]:
    """All rows about safety by the name of their kind, in the order of the file."""
    found = safety()
    kinds = [name for name in type(found).model_fields if name != "schema_version"]
    return {kind: getattr(found, kind) for kind in kinds}


@functools.lru_cache(maxsize=1)
def instruments() -> Instruments:
    """The instruments, their codes, and how answers are written as FHIR."""
    return read_file(Instruments, FOLDER / "instruments.toml")


def instrument(name: str) -> Instrument:
    """One instrument by its name; raises `UnknownName` for one that the library lacks."""
    return pick("instrument", name, instruments().instrument)


@functools.lru_cache(maxsize=1)
def pharmacology() -> Pharmacology:
    """Facts about the molecules and the receptor, and bioavailability by route."""
    return read_file(Pharmacology, FOLDER / "pharmacology.toml")


def fact(name: str) -> Fact | Bioavailability:
    """One fact by its name; raises `UnknownName` for one that the library lacks."""
    found = pharmacology()
    rows: tuple[Fact | Bioavailability, ...] = (*found.fact, *found.bioavailability)
    return pick("fact", name, rows)


@functools.lru_cache(maxsize=1)
def effects() -> tuple[EffectSource, ...]:
    """What was published on how effects follow concentration and time."""
    return read_file(Effects, FOLDER / "effects.toml").effect


@functools.lru_cache(maxsize=1)
def claims() -> tuple[Claim, ...]:
    """What is said about ketamine in fibromyalgia, with what the sources say to it."""
    return read_file(Claims, FOLDER / "claims.toml").claim


def claim(name: str) -> Claim:
    """One claim by its name; raises `UnknownName` for one that the library lacks."""
    return pick("claim", name, claims())
