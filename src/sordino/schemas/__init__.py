"""JSON Schema for the documents that users write, generated from the models."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

NAMES = ("course", "patient")
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema(name: str) -> dict[str, Any]:
    """The shipped JSON Schema of the document `name`, "course" or "patient".

    Raises UnknownName for another name.
    """
    from sordino.errors import UnknownName

    if name not in NAMES:
        raise UnknownName("schema", name, NAMES)
    text = files("sordino.schemas").joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    return json.loads(text)


def generate() -> dict[str, str]:
    """File name and text of each schema, from the models as they are now."""
    from sordino.course import Course
    from sordino.patient import Patient

    course = Course.model_json_schema()
    # In a file, the patient may also be the path of a patient file.
    inline = course["properties"]["patient"]
    course["properties"]["patient"] = {
        "anyOf": [{"$ref": "#/$defs/Patient"}, {"type": "string"}],
        "description": inline["description"],
    }
    schemas = {"course": course, "patient": Patient.model_json_schema()}
    return {
        f"{name}.schema.json": json.dumps({"$schema": _DIALECT, **content}, indent=2) + "\n"
        for name, content in schemas.items()
    }
