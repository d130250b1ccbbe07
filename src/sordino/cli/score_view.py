"""A score as text: one line, or all of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sordino.cli.model_view import write_table

if TYPE_CHECKING:
    from sordino.instruments import Change, Score


def write_instruments() -> None:
    """Write what can be scored, one line each."""
    from sordino.instruments import instrument_names, items_of
    from sordino.library.evidence import instrument

    rows: list[list[str]] = []
    for name in instrument_names():
        row = instrument(name)
        items = items_of(name)
        answers = dict.fromkeys(item.allowed for item in items)
        rows.append([name, row.name, str(len(items)), "; ".join(answers)])
    write_table(["name", "instrument", "items", "answers"], rows)


def plain_items(name: str) -> dict[str, Any]:
    """An instrument and its items as plain values; an open end is `None`."""
    from sordino.instruments import items_of
    from sordino.library.evidence import instrument

    items = [
        {
            "name": item.name,
            "low": item.low,
            "high": item.high if math.isfinite(item.high) else None,
            "whole": item.whole,
        }
        for item in items_of(name)
    ]
    return {"instrument": name, "name": instrument(name).name, "items": items}


def write_items(name: str) -> None:
    """Write the items of an instrument in their order, and how it is scored."""
    from sordino.instruments import items_of
    from sordino.library.evidence import instrument

    row = instrument(name)
    write_table(["item", "answers"], [[item.name, item.allowed] for item in items_of(name)])
    lines = {"recall": row.recall, "score": row.score, "missing": row.missing, "rater": row.rater}
    print()
    for label, text in {**lines, "wording": row.license}.items():
        if text:
            print(f"{label}: {text}")


def write_score(score: Score, change: Change | None) -> None:
    """Write a score in full: what must not be overlooked first."""
    for alert in score.alerts:
        print(f"! {alert}\n")
    print(score_line(score))
    for name, label in score.bands if len(score.bands) > 1 else ():
        print(f"  bands {name}: {label or 'none'}")
    for part in score.parts:
        print(f"  {part.name}: {_of(part.value, part.range)}")
    for cut in score.cut_offs:
        passed = {True: "yes", False: "no", None: "not known"}[cut.passed]
        print(f"  {cut.name} {cut.limit:g}: {passed}")
    if score.missing:
        print(f"  missing: {', '.join(score.missing)}")
    if change is not None:
        _write_change(change)
    for title, entries in (("Notes", score.notes), ("Sources", _sources(score))):
        if entries:
            print(f"\n{title}")
            print("\n".join(f"- {entry}" for entry in entries))


def score_line(score: Score) -> str:
    """A score in one line: its value or what is left open, and its band."""
    text = _of(score.value, score.range)
    if score.value is None and score.bounds is not None:
        text += f", between {score.bounds[0]:g} and {score.bounds[1]:g}"
    band = f", {score.band}" if score.band else ""
    return f"{score.name}: {text}{band}"


def _of(value: float | None, ends: tuple[float, float] | None) -> str:
    """12 of 0 to 19."""
    number = "unknown" if value is None else f"{round(value, 2):g}"
    return number if ends is None else f"{number} ({ends[0]:g} to {ends[1]:g})"


def _write_change(change: Change) -> None:
    print("\nChange")
    if change.points is not None:
        percent = "" if change.percent is None else f", {abs(change.percent):.3g} percent"
        word = "better" if change.points >= 0 else "worse"
        print(f"  {abs(change.points):g} points{percent} {word} than {change.before:g}")
    for name, label in change.bands:
        print(f"  {name}: {label or 'none'}")
    for limit in change.limits:
        reached = {True: "reached", False: "not reached", None: "not known"}[limit.reached]
        print(f"  {limit.name}, {limit.limit}: {reached}")


def _sources(score: Score) -> list[str]:
    from sordino.library.cite import references
    from sordino.library.evidence.parts import SEEN

    seen = "; ".join(SEEN[way] for way in score.seen)
    return [*(f"{key}: {references()[key].line()}" for key in score.cites), f"seen: {seen}"]
