from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from sordino.course import Administration, Course, load_course
from sordino.errors import DocumentError
from sordino.patient import Patient

INFUSION = {
    "drug": "ketamine",
    "route": "iv",
    "dose": "0.5 mg/kg",
    "duration": "40 min",
    "days": [0, 2, 4, 7, 9, 11],
}
ABSORBED = {"absorption_rate": "3 1/h", "bioavailability": 0.9}


def course(*treatments: dict[str, Any], **keys: Any) -> Course:
    return load_course({"treatment": list(treatments), **keys})


def treatment(**change: Any) -> dict[str, Any]:
    """The infusion with keys changed, or taken out when None."""
    return {key: value for key, value in {**INFUSION, **change}.items() if value is not None}


def findings(*treatments: dict[str, Any], **keys: Any) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        course(*treatments, **keys)
    return [str(finding) for finding in caught.value.findings]


def test_six_infusions():
    given = course(INFUSION).administrations()
    assert [a.start_h for a in given] == [0, 48, 96, 168, 216, 264]
    assert [a.session for a in given] == [0, 1, 2, 3, 4, 5]
    assert given[0] == Administration(
        treatment=0,
        session=0,
        drug="ketamine",
        route="iv",
        start_h=0.0,
        duration_h=40 / 60,
        dose_mg=0.0,
        dose_mg_per_kg=0.5,
        absorption_rate_per_h=None,
        bioavailability=None,
    )


@pytest.mark.parametrize(
    ("keys", "duration_h", "mg", "mg_per_kg"),
    [
        ({"dose": "35 mg", "duration": "40 min"}, 40 / 60, 35.0, 0.0),
        ({"dose": "35 mg", "duration": None}, 0.0, 35.0, 0.0),
        ({"dose": None, "rate": "0.35 mg/kg/h", "duration": "4 h"}, 4.0, 0.0, 1.4),
        ({"dose": None, "rate": "10 ug/kg/min", "duration": "4 h"}, 4.0, 0.0, 2.4),
        ({"dose": "100 mg", "rate": "50 mg/h", "duration": None}, 2.0, 100.0, 0.0),
        ({"dose": "0.5 mg/kg", "rate": "0.75 mg/kg/h", "duration": "40 min"}, 40 / 60, 0.0, 0.5),
        ({"dose": "0.5 mg/kg", "rate": "0.7501 mg/kg/h", "duration": "40 min"}, 40 / 60, 0.0, 0.5),
        ({"dose": "100 mg", "salt": "hydrochloride"}, 40 / 60, 86.7, 0.0),
    ],
)
def test_amounts(keys: dict[str, Any], duration_h: float, mg: float, mg_per_kg: float):
    first = course(treatment(**keys)).administrations()[0]
    assert (first.duration_h, first.dose_mg, first.dose_mg_per_kg) == (duration_h, mg, mg_per_kg)


def test_steps_share_a_session_and_follow_each_other():
    steps = [
        {"rate": "5 mg/h", "duration": "8 h"},
        {"rate": "0 mg/h", "duration": "1 h"},
        {"rate": "0.25 mg/kg/h", "duration": "10 h"},
    ]
    stepped = course(treatment(dose=None, duration=None, steps=steps, days=[0, 3]))
    given = stepped.administrations()
    assert [(a.session, a.start_h, a.duration_h, a.dose_mg, a.dose_mg_per_kg) for a in given] == [
        (0, 0.0, 8.0, 40.0, 0.0),
        (0, 9.0, 10.0, 0.0, 2.5),
        (1, 72.0, 8.0, 40.0, 0.0),
        (1, 81.0, 10.0, 0.0, 2.5),
    ]
    assert [(s.start_h, s.end_h) for s in stepped.sessions()] == [(0.0, 19.0), (72.0, 91.0)]


