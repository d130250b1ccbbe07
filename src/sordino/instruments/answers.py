"""Answers to the items of an instrument: read and checked, all problems at once."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard, cast

from sordino.errors import DocumentError
from sordino.findings import Finding, document_error, place, shown, type_word

NO_ANSWER = ("", "-")
"""What stands for a missing answer where a list has to hold something."""


@dataclass(frozen=True)
class Item:
    """One item: its name (never its wording), the answers it takes, whether only whole ones."""

    name: str
    low: float
    high: float
    whole: bool = True

    @property
    def yes_or_no(self) -> bool:
        """Whether it is there or not."""
        return self.whole and (self.low, self.high) == (0.0, 1.0)

    @property
    def label(self) -> str:
        """Its name as it stands in a sentence."""
        return f"item {self.name}" if self.name.isdigit() else self.name

    @property
    def allowed(self) -> str:
        """The answers it takes, in words."""
        if math.isinf(self.high):
            return f"{self.low:g} or more"
        if self.yes_or_no:
            return "0 or 1"
        number = "a whole number from " if self.whole else ""
        return f"{number}{self.low:g} to {self.high:g}"


def item_name(text: str) -> str:
    """What an item is called here: the words of its row, joined."""
    return text.replace(" ", "_")


Answers = Mapping[str, float | None]
"""An answer, or `None`, for every item of an instrument in the order of the items."""


def read_answers(
    items: Sequence[Item], given: object, source: str, *, key: str, marks: bool
) -> Answers:
    """Check what was answered.

    `given` is one number, a list with an entry for each item (`None`, "" or "-" where there is no
    answer), or a table of item names and answers in which what is absent is missing. With
    `marks`, a list of item names says which of them are present, and that the others are not.

    Raises DocumentError with all findings; `source` and `key` stand in front of them.
    """
    if isinstance(given, Mapping):
        table = cast("Mapping[object, object]", given)
        found = list(_named(items, table))
    elif not isinstance(given, Sequence) or isinstance(given, str | bytes):
        found = (
            [_checked(items[0], given, ())] if len(items) == 1 else list(_listed(items, [given]))
        )
    else:
        entries = cast("Sequence[object]", given)
        words = all(isinstance(entry, str) and entry not in NO_ANSWER for entry in entries)
        if marks and words:
            found = list(_marked(items, cast("Sequence[str]", entries)))
        else:
            found = list(_listed(items, entries))
    problems = [entry for entry in found if isinstance(entry, Finding)]
    if problems:
        errors = [
            DocumentError(
                f.what, where=place(source, (key, *f.path)), allowed=f.allowed, hint=f.hint
            )
            for f in problems
        ]
        raise document_error(source, errors, kind="set of answers")
    answers = dict(entry for entry in found if not isinstance(entry, Finding))
    return {item.name: answers.get(item.name) for item in items}


Read = Iterator[tuple[str, float | None] | Finding]


def _named(items: Sequence[Item], table: Mapping[object, object]) -> Read:
    known = {item.name: item for item in items}
    for key, value in table.items():
        name = str(key)
        if name in known:
            yield _checked(known[name], value, (name,))
        else:
            yield _unknown(name, list(known), ())


def _marked(items: Sequence[Item], names: Sequence[str]) -> Read:
    known = [item.name for item in items]
    for number, name in enumerate(names):
        if name not in known:
            yield _unknown(name, known, (number,))
        elif name in names[:number]:
            yield Finding((number,), f"{name} stands twice")
    for name in known:
        yield name, float(name in names)


def _listed(items: Sequence[Item], entries: Sequence[object]) -> Read:
    if len(entries) != len(items):
        needed = "1 answer" if len(items) == 1 else f"{len(items)} answers"
        what = f"found {len(entries)}, {needed} needed"
        hint = 'write "-" where there is no answer' if len(entries) < len(items) else ""
        yield Finding((), what, hint=hint)
    for number, (item, value) in enumerate(zip(items, entries, strict=False)):
        yield _checked(item, value, (number,))


def _checked(
    item: Item, value: object, path: tuple[str | int, ...]
) -> tuple[str, float | None] | Finding:
    if value is None or value in NO_ANSWER:
        return item.name, None
    if isinstance(value, bool) and item.yes_or_no:
        return item.name, float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        hint = f"write {value.replace(',', '.')}" if _decimal_comma(value) else ""
        return Finding(path, f"found {type_word(value)}, a number is needed", item.allowed, hint)
    # Written so that a number that is not finite fails as well; a huge integer is compared first.
    inside = item.low <= value <= item.high and math.isfinite(value)
    if not inside or (item.whole and value != int(value)):
        what = f"{shown(value)} is not accepted for {item.label}"
        return Finding(path, what, item.allowed)
    return item.name, float(value)


def _decimal_comma(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and re.fullmatch(r"[0-9]{1,9},[0-9]{1,9}", value) is not None


def _unknown(name: str, known: Sequence[str], path: tuple[str | int, ...]) -> Finding:
    near = difflib.get_close_matches(name[:60], known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else ""
    return Finding(path, f"unknown item {shown(name)}", ", ".join(known), hint)
