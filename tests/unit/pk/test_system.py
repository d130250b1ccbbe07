"""What a system refuses: nothing may reach the engine that has no answer there."""

from __future__ import annotations

from typing import Any

import pytest

from sordino.errors import InputError
from sordino.library.schema import PkModel
from sordino.pk.system import EffectSite, system_for

TABLE: dict[str, Any] = {
    "schema": 1,
    "id": "apart",
    "parameter": [{"name": "K", "value": 0.2, "unit": "1/h"}],
    "compartment": [{"name": "central"}, {"name": "metabolite"}, {"name": "skin"}],
    "flow": [
        {"from": "skin", "rate": "K"},
        {"from": "central", "to": "metabolite", "rate": "K"},
        {"from": "metabolite", "rate": "K"},
    ],
    "analyte": [
        {"name": name, "compartment": name, "volume": "10"}
        for name in ("central", "metabolite", "skin")
    ],
    "route": [
        {"name": "iv", "inputs": [{"to": "central"}]},
        {"name": "late", "inputs": [{"to": "metabolite"}]},
        {"name": "cream", "inputs": [{"to": "skin"}]},
    ],
}


@pytest.mark.parametrize(
    ("routes", "analytes", "sites", "words", "allowed"),
    [
        (["iv"], ["skin"], [], "a dose by iv gets to skin", "central, metabolite"),
        (["late"], ["central"], [], "a dose by late gets to central", "metabolite"),
        (["iv", "late"], ["skin"], [], "by iv or late gets to skin", "central, metabolite"),
        (["cream"], [], ["central"], "a dose by cream gets to central", "skin"),
        (["nose"], ["skin"], [], "has no route 'nose'", "iv, late, cream"),
        (["iv"], ["blood"], [], "does not describe blood", "central, metabolite, skin"),
    ],
)
def test_what_no_dose_gets_to_is_refused(
    routes: list[str], analytes: list[str], sites: list[str], words: str, allowed: str
) -> None:
    model = PkModel.model_validate(TABLE)
    with pytest.raises(InputError, match=words) as caught:
        system_for(model, routes, analytes, [EffectSite("site", s, "half") for s in sites])
    assert caught.value.allowed == allowed


def test_what_one_of_the_routes_gets_to_is_taken() -> None:
    system = system_for(PkModel.model_validate(TABLE), ["iv", "cream"], ["metabolite", "skin"])
    assert system.compartments == ("central", "metabolite", "skin")


@pytest.mark.parametrize(
    "change",
    [
        {"flow": [{"from": "central", "vmax": "K", "km": "1", "volume": "10"}]},
        {"flow": [], "dynamics": "own"},
    ],
)
def test_a_model_that_is_not_linear_is_refused(change: dict[str, Any]) -> None:
    model = PkModel.model_validate({**TABLE, **change})
    with pytest.raises(InputError, match="model apart is not linear") as caught:
        system_for(model, ["iv"], ["central"])
    assert "sordino predict" in caught.value.hint
