from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sordino.course import Course, load_course
from sordino.errors import InputError, UnknownName
from sordino.safety import assess
from sordino.safety.beside import changes, summarize_beside
from sordino.safety.interactions import (
    checked_medicines,
    gaps,
    interactions,
    medicines,
    taken_by,
)
from sordino.simulation import summarize

SWALLOWED = {"drug": "esketamine", "route": "oral", "dose": "50 mg"}
SPRAYED = {"drug": "esketamine", "route": "intranasal", "dose": "84 mg"}
INFUSED = {"drug": "esketamine", "route": "iv", "dose": "35 mg", "duration": "40 min"}


def course(treatment: dict[str, Any], **patient: Any) -> Course:
    return load_course(
        {
            "patient": {"weight": "70 kg", **patient},
            "treatment": [treatment],
            "observe": {"until": "4 days"},
        }
    )


def area(read: Course, taken: list[str]) -> float:
    """Area under the level of ketamine in the typical patient over four days, ng/mL h."""
    summary = summarize_beside(read, changes(read, taken), "typical", 1, 1)
    found = summary.quantiles["conc_ketamine"]
    return float(np.trapezoid(found.values[0], found["time"].values))


@pytest.mark.parametrize(
    ("treatment", "name", "ratio"),
    [
        (SWALLOWED, "clarithromycin", 2.6),  # Hagelberg 2010
        (SWALLOWED, "rifampicin", 0.14),  # Peltoniemi 2012
        (SWALLOWED, "grapefruit_juice", 3.0),
        (INFUSED, "rifampicin", 0.86),  # Peltoniemi 2012
        (SPRAYED, "ticlopidine", 1.29),  # label of nasal esketamine
    ],
)
def test_the_published_ratio_of_areas_comes_out_of_the_simulation(
    treatment: dict[str, Any], name: str, ratio: float
) -> None:
    plain = course(treatment)
    # The area is looked at for four days here and to its end there, at other times.
    assert area(plain, [name]) / area(plain, []) == pytest.approx(ratio, rel=0.03)


def test_well_stirred_elimination_of_a_swallowed_dose_is_the_inverse_of_the_ratio() -> None:
    """Swallowed doses pass the liver first: area = Fgut dose / intrinsic clearance."""
    change = changes(course(SWALLOWED), ["clarithromycin"])[0]
    assert change.what == "elimination"
    assert change.factor == pytest.approx(1 / 2.6, rel=5e-3)
    infused = changes(course(INFUSED), ["rifampicin"])[0]
    assert infused.factor == pytest.approx(1 / 0.86, rel=5e-3)


def test_what_acts_in_the_gut_changes_the_dose_that_arrives() -> None:
    change = changes(course({**SWALLOWED, "dose": "0.5 mg/kg"}), ["grapefruit_juice"])[0]
    assert (change.what, change.factor) == ("swallowed doses", 3.0)
    summary = summarize_beside(course({**SWALLOWED, "dose": "0.5 mg/kg"}), [change], 4, 1, 1)
    assert summary.course.administrations()[0].dose_mg_per_kg == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("treatment", "name"), [(INFUSED, "clarithromycin"), (SWALLOWED, "itraconazole")]
)
def test_without_a_row_or_with_a_ratio_of_one_nothing_changes(
    treatment: dict[str, Any], name: str
) -> None:
    assert changes(course(treatment), [name]) == ()


def test_two_of_them_at_once_are_refused() -> None:
    with pytest.raises(InputError, match="clarithromycin and rifampicin both"):
        changes(course(SWALLOWED), ["clarithromycin", "rifampicin"])


def test_what_is_left_out_or_not_known_is_said() -> None:
    infused = gaps(course(INFUSED), ["rifampicin", "clarithromycin"], [])
    assert "0.86 times" in infused[0]
    assert "leaves this out" in infused[0]
    assert "was not seen anywhere" in infused[1]
    held = changes(course(INFUSED), ["rifampicin"])
    assert gaps(course(INFUSED), ["rifampicin"], held) == ()
    assert gaps(course(SWALLOWED), ["itraconazole"], []) == ()


def test_names_are_found_however_they_are_written() -> None:
    assert checked_medicines(["Grapefruit juice", "St John's wort", "rifampin"]) == (
        "grapefruit_juice",
        "st_johns_wort",
        "rifampicin",
    )
    with pytest.raises(UnknownName) as caught:
        checked_medicines(["clarithromycine"])
    assert "clarithromycin" in caught.value.hint


def test_the_patient_document_says_what_is_taken() -> None:
    read = course(
        SWALLOWED,
        drug=[
            {"name": "Clarithromycin"},
            {"name": "oxycodone", "kind": "opioid"},
            {"name": "ibuprofen"},
        ],
        intake={"alcohol": True, "grapefruit_juice": False},
    )
    assert taken_by(read.patient) == ("clarithromycin", "depressants")
    assert gaps(read, ["clarithromycin"], changes(read, ["clarithromycin"])) == (
        "nothing was seen about ketamine together with ibuprofen",
    )


def test_rows_of_the_route_and_effects_of_any_route_are_shown() -> None:
    found = interactions(course(INFUSED), [], [])
    with_ratio = {i.id for i in found if i.auc_ratio is not None}
    assert with_ratio == {"rifampicin.iv"}
    effects = {r.id for rows in medicines().values() for r in rows if r.kind == "pharmacodynamic"}
    assert {i.id for i in found} == with_ratio | effects
    taken = interactions(course(INFUSED), ["clarithromycin"], [])
    row = next(i for i in taken if i.id == "clarithromycin.oral")
    assert row.taken
    assert not row.simulated


def test_an_assessment_knows_whether_its_simulation_holds_the_drug() -> None:
    plain = course(SWALLOWED)
    names = ("grapefruit_juice",)
    found = changes(plain, names)
    changed = assess(summarize_beside(plain, found, 8, 1, 1), plain, names, found)
    assert changed.changes == found
    assert changed.dosing.total_mg == pytest.approx(50.0)  # what is really given
    assert [i.simulated for i in changed.interactions if i.taken] == [True]
    as_is = assess(summarize(plain, 8, 1), taken=names)
    assert as_is.changes == ()
    assert any("leaves this out" in gap for gap in as_is.gaps)


def test_draws_of_elimination_keep_what_studies_leave_open() -> None:
    """With a factor of 1 nothing is changed, draw by draw."""
    plain = course(INFUSED)
    one = replace(changes(plain, ["rifampicin"])[0], factor=1.0)
    same = summarize_beside(plain, [one], 8, 3, 1)
    assert np.allclose(
        same.quantiles["conc_ketamine"], summarize(plain, 8, 3).quantiles["conc_ketamine"]
    )


def test_a_plain_simulation_says_which_drugs_it_leaves_out() -> None:
    read = course(SWALLOWED, drug=[{"name": "clarithromycin"}])
    alone = summarize(read, 4, 1, 1).quantiles.attrs["extrapolating"]
    assert "what clarithromycin does to ketamine is left out here" in alone
    found = changes(read, ["clarithromycin"])
    assert found
    beside = summarize_beside(read, found, 4, 1, 1).quantiles.attrs["extrapolating"]
    assert "clarithromycin" not in beside
