"""What a report says of mood and fatigue."""

from __future__ import annotations

from sordino.library.protocols import load_protocol
from sordino.report.wellbeing import tables, told
from sordino.simulation.answers import Estimate
from sordino.simulation.wellbeing import Change, Wellbeing, wellbeing


def change(day: int, drug: float, without: float, low: float, high: float) -> Change:
    return Change(
        day,
        Estimate(drug, drug - 5.0, drug + 5.0),
        Estimate(without, without - 5.0, without + 5.0),
        Estimate(drug - without, low, high),
    )


def test_mood_is_told_with_its_people_and_its_range() -> None:
    text = " ".join(
        told(Wellbeing("", response=(change(1, 55, 30, 10, 40), change(28, 33, 30, -2, 8))))
    )
    assert "halved a day after the first session in about 55 (50 to 60) with the drug" in text
    assert "On day 28 the drug itself would account for 3 (-2 to 8) of 100" in text
    assert "a help and a harm both fit" in text
    assert "None was in fibromyalgia" in text


def test_a_range_that_ends_at_nothing_says_so() -> None:
    text = " ".join(
        told(Wellbeing("", response=(change(1, 55, 30, 10, 40), change(28, 38, 30, 0.2, 19))))
    )
    assert "8 (0 to 19) of 100: it may be next to nothing." in text


def test_a_fall_of_fatigue_is_a_positive_number() -> None:
    first, second = told(Wellbeing("", fatigue=(change(1, -30, -18, -28, 4),)))
    assert "lower by 30 (25 to 35) percent with the drug and by 18 (13 to 23) percent" in first
    assert "12 (-4 to 28) is due to the drug: a help and a harm both fit" in first
    assert "ten people" in second


def test_a_course_that_no_trial_gave_says_so_and_has_no_table() -> None:
    found = wellbeing(load_protocol("crps_100h"))
    (only,) = told(found)
    assert only.startswith("Nothing can be said of mood and fatigue: ")
    assert tables(found) == ()


def test_tables_hold_every_look() -> None:
    found = wellbeing(load_protocol("six_infusions"))
    response, depression, fatigue = tables(found)
    assert [row[0] for row in response.rows] == ["day 1", "day 7", "day 14", "day 28"]
    assert len(depression.rows) == 4
    assert [row[0] for row in fatigue.rows] == ["day 1"]
