"""Deviations (etas) that the user gives for individuals, such as estimates from another program."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sordino.errors import DocumentError
from sordino.events import EventTable
from sordino.events.cells import MISSING
from sordino.events.problems import near_name
from sordino.events.sources import open_source
from sordino.events.table import Float64
from sordino.findings import shown
from sordino.library.schema import PkModel

if TYPE_CHECKING:
    import pandas as pd

PREFIX = "ETA_"
ROWS_NAMED = 3


@dataclass(frozen=True, eq=False)
class GivenEtas:
    """One row for each ID: `place` finds it, `values` holds the etas by parameter."""

    source: str
    place: dict[str, int]
    values: dict[str, Float64]

    def of(self, table: EventTable) -> dict[str, Float64]:
        """The etas of the individuals of a table.

        Raises DocumentError for individuals that have none.
        """
        missing = [name for name in dict.fromkeys(table.ids) if name not in self.place]
        if missing:
            more = f" and {len(missing) - ROWS_NAMED:,} more" if len(missing) > ROWS_NAMED else ""
            named = ", ".join(shown(name, 30) for name in missing[:ROWS_NAMED])
            raise DocumentError(
                f"there are no etas for ID {named}{more}",
                where=self.source,
                allowed="one row for every individual of the data set",
            )
        rows = np.array([self.place[name] for name in table.ids])
        return {name: values[rows] for name, values in self.values.items()}


def given_etas(data: object, model: PkModel) -> GivenEtas:
    """Read a table of etas: ID, and a column CL or ETA_CL for each parameter that deviates.

    `data`: a pandas DataFrame, or the path of a CSV or Parquet file. Raises DocumentError for
    names that are no parameter, IDs that stand twice, and cells that are no numbers.
    """
    frame = _frame(data)
    source = str(data) if isinstance(data, str | Path) else "etas"
    by_name = {str(name).upper(): str(name) for name in frame.columns}
    if "ID" not in by_name:
        raise DocumentError("the column ID is missing", where=source)
    ids = [_id_text(value) for value in frame[by_name["ID"]]]
    place = {name: row for row, name in enumerate(ids)}
    if len(place) < len(ids):
        twice = next(name for row, name in enumerate(ids) if place[name] != row)
        raise DocumentError(
            f"the ID {shown(twice, 30)} stands more than once",
            where=source,
            allowed="one row for each individual",
        )
    columns = [str(name) for name in frame.columns if str(name).upper() != "ID"]
    values = {
        _parameter(name, model, source): _numbers(frame.loc[:, name], name, source)
        for name in columns
    }
    return GivenEtas(source, place, values)


def _frame(data: object) -> pd.DataFrame:
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        return data.rename(columns=str)
    source = open_source(data)
    pieces = [piece.cells.to_pandas() for piece in source.pieces(frozenset(source.names))]
    return pd.concat(pieces) if pieces else pd.DataFrame({name: [] for name in source.names})


def _id_text(value: object) -> str:
    """An ID as the data set has it: 1.0 is "1"."""
    text = str(value).strip()
    whole, _, rest = text.partition(".")
    return whole if rest and not rest.strip("0") and whole.lstrip("+-").isdigit() else text


def _parameter(name: str, model: PkModel, source: str) -> str:
    """The parameter that a column belongs to."""
    bare = name[len(PREFIX) :] if name.upper().startswith(PREFIX) else name
    shared = {entry.parameter for entry in model.share}
    known = [other for other in model.parameters if other not in shared]
    if bare not in known:
        raise DocumentError(
            f"the column {shown(name)} belongs to no parameter of model {model.id}",
            where=source,
            allowed=f"ID, and columns for {', '.join(known)}",
            hint=near_name(bare, known),
        )
    return bare


def _numbers(column: Any, name: str, source: str) -> Float64:
    import pandas as pd

    numbers = np.asarray(pd.to_numeric(column, errors="coerce"), float)
    wrong = np.flatnonzero(~np.isfinite(numbers))
    if len(wrong):
        cell = str(column.iloc[int(wrong[0])])
        found = "is missing" if cell in (*MISSING, "None") else f"is {shown(cell, 40)}"
        raise DocumentError(
            f"the eta {found} in record {wrong[0] + 1}",
            where=f"{source}: column {name}",
            allowed="a number for every individual; 0 for none",
        )
    return numbers
