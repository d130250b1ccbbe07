from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from sordino.library.papers import NO_PAPER
from sordino.library.pd_schema import load_pd_model
from sordino.library.reader import PK_FOLDER, load_pk_model
from sordino.report.result import build_result, result_dict, result_json
from sordino.report.schema import NAME, schema_texts, schemas
from sordino.simulation.answers import Estimate
from sordino.simulation.summary import Summary, summarize


def shipped_schema() -> dict[str, Any]:
    return json.loads(files("sordino.schemas").joinpath(NAME).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", schemas())
def test_the_shipped_schemas_are_current(name: str) -> None:
    shipped = files("sordino.schemas").joinpath(name).read_text(encoding="utf-8")
    assert shipped == schema_texts()[name], "python -m sordino.report.schema src/sordino/schemas"


@pytest.mark.parametrize("name", ["six", "typical", "nasal", "brief"])
def test_every_result_fits_the_schema(name: str, request: pytest.FixtureRequest) -> None:
    document = json.loads(result_json(build_result(request.getfixturevalue(name))))
    jsonschema.validate(document, shipped_schema())


def test_a_model_without_a_paper_says_so(tmp_path: Path) -> None:
    table = tomllib.loads((PK_FOLDER / "otto_2021.toml").read_text(encoding="utf-8"))
    del table["citation"]
    own = tmp_path / "own.json"
    own.write_text(json.dumps({**table, "id": "own"}))
    dose = {"drug": "esketamine", "route": "iv", "dose": "20 mg", "duration": "30 min"}
    course = {"treatment": [dose], "models": {"pk": str(own)}, "observe": {"until": "1 h"}}
    made = build_result(summarize({"title": "own", **course}, patients=2, draws=1))
    assert made.models[0].citation == NO_PAPER
    assert NO_PAPER in [source.text for source in made.sources if source.used_by == "own"]


def test_the_schema_refuses_what_is_not_a_result(six: Summary) -> None:
    document = result_dict(build_result(six))
    for spoiled in (
        {**document, "extra": 1},
        {k: v for k, v in document.items() if k != "answers"},
        {**document, "times_h": ["0"]},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(spoiled, shipped_schema())


def test_numbers_are_those_of_the_summary(six: Summary) -> None:
    document = json.loads(result_json(build_result(six)))
    assert np.allclose(document["times_h"], six.quantiles["time"].values, rtol=1e-5)
    pain = document["variables"]["pain"]
    assert np.allclose(pain["patients"]["q05"], six.quantiles["pain"].values[0], rtol=1e-5)
    assert np.allclose(
        pain["median_over_draws"]["q95"], six.quantiles["pain_median"].values[4], rtol=1e-5
    )
    assert pain["median"] == pain["patients"]["q50"]
    first = document["answers"]["responses"][0]["with_drug"]["value"]
    assert first == pytest.approx(six.answers.responses[0].with_drug.value, rel=1e-5)


def test_what_was_not_asked_for_is_null_not_a_width_of_zero(
    typical: Summary, nasal: Summary
) -> None:
    assert build_result(typical).variables["pain"].patients is None
    assert build_result(typical).variables["pain"].median_over_draws is not None
    assert build_result(nasal).variables["pain"].patients is not None
    assert build_result(nasal).variables["pain"].median_over_draws is None


def test_what_is_not_a_number_is_null(six: Summary) -> None:
    odd = replace(six, answers=replace(six.answers, relief_days=Estimate(float("nan"), None, None)))
    document = json.loads(result_json(build_result(odd)))
    assert document["answers"]["relief_days"]["value"] is None


def test_every_assumption_of_the_files_in_use_is_there(six: Summary) -> None:
    found = {(a.where, a.name, a.kind) for a in build_result(six).assumptions}
    for name in str(six.quantiles.attrs["effects"]).split(", "):
        for p in load_pd_model(name).parameter:
            if p.origin == "assumed":
                assert (name, p.name, "value") in found
            if p.iiv is not None and p.iiv.origin == "assumed":
                assert (name, p.name, "spread between people") in found
    for p in load_pk_model("simons_2022").parameter:
        if p.origin == "assumed":
            assert ("simons_2022", p.name, "value") in found
    assert ("simons_2022", "R-ketamine", "rule") in found
    assert ("virtual_patients", "weight", "value") in found
    assert {a.note for a in build_result(six).assumptions} >= set(six.course.assumed)


def test_limits_are_whole_sentences(six: Summary) -> None:
    assert [text for text in build_result(six).limits if "S-ketamine" in text] == [
        "simons_2022 was made from S-ketamine, and R-ketamine runs on it with an assumed clearance"
    ]


def test_models_sources_and_provenance(six: Summary) -> None:
    made = build_result(six)
    assert [m.id for m in made.models] == ["simons_2022"]
    assert made.models[0].digest == load_pk_model("simons_2022").digest
    assert load_pk_model("simons_2022").verification in made.models[0].grade
    assert any(s.url.startswith("https://doi.org/10.") for s in made.sources)
    assert made.provenance["course_digest"] == six.course.digest()
    assert made.provenance["seed"] == 1


def test_a_model_file_of_the_user_is_described(tmp_path) -> None:
    from sordino.library.reader import PK_FOLDER
    from sordino.simulation.summary import summarize

    own = tmp_path / "own.toml"
    text = (PK_FOLDER / "otto_2021.toml").read_text(encoding="utf-8")
    own.write_text(text.replace('id = "otto_2021"', 'id = "my_model"'), encoding="utf-8")
    course = {
        "models": {"pk": str(own)},
        "treatment": [{"drug": "esketamine", "route": "iv", "dose": "35 mg", "duration": "1 h"}],
        "observe": {"until": "2 days"},
    }
    made = build_result(summarize(course, patients=4, draws=1))
    assert [m.id for m in made.models] == ["my_model"]
