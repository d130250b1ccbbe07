"""Records of all kinds, as a program could make them."""

from __future__ import annotations

import functools
from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import strategies as st

from sordino.record import (
    DiaryEntry,
    Dose,
    OtherDrug,
    Part,
    Record,
    Sample,
    Score,
    Session,
    SideEffect,
    Vital,
)

DAY_ONE = datetime(2026, 1, 5, 8)
# Notes are one line of text; quotes, commas and letters of other alphabets belong to it.
NOTES = st.text(alphabet='abc ,;"äñ|#', max_size=12).map(lambda text: " ".join(text.split()))
NAMES = st.sampled_from(["nausea", "dizziness", "headache", "vivid_dreams"])
AMOUNTS = st.floats(0.01, 9).map(lambda value: round(value, 3))


@st.composite
def _session(draw: st.DrawFn, start: datetime) -> Session:
    dose = Dose(draw(AMOUNTS), draw(st.booleans()))
    session = functools.partial(
        Session,
        planned=draw(st.none() | st.builds(Dose, AMOUNTS, st.booleans())),
        salt=draw(st.sampled_from(["base", "hydrochloride"])),
        note=draw(NOTES),
    )
    if draw(st.booleans()):
        whole = (Part(start, start, dose.value),)
        return session(start, start, "esketamine", "intranasal", dose, parts=whole)
    lengths = draw(st.lists(st.integers(1, 60), min_size=1, max_size=3))
    # Rates that differ clearly, and gaps: equal ones would be written as one with pauses.
    parts: list[Part] = []
    at = start
    for number, minutes in enumerate(lengths):
        end = at + timedelta(minutes=minutes)
        parts.append(Part(at, end, minutes * 0.1 * (number + 1)))
        at = end + timedelta(minutes=draw(st.integers(0, 5)))
    total = Dose(sum(part.dose for part in parts), dose.per_kg)
    if len(parts) == 1:
        total = Dose(parts[0].dose, dose.per_kg)
    return session(start, parts[-1].end, "ketamine", "iv", total, parts=tuple(parts))


@st.composite
def records(draw: st.DrawFn, *, zoned: bool | None = None) -> Record:
    """A record with some entries of every kind."""
    with_zone = draw(st.booleans()) if zoned is None else zoned
    zones = st.sampled_from([UTC, timezone(timedelta(hours=1)), timezone(-timedelta(hours=5))])
    zone = draw(zones) if with_zone else None
    begin = DAY_ONE.replace(tzinfo=zone)
    days = sorted(draw(st.sets(st.integers(0, 40), max_size=6)))
    times = [begin + timedelta(days=day, minutes=draw(st.integers(0, 300))) for day in days]
    return Record(
        patient=draw(st.sampled_from(["P01", "7", "clinic-3/12"])),
        sessions=tuple(draw(_session(time)) for time in times),
        vitals=tuple(
            vital
            for time in times
            for vital in (
                Vital(time, "diastolic", float(draw(st.integers(40, 90)))),
                Vital(time, "systolic", float(draw(st.integers(95, 200)))),
                Vital(time, "weight", 70.25, draw(NOTES)),
            )
        ),
        scores=tuple(
            score
            for time in times
            for score in (
                Score(time, "fiqr", 61.5, (), draw(NOTES)),
                Score(time, "gad7", None, (("1", 2.0), ("7", 0.0)), draw(NOTES)),
                Score(time, "phq9", 12.0, (("1", 3.0), ("9", 0.0)), draw(NOTES)),
            )
        ),
        effects=tuple(
            SideEffect(
                time,
                draw(NAMES),
                draw(st.sampled_from(["mild", "severe"])),
                draw(st.none() | st.just(time + timedelta(hours=2))),
                draw(NOTES),
            )
            for time in times
        ),
        drugs=tuple(OtherDrug(time.date(), "duloxetine", "60 mg a day") for time in times),
        entries=tuple(
            DiaryEntry(day, name, float(value))
            for day in (date(2026, 1, 1) + timedelta(days=number) for number in days)
            for name, value in (("mood", 3), ("pain", draw(st.integers(0, 100)) / 10))
        ),
        samples=tuple(
            Sample(time, "ketamine", draw(AMOUNTS), draw(st.booleans()), "venous", draw(NOTES))
            for time in times
        ),
    )
