"""A followed person as two pages and as JSON: for the visit, and for the person."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sordino.following import LEVELS, Followed, Forecast
from sordino.report import follow_words
from sordino.report.compare import Drawing, plain_values
from sordino.report.follow_chart import diary_chart, shown_choices
from sordino.report.page import page
from sordino.report.panels import NARROW, WIDE
from sordino.report.rules import advice_as_dict
from sordino.report.sentences import PURPOSE
from sordino.report.staging import staged
from sordino.report.svg import chart_svg, inline_svg
from sordino.report.tables import Table

SCHEMA_VERSION = 1
VISIT = "visit.html"
PERSON = "visit-plain.html"
RESULT = "follow.json"


def follow_as_dict(found: Followed) -> dict[str, Any]:
    """Everything that was found as plain data; particles and the record itself are left out."""
    table = {
        "schema_version": SCHEMA_VERSION,
        "purpose": PURPOSE,
        "patient": found.patient,
        "title": found.title,
        "first_day": found.first_day.isoformat(),
        "end": found.end.isoformat(),
        "slow_responder": found.slow_responder,
        "slow_responder_was": found.slow_responder_was,
        "change": asdict(found.change),
        "learned": [asdict(one) for one in found.learned],
        "forecasts": [_forecast(one) for one in found.forecasts],
        "advice": advice_as_dict(found.advice),
        "trust": asdict(found.trust),
        "notes": list(found.notes),
        "assumed": list(found.assumed),
        "seed": found.seed,
        "record_digest": found.record_digest,
        "plan_digest": found.plan_digest,
    }
    return plain_values(table)


def _forecast(found: Forecast) -> dict[str, Any]:
    table = asdict(found)
    table["days"] = [int(day) for day in found.days]
    table["quantiles"] = {
        f"{level:g}": [float(v) for v in row]
        for level, row in zip(LEVELS, found.quantiles, strict=True)
    }
    table["relief"] = {str(k): v for k, v in found.relief.items()}
    return table


def follow_json(found: Followed) -> str:
    """Everything that was found as JSON text."""
    return json.dumps(follow_as_dict(found), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def visit_html(found: Followed, command: str = "") -> str:
    """The page for the visit: no script, no font, no request."""
    main, _ = shown_choices(found)
    return page(
        "visit.html",
        title=f"Follow-up: {found.title}",
        found=found,
        main=main,
        purpose=PURPOSE,
        words=follow_words,
        drawing=_drawing(found),
        ahead=_ahead(found),
        command=command,
    )


def person_html(found: Followed) -> str:
    """The page for the person, in plain words: no script, no font, no request."""
    main, _ = shown_choices(found)
    return page(
        "visit_plain.html",
        title="Your diary, and what may come",
        found=found,
        main=main,
        purpose=PURPOSE,
        parts=follow_words.for_person(found),
        options=follow_words.options_plainly(found),
        drawing=_drawing(found),
    )


def _ahead(found: Followed) -> Table:
    """Some days of the forecast in numbers."""
    rows: list[tuple[str, ...]] = []
    for choice in found.forecasts:
        for day in (0, 6, 13, 20, 27):
            at = {level: choice.quantiles[k, day] for k, level in enumerate(LEVELS)}
            rows.append(
                (
                    f"{choice.title}, day {day + 1}",
                    f"{at[0.5]:.1f}",
                    f"{at[0.25]:.1f} to {at[0.75]:.1f}",
                    f"{at[0.05]:.1f} to {at[0.95]:.1f}",
                )
            )
    header = ("Choice and day ahead", "Middle", "50 of 100", "90 of 100")
    caption = "Ratings to come, before they are rounded; all days are in the JSON file."
    return Table(caption, header, tuple(rows))


def _drawing(found: Followed) -> Drawing:
    wide, narrow = (
        inline_svg(chart_svg(diary_chart(found, layout)), "diary", "diary-text", layout.name)
        for layout in (WIDE, NARROW)
    )
    return Drawing(wide, narrow)


def follow_to_folder(
    run: Callable[[], Followed], folder: Path, command: str = ""
) -> tuple[Followed, tuple[Path, ...]]:
    """Follow a person and write both pages and the JSON, whole or not at all.

    Raises OutputError before anything is computed when the folder cannot be written, and what
    `run` raises; nothing is left behind then.
    """
    with staged(folder, (VISIT, PERSON, RESULT)) as parts:
        found = run()
        parts[VISIT].write_text(visit_html(found, command), encoding="utf-8")
        parts[PERSON].write_text(person_html(found), encoding="utf-8")
        parts[RESULT].write_text(follow_json(found), encoding="utf-8")
    return found, (folder / VISIT, folder / PERSON, folder / RESULT)
