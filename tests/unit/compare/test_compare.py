from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from sordino.compare import Comparison, compare, wanted
from sordino.compare.courses import for_comparison
from sordino.course import load_course
from sordino.errors import DocumentError, InputError, UnknownName
from sordino.library.protocols import load_protocol, protocol_text
from sordino.patient import Patient

INFUSION: dict[str, Any] = {"drug": "ketamine", "route": "iv", "dose": "35 mg", "duration": "1 h"}


@pytest.fixture
def course(tmp_path: Path) -> str:
    path = tmp_path / "course.toml"
    path.write_text(protocol_text("single_s_ketamine"), encoding="utf-8")
    return str(path)


def test_arms_come_in_the_order_they_were_named(small: Comparison) -> None:
    names = ["six_infusions", "duloxetine", "placebo", "opioid", "naltrexone"]
    assert [arm.name for arm in small.arms] == names
    assert [arm.kind for arm in small.arms] == ["course", *["comparator"] * 4]
    digest = load_protocol("six_infusions").digest()
    assert small.course_digests == {"six_infusions": digest}


def test_the_same_seed_gives_the_same_comparison(small: Comparison) -> None:
    again = compare([arm.name for arm in small.arms], patients=120, draws=3)
    assert asdict(again) == asdict(small)
    other = compare(["placebo"], patients=120, draws=3, seed=2)
    assert other.arms[0].curve != next(a for a in small.arms if a.name == "placebo").curve


def test_effort_of_a_course_is_sessions_hours_and_lifts(small: Comparison) -> None:
    effort = small.arms[0].effort
    assert (effort.sessions, effort.lifts_home) == (6, 6)
    assert effort.clinic_hours is not None
    # Six infusions of 40 min, and 15 min after each at least.
    assert effort.clinic_hours.value >= 6 * 55 / 60 - 1e-9
    assert small.arms[1].effort.sessions == 0


def test_a_course_carries_its_limits_and_the_grade_of_the_guideline(small: Comparison) -> None:
    arm = small.arms[0]
    assert "grade D" in arm.strength
    assert any("No person with fibromyalgia" in note for note in arm.notes)
    assert {"noppers_2011_fm"} <= {row.id for row in arm.evidence}
    assert {h.event for h in arm.harms} >= {"nausea", "dizziness", "sedation"}


def test_a_short_watch_is_made_long_enough() -> None:
    short = load_course({"treatment": [INFUSION], "observe": {"until": "1 h"}})
    assert for_comparison(short, short.patient).until_h == pytest.approx(90 * 24.0)
    late = {"treatment": [{"drug": "duloxetine", "start": "0 days"}, {**INFUSION, "days": [5]}]}
    read = load_course({**late, "observe": {"until": "9 days"}})
    assert for_comparison(read, read.patient).until_h == pytest.approx(95 * 24.0)


def test_a_file_a_ready_course_and_a_comparator_are_arms(course: str) -> None:
    found = wanted([course, "six_infusions", "placebo"])
    assert list(found.courses) == [course, "six_infusions"]
    assert list(found.comparators) == ["placebo"]
    assert found.patient.weight_kg == 70.0


def test_a_course_without_a_patient_takes_that_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "bare.json"
    path.write_text('{"treatment": [{"drug": "ketamine", "route": "iv", "dose": "35 mg"}]}')
    assert wanted([str(path), "six_infusions"]).patient.weight_kg == 70.0
    assert wanted([str(path)]).patient == Patient()


def test_a_typing_error_offers_the_nearest_names() -> None:
    with pytest.raises(UnknownName) as caught:
        wanted(["six_infusions", "duloxetin"])
    assert caught.value.hint == "did you mean duloxetine?"
    assert "course file" in caught.value.allowed


def test_courses_of_different_people_are_not_compared(course: str, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    text = protocol_text("six_infusions").replace("70 kg", "90 kg")
    other.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="different people"):
        wanted([course, str(other)])


@pytest.mark.parametrize(
    ("names", "what"),
    [
        ([], "nothing to compare"),
        (["placebo", "placebo"], "placebo is there twice"),
        (["placebo"] * 9, "9 arms"),
    ],
)
def test_bad_lists_are_refused(names: list[str], what: str) -> None:
    with pytest.raises(InputError, match=what):
        wanted(names)


def test_a_missing_file_is_said() -> None:
    with pytest.raises(DocumentError, match="no such file"):
        wanted(["nowhere.toml"])


def test_a_course_of_comparators_alone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tablets.toml"
    path.write_text('[[treatment]]\ndrug = "duloxetine"\n', encoding="utf-8")
    with pytest.raises(InputError, match="no ketamine") as caught:
        wanted([str(path)])
    assert "duloxetine" in caught.value.hint


@pytest.mark.parametrize(
    ("patients", "draws", "what"),
    [(0, 1, "patients is 0"), (1, 0, "draws is 0"), (10**6, 1, "patients is 1000000")],
)
def test_numbers_out_of_range_are_refused(patients: int, draws: int, what: str) -> None:
    with pytest.raises(InputError, match=what):
        compare(["placebo"], patients, draws)
