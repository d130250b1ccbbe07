"""Three-valued answers: what is not stated is neither true nor false."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sordino.screening.result import Status


@dataclass(frozen=True)
class Answer:
    """How a question came out, why, and what would settle it."""

    status: Status
    reason: str
    missing: tuple[str, ...] = ()


def any_of(
    asked: Mapping[str, bool | None],
    enough: Mapping[str, bool | None] | None = None,
    table: str = "",
) -> Answer:
    """Whether one of several statements is true.

    `asked` must all be false for "not met"; `enough` count when they are true and are not asked.
    `table` is the table of the patient file that holds the keys.
    """
    true = [key for key, value in {**(enough or {}), **asked}.items() if value]
    unknown = [key for key, value in asked.items() if value is None]
    if true:
        return Answer("met", f"{_list(true)} {_be(true)} true")
    if unknown:
        missing = tuple(f"{table}.{key}" if table else key for key in unknown)
        return Answer("unknown", f"{_list(unknown)} {_be(unknown)} not stated", missing)
    return Answer("not met", f"{_list(list(asked))} {_be(asked)} false")


def all_of(parts: Mapping[str, Answer]) -> Answer:
    """Whether all parts are met; one that is not met settles it, whatever is unknown."""
    reason = "; ".join(f"{name}: {part.status}" for name, part in parts.items())
    statuses = [part.status for part in parts.values()]
    if "not met" in statuses:
        return Answer("not met", reason)
    if "unknown" in statuses:
        missing = dict.fromkeys(key for part in parts.values() for key in part.missing)
        return Answer("unknown", reason, tuple(missing))
    return Answer("met", reason)


def settled(outcomes: Iterable[bool]) -> Status:
    """The status when the true state is one of several and all that is known are the outcomes."""
    seen = set(outcomes)
    return "unknown" if len(seen) > 1 else "met" if True in seen else "not met"


def time_words(text: str) -> str:
    """A time of a row as people write it: "6 week" is 6 weeks, "2.0 h" is 2 h."""
    number, unit = text.split(" ", 1)
    plural = "s" if unit in ("day", "week", "month", "year") and float(number) != 1 else ""
    return f"{float(number):g} {unit}{plural}"


def _list(keys: list[str]) -> str:
    return " and ".join([", ".join(keys[:-1]), keys[-1]] if len(keys) > 1 else keys)


def _be(keys: Iterable[str]) -> str:
    return "is" if len(list(keys)) == 1 else "are"
