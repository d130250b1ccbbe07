"""What a change between two scores amounts to, by published limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sordino.errors import InputError
from sordino.instruments.bands import band_of
from sordino.instruments.forms import FORMS
from sordino.instruments.result import Score
from sordino.instruments.rules import exact
from sordino.library.evidence.facts import Number
from sordino.library.evidence.reader import instrument

# How the name of a number begins when it is a limit for an improvement.
_LIMITS = ("important change", "response, reduction by", "responder definitions")


@dataclass(frozen=True)
class Limit:
    """A published limit for an improvement, and whether it was reached; `None`: not known."""

    name: str
    limit: str
    reached: bool | None
    note: str


@dataclass(frozen=True)
class Change:
    """How much better (positive) or worse (negative) the second score is than the first.

    `points` in the unit of the score, `percent` of the first score (`None` when that is zero);
    `bands` name the improvement, `limits` say which published limits it reaches.
    """

    instrument: str
    before: float | None
    after: float | None
    points: float | None
    percent: float | None
    bands: tuple[tuple[str, str | None], ...]
    limits: tuple[Limit, ...]

    def as_dict(self) -> dict[str, Any]:
        """All of the change as plain values; every key is always there."""
        return {
            "instrument": self.instrument,
            "before": self.before,
            "after": self.after,
            "points": self.points,
            "percent": self.percent,
            "bands": dict(self.bands),
            "limits": [
                {"name": e.name, "limit": e.limit, "reached": e.reached, "note": e.note}
                for e in self.limits
            ],
        }


def compare(before: Score, after: Score) -> Change:
    """Compare two scores of one instrument; an improvement is positive, whatever the scale.

    Raises InputError for scores of two instruments.
    """
    if before.instrument != after.instrument:
        raise InputError(f"{before.instrument} and {after.instrument} cannot be compared")
    row = instrument(after.instrument)
    better = _better(after.instrument, before.value, after.value)
    sizes = {"points decrease": better[0], "percent decrease": better[1]}
    bands = tuple(
        (bands.name, None if sizes[bands.of] is None else band_of(bands, sizes[bands.of] or 0.0))
        for bands in row.bands
        if bands.of in sizes
    )
    return Change(
        after.instrument,
        before.value,
        after.value,
        *better,
        bands,
        tuple(_limits(row.number, before, after)),
    )


def _better(
    name: str, before: float | None, after: float | None
) -> tuple[float | None, float | None]:
    """Points and percent by which the second value is better."""
    if before is None or after is None:
        return None, None
    points = exact(after - before if FORMS[name].higher_is_better else before - after)
    return points, exact(100.0 * points / before) if before > 0 else None


def _limits(numbers: tuple[Number, ...], before: Score, after: Score) -> Iterator[Limit]:
    for number in numbers:
        if not number.name.startswith(_LIMITS):
            continue
        part = _part(before.instrument, number.name)
        if part is None:
            continue
        values = _value(before, part), _value(after, part)
        points, percent = _better(before.instrument, *values)
        size = percent if number.unit == "percent" else points
        yield Limit(number.name, _words(number), _reached(number, size), number.note)


def _part(name: str, limit: str) -> str | None:
    """Which part of the score a limit is about: "" the total, `None` nothing that is scored.

    "important change, average pain, fibromyalgia" is about the part `average`.
    """
    about = [words for words in limit.split(", ")[1:] if words != "fibromyalgia"]
    if not limit.startswith("important change") or not about:
        return ""
    return dict(FORMS[name].judged).get(about[0])


def _value(score: Score, part: str) -> float | None:
    if not part:
        return score.value
    return next((own.value for own in score.parts if own.name == part), None)


def _words(number: Number) -> str:
    if number.value is not None:
        return f"{number.value:g} {number.unit}"
    return f"{number.low:g} to {number.high:g} {number.unit}"


def _reached(number: Number, size: float | None) -> bool | None:
    """Whether an improvement reaches a limit; between the two ends of a range nobody knows."""
    low, high = number.value, number.value
    if number.low is not None and number.high is not None:
        low, high = number.low, number.high
    if size is None or low is None or high is None or low <= size < high:
        return None
    return size >= high
