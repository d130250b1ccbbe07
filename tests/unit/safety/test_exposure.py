from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sordino.course import Course, load_course
from sordino.library.evidence import safety
from sordino.library.protocols import load_protocol
from sordino.safety import Safety
from sordino.safety.exposure import dosing, hours_above
from sordino.safety.longterm import LongTermFlag, long_term_flags, regimens
from sordino.safety.tables import exposure_limits


def course(*treatments: dict[str, Any], weight: str | None = "70 kg") -> Course:
    patient = {"weight": weight} if weight else {}
    return load_course({"patient": patient, "treatment": list(treatments)})


def infusion(hours: float, rate: str, *days: float) -> dict[str, Any]:
    return {
        "drug": "esketamine",
        "route": "iv",
        "rate": rate,
        "duration": f"{hours} h",
        "days": list(days),
    }


def test_six_infusions_of_half_a_mg_per_kg() -> None:
    found = dosing(load_protocol("six_infusions"))
    assert (found.weight_kg, found.weight_assumed, found.sessions) == (70.0, False, 6)
    assert found.total_mg == pytest.approx(6 * 35.0)
    assert found.highest_rate_mg_h == pytest.approx(35.0 / (40 / 60))
    assert found.highest_rate_mg_per_kg_h == pytest.approx(0.75)
    assert found.infused_h_in_30_days == pytest.approx(4.0)
    assert found.span_days == pytest.approx(11 + 40 / 1440)
    assert found.largest_at_once_mg == 0.0


def test_the_total_of_the_100_hours_is_the_published_one() -> None:
    """Evidence row dahan_2011_structure_check: total 1760 mg at 70 kg."""
    found = dosing(load_protocol("crps_100h"))
    assert found.total_mg == pytest.approx(1760.0)
    assert found.longest_infusion_h == pytest.approx(100.0)


def test_without_a_weight_one_is_assumed_and_said() -> None:
    found = dosing(course(infusion(1, "0.5 mg/kg/h", 0), weight=None))
    assert found.weight_assumed
    assert found.total_mg == pytest.approx(0.5 * found.weight_kg)


def test_doses_at_home_are_counted_by_day() -> None:
    lozenge = {"drug": "ketamine", "route": "sublingual", "dose": "25 mg", "days": [0, 0.5, 3]}
    found = dosing(course(lozenge, infusion(1, "20 mg/h", 5)))
    assert (found.home_days, found.sessions) == (2, 4)
    assert found.largest_at_once_mg == 25.0
    assert found.largest_bolus_mg_per_kg == 0.0


def test_infused_hours_count_within_30_days_only() -> None:
    near = dosing(course(infusion(100, "20 mg/h", 0, 16)))
    far = dosing(course(infusion(100, "20 mg/h", 0, 40)))
    assert near.infused_h_in_30_days == pytest.approx(200.0)
    assert far.infused_h_in_30_days == pytest.approx(100.0)


def test_hours_above_follow_straight_lines() -> None:
    times = np.array([0.0, 1.0, 2.0, 4.0])
    values = np.array([0.0, 2.0, 0.0, 0.0])
    assert hours_above(times, values, 1.0) == pytest.approx(1.0)
    assert hours_above(times, values, -1.0) == pytest.approx(4.0)
    assert hours_above(times, values, 2.0) == 0.0
    assert hours_above(times, np.full(4, 3.0), 3.0) == 0.0


def test_hours_above_in_a_simulation(infusions: Safety) -> None:
    middle, *rest = infusions.hours_above
    assert middle.threshold == 4.0
    assert middle.one_in_20_h is not None
    # Six sessions; dissociation is over some hours after each.
    assert 6 * 0.5 < middle.middle_h < middle.one_in_20_h < 6 * 12
    assert [(t.threshold, t.unit) for t in rest] == [(40.0, "mmHg"), (25.0, "mmHg")]


def flags(given: Course) -> dict[str, LongTermFlag]:
    return {flag.id: flag for flag in long_term_flags(dosing(given))}


def test_two_infusions_of_100_hours_reach_what_harmed_the_liver() -> None:
    both = flags(course(infusion(100, "20 mg/h", 0, 16)))
    assert both["hepatotoxicity_noppers_2011"].state == "reached"
    assert "3 of 6 people" in both["hepatotoxicity_noppers_2011"].seen
    one = flags(course(infusion(100, "20 mg/h", 0)))
    assert one["hepatotoxicity_noppers_2011"].state == "not reached"
    assert one["lft_infusion_72h_plus"].state == "reached"


def test_one_short_infusion_reaches_nothing() -> None:
    found = flags(course(infusion(0.5, "60 mg/h", 0)))
    calm = {"not reached", "no limit known", "within what was seen"}
    assert {flag.state for flag in found.values()} == calm
    assert set(found) == {row.id for row in safety().long_term}


@pytest.mark.parametrize(
    ("sessions", "state"), [(6, "within what was seen"), (7, "beyond what was seen")]
)
def test_where_no_harm_was_seen_a_limit_is_where_nobody_looked(sessions: int, state: str) -> None:
    given = course(infusion(0.5, "60 mg/h", *range(sessions)))
    assert flags(given)["cognition_six_infusions"].state == state


def test_four_weeks_at_home_ask_about_dependence() -> None:
    found = flags(load_protocol("daily_lozenge"))
    assert found["dependence_recreational_uk"].state == "reached"
    assert "assumed" in found["dependence_recreational_uk"].limit


def test_limits_are_derived_or_say_that_they_are_assumed() -> None:
    for limit in exposure_limits():
        assert limit.origin == "derived" or "assumed" in limit.note


def test_a_rate_is_compared_with_a_regimen_of_days_only_when_it_lasts() -> None:
    name = "five_days_continuous.crps"  # up to 40 mg/h
    short, slow, fast = (
        next(r for r in regimens(dosing(course(infusion(h, rate, 0)))) if r.id == name).compared
        for h, rate in ((0.5, "60 mg/h"), (100, "20 mg/h"), (100, "50 mg/h"))
    )
    assert short == ""
    assert "not above 40 mg/h" in slow
    assert "50 mg/h, above 40 mg/h" in fast
