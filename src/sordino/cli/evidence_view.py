"""Evidence as text: a short list, or one row with everything that is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, cast

from sordino.cli.model_view import cell, write_json, write_table

if TYPE_CHECKING:
    from sordino.library.evidence.topics import Entry, Topic

SECTIONS = {
    "arm": "Arms",
    "observation": "What was observed",
    "side_effect": "Side effects",
    "relief": "People with relief",
    "effect": "Effects",
    "withdrawal": "People who stopped",
    "onset": "When",
    "number": "Numbers",
    "bands": "Bands",
    "threshold": "Thresholds passed",
    "findings": "Findings",
    "cautions": "Cautions",
    "not_seen": "Not seen",
    "notes": "Notes",
    "read_at": "Read at",
}
LAST = ("id", "cites", "seen", "sources", "findings", "cautions", "not_seen", "notes", "read_at")
INDENT = 21


def write_topics(topics: Iterable[Topic], *, as_json: bool) -> None:
    """Write what there is evidence about, and how many rows of it."""
    found = [(topic.name, len(topic.entries()), topic.what) for topic in topics]
    if as_json:
        write_json([{"topic": name, "rows": rows, "what": what} for name, rows, what in found])
        return
    table = [[name, str(rows), what] for name, rows, what in found]
    write_table(["topic", "rows", "what"], table)


def write_list(topic: Topic, *, as_json: bool) -> None:
    """Write one line for each row of a topic, or all rows in full as JSON."""
    entries = topic.entries()
    if as_json:
        write_json([entry.plain() for entry in entries])
        return
    write_table(topic.columns, [entry.cells for entry in entries])


def write_entry(entry: Entry) -> None:
    """Write one row: what it says, then its gaps, how it was seen, and its sources."""
    data = entry.plain()
    print(f"{entry.id}\n")
    for key, value in data.items():
        if key not in LAST and not _is_long(value):
            _write_line(key, _flat(value))
    for key, value in data.items():
        if key not in LAST and _is_long(value):
            _write_section(key, value)
    for key in LAST:
        if key in data and key not in ("id", "cites", "seen", "sources"):
            _write_section(key, data[key])
    _write_sources(data)


def _is_long(value: Any) -> bool:
    """Whether a value needs lines of its own: a list of tables or of sentences."""
    if not isinstance(value, list | tuple) or not value:
        return False
    entries = cast("list[Any]", list(value))
    return any(isinstance(entry, dict) or " " in str(entry) for entry in entries)


def _write_line(key: str, text: str) -> None:
    label = f"{key.replace('_', ' ')}:"
    print(f"{label:<{INDENT}} {text}")


def _write_section(key: str, value: Any) -> None:
    print(f"\n{SECTIONS.get(key, key.replace('_', ' ').capitalize())}")
    entries: list[Any] = list(value)
    if all(isinstance(entry, dict) for entry in entries):
        tables = cast("list[dict[str, Any]]", entries)
        columns = list(dict.fromkeys(name for table in tables for name in table))
        header = [name.replace("_", " ") for name in columns]
        write_table(header, [[_flat(table.get(name)) for name in columns] for table in tables])
    else:
        print("\n".join(f"- {_flat(entry)}" for entry in entries))


def _flat(value: Any) -> str:
    """Any plain value on one line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        table = cast("Mapping[str, Any]", value)
        return ", ".join(f"{key.replace('_', ' ')} {_flat(v)}" for key, v in table.items())
    if isinstance(value, list | tuple):
        entries: list[Any] = list(value)
        numbers = len(entries) == 2 and all(isinstance(e, int | float) for e in entries)
        return (" to " if numbers else "; ").join(_flat(entry) for entry in entries)
    return cell(value)


def _write_sources(data: dict[str, Any]) -> None:
    from sordino.library.evidence.parts import SEEN

    if "seen" in data:
        print("\nHow it was seen")
        print("\n".join(f"- {SEEN[way]}" for way in data["seen"]))
    if data["sources"]:
        print("\nSources")
    for source in data["sources"]:
        where = f" {source['url']}" if "url" in source else ""
        pmid = f" PMID {source['pmid']}." if "pmid" in source else ""
        print(f"- {source['key']}: {source['text']}{pmid}{where}")
