"""What a row may not say, and what happens when it does."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from sordino.errors import DocumentError, UnitError
from sordino.library.evidence import reader
from sordino.library.evidence.comparators import Comparators
from sordino.library.evidence.facts import Claims, Effects, Pharmacology
from sordino.library.evidence.instruments import Instruments
from sordino.library.evidence.parts import time_h
from sordino.library.evidence.reader import FOLDER, read_file
from sordino.library.evidence.safety import Safety
from sordino.library.evidence.studies import Studies

Table = dict[str, Any]
Change = Callable[[Table], object]
FORMS: dict[str, type[BaseModel]] = {
    "studies": Studies,
    "comparators": Comparators,
    "safety": Safety,
    "instruments": Instruments,
    "pharmacology": Pharmacology,
    "effects": Effects,
    "claims": Claims,
}


def load(name: str) -> Table:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def check(name: str, table: Table, folder: Path) -> None:
    """Read the table as the reader would, from a JSON file."""
    import json

    path = folder / f"{name}.json"
    path.write_text(json.dumps(table))
    read_file(FORMS[name], path)


def row(table: Table, kind: str, name: str) -> Table:
    return next(entry for entry in table[kind] if entry["id"] == name)


def noppers(table: Table) -> Table:
    return row(table, "study", "noppers_2011_fm")


def withheld(table: Table) -> Table:
    return row(table, "study", "amr_2010_sci")


def observed(table: Table, name: str, kind: str) -> Table:
    return next(o for o in row(table, "study", name)["observation"] if o["kind"] == kind)


@pytest.mark.parametrize("name", FORMS)
def test_the_file_as_it_is(name: str, tmp_path: Path) -> None:
    check(name, load(name), tmp_path)


@pytest.mark.parametrize("name", FORMS)
def test_an_unknown_key_is_refused(name: str, tmp_path: Path) -> None:
    table = load(name)
    kind = next(key for key, value in table.items() if isinstance(value, list))
    table[kind][0]["colour"] = "blue"
    with pytest.raises(DocumentError, match="colour"):
        check(name, table, tmp_path)


STUDY_FAULTS: list[tuple[Change, str]] = [
    (lambda t: noppers(t).pop("cites"), "cites"),
    (lambda t: noppers(t).pop("seen"), "seen"),
    (lambda t: noppers(t).update(seen=[]), "seen"),
    (lambda t: noppers(t).update(seen=["hearsay"]), "seen"),
    (lambda t: noppers(t).update(cites=["nobody_1900"]), "nobody_1900"),
    (lambda t: noppers(t).update(role="fit"), "role"),
    (lambda t: noppers(t)["observation"][0].update(responders=13), "13 of 12"),
    (lambda t: noppers(t)["observation"][0].update(arm="somebody"), "somebody"),
    (lambda t: noppers(t)["observation"][0].update(time="15"), "unit"),
    (lambda t: noppers(t)["observation"][0].update(since="now"), "since"),
    (lambda t: noppers(t)["observation"][0].pop("n"), "n"),
    (lambda t: noppers(t)["observation"][0].update(kind="guess"), "observation"),
    (lambda t: noppers(t)["arm"][0].update(protocol="none_such"), "none_such"),
    (lambda t: noppers(t)["arm"][0]["given"][0].update(dose="0.5"), "dose"),
    (lambda t: noppers(t)["arm"].append(noppers(t)["arm"][0]), "twice"),
    (lambda t: withheld(t).update(findings=["it worked"]), "withheld"),
    (lambda t: withheld(t).update(seen=["abstract"]), "only the reference"),
    (lambda t: noppers(t).update(seen=["reference"]), "only the reference"),
    (
        lambda t: observed(t, "meta_michelet_2018", "contrast").update(ci_high=-2.0),
        "outside its own interval",
    ),
    (lambda t: observed(t, "meta_michelet_2018", "contrast").pop("value"), "needs its value"),
    (lambda t: observed(t, "goldberg_2010_crps", "range").update(low=10), "above"),
    (lambda t: observed(t, "sorensen_1995_fm", "range").update(count=9), "count"),
    (
        lambda t: observed(t, "murrough_2013_six_infusions", "median").update(value=30),
        "quartiles",
    ),
    (lambda t: observed(t, "meta_han_2016_mdd", "share").update(percent=101), "percent"),
]


@pytest.mark.parametrize(("change", "said"), STUDY_FAULTS)
def test_a_study_that_cannot_be_is_refused(change: Change, said: str, tmp_path: Path) -> None:
    table = load("studies")
    change(table)
    with pytest.raises(DocumentError, match=said):
        check("studies", table, tmp_path)


OTHER_FAULTS: list[tuple[str, Change, str]] = [
    (
        "comparators",
        lambda t: row(t, "comparator", "gabapentin.cochrane")["relief"][0].update(drug_count=76),
        "76 of 75",
    ),
    (
        "comparators",
        lambda t: row(t, "comparator", "gabapentin.cochrane")["withdrawal"][0].update(
            placebo_count=76
        ),
        "76 of 75",
    ),
    (
        "comparators",
        lambda t: row(t, "comparator", "cbt.class_2021")["effect"][0].update(value=-1.5),
        "outside its own interval",
    ),
    ("comparators", lambda t: t["comparator"][0].update(comparator="aspirin"), "aspirin"),
    (
        "comparators",
        lambda t: row(t, "comparator", "pregabalin.onset_2015")["onset"][0].update(time="1 day"),
        "either time or between",
    ),
    ("safety", lambda t: row(t, "interaction", "rifampicin.oral").pop("auc_ratio"), "ratio"),
    (
        "safety",
        lambda t: row(t, "interaction", "grapefruit_juice.oral").update(auc_ratio=4.0),
        "outside its range",
    ),
    (
        "safety",
        lambda t: row(t, "long_term", "hepatotoxicity_noppers_2011").update(affected=7),
        "more affected than exposed",
    ),
    (
        "safety",
        lambda t: row(t, "guideline_rule", "asra2018.dose.infusion_range")["limit"].update(low=3.0),
        "above",
    ),
    (
        "safety",
        lambda t: row(t, "guideline_rule", "asra2018.dose.bolus_max")["limit"].pop("high"),
        "low or high",
    ),
    ("safety", lambda t: row(t, "session", "bp_peak_iv").pop("time"), "either time or between"),
    (
        "safety",
        lambda t: row(t, "long_term", "sustain3_long_term")["effect"][3].pop("n"),
        "count needs an n",
    ),
    ("instruments", lambda t: row(t, "instrument", "phq9").update(range=[0, 28]), "9 items give"),
    (
        "instruments",
        lambda t: row(t, "instrument", "fiqr")["domain"][0].update(items=8),
        "not all items",
    ),
    (
        "instruments",
        lambda t: row(t, "instrument", "fiqr")["domain"][0].update(max_weighted=20.0),
        "do not add up",
    ),
    (
        "instruments",
        lambda t: row(t, "instrument", "gad7")["bands"][0]["band"].insert(
            0, {"label": "x", "low": 7}
        ),
        "not in order",
    ),
    (
        "instruments",
        lambda t: row(t, "code", "loinc.gad7.total").update(codes=["70247-6"]),
        "last digit of 70247-6",
    ),
    (
        "instruments",
        lambda t: row(t, "code", "loinc.phq9.answers").update(values=[0, 1]),
        "a value for each code",
    ),
    (
        "pharmacology",
        lambda t: t["fact"][0]["number"][0].pop("value"),
        "needs a value, or low and high",
    ),
    (
        "pharmacology",
        lambda t: row(t, "bioavailability", "wafer.rolan_2014")["number"][0].update(value=0.4),
        "outside its own interval",
    ),
    (
        "pharmacology",
        lambda t: row(t, "bioavailability", "nasal.label")["number"][0].update(value=48.0),
        "no fraction",
    ),
    (
        "pharmacology",
        lambda t: row(t, "bioavailability", "nasal.label").pop("number"),
        "only what was not found",
    ),
    (
        "effects",
        lambda t: row(t, "effect", "van_velzen_2021_half_life").pop("derivation"),
        "does not say how",
    ),
    ("claims", lambda t: t["claim"][0].update(verdict="true"), "verdict"),
]


@pytest.mark.parametrize(("name", "change", "said"), OTHER_FAULTS)
def test_a_row_that_cannot_be_is_refused(
    name: str, change: Change, said: str, tmp_path: Path
) -> None:
    table = load(name)
    change(table)
    with pytest.raises(DocumentError, match=said):
        check(name, table, tmp_path)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("15 min", 0.25),
        ("8 week", 8 * 7 * 24),
        ("1 year", 365.25 * 24),
        ("12 month", 365.25 * 24),
        ("1 month", 365.25 * 2),
    ],
)
def test_times_in_hours(text: str, hours: float) -> None:
    assert time_h(text) == pytest.approx(hours, rel=1e-15)


@pytest.mark.parametrize("text", ["12", "month", "-1 month", "1 mo", "1 month 2 day"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(UnitError):
        time_h(text)


def test_what_an_arm_got_as_a_treatment_of_a_course() -> None:
    given = reader.study("noppers_2011_fm").arms["s_ketamine"].given[0].as_treatment()
    assert given == {
        "drug": "esketamine",
        "route": "iv",
        "dose": "0.5 mg/kg",
        "duration": "30 min",
        "days": (0.0,),
    }
