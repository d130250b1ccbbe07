"""Models that a course cannot use are refused before anything runs."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from sordino.course import load_course
from sordino.errors import InputError
from sordino.library.reader import PK_FOLDER
from sordino.simulation import models
from sordino.simulation.models import dose_groups

Table = dict[str, Any]
COURSE: Table = {
    "title": "one",
    "patient": {"age": 47, "sex": "female", "weight": "70 kg", "pain": 7.0},
    "treatment": [{"drug": "esketamine", "route": "iv", "dose": "20 mg", "duration": "30 min"}],
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t["flow"][5].update(rate="0", vmax="1", km="1", volume="V1"), "not linear"),
        (
            lambda t: (
                t.update(covariate=[{"name": "CRCL", "typical": 90.0}]),
                t["flow"][5].update(rate="CL / V1 * CRCL / 90"),
            ),
            "needs CRCL",
        ),
        (lambda t: t["analyte"][0].update(unit="mg/L"), "no analyte ketamine"),
        (lambda t: t["analyte"][0].update(name="drug"), "no analyte ketamine"),
        (lambda t: t.update(drug="morphine"), "about morphine"),
    ],
)
def test_refused(
    change: Callable[[Table], Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tomllib.loads((PK_FOLDER / "otto_2021.toml").read_text())
    change(table)
    changed = models.PkModel.model_validate(table)
    monkeypatch.setattr(models, "load_pk_model", lambda _: changed)
    with pytest.raises(InputError, match=words):
        dose_groups(load_course(COURSE))


def test_the_model_as_it_is_shipped_is_taken() -> None:
    (group,) = dose_groups(load_course(COURSE))
    assert group.model.id == "simons_2022"
