"""Scoring one instrument."""

from __future__ import annotations

from collections.abc import Iterator

from sordino.errors import InputError, UnknownName
from sordino.instruments import rules
from sordino.instruments.answers import Answers, Item, read_answers
from sordino.instruments.bands import band_of, cut_offs, in_gap, severity, without_side
from sordino.instruments.forms import FORMS, Form
from sordino.instruments.result import Score, Subscore
from sordino.library.evidence.instruments import Bands, Instrument
from sordino.library.evidence.reader import instrument, instruments


def instrument_names() -> tuple[str, ...]:
    """The instruments that can be scored, in the order of the library."""
    return tuple(row.id for row in instruments().instrument if row.id in FORMS)


def items_of(name: str) -> tuple[Item, ...]:
    """The items of an instrument in the order in which a list of answers holds them.

    Raises InputError for what cannot be scored.
    """
    row, form = _known(name)
    return form.items(row)


def score(name: str, items: object, *, source: str = "", key: str = "items") -> Score:
    """Score an instrument from the answers to its items.

    `items` is a list with an entry for each item in their order (`None` or "-" where there is no
    answer), a table of item names and answers, or a number where there is one item only; for
    the areas of pain also a list of those that hurt. `source` and `key` stand in front of
    what is wrong.

    Raises UnknownName for an instrument that the library lacks, InputError for one that has no
    rule, DocumentError with all findings for answers that cannot be used.

    >>> score("phq9", [2, 2, 2, 2, 1, 1, 2, 0, 0]).value
    12.0
    """
    row, form = _known(name)
    own = form.items(row)
    answers = read_answers(own, items, source or name, key=key, marks=form.marks)
    total = form.rule(row, own, answers)
    singles = tuple(
        Subscore(item.name, answers[item.name], (item.low, item.high))
        for item in own
        if item.name in dict(form.judged).values()
    )
    return _score(row, form, answers, total, singles)


def given_total(name: str, total: object, *, source: str = "", key: str = "total") -> Score:
    """A score of which only the total is known, checked against the range of the instrument.

    Raises like `score`, and InputError for an instrument that has no total.
    """
    row, form = _known(name)
    ends = form.rule(row, form.items(row), dict.fromkeys(i.name for i in form.items(row))).range
    if ends is None and form.rule is not rules.single:
        raise InputError(f"{name} has no total", hint="give the answers to its items")
    whole = form.rule in (rules.summed, rules.level)
    low, high = ends or (0.0, float("inf"))
    item = Item("total", low, high, whole=whole)
    answers = read_answers([item], total, source or name, key=key, marks=False)
    return _score(row, form, answers, rules.Total(answers["total"], ends), ())


def _known(name: str) -> tuple[Instrument, Form]:
    if name in FORMS:
        return instrument(name), FORMS[name]
    found = instruments()
    if any(row.id == name for row in found.instrument):
        raise InputError(
            f"{name} is a set of criteria and has no score",
            allowed=", ".join(instrument_names()),
            hint="sordino screen PATIENT.toml goes through the criteria for fibromyalgia",
        )
    if any(code.instrument == name for code in found.code):
        raise InputError(
            f"of {name} only its code is known: no range and no rule was seen",
            allowed=", ".join(instrument_names()),
        )
    raise UnknownName("instrument", name, instrument_names())


def _score(
    row: Instrument,
    form: Form,
    answers: Answers,
    total: rules.Total,
    singles: tuple[Subscore, ...],
) -> Score:
    sets = [bands for bands in row.bands if bands.of in ("score", "level")]
    chosen = severity(sets)
    return Score(
        instrument=row.id,
        name=row.name,
        value=total.value,
        band=_label(chosen, total),
        missing=tuple(name for name, value in answers.items() if value is None),
        notes=(*total.notes, *_gap_notes(sets, total), *form.notes, *row.notes, *_unseen(row)),
        range=total.range,
        bounds=total.bounds if total.value is None else None,
        unit=row.unit or "points",
        parts=(*total.parts, *singles),
        bands=tuple((bands.name, _label(bands, total)) for bands in sets),
        cut_offs=tuple(cut_offs(row.number, total.value, total.bounds)),
        alerts=tuple(_alerts(row, answers)),
        cites=row.cites,
        seen=row.seen,
    )


def _label(bands: Bands | None, total: rules.Total) -> str | None:
    """The band of a score; without a score, the one in which both of its bounds lie."""
    if bands is None:
        return None
    ends = total.bounds if total.value is None else (total.value, total.value)
    labels = {band_of(bands, end) for end in ends or ()}
    return labels.pop() if len(labels) == 1 else None


def _gap_notes(sets: list[Bands], total: rules.Total) -> Iterator[str]:
    for bands in sets:
        below = None if total.value is None else in_gap(bands, total.value)
        if below is not None:
            yield (
                f"bands {bands.name} are printed for whole numbers; {total.value:.4g} lies between "
                f"two of them and counts with the lower, {below}"
            )


def _alerts(row: Instrument, answers: Answers) -> Iterator[str]:
    """The item on suicide is judged by itself, whatever the total."""
    number = str(row.suicide_item)
    if row.suicide_item is None:
        return
    given = answers.get(number)
    if given is None:
        yield f"item {number} has no answer; {row.suicide_rule}"
    elif given > 0:
        yield f"item {number} is {given:g}: {row.suicide_rule}"


def _unseen(row: Instrument) -> Iterator[str]:
    yield from (f"not seen: {text}" for text in row.not_seen)
    if limits := without_side(row.number):
        yield f"also published, without the side that counts: {'; '.join(limits)}"
