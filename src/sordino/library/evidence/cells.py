"""Short texts for the columns of a list of evidence."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from sordino.library.evidence.comparators import Comparator, Effect, Relief, Withdrawal
from sordino.library.evidence.facts import Number
from sordino.library.evidence.parts import Row, Uncertain
from sordino.library.evidence.safety import GuidelineRule
from sordino.library.evidence.studies import Study

WIDTH = 58


def short(text: str) -> str:
    """A text, cut at a word where a column ends."""
    return textwrap.shorten(text, WIDTH, placeholder=" ...")


def people(study: Study) -> str:
    """How many people a study is about; empty where nobody says."""
    size = study.size
    for count in (size.randomised, size.analysed, size.total, size.patients):
        if count is not None:
            return str(count)
    return f"{size.planned} planned" if size.planned else ""


def seen_in(row: Row) -> str:
    """How a row was seen, in one word for each way."""
    return ", ".join(row.seen)


def size(row: Comparator) -> str:
    """How many people a result is about; empty where nobody says."""
    both = row.n_drug is not None and row.n_placebo is not None
    arms = (row.n_drug or 0) + (row.n_placebo or 0) if both else None
    return str(row.n or arms or "")


def result(row: Comparator) -> str:
    """The result that a list has room for: responders, else a mean, else what there is."""
    for relief in row.relief:
        if relief.threshold_percent is not None and _shares(relief):
            return f"{relief.threshold_percent:g}% relief: {_shares(relief)}"
    if row.effect:
        return _means(row.effect)
    for stopped in row.withdrawal:
        if stopped.drug_percent is not None and stopped.placebo_percent is not None:
            return f"stopped for {stopped.reason}: {_shares(stopped)}"
    for name, value in (("NNT", row.nnt), ("NNH", row.nnh)):
        if value is not None:
            return f"{name} {_number(value)}"
    for event in row.side_effect:
        if event.percent is not None and event.control_percent is not None:
            return f"{event.event}: {event.percent:g} against {event.control_percent:g} of 100"
    if row.onset:
        first = row.onset[0]
        when = first.time or " to ".join(first.between or ())
        return short(f"{when}: {first.what}, {first.arm}")
    return short("; ".join([row.recommendation] * bool(row.recommendation) + list(row.findings)))


def _shares(relief: Relief | Withdrawal) -> str:
    drug, placebo = relief.drug_percent, relief.placebo_percent
    if drug is not None and placebo is not None:
        return f"{drug:g} against {placebo:g} of 100"
    if placebo is not None:
        return f"{placebo:g} of 100 on placebo"
    if relief.drug_count is not None and relief.placebo_count is not None:
        of = f"{relief.drug_n}", f"{relief.placebo_n}"
        return f"{relief.drug_count} of {of[0]} against {relief.placebo_count} of {of[1]}"
    return ""


def _means(effects: Sequence[Effect]) -> str:
    """A difference if there is one, else the two arms, else the first mean."""
    by_arm = {effect.arm: effect for effect in reversed(effects)}
    first = by_arm.get("difference") or by_arm.get("drug") or effects[0]
    scale = f" on {first.scale[0]:g} to {first.scale[1]:g}" if first.scale else ""
    if first.arm == "difference":
        return f"{first.outcome} {_number(first)}{scale} against placebo"
    if first.arm == "drug" and "placebo" in by_arm:
        return f"{first.outcome} {_number(first)} against {_number(by_arm['placebo'])}{scale}"
    return f"{first.outcome} {_number(first)}{scale}, {first.arm}"


def _number(value: Uncertain) -> str:
    low, high = value.ci_low, value.ci_high
    around = f" ({low:g} to {high:g})" if low is not None and high is not None else ""
    return f"{value.value:g}{around}"


def about(row: Row) -> str:
    """What a row about safety is about, from the first keys that say so."""
    first = ("conditions", "condition", "perpetrator", "organ", "phase", "title", "product")
    more = ("population", "exposure", "drug", "route", "dose", "rule", "options")
    texts: list[str] = []
    for name in (*first, *more):
        value = getattr(row, name, None)
        if value:
            texts.append(value if isinstance(value, str) else ", ".join(value))
    if isinstance(row, GuidelineRule) and row.limit is not None:
        texts.append(row.limit.quantity)
    return "; ".join(texts)


def numbers(numbers: tuple[Number, ...]) -> str:
    """Values with their units, each once."""
    return short(", ".join(dict.fromkeys(_of_number(number) for number in numbers)))


def _of_number(number: Number) -> str:
    low, high = number.low, number.high
    text = f"{number.value:g}" if number.value is not None else f"{low:g} to {high:g}"
    return f"{text} {number.unit}"
