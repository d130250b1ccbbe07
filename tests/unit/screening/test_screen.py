"""The screening as a whole: complete, without a verdict, and the same in JSON."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sordino
from sordino.errors import DocumentError, SordinoError, UnknownName
from sordino.library.evidence import comparators, safety
from sordino.library.evidence.topics import TOPICS
from sordino.patient import Arrangements, Conditions, Examinations, Intake, Symptoms, load_patient
from sordino.schemas import schema
from sordino.screening import screen
from sordino.screening.asks import asks

TABLES = {
    "symptoms": Symptoms,
    "conditions": Conditions,
    "intake": Intake,
    "tests": Examinations,
    "arrangements": Arrangements,
}
TOP = {"age", "pain", "baseline_sbp", "baseline_dbp", "drug", "tried"}


def example(root: Path) -> dict[str, Any]:
    """The patient file that docs/screen.md shows."""
    text = (root / "docs" / "screen.md").read_text(encoding="utf-8")
    return tomllib.loads(text.split("```toml\n")[1].split("```")[0])


def test_every_row_about_people_is_asked() -> None:
    found = {check.row for check in screen({}).checks}
    rows = safety()
    wanted = [*rows.contraindication, *rows.monitoring, *rows.interaction]
    wanted += [r for r in rows.guideline_rule if r.kind in ("preinfusion_test", "abuse")]
    assert {row.id for row in wanted} <= found
    assert "asra2018.indication.fibromyalgia" in found
    names = {row.comparator for row in comparators() if row.kind not in ("placebo", "ketamine")}
    asked = {check.id.removeprefix("tried.") for check in screen({}).group("tried").checks}
    assert asked == names - {""}


def test_every_condition_of_a_row_is_asked_at_least_once() -> None:
    for row in safety().contraindication:
        answered = {ask.condition for ask in asks().condition if ask.row == row.id}
        timed = row.within is not None
        assert answered == (set() if timed else set(row.conditions))


def test_every_study_that_names_another_drug_is_asked() -> None:
    """Studies of circulation tell of other drugs in their findings only."""
    told = {row.id for row in safety().circulation if any("medication" in f for f in row.findings)}
    assert told == {ask.row for ask in asks().taken} & {row.id for row in safety().circulation}


def test_an_empty_file_leaves_everything_unknown_and_says_what_is_missing() -> None:
    found = screen({})
    assert {check.status for check in found.checks} == {"unknown"}
    assert all(check.missing for check in found.checks)
    known = {f"{table}.{key}" for table, form in TABLES.items() for key in form.model_fields}
    assert set(found.missing) == TOP | known


def test_each_check_has_a_name_a_reason_and_a_source_that_exists() -> None:
    checks = list(screen({}).checks)
    assert len({check.id for check in checks}) == len(checks)
    for check in checks:
        assert check.rule
        assert check.reason
        row = TOPICS[check.topic].entry(check.row)
        assert check.cites == row.cites
        assert check.seen


def test_there_is_no_verdict(root: Path) -> None:
    text = json.dumps(screen(example(root)).as_dict()).lower()
    assert "eligib" not in text
    assert "suitable" not in text
    assert set(screen({}).as_dict()) == {
        "sordino_version",
        "patient",
        "scores",
        "groups",
        "doubts",
        "missing",
        "sources",
        "note",
    }


def test_the_example_of_the_documentation(root: Path) -> None:
    """All keys that a patient file has are in it, so that it can be copied and filled in."""
    table = example(root)
    for name, form in TABLES.items():
        assert set(table[name]) == set(form.model_fields)
    assert set(table) - {"title", "id"} >= TOP | set(TABLES)
    found = screen(table)
    assert found.missing == {}
    assert "unknown" not in {check.status for check in found.checks}


def test_the_example_fits_the_schema_for_editors(root: Path) -> None:
    validator = jsonschema.Draft202012Validator(schema("patient"))
    table = example(root)
    assert validator.is_valid(table)
    for broken in ({"conditions": {"pregnant": True}}, {"symptoms": {"pain_areas": ["knee"]}}):
        assert not validator.is_valid({**table, **broken})


def test_json_holds_every_check(root: Path) -> None:
    found = screen(example(root))
    plain = found.as_dict()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    rules = [rule for group in plain["groups"] for rule in group["rules"]]
    assert [(r["id"], r["status"]) for r in rules] == [(c.id, c.status) for c in found.checks]
    cited = {key for rule in rules for key in rule.get("cites", [])}
    assert cited <= {source["key"] for source in plain["sources"]}
    assert all(source["text"] for source in plain["sources"])


def test_the_documentation_names_every_key_of_the_json(root: Path) -> None:
    text = (root / "docs" / "screen.md").read_text(encoding="utf-8")
    plain = screen(example(root)).as_dict()
    keys = {*plain, *(key for g in plain["groups"] for key in g)}
    keys |= {key for g in plain["groups"] for rule in g["rules"] for key in rule}
    assert not {key for key in keys if f"`{key}`" not in text}
    assert all(f"`{group['name']}`" in text for group in plain["groups"])


values = st.none() | st.booleans()
tables = st.fixed_dictionaries(
    {},
    optional={
        "conditions": st.dictionaries(
            st.sampled_from(
                [n for n, f in Conditions.model_fields.items() if f.annotation == bool | None]
            ),
            st.booleans(),
        ),
        "intake": st.dictionaries(st.sampled_from(list(Intake.model_fields)), st.booleans()),
        "symptoms": st.dictionaries(
            st.sampled_from(["fatigue", "cognitive_symptoms"]), st.integers(0, 3)
        ),
        "age": st.integers(18, 120),
        "baseline_sbp": st.integers(100, 200),
        "drug": st.just([]),
    },
)


@settings(max_examples=60)
@given(tables, st.data())
def test_stating_more_never_changes_what_was_settled(
    table: dict[str, Any], data: st.DataObject
) -> None:
    more = {**table, **{key: value for key, value in data.draw(tables).items() if key not in table}}
    try:
        first, second = screen(table), screen(more)
    except DocumentError:
        return
    for one, other in zip(first.checks, second.checks, strict=True):
        if one.status != "unknown":
            assert (other.id, other.status) == (one.id, one.status)


def test_a_patient_a_file_and_a_table_are_the_same(tmp_path: Path) -> None:
    file = tmp_path / "patient.toml"
    file.write_text("age = 50\nbaseline_sbp = 150\n")
    table = {"age": 50, "baseline_sbp": 150}
    assert screen(file) == screen(str(file)) == screen(table) == screen(load_patient(table))
    assert sordino.screen(table) == screen(table)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UnknownName, match="pregnanc"):
        screen({}).check("pregnanc")
    with pytest.raises(UnknownName, match="test"):
        screen({}).group("test")


scalars = values | st.integers() | st.floats() | st.text(max_size=8) | st.just("never")
anything = scalars | st.lists(scalars, max_size=3)
forms = {
    name: st.dictionaries(st.sampled_from(list(form.model_fields)) | st.text(max_size=5), anything)
    for name, form in TABLES.items()
}


@settings(max_examples=60)
@given(st.fixed_dictionaries({}, optional={**forms, "drug": anything, "tried": anything}))
def test_any_table_is_screened_or_refused(table: dict[str, Any]) -> None:
    try:
        found = screen(table)
    except SordinoError as error:
        str(error).encode()
    else:
        json.dumps(found.as_dict(), allow_nan=False)
