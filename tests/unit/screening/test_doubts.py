"""Answers that hardly go together are pointed out, and decide nothing."""

from __future__ import annotations

from typing import Any

import pytest

from sordino.screening import screen

PAIRS: list[tuple[dict[str, Any], set[str]]] = [
    (
        {"conditions": {"otherwise_healthy": True, "malignancy": True}},
        {"conditions.otherwise_healthy", "conditions.malignancy"},
    ),
    ({"sex": "male", "conditions": {"pregnancy": True}}, {"sex", "conditions.pregnancy"}),
    (
        {"conditions": {"child_pugh": "none", "chronic_hepatitis": True}},
        {"conditions.child_pugh", "conditions.chronic_hepatitis"},
    ),
]
TOGETHER: list[dict[str, Any]] = [
    {},
    {"conditions": {"otherwise_healthy": True, "pregnancy": True, "malignancy": False}},
    {"conditions": {"otherwise_healthy": False, "malignancy": True}},
    {"sex": "female", "conditions": {"pregnancy": True}},
    {"conditions": {"child_pugh": "B", "severe_hepatic_disease": True}},
]


@pytest.mark.parametrize(("person", "keys"), PAIRS)
def test_a_pair_is_named(person: dict[str, Any], keys: set[str]) -> None:
    (found,) = screen(person).doubts
    assert set(found.keys) == keys
    assert screen(person).as_dict()["doubts"] == [{"keys": list(found.keys), "words": found.words}]


@pytest.mark.parametrize("person", TOGETHER)
def test_what_goes_together_is_not(person: dict[str, Any]) -> None:
    assert screen(person).doubts == ()


def test_who_has_a_disease_is_not_held_for_healthy() -> None:
    healthy: dict[str, Any] = {"otherwise_healthy": True}
    rule = "asra2018.tests.healthy"
    assert screen({"conditions": healthy}).check(rule).status == "met"
    ill = screen({"conditions": {**healthy, "severe_hepatic_disease": True}}).check(rule)
    assert ill.status == "unknown"
    assert "severe_hepatic_disease" in ill.reason


def test_the_text_says_it(capsys: pytest.CaptureFixture[str]) -> None:
    from sordino.cli.screen_view import write_screening

    write_screening(screen(PAIRS[1][0]))
    assert "Answers that hardly go together\n  sex, conditions.pregnancy" in capsys.readouterr().out
