from __future__ import annotations

import pytest

from sordino.course import load_course
from sordino.errors import DocumentError, InputError
from sordino.patient import load_patient

IM = {
    "drug": "ketamine",
    "route": "im",
    "dose": "30 mg",
    "absorption_half_life": "15 min",
    "bioavailability": "93 %",
}


def test_an_infusion_and_a_spray(load) -> None:
    record = load(
        "P01,session,2026-01-05 10:00,2026-01-05 10:40,ketamine,0.5,mg/kg,,iv,,",
        "P01,session,2026-01-08 10:00,,esketamine,84,mg,,intranasal,,",
    )
    first, second = record.administrations()
    assert (first.start_h, first.dose_mg, first.dose_mg_per_kg) == (0.0, 0.0, 0.5)
    assert first.duration_h == pytest.approx(40 / 60)
    assert (second.start_h, second.duration_h, second.dose_mg) == (72.0, 0.0, 84.0)
    assert (first.session, second.session) == (0, 1)
    assert (second.drug, second.route) == ("esketamine", "intranasal")


def test_hydrochloride_is_less_base(load) -> None:
    record = load("P01,session,2026-01-05 10:00,,ketamine,100,mg,,iv,hydrochloride,")
    # 237.73 / 274.2, molecular weights of base and hydrochloride; 28 / 32.3 on the label.
    assert record.administrations()[0].dose_mg == pytest.approx(86.7, abs=0.05)


STEPPED = (
    "P01,session,2026-01-05 08:00,2026-01-06 10:00,esketamine,240,mg,,iv,,",
    "P01,step,2026-01-05 08:00,2026-01-05 16:00,,40,mg,,,,",
    "P01,step,2026-01-05 16:00,2026-01-06 00:00,,80,mg,,,,",
    "P01,step,2026-01-06 04:00,2026-01-06 10:00,,120,mg,,,,",
)
SESSIONS = {
    "one infusion": ("P01,session,2026-01-05 10:00,2026-01-05 10:40,ketamine,35,mg,,iv,,",),
    "alike and unlike": (
        "P01,session,2026-01-05 10:00,2026-01-05 10:40,ketamine,35,mg,,iv,,",
        "P01,session,2026-01-07 10:00,2026-01-07 10:40,ketamine,0,mg,35,iv,,",
        "P01,session,2026-01-09 10:00,2026-01-09 10:40,ketamine,35,mg,,iv,,",
        "P01,session,2026-01-11 11:30,2026-01-11 12:15,ketamine,40,mg,,iv,,",
    ),
    "a pause": (
        "P01,session,2026-01-05 10:00,2026-01-05 10:50,ketamine,28,mg,,iv,,",
        "P01,pause,2026-01-05 10:15,2026-01-05 10:25,,,,,,,",
    ),
    "a pause at the begin and one at the end": (
        "P01,session,2026-01-05 10:00,2026-01-05 11:00,ketamine,0.5,mg/kg,,iv,,",
        "P01,pause,2026-01-05 10:00,2026-01-05 10:05,,,,,,,",
        "P01,pause,2026-01-05 10:50,2026-01-05 11:00,,,,,,,",
    ),
    "steps with a gap": STEPPED,
    "time zones": (
        "P01,session,2026-03-28 10:00+01:00,2026-03-28 10:40+01:00,ketamine,35,mg,,iv,,",
        "P01,session,2026-03-29 10:00+02:00,2026-03-29 10:40+02:00,ketamine,35,mg,,iv,,",
    ),
}


@pytest.mark.parametrize("name", SESSIONS)
def test_the_course_of_a_record_gives_the_same(name: str, load) -> None:
    """Two ways to the engine: the record's own, and the course document that it makes."""
    record = load(*SESSIONS[name])
    own, course = record.administrations(), record.course().administrations()
    assert len(own) == len(course)
    for mine, other in zip(own, course, strict=True):
        assert (mine.treatment, mine.session, mine.drug, mine.route) == (
            other.treatment,
            other.session,
            other.drug,
            other.route,
        )
        for key in ("start_h", "duration_h", "dose_mg", "dose_mg_per_kg"):
            assert getattr(mine, key) == pytest.approx(getattr(other, key), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", SESSIONS)
def test_the_parts_add_up_to_what_was_given(name: str, load) -> None:
    for session in load(*SESSIONS[name]).given:
        assert sum(part.dose for part in session.parts) == pytest.approx(session.dose.value)


def test_sessions_that_were_alike_are_one_treatment(load) -> None:
    course = load(*SESSIONS["alike and unlike"]).course(until="30 days")
    assert len(course.treatment) == 2
    assert [session.start_h for session in course.sessions()] == [0.0, 96.0, 145.5]
    assert course.until_h == 720.0


def test_absorption_from_a_muscle_comes_from_a_course(load) -> None:
    record = load("P01,session,2026-01-05 10:00,,ketamine,25,mg,,im,,")
    like = load_course({"treatment": [IM], "models": {"slow_clock": "turnover"}})
    assert record.administrations()[0].bioavailability is None
    assert record.administrations(like)[0].bioavailability == 0.93
    course = record.course(like=like, patient=load_patient({"weight": "70 kg"}))
    assert course.administrations() == record.administrations(like)
    assert course.models.slow_clock == "turnover"
    assert course.patient.weight_kg == 70.0
    with pytest.raises(DocumentError, match="absorption"):
        record.course()


def test_a_record_in_which_nothing_was_given(load) -> None:
    record = load("P01,session,2026-01-05 10:00,,ketamine,0,mg,35,iv,,")
    assert record.administrations() == ()
    with pytest.raises(InputError, match="nothing was given"):
        record.course()
    with pytest.raises(ValueError, match="nothing was given"):
        record.hours(record.sessions[0].start)
