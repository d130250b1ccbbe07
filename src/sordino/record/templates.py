"""Records to start from."""

from __future__ import annotations

from pathlib import Path

from sordino.errors import OutputError

_FOLDER = Path(__file__).parent


def template_text(form: str) -> str:
    """A commented record as `csv` or `toml`; raises OutputError for another form."""
    if form not in ("csv", "toml"):
        raise OutputError(
            f"there is no template that ends in {form or 'nothing'}", allowed=".csv or .toml"
        )
    return (_FOLDER / f"template.{form}").read_text(encoding="utf-8")
