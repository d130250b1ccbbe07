"""The JSON Schemas of result documents. Write them anew with

python -m sordino.report.schema src/sordino/schemas
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NAME = "result.schema.json"
SAFETY, COMPARISON = "safety.schema.json", "comparison.schema.json"
"""What `sordino safety --json` and `sordino compare` write."""


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schema of every result document by the name of its file."""
    from sordino.compare import Comparison
    from sordino.report.result import Result
    from sordino.safety import Safety

    text, number = {"type": "string"}, {"type": "integer"}
    about = {"schema_version": number, "purpose": text}
    names = {"cites": {"type": "array", "items": text}}
    return {
        NAME: _schema(Result, {}),
        SAFETY: _schema(Safety, {**about, **names}),
        COMPARISON: _schema(Comparison, about),
    }


def _schema(form: type, more: dict[str, Any]) -> dict[str, Any]:
    from pydantic import TypeAdapter

    content = TypeAdapter(form).json_schema()
    content["properties"] |= more
    for table in (content, *content.get("$defs", {}).values()):
        if "properties" in table:
            table["additionalProperties"] = False
            table["required"] = list(table["properties"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **content}


def schema_texts() -> dict[str, str]:
    """The schemas as they are shipped, by the names of their files."""
    return {name: json.dumps(found, indent=2) + "\n" for name, found in schemas().items()}


def write_schemas(folder: Path) -> None:
    """Write the schemas into `folder`."""
    for name, text in schema_texts().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    import sys

    write_schemas(Path(sys.argv[1]))
