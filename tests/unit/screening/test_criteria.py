"""The criteria worked out a second way, and what missing answers may and may not leave open."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sordino.library.evidence import instrument
from sordino.patient.history import AREAS, SOMATIC
from sordino.screening import screen
from sordino.screening.criteria import SETS, regions

UPPER = ["shoulder_girdle", "upper_arm", "lower_arm"]
LOWER = ["hip", "upper_leg", "lower_leg"]
SEVERITIES = ["fatigue", "waking_unrefreshed", "cognitive_symptoms"]
COUNTED = ["headaches", "lower_abdominal_pain_or_cramps", "depression"]

full = st.fixed_dictionaries(
    {
        "pain_areas": st.sets(st.sampled_from(AREAS)).map(sorted),
        **dict.fromkeys(SEVERITIES, st.integers(0, 3)),
        **dict.fromkeys(COUNTED, st.booleans()),
        "somatic_symptoms": st.sampled_from(SOMATIC),
        "months": st.sampled_from([0, 2.9, 3, 40]),
        "other_explanation": st.booleans(),
    }
)


def painful_regions(areas: list[str]) -> int:
    """Four limbs without the jaw, and the axis without chest and abdomen."""
    limbs = [(UPPER, "left"), (UPPER, "right"), (LOWER, "left"), (LOWER, "right")]
    found = sum(any(f"{part}_{side}" in areas for part in parts) for parts, side in limbs)
    return found + any(area in areas for area in ("neck", "upper_back", "lower_back"))


def second(answers: dict[str, Any]) -> dict[str, bool]:
    """The three sets as the tables and the summary word them."""
    wpi = len(answers["pain_areas"])
    severe = sum(answers[key] for key in SEVERITIES)
    counted = severe + sum(answers[key] for key in COUNTED)
    judged = severe + SOMATIC.index(answers["somatic_symptoms"])
    long = answers["months"] >= 3

    def counts(sss: int, lowest: int) -> bool:
        return sss >= 5 if wpi >= 7 else wpi >= lowest and sss >= 9

    alone = not answers["other_explanation"]
    generalized = painful_regions(answers["pain_areas"]) >= 4
    return {
        "acr_2016": counts(counted, 4) and generalized and long,
        "acr_2011": counts(counted, 3) and long and alone,
        "acr_2010": counts(judged, 3) and long and alone,
    }


def statuses(answers: dict[str, Any]) -> dict[str, str]:
    found = screen({"symptoms": answers})
    return {name: found.check(name).status for name in SETS}


@given(full)
def test_everything_stated(answers: dict[str, Any]) -> None:
    expected = {name: "met" if met else "not met" for name, met in second(answers).items()}
    assert statuses(answers) == expected


@settings(max_examples=60)
@given(full, st.sets(st.sampled_from([*SEVERITIES, *COUNTED, "somatic_symptoms", "months"])))
def test_what_is_settled_stays_settled_whatever_is_missing(
    answers: dict[str, Any], left_out: set[str]
) -> None:
    """Met or not met with gaps is what it is without them; and unknown names a gap."""
    partial = {key: value for key, value in answers.items() if key not in left_out}
    found = screen({"symptoms": partial})
    for name, met in second(answers).items():
        check = found.check(name)
        if check.status == "unknown":
            assert check.missing
            assert {key.removeprefix("symptoms.") for key in check.missing} <= left_out
        else:
            assert check.status == ("met" if met else "not met")
            assert check.missing == ()


@settings(max_examples=60)
@given(full, st.sampled_from([*SEVERITIES, *COUNTED, "somatic_symptoms", "months"]))
def test_unknown_only_where_the_missing_answer_decides(answers: dict[str, Any], key: str) -> None:
    partial = {name: value for name, value in answers.items() if name != key}
    choices: dict[str, Sequence[object]] = {
        **dict.fromkeys(SEVERITIES, range(4)),
        **dict.fromkeys(COUNTED, (False, True)),
        "somatic_symptoms": SOMATIC,
        "months": (0, 12),
    }
    outcomes = [second({**answers, key: choice}) for choice in choices[key]]
    for name, status in statuses(partial).items():
        seen = {outcome[name] for outcome in outcomes}
        assert (status == "unknown") == (len(seen) == 2)


def test_the_difference_between_2016_and_2011_at_three_areas() -> None:
    """WPI 3 with SSS 9 is enough in 2011 and not in 2016, which begins at 4."""
    answers: dict[str, Any] = {
        "pain_areas": ["neck", "hip_left", "hip_right"],
        **dict.fromkeys(SEVERITIES, 3),
        **dict.fromkeys(COUNTED, False),
        "months": 3,
        "other_explanation": False,
    }
    found = screen({"symptoms": answers})
    assert found.check("acr_2011").status == "met"
    assert found.check("acr_2016.pain_and_severity").status == "not met"
    four = {**answers, "pain_areas": [*answers["pain_areas"], "jaw_left"]}
    assert screen({"symptoms": four}).check("acr_2016.pain_and_severity").status == "met"


def test_jaw_chest_and_abdomen_make_no_region() -> None:
    areas = ["jaw_left", "jaw_right", "chest", "abdomen", "hip_left", "hip_right"]
    check = screen({"symptoms": {"pain_areas": areas}}).check("acr_2016.generalized_pain")
    assert check.status == "not met"
    assert check.reason == "pain in 2 of 5 regions: left lower, right lower"
    assert sorted(len(own) for own in regions().values()) == [3, 3, 3, 3, 3]


def test_another_diagnosis_excludes_before_2016_only() -> None:
    found = screen({"symptoms": {"other_explanation": True}})
    assert found.check("acr_2011").status == found.check("acr_2010").status == "not met"
    assert found.check("acr_2016").status == "unknown"
    assert "acr_2016.no_other_explanation" not in {check.id for check in found.checks}


def test_the_scores_behind_them() -> None:
    areas = ["neck", "hip_left", "jaw_left"]
    answers = {**dict.fromkeys(SEVERITIES, 2), **dict.fromkeys(COUNTED, True), "pain_areas": areas}
    wpi, sss, both, pain = screen({"pain": 6, "symptoms": answers}).scores
    assert [score.value for score in (wpi, sss, both, pain)] == [3, 9, 12, 6]
    assert (both.band, pain.band) == ("mild", "moderate")


@pytest.mark.parametrize(
    ("names", "slots"),
    [
        (AREAS, [s for s in instrument("acr_wpi").slot if not s.name.startswith("not_counted")]),
        (SOMATIC, instrument("acr_2010").slot),
        ([*SEVERITIES, *COUNTED], instrument("acr_sss").slot),
    ],
)
def test_the_patient_file_has_the_names_of_the_rows(names: Any, slots: Any) -> None:
    assert list(names) == [item for slot in slots for item in slot.items]


@pytest.mark.parametrize(
    ("areas", "expected"),
    [
        (["shoulder_girdle_left", "upper_arm_right", "hip_left"], "not met"),
        (["shoulder_girdle_left", "upper_arm_right", "hip_left", "lower_leg_right"], "met"),
        (["shoulder_girdle_left", "upper_arm_right", "hip_left", "chest"], "not met"),
        (["shoulder_girdle_left", "upper_arm_right", "hip_left", "neck"], "met"),
    ],
)
def test_four_regions_are_enough(areas: list[str], expected: str) -> None:
    check = screen({"symptoms": {"pain_areas": areas}}).check("acr_2016.generalized_pain")
    assert check.status == expected


def test_the_rules_in_words() -> None:
    rules = {check.id: check.rule for check in screen({}).group("criteria").checks}
    pairs = "WPI 7 to 19 and SSS at least 5, or WPI {} to 6 and SSS at least 9"
    assert rules["acr_2016.pain_and_severity"] == pairs.format(4)
    assert rules["acr_2010.pain_and_severity"] == pairs.format(3)
    assert rules["acr_2016.generalized_pain"].startswith(
        "generalized pain: at least 4 of 5 regions"
    )
    assert rules["acr_2011.duration"] == "for at least 3 months"
