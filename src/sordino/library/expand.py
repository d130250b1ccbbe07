"""Putting a ready structure into a model file that names one."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sordino.findings import Finding
from sordino.library.structures import Structure, ready_structure

Table = dict[str, Any]
Origins = Mapping[tuple[str, int], int | None]


@dataclass(frozen=True)
class Expanded:
    """A model file with its structure put in.

    `origins`: for each entry (kind, index) its index in the file as written, None for an entry
    that the structure brought. `findings`: parameters that the structure lacks.
    """

    table: Table
    origins: Origins
    findings: tuple[Finding, ...] = ()


def expand(table: Table) -> Expanded:
    """Put the structure that `table` names into it; without one the table stays as it is.

    An entry of the file that has the name of one of the structure (a flow: the same ends and
    kind) adds to it, its keys winning; other entries come after those of the structure.
    Raises `UnknownName` for a structure that does not exist.
    """
    name = table.get("structure")
    if not isinstance(name, str) or not name:
        return Expanded(table, {})
    structure = ready_structure(name)
    given = frozenset(
        str(entry["name"])
        for kind in ("parameter", "derived")
        for entry in _entries(table, kind) or []
        if "name" in entry
    )
    full, origins = dict(table), dict[tuple[str, int], int | None]()
    for kind, ready in structure.entries(given, str(table.get("time_unit", "h"))).items():
        own = _entries(table, kind)
        if own is None:
            continue
        merged = _merged(kind, ready, own)
        if kind == "derived":
            merged = _in_order(merged, structure)
        if merged:
            full[kind] = [entry for entry, _ in merged]
        origins |= {(kind, i): place for i, (_, place) in enumerate(merged)}
    return Expanded(full, origins, _lacking(structure, given))


def _in_order(
    derived: list[tuple[Table, int | None]], structure: Structure
) -> list[tuple[Table, int | None]]:
    """Derived values that the structure needs come before its own, which need them."""
    last = -1
    for i, (entry, place) in enumerate(derived):
        if place is not None and str(entry.get("name")) in structure.parameters:
            last = i
    own = [i for i, (_, place) in enumerate(derived) if place is not None and i <= last]
    order = [*own, *(i for i in range(len(derived)) if i not in own)]
    return [derived[i] for i in order]


def nearest_parameters(structure: str, name: str) -> str:
    """A hint with the parameters of a structure that are called almost like `name`."""
    found = ready_structure(structure)
    near = _near(name, [*found.parameters, *found.optional])
    return f"did you mean {' or '.join(near)}?" if near else ""


def _lacking(structure: Structure, given: frozenset[str]) -> tuple[Finding, ...]:
    found: list[Finding] = []
    for name in structure.parameters:
        if name not in given:
            near = _near(name, sorted(given - structure.parameters.keys()))
            hint = f"is it {' or '.join(near)}? rename it to {name}" if near else ""
            found.append(
                Finding(
                    ("parameter",),
                    f"the structure {structure.name} needs the parameter {name}",
                    f"[[parameter]] or [[derived]] {', '.join(structure.parameters)}",
                    hint,
                )
            )
    return tuple(found)


def _near(name: str, known: list[str]) -> list[str]:
    """Names that differ in case or in a letter or two."""
    same = [other for other in known if other.lower() == name.lower()]
    return same or difflib.get_close_matches(name, known, n=3, cutoff=0.6)


def _entries(table: Table, kind: str) -> list[Table] | None:
    """The entries of a kind; None when they are not a list of tables."""
    found = table.get(kind, [])
    if not isinstance(found, list):
        return None
    listed = cast("list[Any]", found)
    return cast("list[Table]", listed) if all(isinstance(e, dict) for e in listed) else None


def _key(kind: str, entry: Table) -> object:
    # As text: a file may hold anything, also what cannot be a key.
    if kind == "flow":
        return str(entry.get("from")), str(entry.get("to")), "vmax" in entry
    return str(entry.get("name"))


def _merged(kind: str, ready: list[Table], own: list[Table]) -> list[tuple[Table, int | None]]:
    """The entries of the structure, each with what the file adds, then the file's others."""
    place = {_key(kind, entry): i for i, entry in reversed(list(enumerate(own)))}
    found: list[tuple[Table, int | None]] = []
    used: set[int] = set()
    for entry in ready:
        at = place.get(_key(kind, entry))
        found.append((entry if at is None else {**entry, **own[at]}, at))
        used |= set() if at is None else {at}
    return [*found, *((entry, i) for i, entry in enumerate(own) if i not in used)]
