"""The event table: whole individuals of a data set as arrays, one entry for each record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

OBSERVATION, DOSE, OTHER, RESET, RESET_AND_DOSE = range(5)
"""The meanings of EVID."""


def _no_covariates() -> dict[str, Float64]:
    return {}


@dataclass(frozen=True)
class EventTable:
    """Whole individuals of a data set, in the order of its records.

    Every array has one entry for each record. Records that share an individual follow each other,
    and every individual is complete. See `docs/data-set.md` for the columns they come from.

    `row`: line in the text file (the header is line 1 when nothing stands above it), or position
    in a frame, counted from 1. `individual`: 0, 1, 2 ... within this table; `ids` has the ID of
    each; `individuals_before` counts those of earlier tables of the same data set.
    `time_h`: hours; as given, or from the first record of the individual where the data set has
    clock times or dates. `cmt`: 1, 2 ... or 0 for the default of the kind of record. `pcmt`: the
    same for what is predicted on a record that is no observation. `amt`: mg; `rate`: mg/h, or
    -1 (rate from the model), -2 (duration from the model), 0 (none);
    `duration_h`: hours of an infusion that was given by its duration, else 0; `ii_h`: hours.
    `dv`: as given, nan where missing. `dvid`: 1, 2 ... counts the analytes, 0 is not given.
    `route`: position in `route_names`, -1 where the dose goes to `cmt`. `covariates`: by the names
    that the model uses, without gaps. `frame`: the records as given, for output.
    """

    row: Int64
    individual: Int64
    ids: tuple[str, ...]
    time_h: Float64
    evid: Int64
    mdv: Int64
    ss: Int64
    addl: Int64
    cmt: Int64
    pcmt: Int64
    amt: Float64
    rate: Float64
    ii_h: Float64
    duration_h: Float64
    dv: Float64
    dvid: Int64
    route: Int64
    route_names: tuple[str, ...]
    occasion: Int64
    covariates: Mapping[str, Float64] = field(default_factory=_no_covariates)
    frame: pd.DataFrame | None = None
    individuals_before: int = 0

    def __len__(self) -> int:
        """The number of records."""
        return len(self.row)

    @property
    def starts(self) -> Int64:
        """Position of the first record of each individual."""
        return np.flatnonzero(np.diff(self.individual, prepend=-1)).astype(np.int64)

    @property
    def is_dose(self) -> Bool:
        """True where a record gives a dose (EVID 1 and 4)."""
        return is_dose(self.evid)

    @property
    def is_reset(self) -> Bool:
        """True where a record empties the compartments (EVID 3 and 4)."""
        return is_reset(self.evid)


def is_dose(evid: Int64) -> Bool:
    """True where a record gives a dose."""
    return (evid == DOSE) | (evid == RESET_AND_DOSE)


def is_reset(evid: Int64) -> Bool:
    """True where a record empties the compartments; there the time may run back."""
    return (evid == RESET) | (evid == RESET_AND_DOSE)
