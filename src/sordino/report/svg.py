"""From a chart to SVG that can stand in a page beside others."""

from __future__ import annotations

import re
from typing import Any

_ROOT = re.compile(r"<svg[^>]*>")
_BOX = re.compile(r'viewBox="([^"]*)"')
_ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
_ID = re.compile(r'\bid="([^"]*)"')


def chart_svg(chart: Any) -> str:
    """The chart as it comes from Vega, drawn without network, browser or Node."""
    import vl_convert

    # No base URL may be fetched, whatever a definition holds.
    return vl_convert.vegalite_to_svg(definition(chart), allowed_base_urls=[])


def definition(chart: Any) -> dict[str, Any]:
    """The chart as Vega-Lite, with each table once, by its name in `attrs` where it has one.

    Altair would copy and check the rows of a table with every layer that shows them, which
    takes longer than drawing.
    """
    import altair as alt

    tables: dict[str, Any] = {}
    names: dict[int, str] = {}

    def by_name(table: Any) -> dict[str, str]:
        own = table.attrs.get("name") or f"table-{len(names)}"
        name = names.setdefault(id(table), own)
        tables[name] = table
        return {"name": name}

    alt.data_transformers.register("by name", by_name)
    with alt.data_transformers.enable("by name"):
        found = chart.to_dict(validate=False)
    return found | {"datasets": {n: alt.to_values(t)["values"] for n, t in tables.items()}}


def inline_svg(svg: str, name: str, label_id: str, variant: str) -> str:
    """The same drawing to be put into HTML.

    It scales, it is one picture with one label to those who hear the page, and its ids are
    its own; they are numbered anew, as Vega numbers them over the life of the process.
    """
    box = _BOX.search(svg)
    size = box[1] if box else "0 0 1 1"
    body = _ROLES.sub("", svg)
    for number, old in enumerate(_ID.findall(body)):
        new = f"{name}-{variant}-{number}"
        body = body.replace(f'id="{old}"', f'id="{new}"').replace(f"url(#{old})", f"url(#{new})")
    root = (
        f'<svg class="chart {variant}" viewBox="{size}" role="img" '
        f'aria-labelledby="{label_id}" xmlns="http://www.w3.org/2000/svg">'
    )
    return _ROOT.sub(root, body, count=1)
