"""Which observations enter, and that they are read as their sources print them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from sordino.calibrate import rows
from sordino.calibrate.rows import Row, arm_course, evidence
from sordino.errors import DocumentError, InputError
from sordino.library.evidence import studies
from sordino.library.posterior import uses as uses_module
from sordino.library.posterior.uses import Use, read_uses


@pytest.fixture
def anew() -> Iterator[None]:
    """Read the evidence again, before and after."""
    evidence.cache_clear()
    yield
    evidence.cache_clear()


def of(study: str, arm: str, part: str) -> Row:
    (row,) = [r for r in evidence().rows if (r.study, r.arm) == (study, arm) and part in r.id]
    return row


def test_every_observation_of_every_calibration_study_is_accounted_for() -> None:
    wanted = sum(len(s.observation) for s in studies() if s.role == "calibrate")
    used = sum(max(len(r.counts), 1) for r in evidence().rows)
    assert used + len(evidence().left_out) == wanted


def test_only_studies_that_a_calibration_may_use_are_used() -> None:
    roles = {s.id: s.role for s in studies()}
    named = {r.study for r in evidence().rows} | {e.study for e in evidence().left_out}
    assert {roles[name] for name in named} == {"calibrate"}


def test_what_is_left_out_or_only_compared_says_why() -> None:
    assert all(len(entry.why) > 10 for entry in evidence().left_out)
    assert all(r.use is not None and len(r.use.why) > 10 for r in evidence().rows if not r.fitted)


def test_times_count_from_the_first_dose() -> None:
    # The infusion took 30 min; 15 min after it are 45 min.
    assert of("noppers_2011_fm", "s_ketamine", "15 min").at_h.tolist() == [[0.75]]
    assert of("noppers_2011_fm", "midazolam", "15 min").at_h.tolist() == [[0.75]]
    # Bolus over 10 min, then 10 min.
    assert of("goldway_2025_healthy", "ketamine", "10 min").at_h[0, 0] == pytest.approx(1.0 / 3.0)


def test_an_ambiguous_time_is_read_in_every_way() -> None:
    at_h = of("noppers_2011_fm", "s_ketamine", "180 min").at_h
    assert at_h.tolist() == [[3.0], [3.5]]


def test_counts_of_the_same_people_stay_together() -> None:
    row = of("cohen_2006_fm", "ketamine", "responders")
    assert (row.n, row.thresholds, row.counts) == (34, (50.0, 67.0), (18, 13))


def test_errors_come_from_what_is_printed() -> None:
    # A t statistic is the mean over its standard error.
    row = of("murrough_2013_rct_trd", "ketamine", "24 h")
    assert row.se == pytest.approx(16.5 / 10.31)
    assert row.sd == pytest.approx(16.5 / 10.31 * 47**0.5)
    # A standard deviation of n people, printed or assumed; the model's own where it is fitted too.
    assert of("pickering_2020_neuropathic", "placebo", "area").se == pytest.approx(90 / 20**0.5)
    assert of("bp_741_infusions", "ketamine", "sbp").se == pytest.approx(11.2 / 135**0.5)
    assert of("bp_yale_2342_infusions", "ketamine", "sbp").se is None


def test_an_arm_without_drug_has_the_clock_of_the_other_arm() -> None:
    row = of("noppers_2011_fm", "midazolam", "15 min")
    assert (row.clock, row.treated) == ("s_ketamine", False)


def test_an_area_looks_at_all_its_days() -> None:
    days = of("pickering_2020_neuropathic", "ketamine", "area").at_h[0] / 24.0
    weights = rows.AREA_POINTS[1] * rows.AREA_DAYS / 2.0
    # The area under 2 + t/5 from day 0 to 35 is 70 + 122.5.
    assert weights @ (2.0 + days / 5.0) == pytest.approx(192.5)


def test_courses_are_those_of_the_sources() -> None:
    doses = arm_course("noppers_2011_fm", "s_ketamine").administrations()
    assert [(d.drug, d.dose_mg_per_kg, d.duration_h) for d in doses] == [("esketamine", 0.5, 0.5)]
    given = arm_course("goldway_2025_healthy", "ketamine")
    assert given.patient_covariates()["weight"] == 61.6
    assert sum(d.dose_mg_per_kg for d in given.administrations()) == pytest.approx(
        0.4 + 0.4 * 50 / 60
    )


@pytest.mark.usefixtures("anew")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda found: found[1:], "nothing is done with"),
        (lambda found: (*found, found[0]), "used twice"),
    ],
)
def test_an_observation_that_is_missed_or_used_twice_is_refused(
    change: Callable[[tuple[Use, ...]], tuple[Use, ...]],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = uses_module()
    changed = whole.model_copy(update={"use": change(whole.use)})
    monkeypatch.setattr(rows, "uses", lambda: changed)
    with pytest.raises(InputError, match=message):
        evidence()


@pytest.mark.usefixtures("anew")
def test_an_open_time_needs_its_readings(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = uses_module()
    open_time = [
        u.model_copy(update={"times": (), "origins": (), "assumed": ()})
        if u.study == "cohen_2006_fm"
        else u
        for u in whole.use
    ]
    changed = whole.model_copy(update={"use": tuple(open_time)})
    monkeypatch.setattr(rows, "uses", lambda: changed)
    with pytest.raises(InputError, match="is open"):
        evidence()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ('use = "leave_out"', "says why"),
        ('use = "fit"', "needs a readout"),
        ('use = "leave_out"\nreadout = "cadss"\nwhy = "none"', "needs a readout"),
        ('use = "fit"\nreadout = "cadss"\ntimes = ["5 min"]', "is assumed"),
        ('use = "fit"\nreadout = "cadss"\ntimes = ["5"]\nassumed = ["x"]', "no unit"),
        ('use = "fit"\nreadout = "pain"', "has no population"),
        ('use = "fit"\nreadout = "cadss"\nsize = 3', "size"),
    ],
)
def test_a_use_that_makes_no_sense_is_refused(keys: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "uses.toml"
    path.write_text(f'schema = 1\npopulation = []\ncourse = []\n[[use]]\nstudy = "x"\n{keys}\n')
    with pytest.raises(DocumentError) as caught:
        read_uses(path)
    assert message in str(caught.value)


def test_shares_become_counts() -> None:
    row = of("murrough_2013_six_infusions", "ketamine", "madrs_response")
    # 70.8 percent of 24 people.
    assert row.counts == (17,)
    assert np.all(row.at_h[:, 0] > 11 * 24)
