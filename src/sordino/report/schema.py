"""The JSON Schema of a result document. Write it anew with

python -m sordino.report.schema src/sordino/schemas
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

NAME = "result.schema.json"


def json_schema() -> dict[str, Any]:
    """The JSON Schema of `result.json`, made from the `Result` class."""
    from pydantic import TypeAdapter

    from sordino.report.result import Result

    content = TypeAdapter(Result).json_schema()
    for table in (content, *content["$defs"].values()):
        if "properties" in table:
            table["additionalProperties"] = False
            table["required"] = list(table["properties"])
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **content}


def schema_text() -> str:
    """The schema as it is shipped."""
    return json.dumps(json_schema(), indent=2) + "\n"


def write_schema(folder: Path) -> Path:
    """Write the schema into `folder` and return its path."""
    path = folder / NAME
    path.write_text(schema_text(), encoding="utf-8")
    return path


if __name__ == "__main__":
    import sys

    write_schema(Path(sys.argv[1]))
