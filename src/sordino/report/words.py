"""Numbers as people read them: counts, pain, minutes, ranges in brackets."""

from __future__ import annotations

from sordino.simulation.answers import Estimate, Spread

LEAVE_END_MIN = 20159.0
"""Times until fit to leave are counted up to 14 days; from here on nobody was seen to be fit."""


def whole(value: float) -> str:
    """A count or a score as a whole number; a minus only where something is left of it."""
    return f"{round(value) + 0:d}"


def rounded(value: float) -> str:
    """A number with two digits that mean something: `27`, `220`."""
    return f"{float(f'{value:.2g}'):g}"


def count(estimate: Estimate) -> str:
    """A count out of 100 with its range: `25 (16 to 31)`."""
    return ranged(estimate, 0)


def pain(estimate: Estimate) -> str:
    """Pain of 10 with its range, one decimal."""
    return ranged(estimate, 1)


def days(estimate: Estimate) -> str:
    """Days with their range."""
    return ranged(estimate, 0)


def spread(found: Spread) -> str:
    """A median and the middle 90 of 100, with the digits that its size deserves."""
    digits = 2 if found.unit == "fraction" else 0
    middle, low, high = (fixed(v, digits) for v in (found.median, found.low, found.high))
    return middle if low == high else f"{middle} ({low} to {high})"


def minutes(value: float) -> str:
    """A length of time in words: `45 min`, `2 h 10 min`, `4 days 13 h`."""
    if value >= LEAVE_END_MIN:
        return "not seen"
    # Output times lie five minutes apart or more; single minutes would feign precision.
    total = 5 * round(value / 5)
    if total < 60:
        return f"{total} min"
    hours, rest = divmod(total, 60)
    if hours < 12:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    if hours < 48:
        return f"{round(total / 60)} h"
    full, rest = divmod(round(total / 60), 24)
    return f"{full} days {rest} h" if rest else f"{full} days"


def fixed(value: float | None, digits: int) -> str:
    """A number with a fixed count of decimals; a dash for none, never `-0`."""
    if value is None or value != value:
        return "–"
    return f"{round(value, digits) + 0.0:.{digits}f}"


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def sentence(text: str) -> str:
    """A note with a capital letter and a full stop; names with an underscore keep theirs."""
    first = text.split(" ", 1)[0]
    start = text if "_" in first else text[:1].upper() + text[1:]
    return start if start.endswith((".", "!", "?")) else f"{start}."


def ranged(estimate: Estimate, digits: int) -> str:
    """A number with its range in brackets, where it has one."""
    middle = fixed(estimate.value, digits)
    if estimate.low is None or estimate.high is None:
        return middle
    return f"{middle} ({fixed(estimate.low, digits)} to {fixed(estimate.high, digits)})"
