"""A record in memory: what was given to one patient, and how it went."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from sordino.record.times import Moment, as_clock, day_of, moment_text

if TYPE_CHECKING:
    from sordino.course import Administration, Course
    from sordino.patient import Patient
    from sordino.record.series import Diary


@dataclass(frozen=True, slots=True)
class Dose:
    """An amount of the drug as it was weighed: in mg, or in mg/kg when `per_kg`."""

    value: float
    per_kg: bool

    @property
    def unit(self) -> str:
        """The unit of `value`."""
        return "mg/kg" if self.per_kg else "mg"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a session at a constant rate, in the unit of the session's dose."""

    start: datetime
    end: datetime
    dose: float


@dataclass(frozen=True, slots=True)
class Session:
    """One occasion on which the drug was given, or was to be given.

    `dose` is what was given: 0 when the session did not take place. `parts` are in order of
    time and add up to the dose; between them nothing ran. A dose given at once has one part
    without a length.
    """

    start: datetime
    end: datetime
    drug: str
    route: str
    dose: Dose
    planned: Dose | None = None
    salt: str = "base"
    parts: tuple[Part, ...] = ()
    note: str = ""

    @property
    def given(self) -> bool:
        """Whether anything was given."""
        return self.dose.value > 0

    @property
    def pauses(self) -> tuple[tuple[datetime, datetime], ...]:
        """When nothing ran between start and end."""
        edges = [self.start]
        for part in self.parts:
            edges += [part.start, part.end]
        edges.append(self.end)
        gaps = zip(edges[::2], edges[1::2], strict=True)
        return tuple((a, b) for a, b in gaps if b > a) if self.parts else ()


@dataclass(frozen=True, slots=True)
class Vital:
    """A vital sign, in the unit of `names.VITALS`."""

    time: datetime
    name: str
    value: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """An instrument at one time: its score, and the answers to items, where they were given.

    Whatever of the two is missing is not made up here.
    """

    time: Moment
    instrument: str
    value: float | None = None
    items: tuple[tuple[str, float], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class SideEffect:
    """A side effect from `time` until `end`, when that is known."""

    time: Moment
    name: str
    severity: str
    end: Moment | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class OtherDrug:
    """A drug taken beside the treatment; `dose` is text. Without an end it is still taken."""

    time: Moment
    name: str
    dose: str = ""
    route: str = ""
    end: Moment | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class DiaryEntry:
    """One answer of the daily diary; `time` is a day where no clock time was written."""

    time: Moment
    name: str
    value: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """A concentration in blood, ng/mL; with `below` it is a limit under which the value was."""

    time: datetime
    analyte: str
    value: float
    below: bool = False
    site: str = ""
    note: str = ""


Entry = Session | Vital | Score | SideEffect | OtherDrug | DiaryEntry | Sample


@dataclass(frozen=True, slots=True)
class Record:
    """The record of one patient's treatment. Every tuple is in the order of time.

    Files are read with `sordino.record.load_record`.
    """

    patient: str
    sessions: tuple[Session, ...] = ()
    vitals: tuple[Vital, ...] = ()
    scores: tuple[Score, ...] = ()
    effects: tuple[SideEffect, ...] = ()
    drugs: tuple[OtherDrug, ...] = ()
    entries: tuple[DiaryEntry, ...] = field(default=())
    samples: tuple[Sample, ...] = ()

    def everything(self) -> tuple[Entry, ...]:
        """All entries, kind by kind."""
        return (
            *self.sessions,
            *self.vitals,
            *self.scores,
            *self.effects,
            *self.drugs,
            *self.entries,
            *self.samples,
        )

    @property
    def given(self) -> tuple[Session, ...]:
        """The sessions in which something was given."""
        return tuple(session for session in self.sessions if session.given)

    @property
    def origin(self) -> datetime | None:
        """Time zero: the start of the first session in which something was given."""
        return self.given[0].start if self.given else None

    @property
    def first_day(self) -> date | None:
        """Day zero: the day of `origin`, or of the first diary entry when nothing was given."""
        if self.origin is not None:
            return self.origin.date()
        return day_of(self.entries[0].time) if self.entries else None

    def hours(self, moment: Moment) -> float:
        """Hours from time zero; a day counts as its evening (20:00, assumed).

        Raises ValueError for a record in which nothing was given.
        """
        if self.origin is None:
            raise ValueError("nothing was given in this record")
        return (as_clock(moment, self.origin) - self.origin) / timedelta(hours=1)

    @property
    def diary(self) -> Diary:
        """The diary as arrays by day."""
        from sordino.record.series import diary_of

        return diary_of(self)

    def administrations(self, like: Course | None = None) -> tuple[Administration, ...]:
        """What was given, as the engine reads it; see `sordino.record.doses.administrations`."""
        from sordino.record.doses import administrations

        return administrations(self, like)

    def course(
        self,
        *,
        until: str = "90 days",
        patient: Patient | None = None,
        like: Course | None = None,
    ) -> Course:
        """The sessions as a course that can be simulated; see `sordino.record.doses.course_of`."""
        from sordino.record.doses import course_of

        return course_of(self, until=until, patient=patient, like=like)

    def digest(self) -> str:
        """SHA-256 (hex) of what the record says, whatever form it was read from."""
        from sordino.documents import digest
        from sordino.record.rows import rows_of

        return digest({"format": 1, "rows": [dict(cells) for cells in rows_of(self)]})

    def summary(self) -> dict[str, object]:
        """What the record holds, as plain values: counts, first and last time."""
        moments = [e.start if isinstance(e, Session) else e.time for e in self.everything()]
        ordered = sorted(moments, key=lambda m: (day_of(m), moment_text(m)))
        return {
            "patient": self.patient,
            "digest": self.digest(),
            "sessions": len(self.sessions),
            "given": len(self.given),
            "vitals": len(self.vitals),
            "scores": len(self.scores),
            "effects": len(self.effects),
            "drugs": len(self.drugs),
            "diary_entries": len(self.entries),
            "diary_days": len({day_of(e.time) for e in self.entries}),
            "samples": len(self.samples),
            "first": moment_text(ordered[0]) if ordered else None,
            "last": moment_text(ordered[-1]) if ordered else None,
        }
