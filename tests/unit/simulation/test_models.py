from __future__ import annotations

from typing import Any

import pytest

from sordino.course import load_course
from sordino.errors import InputError, UnknownName
from sordino.library.reader import load_pk_model
from sordino.simulation.models import ARTERIAL_DEFAULT, VENOUS_DEFAULT, DoseGroup, dose_groups

DEPOT = {"absorption_rate": "3 1/h", "bioavailability": "93 %"}


def groups(
    *treatments: dict[str, Any], venous: bool = False, **models: str
) -> tuple[DoseGroup, ...]:
    full = [{"drug": "ketamine", "route": "iv", "dose": "30 mg"} | t for t in treatments]
    return dose_groups(load_course({"treatment": full, "models": models}), venous=venous)


def on_route(route: str) -> dict[str, Any]:
    return {"route": route} | (DEPOT if route in ("im", "sc") else {})


@pytest.mark.parametrize("route", ARTERIAL_DEFAULT)
def test_every_route_has_a_model_that_describes_it(route: str) -> None:
    (group,) = groups(on_route(route))
    expected = "perezruixo_2021" if route in ("intranasal", "oral") else "simons_2022"
    assert group.model.id == expected
    assert set(group.routes) <= set(group.model.routes)


@pytest.mark.parametrize("route", VENOUS_DEFAULT)
def test_venous_models(route: str) -> None:
    (group,) = groups(on_route(route), venous=True)
    expected = "perezruixo_2021" if route in ("intranasal", "oral") else "otto_2021"
    assert group.model.id == expected


@pytest.mark.parametrize("route", ["sublingual", "buccal"])
def test_no_venous_model_for_film_and_lozenge(route: str) -> None:
    with pytest.raises(InputError, match=f"venous concentrations after {route}") as caught:
        groups({}, on_route(route), venous=True)
    assert caught.value.where == "treatment[2].route"
    assert "arterial" in caught.value.hint


def test_the_course_may_choose_a_model_for_each_site() -> None:
    assert groups({}, pk="kamp_2020")[0].model.id == "kamp_2020"
    assert groups({}, pk="kamp_2020", venous=True)[0].model.id == "otto_2021"


def test_the_models_of_both_sites_do_not_mix() -> None:
    course = load_course(
        {
            "treatment": [{"drug": "ketamine", "route": "iv", "dose": "30 mg"}],
            "models": {"pk": "kamp_2020", "venous": "perezruixo_2021"},
        }
    )
    assert [g.model.id for g in dose_groups(course)] == ["kamp_2020"]
    assert [g.model.id for g in dose_groups(course, venous=True)] == ["perezruixo_2021"]


def test_an_unknown_model_says_which_key_names_it() -> None:
    with pytest.raises(UnknownName) as caught:
        groups({}, pk="simons_2023")
    assert caught.value.where == "models.pk"
    assert "simons_2022" in caught.value.hint


def test_a_model_without_the_route_is_refused_with_those_that_have_it() -> None:
    with pytest.raises(InputError, match="kamp_2020 does not describe the route oral") as caught:
        groups({}, on_route("oral"), pk="kamp_2020")
    assert caught.value.where == "treatment[2].route"
    assert "perezruixo_2021" in caught.value.allowed


def test_absorption_is_kept_apart_by_its_values() -> None:
    im = {"route": "im"} | DEPOT
    found = groups(
        im, im | {"start": "1 day"}, {"route": "sc", **DEPOT, "absorption_rate": "1 1/h"}
    )
    assert [(len(g.doses), g.absorption_rate_per_h, g.bioavailability) for g in found] == [
        (2, 3.0, 0.93),
        (1, 1.0, 0.93),
    ]
    assert found[0].routes == ("depot",)


def test_moieties_of_a_model_of_enantiomers() -> None:
    assert groups({})[0].moieties == (("S", 1.0, 0.0), ("R", 0.0, 1.0))
    assert groups({"drug": "esketamine"})[0].moieties == (("S", 1.0, 0.0),)
    both = groups({}, {"drug": "esketamine", "start": "1 day"})
    assert len(both) == 1
    assert both[0].moieties == (("S", 1.0, 0.0), ("R", 0.0, 1.0))


def test_a_model_of_the_total_keeps_the_drugs_apart() -> None:
    both = groups({}, {"drug": "esketamine", "start": "1 day"}, pk="kamp_2020")
    assert [g.moieties for g in both] == [(("total", 0.5, 0.5),), (("total", 1.0, 0.0),)]


def test_comparators_are_in_no_group() -> None:
    course = load_course({"treatment": [{"drug": "duloxetine", "dose": "60 mg"}]})
    assert dose_groups(course) == ()


def test_the_model_of_a_group_is_the_one_of_the_library() -> None:
    assert groups({})[0].model == load_pk_model("simons_2022")
