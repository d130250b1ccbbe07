"""From a chart to SVG that can stand in a page beside others."""

from __future__ import annotations

import re
from typing import Any

_ROOT = re.compile(r"<svg[^>]*>")
_BOX = re.compile(r'viewBox="([^"]*)"')


def chart_svg(chart: Any) -> str:
    """The chart as it comes from Vega, drawn without network, browser or Node."""
    import vl_convert

    # No base URL may be fetched, whatever a definition holds.
    return vl_convert.vegalite_to_svg(chart.to_dict(), allowed_base_urls=[])


def inline_svg(svg: str, name: str, label_id: str, variant: str) -> str:
    """The same drawing to be put into HTML: it scales, has a label, and its ids are its own."""
    box = _BOX.search(svg)
    size = box[1] if box else "0 0 1 1"
    root = (
        f'<svg class="chart {variant}" viewBox="{size}" role="img" '
        f'aria-labelledby="{label_id}" xmlns="http://www.w3.org/2000/svg">'
    )
    body = _ROOT.sub(root, svg, count=1)
    body = re.sub(r'\bid="', f'id="{name}-{variant}-', body)
    return re.sub(r"url\(#", f"url(#{name}-{variant}-", body)