@pytest.mark.parametrize(
    ("keys", "starts"),
    [
        ({"days": None}, [0]),
        ({"days": [4, 0, 0.5]}, [0, 12, 96]),
        ({"days": [1, 3]}, [0, 48]),
        ({"days": [0, 0.1]}, [0, 2.4]),
        ({"days": None, "every": "8 h", "times": 3}, [0, 8, 16]),
        ({"days": None, "every": "1 day", "times": 2, "start": "3 days"}, [0, 24]),
        ({"days": None, "start": "3 days"}, [0]),
        ({"days": None, "at": ["2026-01-06 10:30", "2026-01-05 10:00"]}, [0, 24.5]),
        ({"days": None, "at": ["2026-01-05T10:00+01:00", "2026-01-05T10:00Z"]}, [0, 1]),
    ],
)
def test_schedules(keys: dict[str, Any], starts: list[float]):
    assert [s.start_h for s in course(treatment(**keys)).sessions()] == starts


def test_all_treatments_share_one_origin():
    late = treatment(days=None, start="3 days", route="sublingual", duration=None, dose="25 mg")
    both = course(treatment(days=[5]), late)
    assert [(a.start_h, a.treatment, a.session) for a in both.administrations()] == [
        (0.0, 1, 0),
        (48.0, 0, 1),
    ]
    clocks = course(
        treatment(days=None, at=["2026-01-05 10:00"]), treatment(days=None, at=["2026-01-04 10:00"])
    )
    assert [(s.start_h, s.treatment) for s in clocks.sessions()] == [(0.0, 1), (24.0, 0)]


def test_toml_dates_are_clock_times(tmp_path: Path):
    file = tmp_path / "course.toml"
    file.write_text(
        '[[treatment]]\ndrug = "ketamine"\nroute = "iv"\ndose = "35 mg"\n'
        "at = [2026-01-05 10:00:00, 2026-01-05 12:30:00]\n"
    )
    assert [s.start_h for s in load_course(file).sessions()] == [0.0, 2.5]


def test_overlapping_sessions_are_numbered_in_time_order():
    long = treatment(dose=None, duration=None, steps=[{"rate": "5 mg/h", "duration": "48 h"}] * 2)
    mixed = course({**long, "days": [0]}, treatment(days=[1, 3]))
    assert [(a.start_h, a.session) for a in mixed.administrations()] == [
        (0.0, 0),
        (24.0, 1),
        (48.0, 0),
        (72.0, 2),
    ]


def test_depot_routes_carry_their_absorption():
    keys: dict[str, Any] = {"route": "im", "duration": None, "days": [0]}
    (given,) = course(treatment(**keys, **ABSORBED)).administrations()
    assert (given.absorption_rate_per_h, given.bioavailability) == (3.0, 0.9)
    half = {"absorption_half_life": "15 min", "bioavailability": "90 %"}
    (given,) = course(treatment(**keys, **half)).administrations()
    assert given.absorption_rate_per_h == pytest.approx(math.log(2) * 4, rel=1e-15)
    assert given.bioavailability == 0.9


