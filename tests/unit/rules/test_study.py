"""A rule study: the same people, the same counts as elsewhere, and what rules change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import sordino
from sordino.cli.main import main
from sordino.course import load_course
from sordino.errors import InputError
from sordino.rules import RuleStudy, bodies, simulate_rules
from sordino.rules import study as study_room
from sordino.simulation import summarize

from .conftest import ALL, DOSES, LIMITS, LOWER, NEXT, STOP, course, document

PATIENTS, DRAWS = 16, 2


def studied(*rules: dict[str, Any], **more: Any) -> RuleStudy:
    return simulate_rules(course(*rules, **more), patients=PATIENTS, draws=DRAWS)


@pytest.fixture(scope="module")
def found() -> RuleStudy:
    return studied(STOP)


def test_it_is_the_public_name() -> None:
    assert sordino.simulate_rules is simulate_rules


def test_the_fixed_schedule_counts_what_summarize_counts(found: RuleStudy) -> None:
    """Responders, pain and doses of the plan, by the other way through the engine."""
    answers = summarize(course(), PATIENTS, DRAWS).answers
    responders = {r.label: r.with_drug for r in answers.responses if r.threshold_percent == 30}
    without = {r.label: r.without_drug for r in answers.responses if r.threshold_percent == 30}
    pain = {p.label: p.with_drug for p in answers.pain}
    for day, label in ((28, "week 4"), (84, "week 12")):
        assert found.fixed.responders[day].value == pytest.approx(responders[label].value)
        assert found.without_drug.responders[day].value == pytest.approx(without[label].value)
        assert found.fixed.pain[day].value == pytest.approx(pain[label].value)
    assert found.fixed.sessions.value == 3.0
    assert found.fixed.dose_mg.value == pytest.approx(3 * 0.5 * 70.0)


def test_differences_are_differences(found: RuleStudy) -> None:
    for name in ("sessions", "dose_mg", "relief_days"):
        guided, fixed, less = (
            getattr(arm, name).value for arm in (found.guided, found.fixed, found.difference)
        )
        assert guided - fixed == pytest.approx(less)
    assert found.difference.sessions.value < 0.0


def test_who_was_stopped_had_fewer_sessions(found: RuleStudy) -> None:
    """The rule acts on the morning of the third session or later; before it nobody is lost."""
    assert found.stopped is not None
    assert 0.0 < found.stopped.people.value < 100.0
    early = sum(share for count, share in found.sessions.items() if count == 2)
    assert found.sessions.keys() <= {2, 3}
    assert 0.0 < early <= found.stopped.people.value
    assert found.stopped.day[0] >= 5.0
    assert sum(found.sessions.values()) == pytest.approx(100.0)


def test_going_on_is_the_fixed_schedule_where_there_is_no_other_rule(found: RuleStudy) -> None:
    """All people of the fixed arm: those who were stopped, had they gone on, and the others."""
    assert found.stopped is not None
    part = found.stopped.people.value / 100.0
    for day in (28, 84):
        gained = found.stopped.had_they_gone_on[day].value - found.stopped.responders[day].value
        change = found.difference.responders[day].value
        # Equal draw by draw; over draws only about, because each has people of its own.
        assert part * gained == pytest.approx(-change, abs=4.0)


def test_a_rule_that_stops_nobody() -> None:
    """Without a rule of kind stop nobody is stopped; pain above 9.9 may add a session."""
    never = studied(NEXT | {"pain_above": 9.9}, LIMITS | {"max_sessions": 4})
    assert never.stopped is None
    assert never.difference.sessions.value >= 0.0


def test_against_another_course(found: RuleStudy) -> None:
    """The plan given as another course, by way of `simulate`, is the plan."""
    other = simulate_rules(course(STOP), course(), PATIENTS, DRAWS)
    assert other.fixed.relief_days == found.fixed.relief_days
    assert other.fixed.sessions == found.fixed.sessions
    assert other.fixed.dose_mg.value == pytest.approx(found.fixed.dose_mg.value)
    assert other.fixed_title == "Three infusions"


def test_the_same_seed_gives_the_same_numbers(found: RuleStudy) -> None:
    assert studied(STOP) == found
    assert simulate_rules(course(STOP), patients=PATIENTS, draws=DRAWS, seed=2) != found


def test_a_short_course_is_not_looked_at_later() -> None:
    table = document(STOP) | {"observe": {"until": "30 days"}}
    found = simulate_rules(load_course(table), patients=PATIENTS, draws=DRAWS)
    assert found.days == 30
    assert found.guided.pain.keys() == {28}


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"models": {"slow_clock": "turnover"}}, "turnover"),
        ({"rule": [DOSES, LOWER | {"systolic": 160.0}]}, "looks at systolic pressure"),
        ({"rule": []}, "no rules"),
    ],
)
def test_what_is_not_simulated(change: dict[str, Any], what: str) -> None:
    with pytest.raises(InputError, match=what):
        simulate_rules(load_course(document(*ALL) | change), patients=4, draws=1)


@pytest.mark.parametrize("numbers", [{"patients": 0}, {"draws": -1}, {"seed": -1}])
def test_impossible_numbers(numbers: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(numbers))):
        simulate_rules(course(STOP), **numbers)


def test_too_many_people() -> None:
    with pytest.raises(InputError, match="patients times draws"):
        simulate_rules(course(STOP), patients=100_000, draws=20)


def test_people_who_are_too_fast_are_drawn_anew(
    found: RuleStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With steps made for slower people the run is repeated with shorter ones."""
    limit = bodies.SCALED_RATE_LIMIT
    tried: list[float] = []
    walk = study_room.session_walk

    def watched(*arguments: Any) -> Any:
        tried.append(arguments[-1])
        # Too little for the first steps, enough for those a sixteenth as long.
        monkeypatch.setattr(bodies, "SCALED_RATE_LIMIT", limit * (0.01 if len(tried) == 1 else 1))
        return walk(*arguments)

    monkeypatch.setattr(study_room, "session_walk", watched)
    again = studied(STOP)
    assert tried == [1.0, 16.0]
    assert again.guided.relief_days.value == pytest.approx(found.guided.relief_days.value)


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = tmp_path / "course.json"
    plan.write_text(json.dumps(document(STOP)))
    line = ["rules", "simulate", str(plan), "-n", str(PATIENTS), "--draws", str(DRAWS)]
    assert main([*line, "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert table["guided"]["sessions"]["value"] < 3.0
    assert table["rules"][0][0] == "stop"
    assert main(line) == 0
    text = capsys.readouterr().out
    assert "With the rules a person has" in text
    assert "stopped by a rule" in text
