"""The record of a patient's treatment: what was given, and how it went.

    from sordino.record import load_record

    record = load_record("record.csv")
    record.diary.answered("pain")        # days from the first session, and ratings
    record.administrations()             # what was given, as the engine reads it

What a file may hold: `docs/record.md`.
"""

from sordino.record.load import load_record
from sordino.record.model import (
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
from sordino.record.series import Diary

__all__ = [
    "Diary",
    "DiaryEntry",
    "Dose",
    "OtherDrug",
    "Part",
    "Record",
    "Sample",
    "Score",
    "Session",
    "SideEffect",
    "Vital",
    "load_record",
]
