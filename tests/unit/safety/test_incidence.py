from __future__ import annotations

import numpy as np
import pytest

from sordino.course import load_course
from sordino.safety.incidence import EVENTS, Incidence, incidences, spread_over
from sordino.safety.tables import proxies

IV = {"drug": "esketamine", "route": "iv", "dose": "0.5 mg/kg", "duration": "40 min"}


def found(sessions: int, **treatment: object) -> dict[str, Incidence]:
    course = load_course({"treatment": [{**IV, **treatment}]})
    return {i.event: i for i in incidences(course, sessions)}


def test_the_same_people_every_time_makes_sessions_count_for_nothing() -> None:
    share = np.array([0.1, 0.4])
    assert spread_over(share, 8, np.ones(2), 1) == pytest.approx(share)
    assert spread_over(share, 8, np.ones(2), 50) == pytest.approx(share)


def test_chance_anew_each_time_multiplies_those_who_go_free() -> None:
    assert spread_over(np.array([0.1]), 1, np.zeros(1), 3) == pytest.approx([1 - 0.9**3])
    assert spread_over(np.array([0.271]), 3, np.zeros(1), 1) == pytest.approx([0.1])


@pytest.mark.parametrize("alike", [0.0, 0.3, 1.0])
def test_as_many_sessions_as_were_counted_give_the_count_back(alike: float) -> None:
    assert spread_over(np.array([0.2]), 8, np.array([alike]), 8) == pytest.approx([0.2])


def test_a_count_over_eight_sessions_stands_for_eight() -> None:
    """Label of nasal esketamine: headache in 20 of 100 (346 people), 17 with placebo (222)."""
    headache = found(8)["headache"]
    assert headache.per_course is not None
    assert headache.per_course.value == pytest.approx(20.0, abs=0.3)
    error = 100 * np.sqrt(0.2 * 0.8 / 346)
    assert headache.per_course.low == pytest.approx(20.0 - 1.645 * error, abs=0.5)
    assert headache.excess_per_course is not None
    assert headache.excess_per_course.value == pytest.approx(3.0, abs=0.4)


def test_more_sessions_more_people_and_a_session_no_more_than_a_course() -> None:
    few, many = found(2), found(20)
    for event in EVENTS:
        for a, b in (
            (few[event].per_course, many[event].per_course),
            (few[event].excess_per_session, few[event].excess_per_course),
        ):
            assert (a is None) == (b is None)
            assert a is None or b is None or a.value <= b.value + 1e-9, event
    assert few["headache"].per_session == many["headache"].per_session


def test_a_source_without_a_number_of_people_gives_no_range() -> None:
    per_session = found(1)["hallucination"].per_session
    assert per_session is not None
    assert (per_session.value, per_session.low) == (pytest.approx(12.0), None)


def test_a_proxy_says_in_what_it_differs() -> None:
    nausea = found(6)["nausea"].sources[0]
    assert nausea.called == "gastrointestinal"
    assert nausea.proxy[0] == "ketamine instead of esketamine"
    assert "all routes together" in nausea.proxy
    headache = found(6)["headache"].sources[0]
    assert "intranasal instead of iv" in headache.proxy
    assert any("depression" in text for text in headache.proxy)


def test_what_nobody_counts_is_missing() -> None:
    dissociation = found(6, route="oral", dose="50 mg", duration=None)["dissociation"]
    assert dissociation == Incidence("dissociation", None, None, None, None, ())


def test_dissociation_of_an_infusion_is_counted_in_a_long_one() -> None:
    (source,) = found(6)["dissociation"].sources
    assert source.row == "sigtermans_2009_psychomimetic"
    assert source.sessions == "one infusion of 100 h"
    assert "in CRPS-1, 100 h, titrated to 22.2 mg/h per 70 kg on average" in source.proxy


def test_a_spray_has_sources_of_its_own() -> None:
    spray = found(8, route="intranasal", dose="84 mg", duration=None)
    rows = {source.row for source in spray["nausea"].sources}
    assert rows == {"spravato_label_trd_under65", "aspire_pooled_84mg", "esk_week1_longterm_pool"}
    assert spray["dissociation"].per_course is not None
    assert not any("instead of" in text for s in spray["nausea"].sources for text in s.proxy)


def test_numbers_are_the_same_every_time() -> None:
    assert found(6) == found(6)


def test_every_use_says_over_which_sessions_it_counted() -> None:
    for use in proxies():
        low, high = use.sessions
        assert low <= high
        assert low == high or use.note.startswith("assumed")
