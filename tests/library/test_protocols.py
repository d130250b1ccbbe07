from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from sordino.course import load_course
from sordino.errors import UnknownName
from sordino.library.protocols import load_protocol, protocol_names, protocol_text
from sordino.schemas import NAMES, generate, schema

# Session starts (h), duration (h) and total dose (mg of base at 70 kg), worked out by hand.
EXPECTED = {
    "single_s_ketamine": ([0], 0.5, 35),
    "sorensen_10min": ([0], 1 / 6, 21),
    "cohen_7min": ([0], 7 / 60, 7),
    "six_infusions": ([0, 48, 96, 168, 216, 264], 2 / 3, 210),
    "by_response": ([0, 48, 96, 168, 216, 264], 2 / 3, 210),
    "crps_100h": ([0], 100, 1760),
    "ten_days_4h": (list(range(0, 240, 24)), 4, 980),
    "nasal_84mg_twice_weekly": ([0, 72, 168, 240, 336, 408, 504, 576], 0, 672),
    "daily_lozenge": (list(range(0, 28 * 24, 24)), 0, 700),
    "five_days": ([0, 24, 48, 72, 96], 2 / 3, 175),
}


def test_all_protocols_are_here():
    assert set(protocol_names()) == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_protocol_gives_what_its_source_gave(name: str):
    course = load_protocol(name)
    starts, duration_h, total_mg = EXPECTED[name]
    sessions = course.sessions()
    assert [s.start_h for s in sessions] == starts
    for session in sessions:
        assert session.end_h - session.start_h == pytest.approx(duration_h, rel=1e-9)
    given = course.administrations()
    total = sum(a.dose_mg + 70 * a.dose_mg_per_kg for a in given)
    assert total == pytest.approx(total_mg, rel=1e-9)
    assert course.patient_covariates() == {
        "age": 47.0,
        "weight": 70.0,
        "height": 165.0,
        "female": 1.0,
        "pain": 7.0,
    }


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_protocol_says_where_it_is_from_and_what_it_assumes(name: str):
    course = load_protocol(name)
    assert course.title != "Untitled course"
    assert course.source
    assert course.assumed
    assert protocol_text(name).startswith("# ")
    assert "assumed" in protocol_text(name)


def test_a_protocol_read_as_a_file_is_the_same(tmp_path: Path):
    for name in protocol_names():
        file = tmp_path / f"{name}.toml"
        file.write_text(protocol_text(name))
        assert load_course(file) == load_protocol(name)


def test_the_steps_of_the_long_infusion():
    given = load_protocol("crps_100h").administrations()
    rates = [70 * a.dose_mg_per_kg / a.duration_h for a in given]
    assert rates == pytest.approx([5, 10, 15, 20], rel=1e-9)
    assert [a.start_h for a in given] == [0, 8, 16, 24]


def test_drugs_and_routes():
    first = {name: load_protocol(name).administrations()[0] for name in protocol_names()}
    esketamine = {name for name, a in first.items() if a.drug == "esketamine"}
    assert esketamine == {"single_s_ketamine", "crps_100h", "nasal_84mg_twice_weekly"}
    other = {name: a.route for name, a in first.items() if a.route != "iv"}
    assert other == {"nasal_84mg_twice_weekly": "intranasal", "daily_lozenge": "sublingual"}


@pytest.mark.parametrize("name", ["none", "", "../six_infusions", "six_infusions.toml"])
def test_an_unknown_protocol_is_refused(name: str):
    with pytest.raises(UnknownName):
        load_protocol(name)


def test_the_shipped_schemas_are_up_to_date(root: Path):
    folder = root / "src" / "sordino" / "schemas"
    for name, text in generate().items():
        assert (folder / name).read_text() == text, f"generate {name} again"
    assert {f"{name}.schema.json" for name in NAMES} == set(generate())


def test_protocols_fit_the_schema_and_broken_ones_do_not():
    validator = jsonschema.Draft202012Validator(schema("course"))
    validator.check_schema(schema("course"))
    for name in protocol_names():
        data = json.loads(json.dumps(tomllib.loads(protocol_text(name))))
        validator.validate(data)
        validator.validate({**data, "patient": "patient.toml"})
        for broken in ({**data, "titel": "x"}, {**data, "treatment": []}, {"title": "x"}):
            assert not validator.is_valid(broken)
    patient = jsonschema.Draft202012Validator(schema("patient"))
    assert patient.is_valid({"age": 47, "weight": "70 kg"})
    assert not patient.is_valid({"age": 12})
    with pytest.raises(UnknownName):
        schema("trial")
