"""The closed lists of names in a record, and what values are accepted.

The ranges are plausibility limits, assumed: wide enough for any adult in treatment, narrow
enough to catch a slip of the decimal point or a wrong unit. They are not advice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sordino.patient.model import HEIGHT_CM, WEIGHT_KG

COLUMNS = (
    *("patient", "kind", "time", "end", "name", "value"),
    *("unit", "planned", "route", "salt", "note"),
)
"""The columns of a record file, in the order in which they are written."""

REQUIRED = ("kind", "time", "name", "value")

USED: dict[str, tuple[str, ...]] = {
    "session": ("time", "end", "name", "value", "unit", "planned", "route", "salt", "note"),
    "step": ("time", "end", "value", "unit"),
    "pause": ("time", "end"),
    "vital": ("time", "name", "value", "unit", "note"),
    "score": ("time", "name", "value", "note"),
    "effect": ("time", "end", "name", "value", "note"),
    "drug": ("time", "end", "name", "value", "unit", "route", "note"),
    "diary": ("time", "name", "value", "note"),
    "sample": ("time", "name", "value", "unit", "route", "note"),
}
"""The columns that each kind of row uses; in the others nothing may stand."""

MEANING: dict[str, str] = {
    "session": "a dose or infusion as given",
    "step": "a part of the session before it, with a dose of its own",
    "pause": "an interruption of the session before it",
    "vital": "a vital sign",
    "score": "the score of an instrument, or the answer to one of its items",
    "effect": "a side effect",
    "drug": "another drug that is taken",
    "diary": "an entry of the daily diary",
    "sample": "a blood sample",
}

SEVERITIES = ("mild", "moderate", "severe", "life_threatening")
ANALYTES = ("ketamine", "norketamine", "hydroxynorketamine")
SITES = ("arterial", "venous", "capillary")
SALTS = ("base", "hydrochloride")
EARLIEST_YEAR, LATEST_YEAR = 1990, 2100
MAX_SPAN_DAYS = 3660
MAX_NAME, MAX_NOTE = 60, 1000
NAME = re.compile(r"[a-z0-9][a-z0-9_.+-]*")


@dataclass(frozen=True, slots=True)
class Measure:
    """Something that is measured: its unit, other spellings of it, and the accepted range."""

    unit: str
    spellings: tuple[str, ...]
    low: float
    high: float
    meaning: str = ""


VITALS: dict[str, Measure] = {
    "systolic": Measure("mmHg", ("mm[Hg]", "mm Hg"), 40, 300),
    "diastolic": Measure("mmHg", ("mm[Hg]", "mm Hg"), 20, 200),
    "heart_rate": Measure("1/min", ("/min", "bpm", "{beats}/min"), 20, 250),
    "oxygen_saturation": Measure("%", (), 30, 100),
    "respiratory_rate": Measure("1/min", ("/min", "{breaths}/min"), 2, 80),
    "temperature": Measure("C", ("Cel", "°C"), 30, 43),
    "weight": Measure("kg", (), *WEIGHT_KG),
    "height": Measure("cm", (), *HEIGHT_CM),
}

DIARY: dict[str, Measure] = {
    "pain": Measure("", (), 0, 10, "average pain of the day; 0 none, 10 the worst"),
    "fatigue": Measure("", (), 0, 10, "fatigue of the day; 0 none, 10 the worst"),
    "sleep": Measure("", (), 0, 10, "how good the last night was; 0 the worst, 10 the best"),
    "mood": Measure("", (), 0, 10, "mood of the day; 0 the worst, 10 the best"),
    "sleep_hours": Measure("h", (), 0, 24, "hours slept in the last night"),
}

NG_PER_ML: dict[str, float] = {
    "ng/mL": 1.0,
    "ng/ml": 1.0,
    "ug/L": 1.0,
    "ug/l": 1.0,
    "ug/mL": 1000.0,
    "ug/ml": 1000.0,
    "mg/L": 1000.0,
    "mg/l": 1000.0,
}
"""What a concentration in a unit is in ng/mL."""

LARGEST_SAMPLE_NG_ML = 100_000.0


def tidy_name(text: str) -> str:
    """A name as records hold it: small letters, underscores for spaces."""
    return "_".join(text.lower().split())
