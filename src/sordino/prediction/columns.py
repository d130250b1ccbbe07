"""The records as given, with the columns that predictions add."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sordino.errors import DocumentError
from sordino.events.cells import MISSING, NUMBER
from sordino.events.table import OBSERVATION, Bool, Float64
from sordino.findings import shown

if TYPE_CHECKING:
    import pandas as pd

    from sordino.prediction.stream import Predicted

REPLICATE, MEASURED = "REP", "DV"


def refuse_clashes(given: Sequence[str], added: Sequence[str], source: str) -> None:
    """Raise DocumentError when the data set has a column of a name that is added."""
    taken = {name.upper(): name for name in given}
    found = [taken[name.upper()] for name in added if name.upper() in taken]
    if found:
        listed = " and ".join(shown(name) for name in found)
        raise DocumentError(
            f"the data set has the column{'s' if len(found) > 1 else ''} {listed} already",
            where=source,
            allowed=f"any names but {', '.join(added)}, which predictions add",
            hint="rename or drop it; the name of an analyte can be changed in the model file",
        )


def added_columns(columns: Sequence[str], *, simulated: bool) -> tuple[str, ...]:
    """Names of columns that must be free; a simulated DV takes the place of the one given."""
    return (*((REPLICATE,) if simulated else ()), *columns)


def whole_frame(predicted: Predicted, source: str) -> pd.DataFrame:
    """Every record as given, and the predictions at its right; REP stands first.

    Simulated values stand in DV where a record is an observation; other records keep theirs.
    Raises DocumentError when a name that is added is taken.
    """
    given = predicted.table.frame
    if given is None:
        raise ValueError("the records were read without their frame")
    simulated = predicted.replicates is not None
    columns = ("IPRED", *predicted.analytes)
    refuse_clashes(
        [str(name) for name in given.columns], added_columns(columns, simulated=simulated), source
    )
    frame = given.copy(deep=False)
    if predicted.replicates is not None:
        count = len(predicted.replicates)
        frame = given.iloc[np.tile(np.arange(len(given)), count)].reset_index(drop=True)
        frame.insert(0, REPLICATE, np.repeat(predicted.replicates, len(given)))
    frame["IPRED"] = predicted.ipred
    for name, values in predicted.analytes.items():
        frame[name] = values
    if predicted.dv is not None:
        _put_measured(frame, predicted.dv, predicted.table.evid == OBSERVATION)
    return frame


def _put_measured(frame: pd.DataFrame, dv: Float64, seen: Bool) -> None:
    """Put simulated values into DV where the record is an observation (`seen`, one replicate)."""
    import pandas as pd
    import pyarrow as pa

    observed = np.resize(seen, len(frame))
    own = next((n for n in frame.columns if str(n).upper() == MEASURED), None)
    if own is None:
        frame[MEASURED] = np.where(observed, dv, np.nan)
        return
    old = frame[own]
    new: Any = pd.Series(dv, index=frame.index)
    if pd.api.types.is_string_dtype(old) and old.dtype != object:
        texts = pa.array(dv).cast(pa.string()).to_pandas()
        new = texts.astype(old.dtype).set_axis(frame.index)
    elif not pd.api.types.is_numeric_dtype(old):
        new = new.astype(object)
    frame[own] = new.where(observed, old)


def with_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of text that hold nothing but numbers and missing cells, as numbers."""
    import pandas as pd

    made: dict[Any, Any] = {}
    for name in frame.columns:
        column = frame[name]
        if not pd.api.types.is_string_dtype(column):
            continue
        tidy = column.str.strip()
        tidy = tidy.mask(tidy.isin(MISSING))
        if tidy.dropna().str.match(NUMBER).all():
            made[name] = pd.to_numeric(tidy.astype(object))
    return frame.assign(**{str(name): values for name, values in made.items()})
