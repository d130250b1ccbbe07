"""Visual predictive checks: do simulated data look like the observed ones?

The percentiles 5, 50 and 95 of the observations in bins of time, beside the 95 percent interval
that each of these percentiles has over simulated replicates of the same data set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from sordino.errors import DocumentError, InputError, UnknownName
from sordino.events import EventTable
from sordino.events.table import OBSERVATION, Bool, Float64, Int64
from sordino.findings import shown
from sordino.prediction.analytes import asked
from sordino.prediction.bins import bin_numbers, check_bins
from sordino.prediction.job import CHUNK_ROWS, Job, make_job
from sordino.prediction.percentiles import Panel, VisualCheck, bin_table, by_bin
from sordino.prediction.stream import MOST_REPLICATES, notes, predictions
from sordino.prediction.tad import time_after_dose

if TYPE_CHECKING:
    import pandas as pd

    from sordino.library.schema import PkModel

FEWEST = 20
"""With fewer replicates an interval has no ends."""

MOST_STRATA = 12
CENSORED = ("CENS", "LIMIT", "BLQ", "BLOQ")
"""Columns that in other programs mark values below the limit of quantification."""

LONG_H = 14 * 24.0
"""Longer times are shown in days."""


@dataclass(frozen=True, eq=False)
class _Group:
    """The observations of one panel: places among all that are used, and their bins."""

    analyte: int
    stratum: str
    places: Int64
    bins: Int64

    @property
    def count(self) -> int:
        return int(self.bins.max()) + 1


def vpc(
    model: PkModel | str | Path,
    data: pd.DataFrame | str | Path,
    *,
    simulate: int = 500,
    seed: int = 1,
    bins: int | Literal["auto"] = "auto",
    by: Literal["time", "tad"] = "time",
    stratify: str = "",
    corrected: bool = False,
    lloq: float | None = None,
    parameters: Mapping[str, float] | None = None,
    carry: Literal["next", "last"] = "next",
    time_unit: Literal["h", "min", "day"] = "h",
) -> VisualCheck:
    """Compare observed percentiles with those of simulated replicates of the data set.

    `by`: time, or time after the last dose. `stratify`: a column; each of its values has a
    panel of its own, as has each analyte. `corrected`: every value is multiplied by the median
    population prediction of its bin over its own, y PRED_bin / PRED (Bergstrand and others,
    AAPS J 2011;13:143-151). `lloq`: observed and simulated values below it are left out.
    The other arguments, and errors, are those of `sordino.predict`.
    """
    check_bins(bins)
    if not FEWEST <= simulate <= MOST_REPLICATES:
        raise InputError(f"{simulate} replicates", allowed=f"{FEWEST} to {MOST_REPLICATES:,}")
    if by not in ("time", "tad"):
        raise InputError(f"unknown axis {by!r}", allowed="time, tad")
    if lloq is not None and not 0 < lloq < np.inf:
        raise InputError(f"the limit of quantification is {lloq}", allowed="a number above 0")
    job = make_job(model, data, parameters=parameters, carry=carry, time_unit=time_unit)
    _refuse_certain(job)
    table = next(job.tables(2**62))
    times = table.time_h if by == "time" else time_after_dose(table)
    prediction = _population(job) if corrected else None
    rows, left_out = _used(job, table, times, prediction, lloq)
    longest = float(times[rows].max() - min(times[rows].min(), 0.0))
    unit, per_h = ("days", 1 / 24.0) if longest > LONG_H else ("h", 1.0)
    x = times[rows] * per_h
    groups = list(_groups(job, table, rows, x, stratify, bins))
    factor = np.ones(len(rows)) if prediction is None else _factors(groups, prediction[rows])
    observed = table.dv[rows] * factor
    found = _simulated(job, groups, rows, len(table), factor, lloq, simulate, seed)
    panels = tuple(
        _panel(job, group, x, observed, percentiles)
        for group, percentiles in zip(groups, found, strict=True)
    )
    return VisualCheck(
        panels=panels,
        model=job.model.id,
        model_digest=job.model.digest,
        data=job.name,
        observations=len(rows),
        individuals=len(np.unique(table.individual[rows])),
        replicates=simulate,
        seed=seed,
        by=by,
        time_unit=unit,
        corrected=corrected,
        stratify=stratify,
        left_out=tuple(left_out),
        notes=(*notes(job.model, given=False), *_unread(table)),
    )


def _refuse_certain(job: Job) -> None:
    """Raise InputError for a model whose replicates would all be the same."""
    random = [p for p in job.model.parameter if p.iiv is not None or p.iov is not None]
    if not random and not any(a.residual is not None for a in job.model.analyte):
        raise InputError(
            f"model {job.model.id} has no spread and no residual error: nothing to simulate",
            where=job.model.id,
            hint="add iiv to its parameters and residual to its analytes",
        )


def _unread(table: EventTable) -> list[str]:
    """In words, columns about the limit of quantification that count for nothing here."""
    names = [] if table.frame is None else [str(name) for name in table.frame.columns]
    return [
        f"the column {shown(name)} is not read: a value in DV counts as measured, also below a "
        "limit of quantification; with lloq those are left out"
        for name in names
        if name.upper() in CENSORED
    ]


def _population(job: Job) -> Float64:
    return np.concatenate([part.ipred for part in predictions(job)])


def _used(
    job: Job, table: EventTable, times: Float64, prediction: Float64 | None, lloq: float | None
) -> tuple[Int64, list[str]]:
    """The observations that are compared, and in words what is left out."""
    kept: Bool = (table.evid == OBSERVATION) & (table.mdv == 0) & ~np.isnan(table.dv)
    if not kept.any():
        raise DocumentError(
            "the data set has no observations to compare with",
            where=job.name,
            allowed="records with EVID 0, MDV 0 and a value in DV",
        )
    reasons: list[tuple[Bool, str]] = [(np.isnan(times), "before the first dose")]
    if lloq is not None:
        reasons.append((table.dv < lloq, f"below the limit of quantification, {lloq:g}"))
    if prediction is not None:
        reasons.append((prediction <= 0, "with a population prediction of 0"))
    said: list[str] = []
    for wrong, text in reasons:
        count = int((kept & wrong).sum())
        kept &= ~wrong
        if count:
            said.append(f"{count:,} observation{'s' if count > 1 else ''} {text}")
    if not kept.any():
        raise DocumentError(
            "no observation is left to compare with", where=job.name, hint="; ".join(said)
        )
    return np.flatnonzero(kept), said


def _groups(
    job: Job, table: EventTable, rows: Int64, x: Float64, stratify: str, bins: int | str
) -> Iterator[_Group]:
    """Observations by analyte and stratum, in the order of model and data."""
    analyte = asked(job.model, table)[rows]
    strata = _strata(table, rows, stratify, job.name)
    for name in dict.fromkeys(strata):
        for place in np.unique(analyte):
            inside = np.flatnonzero((analyte == place) & (np.array(strata) == name))
            if len(inside):
                label = f"{job.model.analyte[place].name} {name}".strip()
                numbers = bin_numbers(x[inside], bins, f"{job.name}: {label}")
                yield _Group(int(place), name, inside, numbers)


def _strata(table: EventTable, rows: Int64, stratify: str, source: str) -> list[str]:
    """The stratum of every observation, in words; empty without strata."""
    if not stratify:
        return [""] * len(rows)
    frame = table.frame
    names = [] if frame is None else [str(name) for name in frame.columns]
    own = next((n for n in (stratify, *names) if n in names and n.lower() == stratify.lower()), "")
    if frame is None or not own:
        raise UnknownName("column", stratify, names, where=source)
    cells = frame.iloc[:, names.index(own)].iloc[rows]
    texts = [f"{own} {_tidy(cell)}" for cell in cells]
    count = len(set(texts))
    if count > MOST_STRATA:
        raise InputError(
            f"the column {shown(own)} has {count} different values",
            where=source,
            allowed=f"at most {MOST_STRATA} strata",
            hint="put the values into a few groups in a column of their own",
        )
    return texts


def _tidy(cell: object) -> str:
    number = isinstance(cell, float) and cell.is_integer()
    return str(int(cell)) if number and isinstance(cell, float) else str(cell).strip()


def _factors(groups: list[_Group], prediction: Float64) -> Float64:
    """What prediction correction multiplies every observation with."""
    factor = np.ones(len(prediction))
    for group in groups:
        own = prediction[group.places]
        middle = np.array([np.median(own[group.bins == n]) for n in range(group.count)])
        factor[group.places] = middle[group.bins] / own
    return factor


def _simulated(
    job: Job,
    groups: list[_Group],
    rows: Int64,
    records: int,
    factor: Float64,
    lloq: float | None,
    simulate: int,
    seed: int,
) -> list[Float64]:
    """Percentiles of every replicate for each group: (replicate, bin, level)."""
    found: list[list[Float64]] = [[] for _ in groups]
    # In one table, so that every part holds whole replicates.
    together = max(CHUNK_ROWS, records)
    for part in predictions(job, simulate=simulate, seed=seed, chunk_rows=together):
        if part.dv is None or part.replicates is None:
            continue
        values = part.dv.reshape(len(part.replicates), -1)[:, rows]
        if lloq is not None:
            values = np.where(values < lloq, np.nan, values)
        values = values * factor
        for percentiles, group in zip(found, groups, strict=True):
            percentiles.append(by_bin(values[:, group.places], group.bins, group.count))
    return [np.concatenate(parts) for parts in found]


def _panel(job: Job, group: _Group, x: Float64, observed: Float64, simulated: Float64) -> Panel:
    analyte = job.model.analyte[group.analyte]
    times, values = x[group.places], observed[group.places]
    own = by_bin(values, group.bins, group.count)
    table = bin_table(times, group.bins, own, simulated)
    return Panel(str(analyte.name), analyte.unit, group.stratum, times, values, table)
