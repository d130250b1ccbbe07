from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from sordino.errors import SordinoError
from sordino.library import lint as module
from sordino.library.lint import lint
from sordino.library.places import line_of
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


def peak(**entry: str) -> Table:
    """A check of a concentration, as a table."""
    return {
        "name": "peak", "kind": "peak", "value": 1.0, "unit": "ng/mL", "dose_mg": 1.0,
        "tolerance_percent": 1.0, **entry,
    }  # fmt: skip


ADDITIVE = {"kind": "additive", "scale": "sd", "additive": 1.0}

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
    (
        "spread_fits",
        lambda t: by(t, "parameter", "CL")["iiv"].update(value=30.0, kind="sd_log"),
        "parameter",
        "standard deviation of the eta of CL is 30",
    ),
    ("covariance_valid", lambda t: change_covariance(t, value=0.1), "covariance", "positive"),
    ("covariance_valid", lambda t: change_covariance(t, a="Q1"), "covariance", "Q1 cannot"),
    (
        "reachable",
        lambda t: t["compartment"].append({"name": "island"}),
        "compartment",
        "no flow leads into or out of 'island'",
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
    ("graph_there", lambda t: t.pop("compartment"), "compartment", "no compartment"),
    ("graph_there", lambda t: t.pop("analyte"), "analyte", "nothing to read"),
    ("graph_there", lambda t: t.pop("flow"), "flow", "nothing moves"),
    ("graph_there", lambda t: t.update(dynamics="mine"), "dynamics", "both flows and dynamics"),
    (
        "duplicate_names",
        lambda t: t.update(covariate=[{"name": "dose", "typical": 1.0}]),
        "covariate",
        "meaning of its own",
    ),
    ("unknown_compartments", lambda t: t.update(default_dose="gut"), "default_dose", "'gut'"),
    (
        "unknown_compartments",
        lambda t: t.update(default_observation="urine"),
        "default_observation",
        "analyte 'urine'",
    ),
    ("unknown_compartments", lambda t: t["check"].append(peak(route="nose")), "check", "'nose'"),
    ("unknown_compartments", lambda t: t["check"].append(peak(analyte="x")), "check", "'x'"),
    (
        "unit_mismatch",
        lambda t: t["compartment"][0].update(lag="V1"),
        "compartment",
        "gives L",
    ),
    (
        "unit_mismatch",
        lambda t: add_flow(t, **{"from": "central", "vmax": "CL", "km": "1", "volume": "V1"}),
        "flow",
        "gives L/h",
    ),
    (
        "values_sensible",
        lambda t: t["compartment"][0].update(bioavailability="0 - 1"),
        "compartment",
        "gets -1",
    ),
    (
        "values_sensible",
        lambda t: by(t, "route", "iv")["inputs"][0].update(lag="0 - 1"),
        "route",
        "gets -1",
    ),
    (
        "residual_units",
        lambda t: by(t, "analyte", "ketamine").update(residual={**ADDITIVE, "unit": "h"}),
        "analyte",
        "an additive error in 'h' cannot be turned into ng/mL",
    ),
    (
        "residual_units",
        lambda t: by(t, "analyte", "ketamine").update(
            molar_mass=None, residual={**ADDITIVE, "unit": "nmol/mL"}
        ),
        "analyte",
        "'nmol/mL' cannot be turned into ng/mL",
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


def test_lint_model_reports_the_file_the_entry_and_the_line(tmp_path) -> None:
    text = (PK_FOLDER / "otto_2021.toml").read_text().replace('"CL / V1"', '"CLL / V1"')
    path = tmp_path / "mine.toml"
    path.write_text(text)
    (error,) = lint_model(path)
    line = next(i for i, row in enumerate(text.splitlines(), start=1) if "CLL" in row)
    assert error.where == f"{path}: line {line}: flow[6].rate"
    assert line_of(error.where) == line
    assert lint_model(PK_FOLDER / "otto_2021.toml") == []


SMALL = """\
schema = 1
id = "mine"
structure = "advan2_trans2"

parameter = [
  { name = "KA", value = 1, unit = "1/h" },
  { name = "CL", value = 5, unit = "L/h" },
  { name = "V", value = 50, unit = "L" },
]

[[analyte]]
name = "central"
residual = { kind = "proportional", scale = "sd", proportional = 0.1 }
"""


@pytest.mark.parametrize(
    ("old", "new", "where", "words", "hint"),
    [
        ('"V"', '"v"', "line 5: parameter", "needs the parameter V", "is it v?"),
        ('"L/h"', '"L"', "line 5: parameter[2].unit", "CL is in L", ""),
        ('"CL", value = 5', '"CL", value = -5', "structure advan2_trans2: flow", "gets -0.1", ""),
        ("residual", "residul", "line 13: analyte[1].residul", "unknown key", "residual"),
        ("= 0.1 }", '= "x" }', "line 13: analyte[1].residual.proportional", "a number", ""),
        ("advan2_trans2", "advan2_tran2", "line 3: structure", "unknown", "advan2_trans2"),
        ("advan2_trans2", "two things", "line 3: structure", "unknown", "description"),
        (
            "\n]",
            '\n  { name = "ALAG", value = 1 },\n]',
            "line 5: parameter[4]",
            "does not know it",
            "ALAG1",
        ),
    ],
)
def test_problems_of_a_small_file(
    old: str, new: str, where: str, words: str, hint: str, tmp_path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL)
    assert lint_model(path) == []
    path.write_text(SMALL.replace(old, new, 1))
    (error,) = lint_model(path)
    assert error.where.startswith(f"{path}: {where}")
    assert words in error.what
    assert hint in error.hint


@pytest.mark.parametrize(
    ("old", "new", "known"),
    [
        ("structure =", "structur =", "schema"),
        ("\n[[analyte]]", '\n[[flow]]\nform = "central"\nrate = "1"\n[[analyte]]', "from"),
    ],
)
def test_an_unknown_key_is_told_the_keys_as_they_are_written(
    old: str, new: str, known: str, tmp_path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL.replace(old, new, 1))
    (error,) = [error for error in lint_model(path) if "unknown key" in error.what]
    assert known in error.allowed.split(", ")
    assert not {"schema_version", "first_dose", "start", "end"} & set(error.allowed.split(", "))


def test_a_parameter_without_a_unit_is_not_checked(tmp_path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SMALL.replace(', unit = "L/h"', ""))
    assert lint_model(path) == []


def test_a_covariate_without_its_parentheses_gets_a_hint() -> None:
    table = load("otto_2021")
    by(table, "individual", "CL", "parameter")["expression"] = "CL * weight / 70"
    (finding,) = module.unit_mismatch(PkModel.model_validate(table))
    assert finding.hint.endswith("(weight / 70)")


@pytest.mark.parametrize("junk", [None, [], {}, "", 1, [{}], [1], {"name": [1]}, [{"name": [1]}]])
@pytest.mark.parametrize("key", ["structure", "parameter", "derived", "flow", "analyte", "check"])
def test_anything_in_a_file_is_refused_in_words(key: str, junk: Any, tmp_path) -> None:
    table = {**tomllib.loads(SMALL), key: junk}
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(table))
    assert all(isinstance(error, SordinoError) for error in lint_model(path))


def test_what_collects_need_not_empty() -> None:
    table = load("otto_2021")
    table["compartment"].append({"name": "urine", "collects": True})
    add_flow(table, **{"from": "central", "to": "urine", "rate": "CL / V1"})
    assert lint(PkModel.model_validate(table)) == []


def test_lint_model_of_a_broken_file(tmp_path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("id = ")
    (error,) = lint_model(path)
    assert "TOML" in error.what