def test_comparators_have_a_start_and_no_administration():
    used = course(
        treatment(days=[7]),
        {"drug": "duloxetine", "dose": "60 mg a day", "start": "14 days"},
        {"drug": "placebo"},
        {"drug": "exercise", "days": [3]},
    )
    assert [(c.name, c.dose_text, c.start_h) for c in used.comparators()] == [
        ("exercise", "", 0.0),
        ("placebo", "", 0.0),
        ("duloxetine", "60 mg a day", 264.0),
    ]
    assert [a.start_h for a in used.administrations()] == [96.0]
    assert course({"drug": "cbt"}).administrations() == ()


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"dose": 0.5}, "dose", 'write "0.5 mg/kg" or "0.5 mg"'),
        ({"dose": "0,5 mg/kg"}, "dose", 'write "0.5 mg/kg"'),
        ({"dose": "0.5"}, "dose", "has no unit"),
        ({"dose": "1 mg/h"}, "dose", "is an infusion rate, not a dose per body weight or a dose"),
        ({"dose": "0 mg"}, "dose", "zero"),
        ({"dose": True}, "dose", "text in quotes"),
        ({"duration": 40}, "duration", 'write "40 min"'),
        ({"duration": "0 min"}, "duration", "zero"),
        ({"dose": None}, "dose", "missing"),
        ({"dose": None, "rate": "5 mg/h", "duration": None}, "duration", "missing"),
        ({"rate": "0.7 mg/kg/h"}, "rate", "0.4667 mg/kg, not 0.5 mg/kg"),
        ({"rate": "52 mg/h"}, "rate", "different bases"),
        ({"steps": [{"rate": "5 mg/h", "duration": "8 h"}], "duration": None}, "dose", "steps"),
        (
            {"steps": [{"rate": "5", "duration": "1 h"}], "dose": None, "duration": None},
            "steps[1].rate",
            "has no unit",
        ),
        (
            {"steps": [{"rate": "0 mg/h", "duration": "1 h"}], "dose": None, "duration": None},
            "steps",
            "nothing is given",
        ),
        ({"steps": [], "dose": None, "duration": None}, "steps", "at least 1"),
        ({"drug": "ketamin"}, "drug", "did you mean ketamine"),
        ({"route": None}, "route", "missing"),
        ({"route": "rectal"}, "route", "intranasal"),
        ({"route": "oral"}, "duration", "does not go with route oral"),
        ({"salt": "sulfate"}, "salt", "base, hydrochloride"),
        ({"dosis": "1 mg"}, "dosis", "did you mean dose"),
        ({"days": [0, 0]}, "days", "twice"),
        ({"days": []}, "days", "at least 1"),
        ({"days": [0, -1]}, "days[2]", "0 or more"),
        ({"days": "0"}, "days", "a list is needed"),
        ({"days": [float("nan")]}, "days[1]", "finite"),
        ({"every": "1 day", "times": 3}, "every", "both given"),
        ({"days": None, "every": "1 day"}, "times", "missing"),
        ({"days": None, "times": 2}, "every", "missing"),
        ({"days": None, "every": "0 h", "times": 2}, "every", "too short"),
        ({"days": None, "every": "1 day", "times": 2.5}, "times", "whole number"),
        ({"days": None, "every": "1 day", "times": 10**9}, "times", "1000 or less"),
        ({"start": "1 day"}, "start", "does not go with days"),
        ({"days": None, "at": ["2026-01-05"]}, "at[1]", "clock time"),
        ({"days": None, "at": ["2026-02-30 10:00"]}, "at[1]", "clock time"),
        ({"days": None, "at": ["0001-01-01 00:00+14:00"]}, "at[1]", "clock time"),
        ({"days": None, "at": ["2026-01-05 10:00"] * 2}, "at", "twice"),
        (
            {"days": None, "at": ["2026-01-05 10:00", "2026-01-05 12:00Z"]},
            "at",
            "some have none",
        ),
        ({"absorption_rate": "1 1/h"}, "absorption_rate", "im and sc only"),
        ({"bioavailability": 0.5}, "bioavailability", "im and sc only"),
        ({"route": "im", **ABSORBED, "bioavailability": 93}, "bioavailability", '"93 %"'),
        ({"route": "im", **ABSORBED, "bioavailability": 0}, "bioavailability", "above 0"),
        ({"route": "sc", **ABSORBED, "absorption_rate": "0 1/h"}, "absorption_rate", "range"),
        (
            {"route": "sc", **ABSORBED, "absorption_half_life": "1 h"},
            "absorption_half_life",
            "both given",
        ),
        (
            {"route": "sc", "bioavailability": 1, "absorption_half_life": "0 h"},
            "absorption_half_life",
            "plausible range",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(change: dict[str, Any], place: str, words: str):
    found = findings(treatment(**change))
    assert len(found) == 1
    assert found[0].startswith(f"course: treatment[1].{place}:")
    assert words in found[0]


@pytest.mark.parametrize("route", ["im", "sc"])
def test_missing_absorption_says_that_no_verified_values_exist(route: str):
    found = findings(treatment(route=route, duration=None))
    assert len(found) == 2
    for text in found:
        assert f"no verified adult absorption parameters exist for {route}" in text
    assert ("0.41" in found[0]) is (route == "im")


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ({"dose": "500 mg/kg"}, "up to 10 mg/kg"),
        ({"dose": "1001 mg"}, "up to 1000 mg"),
        ({"dose": None, "rate": "11 mg/kg/h", "duration": "10 min"}, "up to 10 mg/kg/h"),
        ({"dose": None, "rate": "5 mg/h", "duration": "15 days"}, "up to 14 days"),
        ({"dose": "101 mg/kg", "duration": "4 days"}, "up to 100 mg/kg over an infusion"),
    ],
)
def test_implausible_amounts_name_the_range_and_the_override(change: dict[str, Any], allowed: str):
    once = {**change, "days": [0]}
    (found,) = findings(treatment(**once))
    assert allowed in found
    assert "allow_implausible = true" in found
    assert course(treatment(**once, allow_implausible=True)).administrations()


