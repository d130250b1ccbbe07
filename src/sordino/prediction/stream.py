"""Predictions of a whole data set, a part at a time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace

import numpy as np

from sordino.errors import InputError
from sordino.events import EventTable
from sordino.events.table import Float64, Int64
from sordino.library.schema import PkModel
from sordino.pk.histories import concentrations, predict_amounts
from sordino.prediction.analytes import asked
from sordino.prediction.job import CHUNK_ROWS, Job
from sordino.prediction.randomness import People, Register, occasion_etas, patient_etas
from sordino.prediction.residual import measured

LARGEST_SEED = 2**32 - 1
MOST_REPLICATES = 100_000
"""With more, somebody mistyped."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """Predictions for some whole individuals.

    `table`: their records. `asked`: the analyte of each record, by its place in the model.
    `replicates`: the numbers of the replicates, from 1, or None for a prediction; the arrays
    then have every record for the first replicate, then for the next. `ipred`: prediction of
    the analyte that the record asks for. `analytes`: of every analyte, by name. `dv`: `ipred`
    with residual error; None for a prediction.
    """

    table: EventTable
    asked: Int64
    replicates: Int64 | None
    ipred: Float64
    analytes: Mapping[str, Float64]
    dv: Float64 | None


def predictions(
    job: Job, *, simulate: int = 0, seed: int = 1, chunk_rows: int = CHUNK_ROWS
) -> Iterator[Predicted]:
    """Predict a data set, or simulate it `simulate` times, in the order of its records.

    Simulated replicates follow each other: all individuals of the first, then all of the
    second. A data set that does not fit into one table is read once for each replicate.
    Neither `chunk_rows` nor the order of individuals changes a number.
    """
    check_simulation(simulate, seed)
    if simulate:
        yield from _simulations(job, simulate, seed, chunk_rows)
        return
    for table in _one_ahead(job.tables(chunk_rows)):
        with job.named():
            yield _predicted(job, table, {} if job.etas is None else job.etas.of(table))


def _one_ahead(tables: Iterator[EventTable]) -> Iterator[EventTable]:
    """The same tables; the next one is read while this one is in use."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, tables, None)
        while (table := coming.result()) is not None:
            coming = reader.submit(next, tables, None)
            yield table


def check_simulation(simulate: int, seed: int) -> None:
    """Raise InputError for numbers of replicates and seeds that cannot be."""
    if not 0 <= simulate <= MOST_REPLICATES:
        raise InputError(
            f"{simulate} replicates", allowed=f"a whole number up to {MOST_REPLICATES:,}"
        )
    if not 0 <= seed <= LARGEST_SEED:
        raise InputError(f"the seed is {seed}", allowed=f"a whole number from 0 to {LARGEST_SEED}")


def notes(model: PkModel, *, given: bool) -> list[str]:
    """What simulations of a model do not hold, in words; `given`: the user gives etas."""
    spread = any(p.iiv is not None or p.iov is not None for p in model.parameter)
    found: list[str] = []
    if not spread and not given:
        found.append(f"model {model.id} has no spread between patients: all are the typical one")
    without = [str(a.name) for a in model.analyte if a.residual is None]
    if without:
        found.append(
            f"model {model.id} has no residual error for {', '.join(without)}: "
            "DV is the prediction there"
        )
    return found


def _simulations(job: Job, count: int, seed: int, chunk_rows: int) -> Iterator[Predicted]:
    tables = job.tables(chunk_rows)
    first = list(itertools.islice(tables, 2))
    if len(first) == 1:
        together = max(1, chunk_rows // len(first[0]))
        for begin in range(0, count, together):
            numbers = np.arange(begin, min(begin + together, count)) + 1
            yield _simulated(job, first[0], Register().people(first[0].ids), numbers, seed)
        return
    for number in range(1, count + 1):
        register = Register()
        again = itertools.chain(first, tables) if number == 1 else job.tables(chunk_rows)
        first = [] if number > 1 else first
        for table in again:
            people = register.people(table.ids)
            yield _simulated(job, table, people, np.array([number]), seed)


def _simulated(job: Job, table: EventTable, people: People, numbers: Int64, seed: int) -> Predicted:
    """Some replicates of one table, walked together."""
    tiled = _tiled(table, len(numbers))
    keys = people.at(np.tile(np.arange(len(table.ids)), len(numbers)))
    keys = keys._replace(replicate=np.repeat(numbers, len(table.ids)))
    with job.named():
        etas = _drawn(job, tiled, keys, seed)
        found = _predicted(job, tiled, etas, keys, seed)
    return replace(
        found, table=table, asked=found.asked[: len(table)], replicates=numbers.astype(np.int64)
    )


def _drawn(job: Job, table: EventTable, people: People, seed: int) -> dict[str, Float64]:
    """Etas of every individual: those that are given, the others drawn; occasions on top."""
    etas = patient_etas(job.model, people, seed)
    if job.etas is not None:
        etas |= job.etas.of(table)
    for name, eta in occasion_etas(job.model, table, people, seed).items():
        etas[name] = eta + etas[name] if name in etas else eta
    return etas


def _predicted(
    job: Job,
    table: EventTable,
    etas: Mapping[str, Float64],
    people: People | None = None,
    seed: int = 0,
) -> Predicted:
    amounts = predict_amounts(job.model, table, job.typical, etas, carry=job.carry)
    analytes = concentrations(job.model, amounts)
    wanted = asked(job.model, table)
    ipred = np.stack(list(analytes.values()))[wanted, np.arange(len(table))]
    dv = None
    if people is not None:
        dv = measured(job.model, table, amounts, wanted, ipred, people, seed)
    return Predicted(table, wanted, None, ipred, analytes, dv)


def _tiled(table: EventTable, count: int) -> EventTable:
    """The records of a table `count` times, as so many more individuals."""
    if count == 1:
        return table
    people = len(table.ids)
    arrays = {
        entry.name: np.tile(values, count)
        for entry in fields(table)
        if isinstance(values := getattr(table, entry.name), np.ndarray)
    }
    arrays["individual"] += np.repeat(np.arange(count), len(table)) * people
    return replace(
        table,
        **arrays,
        ids=table.ids * count,
        covariates={name: np.tile(values, count) for name, values in table.covariates.items()},
        frame=None,
    )
