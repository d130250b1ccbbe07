"""Which items an instrument has, and which rule scores them.

Numbers come from the row of the instrument. Where a row lacks one that scoring needs, the note
here says where it is from.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from sordino.instruments import rules
from sordino.instruments.answers import Item, item_name
from sordino.library.evidence.instruments import Instrument
from sordino.library.evidence.reader import instrument
from sordino.library.pd_schema import load_pd_model

Items = Callable[[Instrument], tuple[Item, ...]]


@dataclass(frozen=True)
class Form:
    """How one instrument is scored.

    `marks`: a list of names says which items are present. `judged` maps the name that a
    published important change has to the part that it is about; items named there are parts of
    the score, too. `higher_is_better`: a rise is an improvement.
    """

    items: Items
    rule: rules.Rule
    notes: tuple[str, ...] = ()
    marks: bool = False
    judged: tuple[tuple[str, str], ...] = ()
    higher_is_better: bool = False


def _numbered(row: Instrument) -> tuple[Item, ...]:
    """Items without names, numbered as on the form."""
    assert row.items is not None
    assert row.item_range is not None
    return tuple(Item(str(n + 1), *row.item_range) for n in range(row.items))


def _numbered_lines(row: Instrument) -> tuple[Item, ...]:
    """Numbered marks on a line, which need not be whole numbers."""
    return tuple(Item(item.name, item.low, item.high, whole=False) for item in _numbered(row))


def _areas(row: Instrument) -> tuple[Item, ...]:
    """Every area once: the last slot names some of them again."""
    names = dict.fromkeys(name for slot in row.slot for name in slot.items)
    return tuple(Item(name, 0.0, 1.0) for name in names)


def _ranged_slots(row: Instrument) -> tuple[Item, ...]:
    """The items of every slot, each with the range of its slot."""
    return tuple(
        Item(name, *slot.range)
        for slot in row.slot
        if slot.range is not None
        for name in slot.items
    )


def _one_number(row: Instrument) -> tuple[Item, ...]:
    low, high = row.range or (0.0, math.inf)
    return (Item("score", low, high, whole=False),)


def _one_level(row: Instrument) -> tuple[Item, ...]:
    return (Item("level", 1.0, float(len(row.levels))),)


def _wpi_and_sss(row: Instrument) -> tuple[Item, ...]:
    ranges = {"wpi": instrument("acr_wpi").range, "sss": instrument("acr_sss").range}
    return tuple(Item(name, *ends) for name, ends in ranges.items() if ends is not None)


def _pain_inventory(row: Instrument) -> tuple[Item, ...]:
    severity = next(slot.range for slot in row.slot if slot.range is not None)
    return tuple(Item(item_name(text), *severity) for slot in row.slot for text in slot.items)


def _dissociation(row: Instrument) -> tuple[Item, ...]:
    """All items of the subjective form share the top of the scale that the model of it has."""
    whole = instrument("cadss")
    assert whole.items is not None
    top = load_pd_model("dissociation").parameters["cadss_max"].value / whole.items
    names = next(
        (slot.items for slot in row.slot), tuple(str(n + 1) for n in range(row.items or 0))
    )
    return tuple(Item(name, 0.0, top) for name in names)


def _subscales(row: Instrument) -> tuple[Item, ...]:
    return tuple(
        Item(item_name(text), *group.range)
        for group in row.subscale
        if group.range is not None
        for text in group.names
    )


_ASSUMED_DISSOCIATION = "items of 0 to 4 are assumed; no source that was seen prints their range"
_SUM_DERIVED = "that the score is the sum is derived: items times their range is the printed range"

FORMS: dict[str, Form] = {
    "acr_wpi": Form(_areas, rules.summed, marks=True),
    "acr_sss": Form(_ranged_slots, rules.summed),
    "fs_psd": Form(_wpi_and_sss, rules.summed),
    "fiqr": Form(_numbered, rules.by_domain),
    "fiq": Form(
        _one_number,
        rules.single,
        ("how its items are scored was not seen: give the total that the form arrives at",),
    ),
    "nrs_pain": Form(_one_number, rules.single),
    "bpi_sf": Form(
        _pain_inventory,
        rules.slot_means,
        ("interference items from 0 to 10: as their mean is; an item range was not seen",),
        judged=(
            ("average pain", "average"),
            ("severity", "severity"),
            ("interference", "interference"),
        ),
    ),
    "pgic": Form(_one_level, rules.level),
    "cadss": Form(_dissociation, rules.summed, (_ASSUMED_DISSOCIATION,)),
    "cadss_6": Form(
        _dissociation,
        rules.summed,
        (_ASSUMED_DISSOCIATION, "items have the numbers of the full form"),
    ),
    "bowdle_vas": Form(_numbered_lines, rules.not_scored),
    "phq9": Form(_numbered, rules.prorated, (_SUM_DERIVED,)),
    "gad7": Form(_numbered, rules.summed, (_SUM_DERIVED,)),
    "madrs": Form(_numbered, rules.summed, (_SUM_DERIVED,)),
    "fss": Form(_numbered, rules.summed_and_mean, (_SUM_DERIVED,)),
    "mfi20": Form(
        _subscales,
        rules.summed,
        ("give the five subscales as the form scores them: which items are reversed was not seen",),
    ),
    "promis_fatigue": Form(_one_number, rules.single),
    "six_minute_walk": Form(_one_number, rules.single, higher_is_better=True),
}
"""Every instrument that can be scored; the other rows are sets of criteria."""
