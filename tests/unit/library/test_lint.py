from __future__ import annotations

import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from sordino.library import lint as module
from sordino.library.lint import lint
from sordino.library.reader import PK_FOLDER, lint_model
from sordino.library.schema import PkModel

Table = dict[str, Any]


def load(name: str) -> Table:
    return tomllib.loads((PK_FOLDER / f"{name}.toml").read_text())


def by(table: Table, kind: str, name: str, key: str = "name") -> Table:
    return next(entry for entry in table[kind] if entry[key] == name)


def flow(table: Table, start: str, end: str | None) -> Table:
    return next(f for f in table["flow"] if f["from"] == start and f.get("to") == end)


def add_flow(table: Table, **entry: str) -> None:
    table["flow"].append(entry)


def drop(table: Table, kind: str, name: str) -> None:
    table[kind] = [entry for entry in table[kind] if entry["name"] != name]


def double(table: Table, kind: str) -> None:
    table[kind].append(dict(table[kind][0]))


def change_covariance(table: Table, **entry: Any) -> None:
    table["covariance"][0].update(entry)


# rule, change to otto_2021, place and words of the finding
CASES: list[tuple[str, Callable[[Table], Any], str, str]] = [
    ("duplicate_names", lambda t: double(t, "parameter"), "parameter", "'V1' stands twice"),
    ("duplicate_names", lambda t: double(t, "compartment"), "compartment", "twice"),
    ("duplicate_names", lambda t: double(t, "flow"), "flow", "twice"),
    ("duplicate_names", lambda t: double(t, "individual"), "individual", "twice"),
    (
        "duplicate_names",
        lambda t: by(t, "parameter", "Q1").update(name="weight"),
        "parameter",
        "meaning of its own",
    ),
    (
        "unknown_compartments",
        lambda t: flow(t, "central", "peripheral1").update(to="peripheral"),
        "flow",
        "unknown compartment 'peripheral'",
    ),
    (
        "unknown_compartments",
        lambda t: by(t, "analyte", "ketamine").update(compartment="centre"),
        "analyte",
        "'centre'",
    ),
    (
        "unknown_compartments",
        lambda t: by(t, "route", "iv")["inputs"][0].update(to="vein"),
        "route",
        "'vein'",
    ),
    (
        "unknown_names",
        lambda t: flow(t, "central", "norketamine").update(rate="CLL / V1"),
        "flow",
        "unknown name 'CLL'",
    ),
    (
        "unknown_names",
        lambda t: by(t, "route", "iv")["inputs"][0].update(fraction="f_user"),
        "route",
        "'f_user'",
    ),
    (
        "unknown_names",
        lambda t: by(t, "individual", "CL", "parameter").update(expression="CL * mass"),
        "individual",
        "'mass'",
    ),
    ("unknown_parameters", lambda t: change_covariance(t, a="V9"), "covariance", "'V9'"),
    (
        "unknown_parameters",
        lambda t: t["moiety"][0]["adjust"][0].update(parameter="CLL"),
        "moiety",
        "'CLL'",
    ),
    (
        "unknown_sources",
        lambda t: by(t, "parameter", "Q1").update(source="nl_oto"),
        "parameter",
        "unknown source 'nl_oto'",
    ),
    ("unknown_sources", lambda t: by(t, "parameter", "Q1").pop("place"), "parameter", "no source"),
    (
        "unknown_sources",
        lambda t: by(t, "analyte", "ketamine")["residual"].update(source="x"),
        "analyte",
        "'x'",
    ),
    (
        "unknown_units",
        lambda t: by(t, "parameter", "Q1").update(unit="litre"),
        "parameter",
        "unknown unit",
    ),
    (
        "unknown_units",
        lambda t: by(t, "parameter", "Q1").update(unit="L/min"),
        "parameter",
        "the model runs in h",
    ),
    (
        "spread_fits",
        lambda t: by(t, "parameter", "V1").update(value=-1.0),
        "parameter",
        "V1 = -1.0",
    ),
    (
        "spread_fits",
        lambda t: by(t, "parameter", "V1")["iiv"].update(kind="sd_logit"),
        "parameter",
        "V1 = 133.0",
    ),
    (
        "spread_fits",
        lambda t: by(t, "parameter", "V1").update(iov={"value": 0.1, "kind": "sd_logit"}),
        "parameter",
        "mixes",
    ),
    (
        "spread_fits",
        lambda t: t.update(share=[{"parameter": "CL", "of": "V1", "source": "nl_otto"}]),
        "share",
        "spread of its own",
    ),
    (
        "spread_fits",
        lambda t: t.update(share=[{"parameter": "Q1", "of": "Q2", "source": "nl_otto"}]),
        "share",
        "no spread to share",
    ),
    ("covariance_valid", lambda t: change_covariance(t, value=0.1), "covariance", "positive"),
    ("covariance_valid", lambda t: change_covariance(t, a="Q1"), "covariance", "Q1 cannot"),
    (
        "reachable",
        lambda t: t["compartment"].append({"name": "island"}),
        "compartment",
        "no dose can reach 'island'",
    ),
    (
        "reachable",
        lambda t: (
            t["compartment"].append({"name": "sink"}),
            add_flow(t, **{"from": "central", "to": "sink", "rate": "CL / V1"}),
        ),
        "compartment",
        "'sink' never empties",
    ),
    (
        "reachable",
        lambda t: add_flow(t, **{"from": "central", "to": "central", "rate": "CL / V1"}),
        "flow",
        "into itself",
    ),
    (
        "unit_mismatch",
        lambda t: flow(t, "central", "norketamine").update(rate="CL"),
        "flow",
        "gives L/h",
    ),
    (
        "unit_mismatch",
        lambda t: by(t, "analyte", "ketamine").update(volume="CL"),
        "analyte",
        "gives L/h",
    ),
    (
        "unit_mismatch",
        lambda t: flow(t, "central", "norketamine").update(rate="CL + V1"),
        "flow",
        "mixed",
    ),
    (
        "unit_mismatch",
        lambda t: by(t, "individual", "CL", "parameter").update(expression="CL * weight"),
        "individual",
        "gives L kg/h",
    ),
    (
        "values_sensible",
        lambda t: flow(t, "central", "norketamine").update(rate="-CL / V1"),
        "flow",
        "the typical person gets -",
    ),
    (
        "values_sensible",
        lambda t: by(t, "analyte", "ketamine").update(volume="V1 * log(0)"),
        "analyte",
        "gets -inf",
    ),
    (
        "values_sensible",
        lambda t: by(t, "route", "iv")["inputs"][0].update(fraction="0 - 1"),
        "route",
        "gets -1",
    ),
    (
        "unused_parameters",
        lambda t: t["parameter"].append({**by(t, "parameter", "Q1"), "name": "spare"}),
        "parameter",
        "no formula uses spare",
    ),
    ("complete", lambda t: (t.pop("check"), t.pop("checks_note")), "check", "no published number"),
    ("complete", lambda t: by(t, "analyte", "ketamine").pop("residual"), "analyte", "residual"),
    (
        "complete",
        lambda t: (
            t.pop("covariance"),
            [p.pop("iiv", None) for p in t["parameter"]],
        ),
        "completeness",
        "between-patient spread",
    ),
]


