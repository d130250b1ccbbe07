"""No number of the shipped drug models is without a source, a place and a reason.

A user's own file may leave all of this out. A file of the library may not, so each demand is
shown to be one: leaving the key out is noticed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sordino.library.cite import references
from sordino.library.pd_schema import PD_FOLDER
from sordino.library.reader import PK_FOLDER, pk_model_ids

Table = dict[str, Any]

TOP = (
    "schema", "id", "title", "kind", "drug", "measured", "completeness", "verification",
    "adult", "sampling", "sampling_verified", "time_unit", "dose_basis", "description",
    "cautions", "not_seen", "applicability", "citation", "sources", "parameter", "compartment",
    "flow", "analyte", "route",
)  # fmt: skip
ENTRY: dict[str, tuple[str, ...]] = {
    "parameter": ("unit", "origin", "source"),
    "individual": ("origin", "source"),
    "derived": ("unit",),
    "covariance": ("source",),
    "share": ("source",),
    "moiety": ("origin", "source", "note"),
    "analyte": ("volume", "molar_mass"),
    "check": ("place", "source", "tolerance_reason"),
}


def load(name: str) -> Table:
    return tomllib.loads((PK_FOLDER / f"{name}.toml").read_text())


def gaps(table: Table) -> Iterator[str]:
    """What a shipped model file lacks."""
    yield from (f"no {key}" for key in TOP if not str(table.get(key, "")))
    for kind, keys in ENTRY.items():
        for i, entry in enumerate(table.get(kind, [])):
            yield from (f"{kind} {i} has no {key}" for key in keys if not entry.get(key))
    for parameter in table["parameter"]:
        assumed = parameter.get("origin") == "assumed"
        reasons = ("place", "note") if assumed else ("place",)
        if not any(parameter.get(key) for key in reasons):
            yield f"{parameter['name']} has no place or reason"
    citation = table.get("citation", {})
    if not all(citation.get(key) for key in ("authors", "title", "year")):
        yield "the citation is not whole"
    if citation.get("key") not in references():
        yield "the citation is not in references.bib"
    if not table.get("check") and not table.get("checks_note"):
        yield "no published number to reproduce, and no reason"
    if "structure" in table:
        yield "a published graph is written out"
    yield from _spread(table)
    yield from _unreached(table)


def _spread(table: Table) -> Iterator[str]:
    residuals = [analyte.get("residual") for analyte in table["analyte"]]
    for residual in residuals:
        if residual and not (residual.get("origin") and residual.get("source")):
            yield "a residual error has no source"
    if table.get("completeness") == "full":
        if not all(residuals):
            yield "a full model has a residual error for each analyte"
        if not any("iiv" in parameter for parameter in table["parameter"]):
            yield "a full model has spread between patients"


def _unreached(table: Table) -> Iterator[str]:
    """Compartments that no route leads into."""
    reached = {entry["to"] for route in table["route"] for entry in route["inputs"]}
    for _ in table["compartment"]:
        reached |= {f.get("to") for f in table["flow"] if f["from"] in reached}
    for entry in table["compartment"]:
        if entry["name"] not in reached:
            yield f"no route leads to {entry['name']}"


@pytest.mark.parametrize("name", pk_model_ids())
def test_a_shipped_model_has_all_of_its_provenance(name: str) -> None:
    assert list(gaps(load(name))) == []


def without(*path: str) -> Callable[[Table], object]:
    """Leave out a key of the table, or of the first entry of a kind that has it."""
    if len(path) == 1:
        return lambda table: table.pop(path[0])
    kind, key = path
    return lambda table: next(e for e in table[kind] if key in e).pop(key)


LEFT_OUT = [
    *((key,) for key in ("title", "verification", "sampling", "dose_basis", "description")),
    *((kind, key) for kind, keys in ENTRY.items() if kind != "share" for key in keys),
    ("parameter", "place"),
]


@pytest.mark.parametrize("path", [p for p in LEFT_OUT if p[0] != "derived"], ids=".".join)
def test_what_is_left_out_is_noticed(path: tuple[str, ...]) -> None:
    table = load("otto_2021")
    without(*path)(table)
    assert list(gaps(table)) != []


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t["citation"].pop("year"),
        lambda t: t["citation"].update(key="nobody_1900"),
        lambda t: (t.pop("check"), t.pop("checks_note")),
        lambda t: t["analyte"][0].pop("residual"),
        lambda t: t["analyte"][0]["residual"].pop("source"),
        lambda t: [p.pop("iiv", None) for p in t["parameter"]],
        lambda t: t["compartment"].append({"name": "island"}),
        lambda t: t.update(structure="advan1_trans1"),
    ],
)
def test_other_gaps_are_noticed(change: Callable[[Table], object]) -> None:
    table = load("otto_2021")
    change(table)
    assert list(gaps(table)) != []


@pytest.mark.parametrize("path", sorted(PD_FOLDER.glob("*.toml")), ids=lambda p: p.stem)
def test_numbers_of_effects_have_unit_and_origin(path: Path) -> None:
    for parameter in tomllib.loads(path.read_text()).get("parameter", []):
        assert parameter.get("unit"), parameter["name"]
        assert parameter.get("origin"), parameter["name"]
