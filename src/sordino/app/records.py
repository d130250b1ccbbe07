"""The records of the store as the page asks for them: by names that say nothing of a patient."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import tempfile
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePath
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field

from sordino.app.asked import OPEN
from sordino.errors import DocumentError, InputError, OutputError, UnknownName
from sordino.record import Record
from sordino.record.exchange import Source, read_records
from sordino.record.rows import rows_of
from sordino.store import Store, create_store, open_store

MOST_TEXT = 4_000_000
"""Characters of a file: some years of FHIR observations of one patient."""
THREADS = 4
"""Threads that ask the store; while it keeps them waiting, the other pages go on."""
MOST_ASKED = 40
"""Questions to the store at once, those that wait for a thread included."""
WAIT_S = 5.0
"""Whoever looks at a page gives up sooner than a program that writes."""
ENDINGS = (".csv", ".tsv", ".txt", ".toml", ".json")


class FileTaken(BaseModel):
    """A file with records, and who puts them into the store."""

    model_config = OPEN

    name: Annotated[str, Field(max_length=300)] = Field(description="Its name, with its ending.")
    text: Annotated[str, Field(max_length=MOST_TEXT)] = Field(description="What is in it.")
    form: Literal["record", "redcap", "fhir"] = Field(
        default="record", description="A record of sordino, a REDCap export, or a FHIR bundle."
    )
    who: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")] = Field(
        description="Who makes this change, for the audit."
    )
    patient: Annotated[str, Field(max_length=100)] = Field(
        default="", description="Whose record it is, where the file does not say or holds several."
    )
    mapping: Annotated[str, Field(max_length=100_000)] = Field(
        default="", description="With redcap: which field is what, as TOML."
    )
    dictionary: Annotated[str, Field(max_length=1_000_000)] = Field(
        default="", description="With redcap: the data dictionary, as CSV."
    )
    skip_unknown: bool = Field(
        default=False, description="With fhir: leave out codes that mean nothing here."
    )
    supersede: bool = Field(
        default=False, description="What differs takes the place of what is there; both stay read."
    )


@dataclass(frozen=True)
class PatientListed:
    """One patient of the store; `id` is good until the program ends."""

    id: str
    patient: str
    entries: int
    last_change: str
    by: str


@dataclass(frozen=True)
class Taken:
    """What an import did, in entries."""

    patients: int
    added: int
    superseded: int
    unchanged: int
    left_out: int


@dataclass(frozen=True)
class RecordShown:
    """The record of one patient: how much there is of each kind, and its rows."""

    id: str
    patient: str
    summary: dict[str, Any]
    rows: tuple[dict[str, str], ...]


Answer = TypeVar("Answer")


@dataclass
class Records:
    """The store at an address; empty: the page has none."""

    address: str
    _secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(THREADS, "sordino-store")
    )
    _asked: int = 0

    async def ask(self, work: Callable[[], Answer]) -> Answer:
        """Do something with the store beside the requests; raises OutputError for too much."""
        if self._asked >= MOST_ASKED:
            raise OutputError(
                "too many wait for the store", where="store", hint="try again in a moment"
            )
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._asked -= 1

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(cancel_futures=True)

    @property
    def missing(self) -> bool:
        """Whether there is no store yet. Raises what `open_store` raises for one that is bad."""
        if not self.address:
            return True
        try:
            with open_store(self.address, WAIT_S):
                return False
        except InputError as error:
            if error.what == "there is no store":
                return True
            raise

    def make(self) -> None:
        """Make the store."""
        if not self.address:
            raise InputError("this page was started without a store", hint="sordino app --data")
        create_store(self.address, WAIT_S)

    def patients(self) -> tuple[PatientListed, ...]:
        """Everybody in the store, in the order of their marks."""
        with self._opened() as store:
            return tuple(
                PatientListed(
                    self._id(row["patient"]),
                    row["patient"],
                    row["entries"],
                    row["last_change"],
                    row["by"],
                )
                for row in store.patients()
            )

    def record(self, name: str) -> Record:
        """The record of a patient by `PatientListed.id`; raises `UnknownName`."""
        with self._opened() as store:
            for row in store.patients():
                if hmac.compare_digest(self._id(row["patient"]).encode(), name.encode()):
                    return store.record(row["patient"])
        raise UnknownName("patient of this start", name, [])

    def shown(self, name: str) -> RecordShown:
        """The record of a patient as the page shows it; raises `UnknownName`."""
        found = self.record(name)
        return RecordShown(name, found.patient, found.summary(), tuple(rows_of(found)))

    def take(self, given: FileTaken) -> Taken:
        """Put the records of a file into the store, all of them or none.

        Raises `DocumentError` with everything that is wrong.
        """
        found, left_out = _read(given)
        with self._opened() as store:
            done = store.put(
                found, who=given.who.strip(), source=_plain(given.name), supersede=given.supersede
            )
        kept = {k: v for k, v in asdict(done).items() if k not in ("change", "withdrawn")}
        return Taken(**kept, left_out=left_out)

    def _id(self, patient: str) -> str:
        return hmac.new(self._secret, patient.encode(), hashlib.sha256).hexdigest()[:24]

    @contextmanager
    def _opened(self) -> Generator[Store]:
        if not self.address:
            raise InputError("this page was started without a store", hint="sordino app --data")
        with open_store(self.address, WAIT_S) as store:
            yield store


def _plain(name: str) -> str:
    return PurePath(name).name[:200]


def _read(given: FileTaken) -> tuple[list[Record], int]:
    """The records in a file, which lies in a folder of this program while it is read."""
    ending = PurePath(given.name).suffix.lower()
    if ending not in ENDINGS:
        raise DocumentError(
            "this kind of file holds no record",
            where=_plain(given.name),
            allowed=", ".join(ENDINGS),
        )
    with tempfile.TemporaryDirectory(prefix="sordino-") as name:
        folder = Path(name)
        path = _kept(folder, f"record{ending}", given.text)
        redcap = given.form == "redcap"
        source = Source(
            path,
            given.form,
            given.patient or None,
            _kept(folder, "mapping.toml", given.mapping) if redcap and given.mapping else None,
            _kept(folder, "dictionary.csv", given.dictionary)
            if redcap and given.dictionary
            else None,
            given.form == "fhir" and given.skip_unknown,
        )
        try:
            return read_records(source)
        except InputError as error:
            raise _with_names(error, folder, given.name) from None


def _kept(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def _with_names(error: InputError, folder: Path, name: str) -> InputError:
    """The same error, with the names of the user's files in it."""
    found = error.findings if isinstance(error, DocumentError) else ()
    for each in (error, *found):
        for own in folder.iterdir():
            shown = _plain(name) if own.stem == "record" else own.name
            each.where = each.where.replace(str(own), shown)
            each.what = each.what.replace(str(own), shown)
    return error
