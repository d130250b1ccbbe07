"""What is asked of a prediction: model, data set, parameters, and how to read the records."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from sordino.errors import InputError, UnknownName
from sordino.events import EventTable, read_events
from sordino.events.records import TimeUnit
from sordino.library.reader import load_pk_model
from sordino.library.schema import PkModel
from sordino.pk.histories import Carry
from sordino.prediction.analytes import refuse_unmeasured
from sordino.prediction.given import GivenEtas, given_etas
from sordino.prediction.routes import left_open, refuse_open_routes

CHUNK_ROWS = 200_000
"""Records, over all replicates at work, that are predicted together."""


@dataclass(frozen=True, eq=False)
class Job:
    """A model, a data set, and everything that decides the predictions but random numbers.

    `typical`: typical values by name; `etas`: deviations that the user gives.
    """

    model: PkModel
    data: object
    typical: Mapping[str, float]
    etas: GivenEtas | None
    carry: Carry
    time_unit: TimeUnit

    @property
    def name(self) -> str:
        """The data set as messages name it."""
        return str(self.data) if isinstance(self.data, str | Path) else "data"

    def tables(self, chunk_rows: int = CHUNK_ROWS) -> Iterator[EventTable]:
        """The records as tables of whole individuals, checked against the model."""
        found = read_events(
            self.data,
            self.model,
            time_unit=self.time_unit,
            carry=self.carry,
            chunk_rows=chunk_rows,
        )
        for table in found:
            refuse_unmeasured(self.model, table, self.name)
            refuse_open_routes(self.model, table, self.typical, self.name)
            yield table

    @contextmanager
    def named(self) -> Generator[None]:
        """Put the name of the data set before the row that an error of the engine names."""
        try:
            yield
        except InputError as error:
            if error.where.startswith("row "):
                error.where = f"{self.name}: {error.where}"
            raise


def make_job(
    model: PkModel | str | Path,
    data: object,
    *,
    parameters: Mapping[str, float] | None = None,
    etas: object = None,
    carry: str = "next",
    time_unit: str = "h",
) -> Job:
    """Check what is asked, and read the model; records are read later.

    Arguments and errors are those of `predict`.
    """
    known = model if isinstance(model, PkModel) else load_pk_model(model)
    return Job(
        known,
        data,
        _typical(known, parameters or {}),
        None if etas is None else given_etas(etas, known),
        cast("Carry", _one_of("way to carry covariates", carry, get_args(Carry))),
        cast("TimeUnit", _one_of("unit of time", time_unit, get_args(TimeUnit))),
    )


def _typical(model: PkModel, given: Mapping[str, float]) -> dict[str, float]:
    """Typical values: those of the model, but for the given ones."""
    open_names = left_open(model)
    for name, value in given.items():
        if name not in model.parameters and name not in open_names:
            raise UnknownName("parameter", name, [*model.parameters, *open_names], where=model.id)
        if not math.isfinite(value):
            raise InputError(f"the value of {name} is {value}", allowed="a finite number")
    values = {name: parameter.value for name, parameter in model.parameters.items()}
    return {**values, **dict.fromkeys(open_names, 0.0), **given}


def _one_of(kind: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise InputError(f"unknown {kind} {value!r}", allowed=", ".join(allowed))
    return value
