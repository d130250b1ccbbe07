"""The rules by which answers become a score."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sordino.instruments.answers import Answers, Item, item_name
from sordino.instruments.result import Ends, Subscore
from sordino.library.evidence.instruments import Instrument


@dataclass(frozen=True)
class Total:
    """What a rule makes of the answers: see `Score` for the meaning of the fields."""

    value: float | None
    range: Ends | None = None
    bounds: Ends | None = None
    parts: tuple[Subscore, ...] = ()
    notes: tuple[str, ...] = ()


def exact(value: float) -> float:
    """A score without the dust of binary fractions, which must not decide about a limit."""
    return round(value, 9)


Rule = Callable[[Instrument, Sequence[Item], Answers], Total]


def summed(row: Instrument, items: Sequence[Item], answers: Answers) -> Total:
    """The sum of all answers; unknown when one is missing, since no rule fills it in."""
    low, high = _bounds(items, answers)
    ends = row.range or _bounds(items, dict.fromkeys(answers))
    if low == high:
        return Total(low, ends)
    note = "no rule for missing answers was seen, so that there is no score"
    return Total(None, ends, (low, high), notes=(note,))


def summed_and_mean(row: Instrument, items: Sequence[Item], answers: Answers) -> Total:
    """The sum of all answers, with their mean beside it."""
    total = summed(row, items, answers)
    mean = None if total.value is None else total.value / len(items)
    part = Subscore("mean over items", mean, (items[0].low, items[0].high))
    return Total(total.value, total.range, total.bounds, (part,), total.notes)


def prorated(row: Instrument, items: Sequence[Item], answers: Answers) -> Total:
    """The sum, where at most `missing_at_most` answers are replaced by the mean of the others.

    value = (sum of the answers) * (number of items) / (number of answers)
    """
    given = [value for value in answers.values() if value is not None]
    gaps = len(items) - len(given)
    allowed = row.missing_at_most or 0
    if gaps > allowed:
        note = f"{gaps} answers are missing; the rule fills in at most {allowed}"
        return Total(None, row.range, _bounds(items, answers), notes=(note,))
    value = exact(sum(given) * len(items) / len(given))
    notes = (f"{gaps} missing: {row.missing}",) if gaps else ()
    return Total(value, row.range, notes=notes)


def by_domain(row: Instrument, items: Sequence[Item], answers: Answers) -> Total:
    """The domains of the row, each with the sum of its items over its divisor, added up.

    A sum with answers missing is multiplied by (items of the domain) / (answers); a domain
    without any answer is unknown, and so is the score.
    """
    left = list(items)
    parts: list[Subscore] = []
    total = low = high = 0.0
    for domain in row.domain:
        own, left = left[: domain.items], left[domain.items :]
        given = [value for item in own if (value := answers[item.name]) is not None]
        ends = (0.0, domain.max_weighted)
        value = sum(given) * domain.items / len(given) / domain.divisor if given else None
        parts.append(Subscore(domain.id, value, ends))
        sums = _bounds(own, answers)
        low += sums[0] / domain.divisor
        high += sums[1] / domain.divisor
        total += value or 0.0
    unknown = [part.name for part in parts if part.value is None]
    gaps = [name for name, value in answers.items() if value is None]
    notes = (f"{len(gaps)} missing: {row.missing}; no limit was seen",) if gaps else ()
    if unknown:
        notes = (*notes, f"no answer at all in: {', '.join(unknown)}")
        return Total(None, row.range, (exact(low), exact(high)), tuple(parts), notes)
    return Total(exact(total), row.range, None, tuple(parts), notes)


def slot_means(row: Instrument, items: Sequence[Item], answers: Answers) -> Total:
    """A mean for each group of items, and no total; unknown when an answer of it is missing."""
    parts: list[Subscore] = []
    for slot in row.slot:
        own = [answers[item_name(text)] for text in slot.items]
        given = [value for value in own if value is not None]
        mean = sum(given) / len(own) if len(given) == len(own) else None
        parts.append(Subscore(slot.name, mean, (items[0].low, items[0].high)))
    notes = ["the form has no total; its parts are the scores"]
    if any(part.value is None for part in parts):
        notes.append("no rule for missing answers was seen, so that a part has no score")
    return Total(None, None, None, tuple(parts), tuple(notes))


def single(row: Instrument, items: Sequence[Item], answers: Answers) -> Total:
    """One number, which is the score."""
    (value,) = answers.values()
    bounds = row.range if value is None else None
    return Total(value, row.range, bounds)


def level(row: Instrument, items: Sequence[Item], answers: Answers) -> Total:
    """One of the levels of the row, counted from 1, with its name."""
    total = single(row, items, answers)
    if total.value is None:
        return total
    word = row.levels[int(total.value) - 1]
    return Total(total.value, total.range, notes=(f"level {total.value:g}: {word}",))


def not_scored(row: Instrument, items: Sequence[Item], answers: Answers) -> Total:
    """Answers are checked, but no rule was seen that makes a score of them."""
    return Total(None, notes=("no rule that makes a score of the items was seen",))


def _bounds(items: Sequence[Item], answers: Answers) -> Ends:
    """The lowest and the highest sum that missing answers leave open."""
    given = [answers[item.name] for item in items]
    low = sum(
        item.low if value is None else value for item, value in zip(items, given, strict=True)
    )
    high = sum(
        item.high if value is None else value for item, value in zip(items, given, strict=True)
    )
    return low, high
