"""A bundle as it was read: its resources, valid one by one, and what their references mean."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from sordino.errors import DocumentError
from sordino.findings import dotted, shown
from sordino.record.problems import Place, Problems
from sordino.record.rows import Row

READ = (
    *("Patient", "Medication", "MedicationAdministration", "MedicationStatement"),
    *("Observation", "QuestionnaireResponse"),
)
"""Types of resources that are read."""

SILENT = (
    *("Questionnaire", "Practitioner", "PractitionerRole", "Organization", "Encounter"),
    *("Location", "Device", "Provenance", "Composition", "MedicationRequest", "OperationOutcome"),
)
"""Types that may stand in a bundle and say nothing about what a record holds."""

Resource = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource and where it stands."""

    source: str
    number: int
    url: str
    resource: Resource

    @property
    def type(self) -> str:
        """The type of the resource."""
        return self.resource["resourceType"]

    @property
    def spot(self) -> str:
        """The place of the resource in the bundle, entries counted from 1."""
        return f"entry[{self.number}].resource"

    def place(self, key: str = "") -> str:
        """The place of a key, for messages."""
        return Place(self.source, self.spot, table=False).of(key)

    def row(self, kind: str, cells: Mapping[str, str], names: Mapping[str, str]) -> Row:
        """A row of a record that this resource says."""
        place = Place(self.source, self.spot, names, table=False)
        return Row({"kind": kind, **cells}, place)


@dataclass(frozen=True, slots=True)
class Bundle:
    """All resources of a bundle, and how to find what a reference means."""

    source: str
    entries: tuple[Entry, ...]
    by_name: Mapping[str, Resource] = field(default_factory=dict[str, Resource])

    def find(
        self, reference: str | None, entry: Entry, key: str, problems: Problems
    ) -> Resource | None:
        """The resource that a reference means; one that does not resolve is reported."""
        name = (reference or "").split("/_history/")[0]
        if name.startswith("#"):
            contained = entry.resource.get("contained", ())
            found = next((c for c in contained if c.get("id") == name[1:]), None)
        else:
            found = self.by_name.get(name)
        if found is None:
            what = f"the reference {shown(reference)} does not resolve"
            problems.add(entry.place(key), what, "a resource of this bundle")
        return found


def open_bundle(source: str, data: Mapping[str, Any], problems: Problems) -> Bundle:
    """The resources of a bundle. Raises DocumentError for what is no bundle; resources that are
    not valid go to `problems`."""
    if data.get("resourceType") != "Bundle":
        kind = shown(data.get("resourceType", "nothing"))
        raise DocumentError(
            f"the resource type is {kind}", where=f"{source}: resourceType", allowed="Bundle"
        )
    listed = data.get("entry", [])
    if not isinstance(listed, list):
        raise DocumentError("this is no list", where=f"{source}: entry", allowed="a list")
    entries: list[Entry] = []
    names: dict[str, Resource] = {}
    for number, item in enumerate(cast("list[object]", listed), start=1):
        entry = _entry(source, number, item, problems)
        if entry is not None:
            entries.append(entry)
            if entry.url:
                names[entry.url] = entry.resource
            if entry.resource.get("id"):
                names[f"{entry.type}/{entry.resource['id']}"] = entry.resource
    return Bundle(source, tuple(entries), names)


def _entry(source: str, number: int, item: object, problems: Problems) -> Entry | None:
    where = f"{source}: entry[{number}].resource"
    table = cast("dict[str, Any]", item) if isinstance(item, dict) else {}
    resource = table.get("resource")
    if not isinstance(resource, dict):
        problems.add(where, "there is no resource", "a resource in each entry")
        return None
    found = cast("dict[str, Any]", resource)
    kind = found.get("resourceType")
    if kind in SILENT:
        return None
    if kind not in READ:
        what = f"resources of type {shown(kind)} are not read"
        problems.add(f"{where}.resourceType", what, ", ".join((*READ, *SILENT)))
        return None
    valid = _validated(str(kind), found, where, problems)
    if valid is None:
        return None
    url = table.get("fullUrl")
    return Entry(source, number, url if isinstance(url, str) else "", valid)


def _validated(
    kind: str, resource: dict[str, Any], where: str, problems: Problems
) -> Resource | None:
    """A resource as its definition reads it; what that does not allow is reported."""
    module = importlib.import_module(f"fhir.resources.R4B.{kind.lower()}")
    model: type[BaseModel] = getattr(module, kind)
    try:
        # Values of another type that can stand for the right one have that one afterwards.
        return json.loads(model.model_validate(resource).model_dump_json())
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            path = dotted(detail["loc"])
            what = detail["msg"].removeprefix("Value error, ").rstrip(".")
            place = f"{where}.{path}" if path else where
            problems.add(place, f"not valid FHIR R4: {what[:1].lower()}{what[1:]}")
    except (KeyError, TypeError, AttributeError, RecursionError, ValueError, OverflowError):
        # What the validator itself cannot make sense of, such as a contained type that is unknown.
        problems.add(where, "not valid FHIR R4: a part of this resource is of an unknown kind")
    return None
