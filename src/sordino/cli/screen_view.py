"""A screening as text: scores, then the rules by group, what is missing, and the sources."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

from sordino.cli.score_view import score_line

if TYPE_CHECKING:
    from sordino.screening import Check, Group, Screening

WIDTH = 100
ORDER = ("met", "unknown", "not met")
STATUS_WIDTH = 9
# Where a whole and its parts follow each other, the order of the rules is kept.
IN_ORDER = ("criteria",)


def write_screening(found: Screening) -> None:
    """Write all of a screening to stdout."""
    from sordino.screening.result import NO_VERDICT

    name = " ".join(part for part in (found.title, f"({found.id})" if found.id else "") if part)
    print(f"Screening{f': {name}' if name else ''}\n\nScores")
    for score in found.scores:
        _write(score_line(score), "  ")
    if found.doubts:
        print("\nAnswers that hardly go together")
    for doubt in found.doubts:
        _write(f"{', '.join(doubt.keys)}: {doubt.words}", "  ")
    for group in found.groups:
        _write_group(group)
    _write_missing(found)
    print("\nSources")
    for source in found.as_dict()["sources"]:
        _write(f"{source['key']}: {source['text']}", "  ")
    print()
    _write(NO_VERDICT, "", 0)


def _write_group(group: Group) -> None:
    print(f"\n{group.title}")
    _write(f"met: {group.met_means}", "  ")
    for product in dict.fromkeys(check.product for check in group.checks):
        own = [check for check in group.checks if check.product == product]
        headed = bool(product) and group.name != "interactions"
        if headed:
            _write(f"{product} ({', '.join([*_bases(own), *_cited(own)])})", "  ")
        if group.name not in IN_ORDER:
            own.sort(key=lambda check: ORDER.index(check.status))
        # One source for all is in the heading.
        quiet = headed and len(_cited(own)) == 1
        for check in own:
            _write_check(check, cite=not quiet)


def _bases(checks: list[Check]) -> list[str]:
    """What the source calls its conditions: "relative", "label", "trial exclusion"."""
    return list(dict.fromkeys(check.basis for check in checks if check.basis and check.action))


def _cited(checks: list[Check]) -> list[str]:
    return list(dict.fromkeys(key for check in checks for key in check.cites))


def _write_check(check: Check, *, cite: bool) -> None:
    """One rule; the keys that an unknown one lacks are listed at the end, and not here."""
    parts = [check.rule]
    if check.status != "unknown" or not check.missing:
        parts.append(check.reason)
    about = check.product if cite and check.effect else ""
    parts += [part for part in (about, check.effect, _strength(check)) if part]
    if check.status == "met" and check.action:
        parts += check.notes
    cited = f" [{', '.join(check.cites)}]" if cite and check.cites else ""
    _write(f"{check.status:<{STATUS_WIDTH}}{'; '.join(parts)}{cited}", "  ", STATUS_WIDTH)


def _strength(check: Check) -> str:
    grade = f"grade {check.grade}" if check.grade else ""
    certainty = f"certainty {check.certainty}" if check.certainty else ""
    return ", ".join(part for part in (check.action, grade, certainty) if part)


def _write_missing(found: Screening) -> None:
    missing = found.missing
    if not missing:
        return
    keys = "1 key" if len(missing) == 1 else f"{len(missing)} keys"
    print(f"\nMissing: {keys} of the patient file")
    tables: dict[str, list[str]] = {}
    for key in missing:
        table, _, name = key.rpartition(".")
        tables.setdefault(table, []).append(name)
    for table, names in tables.items():
        _write(f"{table}: {', '.join(names)}" if table else ", ".join(names), "  ")


def _write(text: str, indent: str, hanging: int = 2) -> None:
    """Write a paragraph, wrapped to the terminal but never wider than is good to read."""
    width = min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns) if _on_terminal() else WIDTH
    print(
        textwrap.fill(
            text,
            width,
            initial_indent=indent,
            subsequent_indent=indent + " " * hanging,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def _on_terminal() -> bool:
    return sys.stdout.isatty()