@pytest.mark.parametrize(
    "change",
    [
        {"dose": "10 mg/kg"},
        {"dose": "1000 mg"},
        {"dose": "1200 mg", "salt": "hydrochloride", "duration": "2 days"},
        {"dose": "1100 mg", "salt": "hydrochloride"},
        {"dose": "100 mg/kg", "duration": "14 days", "days": [0]},
        {"dose": "0.5 mg/kg", "duration": "1 min"},
        {"dose": None, "rate": "10 mg/kg/h", "duration": "1 h"},
    ],
)
def test_the_ends_of_the_plausible_range_are_accepted(change: dict[str, Any]):
    assert course(treatment(**change)).administrations()


@pytest.mark.parametrize("key", ["route", "salt", "duration", "rate", "every", "bioavailability"])
def test_comparators_take_no_dosing(key: str):
    value = {
        "route": "oral",
        "salt": "hydrochloride",
        "duration": "1 h",
        "rate": "1 mg/h",
        "every": "1 day",
        "bioavailability": 0.5,
    }[key]
    found = findings({"drug": "duloxetine", key: value})
    assert f"{key} does not go with duloxetine" in found[0]


def test_days_and_clock_times_do_not_mix():
    clock = treatment(days=None, at=["2026-01-05 10:00"])
    (found,) = findings(clock, INFUSION)
    assert found.startswith("course: treatment[2]: days here and clock times")
    (found,) = findings(treatment(days=None), clock)
    assert found.startswith("course: treatment[1]: no schedule here")
    (found,) = findings(clock, treatment(days=None, at=["2026-01-05 10:00Z"]))
    assert "time zone" in found
    assert course(clock, {"drug": "cbt"}).comparators()[0].start_h == 0.0


def test_observation_covers_the_course():
    (found,) = findings(INFUSION, observe={"until": "10 days"})
    assert found.startswith("course: treatment[1]: it ends 11.03 days after the first dose")
    assert "raise observe.until" in found
    for until in ["0 days", "367 days"]:
        assert "up to 366 days" in findings(INFUSION, observe={"until": until})[0]
    assert 'write "90 min" or "90 days"' in findings(INFUSION, observe={"until": 90})[0]
    assert course(INFUSION).until_h == 2160.0


def test_a_course_has_at_most_a_thousand_sessions():
    many = treatment(days=None, every="1 h", times=600)
    (found,) = findings(many, many)
    assert "at most 1000 sessions" in found
    assert len(course(many).sessions()) == 600


def test_all_findings_come_at_once():
    found = findings(
        treatment(dose="500 mg/kg"),
        treatment(route="IV", doze="x"),
        patient={"age": 10},
        titel="x",
        observe={"until": 5},
    )
    places = {text.split(":")[1].strip() for text in found}
    assert places == {
        "treatment[1].dose",
        "treatment[2].route",
        "treatment[2].doze",
        "patient.age",
        "titel",
        "observe.until",
    }


def test_no_words_of_the_validator_leak():
    wrong: list[Any] = [None, True, 1, 1.5, "x", [], {}, ["x"], {"x": 1}, [[]], [{}]]
    tables = [
        {"treatment": [INFUSION], key: value} for key in Course.model_fields for value in wrong
    ]
    tables += [
        {"treatment": [{**INFUSION, key: value}]} for key in treatment_keys() for value in wrong
    ]
    refusals = [text for table in tables if (text := refusal(table))]
    assert len(refusals) > 200
    leaks = re.compile(r"[Ii]nput should|pydantic|validation error|cannot be used here")
    assert [text for text in refusals if leaks.search(text)] == []


