"""What the rules say of a record, in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from sordino.cli.main import main
from sordino.course import Course
from sordino.errors import InputError
from sordino.record import Record, load_record
from sordino.rules import Advice, advise
from sordino.rules.policy import policy_of
from sordino.rules.record import read_board

from .conftest import DOSES, LIMITS, LOWER, NEXT, RAISE, STOP, course

HEADER = "patient,kind,time,end,name,value,unit,planned,route,salt,note"
FIRST = date(2026, 1, 12)


def on(day: int) -> date:
    return FIRST + timedelta(days=day)


def session(day: int, dose: str = "35,mg,35") -> str:
    return f"P01,session,{on(day)} 10:00,{on(day)} 10:40,ketamine,{dose},iv,,"


def pain(day: int, value: float) -> str:
    return f"P01,diary,{on(day)},,pain,{value:g},,,,,"


def cadss(day: int, value: float) -> str:
    return f"P01,score,{on(day)} 10:45,,cadss,{value:g},,,,,"


def systolic(time: str, value: float) -> str:
    return f"P01,vital,{time},,systolic,{value:g},mmHg,,,,"


@pytest.fixture
def record(tmp_path: Path) -> Any:
    def made(*rows: str) -> Record:
        path = tmp_path / "record.csv"
        order = sorted(rows, key=lambda row: (row.split(",")[1], row.split(",")[2]))
        path.write_text("\n".join([HEADER, *order]) + "\n")
        return load_record(path)

    return made


def diary(first: int, values: Sequence[float]) -> list[str]:
    return [pain(first + k, v) for k, v in enumerate(values)]


BEFORE = diary(-7, [7] * 7)


def said(plan: Course, made: Record, **more: Any) -> Advice:
    return advise(plan, made, **more)


def test_stop_and_why(record: Any) -> None:
    """Pain 7 before; no day is at 4.9 or less."""
    made = record(*BEFORE, session(0), session(2), *diary(0, [6, 6, 6, 6, 6]))
    found = said(course(STOP), made)
    assert found.today == on(5)
    assert (found.action, found.because) == ("stop", ("stop",))
    assert found.text == "Stop: no further session (rule stop)."
    rule = found.rules[0]
    assert (rule.state, rule.source) == ("met", "assumed")
    assert rule.looked == (
        "sessions: 2 (limit 2)",
        "relief of 13 January 2026: 14 percent (limit 30)",
        "relief of 16 January 2026: 14 percent (limit 30)",
    )


def test_what_is_missing_is_listed_and_said(record: Any) -> None:
    lost = record(*BEFORE, session(0), session(2), pain(0, 6), *diary(2, [6, 6, 6, 6]))
    found = said(course(STOP, days=[0, 2, 7]), lost)
    assert found.rules[0].state == "not known"
    assert found.missing == ("a rating of 13 January 2026",)
    assert "might stop the course; missing: a rating of 13 January 2026" in found.text


def test_a_look_that_is_still_to_come(record: Any) -> None:
    made = record(*BEFORE, session(0), session(2), *diary(0, [6, 6, 6]))
    found = said(course(STOP, days=[0, 2, 9]), made)
    assert found.missing == ("the rating of 17 January 2026, still to come",)
    assert found.action == "session"


def test_the_next_session_as_planned(record: Any) -> None:
    made = record(*BEFORE, session(0), session(2), *diary(0, [4, 4, 4]))
    found = said(course(STOP), made)
    assert (found.action, found.day, found.dose) == ("session", on(5), "0.5 mg/kg")
    assert found.text == "Session on 17 January 2026, as planned: 0.5 mg/kg, as last time."


@pytest.mark.parametrize(
    ("rows", "dose", "because"),
    [
        (
            [cadss(2, 10), systolic(f"{on(2)} 09:50", 120), systolic(f"{on(2)} 10:35", 140)],
            "0.75",
            "up",
        ),
        (
            [cadss(2, 10), systolic(f"{on(2)} 09:50", 120), systolic(f"{on(2)} 10:35", 155)],
            "0.5",
            "",
        ),
        ([cadss(2, 10)], "0.5", ""),
        ([cadss(2, 41)], "0.35", "down"),
        ([cadss(0, 41), cadss(2, 30)], "0.5", ""),
    ],
)
def test_the_dose_follows_the_last_session(
    record: Any, rows: list[str], dose: str, because: str
) -> None:
    made = record(*BEFORE, session(0), session(2), *diary(0, [4, 4, 4]), *rows)
    found = said(course(DOSES, RAISE, LOWER), made)
    assert found.dose == f"{dose} mg/kg"
    assert found.because == ((because,) if because else ())


WELL = [cadss(2, 1), systolic(f"{on(2)} 09:50", 120), systolic(f"{on(2)} 10:35", 121)]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([session(2, "20,mg,35")], "less was given than was planned"),
        (
            [session(2), f"P01,effect,{on(2)} 10:20,,nausea,severe,,,,,"],
            "severe side effects: nausea",
        ),
    ],
)
def test_a_bad_session_is_not_followed_by_a_larger_dose(
    record: Any, rows: list[str], why: str
) -> None:
    made = record(*BEFORE, session(0), *rows, *WELL, *diary(0, [4, 4, 4]))
    found = said(course(DOSES, RAISE), made)
    assert found.because == ()
    assert any(why in note for note in found.notes)


def test_another_session_on_what_was_written_or_on_a_forecast(record: Any) -> None:
    plan = course(NEXT, LIMITS)
    given = [session(0), session(2), session(5)]
    made = record(*BEFORE, *given, *diary(0, [4] * 8 + [6, 6]))
    found = said(plan, made)
    assert (found.action, found.day, found.by_forecast) == ("session", on(10), False)
    assert "today, asked for by rule again" in found.text
    quiet = record(*BEFORE, *given, *diary(0, [4] * 10))
    assert said(plan, quiet).action == "wait"
    # 4, 5, 6, 7: the mean of two days is above 5 on the morning after 5 and 6.
    coming = {on(10): 4.0, on(11): 5.0, on(12): 6.0, on(13): 7.0}
    found = said(plan, quiet, ahead=coming)
    assert (found.day, found.by_forecast) == (on(13), True)
    assert "on the forecast" in found.text
    flat = {on(10 + k): 4.0 for k in range(28)}
    assert "that is not so in the next 28 days" in said(plan, quiet, ahead=flat).text


def test_forecasts_stop_nobody(record: Any) -> None:
    made = record(*BEFORE, session(0), session(2), *diary(0, [6, 6, 6]))
    bad = {on(3 + k): 10.0 for k in range(28)}
    assert said(course(STOP), made, ahead=bad).action == "session"


def test_at_the_latest(record: Any) -> None:
    plan = course(NEXT, LIMITS | {"max_interval": "21 days"})
    made = record(*BEFORE, session(0), session(2), session(5), *diary(0, [2] * 10))
    found = said(plan, made)
    assert (found.day, "at the latest" in found.text) == (on(26), True)


def test_a_plan_that_is_over(record: Any) -> None:
    made = record(*BEFORE, session(0), session(2), session(5), *diary(0, [2] * 10))
    assert said(course(STOP), made).action == "done"


def test_limits_hold_a_session_back(record: Any) -> None:
    plan = course(NEXT, LIMITS | {"max_sessions": 4})
    given = [session(0), session(2), session(5), session(8)]
    found = said(plan, record(*BEFORE, *given, *diary(0, [9] * 12)))
    assert found.action == "wait"
    assert found.text == "No session: rule limits holds it back."
    assert next(r for r in found.rules if r.id == "limits").state == "holds back"


def test_before_the_first_session(record: Any) -> None:
    found = said(course(STOP), record(*BEFORE))
    assert (found.action, found.day, found.dose) == ("session", on(0), "0.5 mg/kg")


def test_a_limit_that_cannot_be_judged(record: Any) -> None:
    plan = course(LIMITS | {"max_cumulative_dose": "500 mg"})
    plan = plan.model_copy(update={"patient": plan.patient.model_copy(update={"weight": None})})
    made = record(*BEFORE, session(0), session(2), *diary(0, [4, 4, 4]))
    found = said(plan, made)
    assert found.action == "cannot tell"
    assert any("body weight" in text for text in found.missing)
    weighed = record(
        *BEFORE,
        session(0),
        session(2),
        *diary(0, [4, 4, 4]),
        f"P01,vital,{on(0)} 09:00,,weight,70,kg,,,,",
    )
    assert said(plan, weighed).action == "session"


def test_doses_are_read_in_the_unit_of_the_course(record: Any) -> None:
    """35 mg at 70 kg are 0.5 mg/kg; 40.37 mg of hydrochloride hold 35 mg of base."""
    salt = f"P01,session,{on(2)} 10:00,{on(2)} 10:40,ketamine,40.369,mg,,iv,hydrochloride,"
    policy = policy_of(course(STOP))
    board = read_board(policy, record(*BEFORE, session(0), salt), on(5)).board
    assert board.doses[:, 0] == pytest.approx([0.5, 0.5], rel=1e-4)


def test_the_pain_before(record: Any) -> None:
    policy = policy_of(course(STOP))

    def base(*rows: str) -> tuple[float, str]:
        found = read_board(policy, record(*rows, session(0)), on(2))
        return float(found.board.base[0]), found.base_from

    assert base(*diary(-9, [1, 1, 6, 7, 8, 7])) == (7.0, "mean of 4 ratings of the week before")
    assert base(*diary(-3, [1, 1, 1])) == (7.0, "stated in the course")


def test_a_course_without_rules(record: Any) -> None:
    with pytest.raises(InputError, match="no rules"):
        said(course(), record(*BEFORE))


def test_an_empty_record(record: Any) -> None:
    with pytest.raises(InputError, match="no rating of pain and no session"):
        said(course(STOP), record("P01,diary,2026-01-12,,fatigue,5,,,,,"))


TOML = """
title = "Three infusions"
[patient]
weight = "70 kg"
[[treatment]]
drug = "ketamine"
route = "iv"
dose = "0.5 mg/kg"
duration = "40 min"
days = [0, 2, 5]
[[rule]]
id = "stop"
kind = "stop"
sessions = 2
relief = 30
day = 3
"""


def test_the_command_line(tmp_path: Path, record: Any, capsys: pytest.CaptureFixture[str]) -> None:
    plan, file = tmp_path / "course.toml", tmp_path / "record.csv"
    plan.write_text(TOML)
    record(*BEFORE, session(0), session(2), *diary(0, [6, 6, 6, 6, 6]))
    assert main(["rules", "show", str(plan)]) == 0
    assert "- stop: Stop after two sessions" in capsys.readouterr().out
    assert main(["rules", "now", str(plan), str(file)]) == 0
    text = capsys.readouterr().out
    assert "Stop: no further session (rule stop)." in text
    assert "- stop, met: Stop after" in text
    assert main(["rules", "now", str(plan), str(file), "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert (table["action"], table["today"], table["day"]) == ("stop", "2026-01-17", None)


def test_bad_input_on_the_command_line(
    tmp_path: Path, record: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, file = tmp_path / "course.toml", tmp_path / "record.csv"
    record(*BEFORE)
    plan.write_text(TOML.replace("sessions = 2", "sessions = 9"))
    assert main(["rules", "now", str(plan), str(file)]) == 2
    assert "course.toml: rule[1].sessions: there are at most 3" in capsys.readouterr().err
    plan.write_text(TOML.split("[[rule]]", maxsplit=1)[0])
    assert main(["rules", "show", str(plan)]) == 2
    assert "this course has no rules" in capsys.readouterr().err
    assert main(["rules", "now", str(plan), str(tmp_path / "none.csv")]) == 2
