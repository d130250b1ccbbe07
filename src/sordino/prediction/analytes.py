"""Which analyte a record asks for.

As in NONMEM (help, `CMT` and `PCMT` data items): an observation asks by its compartment CMT, every
other record by PCMT; 0 stands for what is observed by default. DVID of an observation, where it
is given, comes before CMT.
"""

from __future__ import annotations

import numpy as np

from sordino.events import EventTable
from sordino.events.problems import Problems
from sordino.events.table import OBSERVATION, Int64
from sordino.library.schema import PkModel


def asked(model: PkModel, table: EventTable) -> Int64:
    """The place of an analyte in `model.analyte` for each record."""
    default = list(model.analytes).index(model.default_observation)
    of_compartment = _by_compartment(model)
    seen = table.evid == OBSERVATION
    number = np.where(seen, table.cmt, table.pcmt)
    by_number = np.where(number > 0, of_compartment[number], default)
    return np.where(seen & (table.dvid > 0), table.dvid - 1, by_number)


def refuse_unmeasured(model: PkModel, table: EventTable, source: str) -> None:
    """Raise DocumentError for records that ask for a compartment that no analyte belongs to."""
    seen, of_compartment = table.evid == OBSERVATION, _by_compartment(model)
    names = list(model.compartments)
    places = {names.index(a.compartment) + 1: a.compartment for a in model.analyte}
    listed = ", ".join(f"{number} {name}" for number, name in sorted(places.items()))
    problems = Problems(source, table.row)
    for column, number, asks in (
        ("CMT", table.cmt, seen & (table.dvid == 0)),
        ("PCMT", table.pcmt, ~seen),
    ):
        problems.add_rows(
            asks & (number > 0) & (of_compartment[number] < 0),
            column,
            lambda i, number=number: (
                f"nothing is measured in compartment {number[i]} "
                f"({names[number[i] - 1]}) of model {model.id}"
            ),
            allowed=f"{listed}; 0 or nothing for {model.default_observation}",
            hint='for the amount in it add an [[analyte]] with unit = "mg" to the model',
        )
    problems.raise_any()


def _by_compartment(model: PkModel) -> Int64:
    """The analyte of each compartment by number, -1 for none; 0 is no compartment.

    Where a compartment has several, the one that is observed by default, else the first.
    """
    names = list(model.compartments)
    found = np.full(len(names) + 1, -1, np.int64)
    default = list(model.analytes).index(model.default_observation)
    for place in (*reversed(range(len(model.analyte))), default):
        found[names.index(model.analyte[place].compartment) + 1] = place
    return found
