"""Which scores a record may hold, and in which range, from the rows of the evidence library."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

from sordino.library.evidence import instruments
from sordino.library.evidence.instruments import Instrument
from sordino.record.names import tidy_name

Range = tuple[float, float]
_ANY: Range = (0.0, math.inf)


@dataclass(frozen=True, slots=True)
class Scale:
    """The accepted scores and answers of one instrument.

    `total` is the range of the score. `items` holds the range of each item that may be answered,
    by its number or name. `is_sum`: the score is the plain sum of all items.
    """

    name: str
    total: Range
    items: dict[str, Range]
    is_sum: bool


@functools.lru_cache(maxsize=1)
def scales() -> dict[str, Scale]:
    """Every instrument of the library by its name."""
    return {row.id: _scale(row) for row in instruments().instrument}


def _scale(row: Instrument) -> Scale:
    answer = row.item_range or _ANY
    items = {str(number): answer for number in range(1, (row.items or 0) + 1)}
    for slot in row.slot:
        items |= {tidy_name(item): slot.range or answer for item in slot.items}
    for subscale in row.subscale:
        items |= {tidy_name(name): subscale.range or _ANY for name in subscale.names}
    summed = tuple((row.items or 0) * end for end in row.item_range) if row.item_range else None
    return Scale(row.id, row.range or _ANY, items, summed is not None and summed == row.range)


def range_words(name: str, limits: Range) -> str:
    """A range in words."""
    if math.isinf(limits[1]):
        return f"{name} of {limits[0]:g} or more"
    return f"{name} from {limits[0]:g} to {limits[1]:g}"
