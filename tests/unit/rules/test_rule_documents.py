"""Rules as they are written: what they say, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from sordino.course import Course, describe_course, load_course, rule_sentence
from sordino.errors import DocumentError

from .conftest import ALL, DOSES, LIMITS, LOWER, NEXT, RAISE, STOP, course, document


def refused(*rules: dict[str, Any], **more: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        load_course(document(*rules, **more))
    return str(caught.value)


def test_every_rule_is_a_sentence_of_its_numbers() -> None:
    said = [rule_sentence(rule) for rule in course(*ALL).rule]
    assert said == [
        "Stop after two sessions in a row without 30 percent relief three days after each.",
        "Doses go in steps: 0.35 mg/kg, 0.5 mg/kg, 0.75 mg/kg.",
        "Go one step up after a session in which dissociation (CADSS) stayed under 20 and "
        "systolic pressure rose by less than 30 mmHg.",
        "Go one step down after a session in which dissociation (CADSS) went above 40.",
        "When the planned sessions are given: another one when pain over two days is above 5 "
        "of 10.",
        "Never a session within 2 days of the one before; never more than six sessions.",
    ]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (STOP | {"sessions": 1, "day": 1, "look": "until"}, "after a session without 30 percent"),
        (STOP | {"look": "until"}, "on the mean of the three days after each"),
        (RAISE | {"relief": 30.0, "day": 1}, "and it did not bring 30 percent relief a day after"),
        (LOWER | {"systolic": 170.0}, "or systolic pressure went above 170 mmHg"),
        ({"id": "r", "kind": "next", "relief_below": 20.0}, "when relief of a day is below 20"),
        (
            LIMITS | {"max_cumulative_dose": "2 mg/kg", "within": "14 days"},
            "never more than 2 mg/kg within 14 days",
        ),
        (LIMITS | {"max_cumulative_dose": "2 mg/kg"}, "never more than 2 mg/kg in the whole"),
        (LIMITS | {"max_dose": "50 mg"}, "never more than 50 mg at once"),
        (LIMITS | {"max_interval": "21 days"}, "longer than 21 days without a session"),
    ],
)
def test_other_keys_have_their_words(rule: dict[str, Any], words: str) -> None:
    others = [r for r in ALL if r["kind"] != rule["kind"] and r["id"] != rule["id"]]
    found = next(r for r in course(rule, *others).rule if r.id == rule["id"])
    assert words in rule_sentence(found)


def test_the_description_of_a_course_holds_its_rules() -> None:
    assert "rule stop: Stop after two sessions" in describe_course(course(STOP))


def test_rules_change_the_digest_and_an_empty_list_does_not() -> None:
    plain = {k: v for k, v in document().items() if k != "rule"}
    assert load_course(plain).digest() == course().digest() != course(STOP).digest()


@pytest.mark.parametrize(
    ("rules", "where", "what"),
    [
        ([STOP | {"id": "Stop it"}], "rule[1].id", "no name"),
        ([STOP | {"kind": "halt"}], "rule[1].kind", "unknown kind 'halt'"),
        ([STOP, STOP], "rule[2].id", "is called stop, too"),
        ([{"id": "a", "kind": "stop", "sessions": 2}], "rule[1].relief", "missing"),
        ([STOP | {"cadss": 3.0}], "rule[1].cadss", "does not go with a rule of kind stop"),
        ([STOP | {"pain": 3.0}], "rule[1].pain", "unknown key 'pain'"),
        ([STOP | {"relief": 130.0}], "rule[1].relief", "outside the allowed range"),
        ([STOP | {"sessions": 2.5}], "rule[1].sessions", "whole number"),
        ([STOP | {"sessions": 4}], "rule[1].sessions", "at most 3 sessions"),
        ([DOSES], "rule[1]", "no rule raises or lowers"),
        ([RAISE], "rule[1]", "no steps to raise"),
        ([{"id": "up", "kind": "raise"}, DOSES], "rule[1]", "says none of cadss"),
        ([DOSES | {"steps": ["0.5 mg/kg", "0.4 mg/kg"]}, LOWER], "steps[2]", "is not more than"),
        ([DOSES | {"steps": ["0.5 mg/kg", "40 mg"]}, LOWER], "steps[2]", "not both per kg"),
        ([DOSES | {"steps": ["0.5 mg/kg", "40 mg/kg"]}, LOWER], "steps[2]", "not plausible"),
        ([DOSES | {"steps": ["0.4 mg/kg", "0.6 mg/kg"]}, LOWER], "steps", "none of these steps"),
        ([DOSES | {"steps": ["0,5 mg/kg", "1 mg/kg"]}, LOWER], "steps[1]", "decimal comma"),
        ([DOSES, RAISE | {"cadss": 50.0}, LOWER], "rule[3].cadss", "raised under 50 and lowered"),
        ([DOSES, RAISE | {"relief": 30.0}], "rule[2].day", "missing"),
        ([NEXT], "rule[1]", "without an end"),
        ([NEXT, LIMITS | {"max_sessions": 3}], "rule[1]", "uses up all 3 sessions"),
        ([NEXT | {"relief_below": 30.0}, LIMITS], "relief_below", "both given"),
        ([NEXT | {"pain_above": 10.0}, LIMITS], "pain_above", "outside the allowed range"),
        ([LIMITS | {"min_interval": "3 days"}], "min_interval", "sessions 2 days apart"),
        ([LIMITS | {"min_interval": "2 h"}], "min_interval", "outside the allowed range"),
        ([LIMITS | {"min_interval": "2"}], "min_interval", "no unit"),
        ([LIMITS | {"max_interval": "9 days"}], "max_interval", "no session follows the plan"),
        ([NEXT, LIMITS | {"max_interval": "2 days"}], "max_interval", "sessions 3 days apart"),
        ([LIMITS | {"max_sessions": 2}], "max_sessions", "the plan has 3 sessions"),
        ([LIMITS | {"max_dose": "0.4 mg/kg"}], "max_dose", "above 0.4 mg/kg"),
        ([DOSES, LOWER, LIMITS | {"max_dose": "0.6 mg/kg"}], "max_dose", "can never be given"),
        ([LIMITS | {"max_cumulative_dose": "1 mg/kg"}], "max_cumulative_dose", "1.5 mg/kg"),
        ([LIMITS | {"within": "9 days"}], "within", "goes with max_cumulative_dose"),
        ([{"id": "l", "kind": "limits"}], "rule[1]", "says none of min_interval"),
    ],
)
def test_what_cannot_be_is_refused(rules: list[dict[str, Any]], where: str, what: str) -> None:
    said = refused(*rules)
    assert where in said
    assert what in said


def test_two_limits_that_leave_no_day() -> None:
    late = {"id": "late", "kind": "limits", "max_interval": "5 days"}
    early = LIMITS | {"min_interval": "6 days"}
    said = refused(NEXT, early, late, days=[0])
    assert "rule[3].max_interval: a session is due after 5 days and not allowed before 6" in said
    course(NEXT, LIMITS, late, days=[0])


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"days": [0.0, 0.5]}, "0.5 days after the first"),
        ({"duration": "11 h"}, "a session lasts 11 h"),
    ],
)
def test_plans_that_rules_cannot_act_on(more: dict[str, Any], what: str) -> None:
    assert what in refused(STOP, **more)
    course(**more)  # without rules they are courses like others


def test_rules_need_one_drug() -> None:
    table = document(STOP)
    table["treatment"].append(table["treatment"][0] | {"days": [9]})
    with pytest.raises(DocumentError, match="2 drug treatments"):
        load_course(table)


def test_steps_need_a_dose_that_can_change() -> None:
    table = document(DOSES, LOWER)
    table["treatment"][0] |= {"rate": "0.75 mg/kg/h"}
    with pytest.raises(DocumentError, match="doses change only where"):
        load_course(table)


def test_a_comparator_beside_the_drug_is_fine() -> None:
    table = document(STOP)
    table["treatment"].append({"drug": "duloxetine", "dose": "60 mg"})
    assert isinstance(load_course(table), Course)
