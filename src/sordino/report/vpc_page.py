"""A visual predictive check as a page, a picture, or plain values."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from sordino._version import __version__
from sordino.documents import check_output, write_whole
from sordino.prediction.percentiles import NAMES, Panel, VisualCheck
from sordino.report import words
from sordino.report.page import page
from sordino.report.panels import NARROW, WIDE
from sordino.report.svg import chart_svg, inline_svg
from sordino.report.tables import Table
from sordino.report.vpc_chart import heading, picture, shows_points, vpc_chart

SUFFIXES = (".html", ".svg", ".png", ".pdf")
"""What a check can be written as."""
PIXELS = 2.0
"""Pixels of a PNG in one unit of the drawing."""

LEVEL_WORDS = {"p05": "5th percentile", "p50": "median", "p95": "95th percentile"}


def write_vpc(check: VisualCheck, path: Path, *, log: bool = False, command: str = "") -> None:
    """Write the check as .html (figure, numbers, what it rests on), .svg, .png or .pdf.

    A file that is there already is replaced. `log`: a logarithmic axis. Raises OutputError for
    other names and for what cannot be written.
    """
    check_output(path, SUFFIXES)
    kind = path.suffix.lower()
    if kind == ".html":
        write_whole(path, vpc_html(check, log=log, command=command), overwrite=True)
        return
    import vl_convert

    chart = picture(check, log=log)
    if kind == ".svg":
        write_whole(path, chart_svg(chart), overwrite=True)
    elif kind == ".png":
        drawn = vl_convert.vegalite_to_png(chart.to_dict(), scale=PIXELS, allowed_base_urls=[])
        write_whole(path, drawn, overwrite=True)
    else:
        drawn = vl_convert.vegalite_to_pdf(chart.to_dict(), allowed_base_urls=[])
        write_whole(path, drawn, overwrite=True)


def vpc_html(check: VisualCheck, *, log: bool = False, command: str = "") -> str:
    """One page that holds the whole check: no script, no font, no request."""
    drawn = {
        layout.name: inline_svg(
            chart_svg(vpc_chart(check, layout, log=log)), "vpc", "vpc-text", layout.name
        )
        for layout in (WIDE, NARROW)
    }
    return page(
        "vpc.html",
        title=f"Visual predictive check of {check.model}",
        check=check,
        charts=drawn,
        tables=[(heading(check, panel), bin_rows(check, panel)) for panel in check.panels],
        points=shows_points(check),
        words=in_words(check),
        command=command,
    )


def in_words(check: VisualCheck) -> list[str]:
    """What the check holds, as sentences."""
    found = [
        f"{check.observations:,} observations of {check.individuals:,} individuals, and "
        f"{check.replicates:,} simulated replicates of the same records.",
        "An interval holds a percentile in 95 of 100 replicates: it shows spread between patients "
        "and occasions and residual error, with parameters as they are in the model. How well "
        "these are known is not in it.",
    ]
    if check.corrected:
        found.append(
            "Values are prediction-corrected: multiplied by the median population prediction of "
            "their bin over their own (Bergstrand and others, AAPS J 2011;13:143-151)."
        )
    if check.left_out:
        found.append(f"Left out: {'; '.join(check.left_out)}.")
    found += [words.sentence(note) for note in check.notes]
    return found


def bin_rows(check: VisualCheck, panel: Panel) -> Table:
    """The numbers of a panel as text."""
    name = "Time after dose" if check.by == "tad" else "Time"
    header = [f"{name}, {check.time_unit}", "n"]
    for level in NAMES:
        header += [f"{LEVEL_WORDS[level]}, observed", "simulated, 95% interval"]
    rows = [
        (
            _number(row["from"])
            if row["from"] == row["to"]
            else f"{_number(row['from'])} to {_number(row['to'])}",
            f"{int(row['n'])}",
            *(cell for level in NAMES for cell in _cells(row, level)),
        )
        for row in panel.table.to_dict("records")
    ]
    return Table(heading(check, panel), tuple(header), tuple(rows))


def vpc_dict(check: VisualCheck) -> dict[str, Any]:
    """The check as plain values, for JSON."""
    return {
        "sordino_version": __version__,
        "model": check.model,
        "model_digest": check.model_digest,
        "data": check.data,
        "observations": check.observations,
        "individuals": check.individuals,
        "replicates": check.replicates,
        "seed": check.seed,
        "by": check.by,
        "time_unit": check.time_unit,
        "prediction_corrected": check.corrected,
        "stratify": check.stratify or None,
        "left_out": list(check.left_out),
        "notes": list(check.notes),
        "panels": [
            {
                "analyte": panel.analyte,
                "unit": panel.unit,
                "stratum": panel.stratum or None,
                "bins": [
                    {str(k): _plain(v) for k, v in row.items()}
                    for row in panel.table.to_dict("records")
                ],
            }
            for panel in check.panels
        ],
    }


def vpc_json(check: VisualCheck) -> str:
    """The check as JSON text."""
    return json.dumps(vpc_dict(check), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _plain(value: float) -> float | int | None:
    if isinstance(value, int):
        return value
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _cells(row: Any, level: str) -> tuple[str, str]:
    middle, low, high = (_number(row[f"{level}_{k}"]) for k in ("simulated", "low", "high"))
    return _number(row[f"{level}_observed"]), f"{middle} ({low} to {high})"


def _number(value: float) -> str:
    return f"{value:.4g}" if math.isfinite(value) else "–"