@pytest.mark.parametrize(("rule", "change", "place", "words"), CASES)
def test_rule(rule: str, change: Callable[[Table], Any], place: str, words: str) -> None:
    table = load("otto_2021")
    check = getattr(module, rule)
    assert list(check(PkModel.model_validate(load("otto_2021")))) == []
    change(table)
    model = PkModel.model_validate(table)
    found = list(check(model))
    assert any(f.path[0] == place and words in f.what for f in found), found
    assert lint(model) != []


def test_every_rule_has_a_case() -> None:
    assert {rule.__name__ for rule in module.RULES} == {rule for rule, *_ in CASES}


def test_unknown_names_offer_the_nearest() -> None:
    table = load("otto_2021")
    flow(table, "central", "norketamine")["rate"] = "CL_nkk / V1"
    (finding,) = module.unknown_names(PkModel.model_validate(table))
    assert "CL_nk" in finding.hint


def test_lint_model_reports_the_file_and_the_entry(tmp_path) -> None:
    text = (PK_FOLDER / "otto_2021.toml").read_text().replace('"CL / V1"', '"CLL / V1"')
    path = tmp_path / "mine.toml"
    path.write_text(text)
    (error,) = lint_model(path)
    assert error.where == f"{path}: flow[6].rate"
    assert lint_model(PK_FOLDER / "otto_2021.toml") == []


def test_lint_model_of_a_broken_file(tmp_path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("id = ")
    (error,) = lint_model(path)
    assert "TOML" in error.what


def test_the_example_of_the_documentation_is_sound(root, tmp_path) -> None:
    text = (root / "docs" / "model-file.md").read_text()
    path = tmp_path / "example.toml"
    path.write_text(text.split("```toml\n")[1].split("```")[0])
    assert lint_model(path) == []
