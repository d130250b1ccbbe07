from __future__ import annotations

import pytest

from sordino.library.cite import references
from sordino.library.protocols import load_protocol
from sordino.safety import Safety, assess
from sordino.simulation.summary import Summary, summarize


def test_trials_in_fibromyalgia_are_named_for_infusions_only(
    infusions: Safety, nasal: Safety
) -> None:
    doses = {seen.dose for seen in infusions.seen_in_fibromyalgia}
    assert "0.1 mg/kg IV over 7 min" in doses
    assert any("dizziness for about 30 min" in s.says for s in infusions.seen_in_fibromyalgia)
    assert nasal.seen_in_fibromyalgia == ()


def test_pressure_peaks_at_the_end_of_the_infusion(infusions: Safety) -> None:
    """Cohorts: peak near 40 min, and back within 1.5 h after the infusion."""
    found = infusions.pressure
    assert found.peak_min == pytest.approx(40.0, abs=10.0)
    assert found.back_min is not None
    assert 0.0 < found.back_min <= 90.0
    yale = next(p for p in found.published if p.id == "yale_ketamine_iv_7y")
    assert "upper pressure up by 16 (SD 11.2) mmHg" in yale.says
    assert "severe in 0.98 of 100 sessions" in yale.says


def test_every_source_is_in_the_library(infusions: Safety, nasal: Safety) -> None:
    for found in (infusions, nasal):
        assert set(found.cites) <= set(references())
        assert "spravato_us_label" in found.cites
        assert list(found.cites) == sorted(set(found.cites))


def test_the_typical_patient_has_no_spread() -> None:
    found = assess(summarize(load_protocol("six_infusions"), "typical", 1))
    assert all(t.one_in_20_h is None for t in found.hours_above)
    assert found.dissociation.low == found.dissociation.high


def test_the_course_that_is_given_counts(six: Summary) -> None:
    other = load_protocol("crps_100h")
    assert assess(six, other).dosing.total_mg == pytest.approx(1760.0)
    assert assess(six).title == six.course.title