def refusal(table: dict[str, Any]) -> str:
    """The error text for a table, empty when it is a course."""
    try:
        load_course(table)
    except DocumentError as error:
        return str(error)
    return ""


def treatment_keys() -> list[str]:
    from sordino.course import Treatment

    return list(Treatment.model_fields)


def test_a_single_table_where_a_list_is_needed_gets_the_brackets():
    with pytest.raises(DocumentError, match=r"\[\[treatment\]\]"):
        load_course({"treatment": dict(INFUSION)})


def test_a_patient_file_beside_the_course(tmp_path: Path):
    (tmp_path / "who").mkdir()
    patient = tmp_path / "who" / "patient.toml"
    patient.write_text('age = 47\nweight = "70 kg"\n')
    file = tmp_path / "course.json"
    file.write_text(json.dumps({"patient": "who/patient.toml", "treatment": [INFUSION]}))
    loaded = load_course(file)
    assert loaded.patient == Patient(age=47.0, weight="70 kg")
    assert loaded.patient_covariates() == {"age": 47.0, "weight": 70.0}
    inline = course(INFUSION, patient={"age": 47, "weight": "70 kg"})
    assert loaded.digest() == inline.digest()

    patient.write_text("age = 4\n")
    file.write_text(json.dumps({"patient": "who/patient.toml", "treatment": []}))
    with pytest.raises(DocumentError) as caught:
        load_course(file)
    assert [f.where for f in caught.value.findings] == [f"{patient}: age", f"{file}: treatment"]

    patient.unlink()
    with pytest.raises(DocumentError, match="no such file"):
        load_course(file)


def test_a_table_cannot_make_us_open_a_file(tmp_path: Path):
    patient = tmp_path / "patient.toml"
    patient.write_text("age = 47\n")
    (found,) = findings(INFUSION, patient=str(patient))
    assert "in a course file only" in found


def test_the_digest_is_of_the_meaning_not_the_spelling():
    first = course(INFUSION, title="x")
    turned = load_course({"title": "x", "treatment": [dict(reversed(list(INFUSION.items())))]})
    explicit = course(
        treatment(salt="base"), title="x", observe={"until": "90 days"}, patient={}, models={}
    )
    assert first.digest() == turned.digest() == explicit.digest()
    assert re.fullmatch("[0-9a-f]{64}", first.digest())
    others = [
        course(INFUSION, title="y"),
        course(treatment(dose="0.6 mg/kg"), title="x"),
        course(treatment(salt="hydrochloride"), title="x"),
        course(INFUSION, title="x", patient={"age": 40}),
        course(INFUSION, title="x", models={"slow_clock": "turnover"}),
    ]
    assert len({c.digest() for c in [first, *others]}) == 6


def test_a_course_is_frozen():
    with pytest.raises(ValidationError):
        course(INFUSION).title = "x"  # pyright: ignore[reportAttributeAccessIssue]


def test_models_are_free_names_here():
    chosen = course(INFUSION, models={"pk": "simons_2022", "venous": "otto_2021"}).models
    assert (chosen.pk, chosen.venous, chosen.slow_clock) == ("simons_2022", "otto_2021", "lag")
    assert "lag, turnover" in findings(INFUSION, models={"slow_clock": "fast"})[0]


def test_every_course_in_the_documentation_is_valid(root: Path, tmp_path: Path):
    text = (root / "docs" / "course-file.md").read_text()
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert len(blocks) >= 3
    for block in blocks:
        file = tmp_path / "course.toml"
        file.write_text(block)
        assert load_course(file).until_h == 2160.0


def test_the_documentation_names_every_key(root: Path):
    text = (root / "docs" / "course-file.md").read_text()
    for key in [*Course.model_fields, *Patient.model_fields, *treatment_keys()]:
        assert f"`{key}" in text or f"`models.{key}" in text, key
