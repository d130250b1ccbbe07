"""The records of whole individuals as an event table: what each column means, and its defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pyarrow as pa

from sordino.events.arrow import ArrowColumn
from sordino.events.arrow import compute as pc
from sordino.events.cells import Cells
from sordino.events.clock import hours_of_span, hours_of_time, in_hours
from sordino.events.columns import OCCASIONS
from sordino.events.fill import Carry, fill_gaps
from sordino.events.individuals import run_starts
from sordino.events.problems import number_text
from sordino.events.table import DOSE, OBSERVATION, OTHER, RESET, Bool, EventTable, Float64, Int64

if TYPE_CHECKING:
    import pandas as pd

    from sordino.library.schema import PkModel

MAX_ADDITIONAL = 1_000_000
"""More additional doses than this are taken for a mistake."""

SAME_DURATION = 1e-6
"""Relative difference up to which RATE and DUR say the same."""

TimeUnit = Literal["h", "min", "day"]


class _Doses(NamedTuple):
    """The items that describe a dose, 0 where they are missing; hours and mg."""

    amt: Float64
    rate: Float64
    duration_h: Float64
    ii_h: Float64
    addl: Int64
    ss: Int64


def event_table(
    cells: Cells,
    frame: pd.DataFrame,
    ids: ArrowColumn,
    model: PkModel,
    before: int,
    time_unit: TimeUnit,
    carry: Carry,
) -> EventTable:
    """The event table of whole individuals, unchecked; what cannot be read is reported.

    `cells`: the records; `frame`: the same as given; `ids`: their IDs as text; `before`: the
    number of individuals in earlier tables; see `read_events` for the others.
    """
    individual, starts, names = _individuals(cells, ids)
    time_h = hours_of_time(cells, starts, time_unit)
    own_time = cells.columns.known["TIME"]
    unknown = np.isnan(time_h) & ~cells.problems.spoiled
    cells.problems.add_rows(
        unknown, own_time, "the time is missing", allowed="a time", unreadable=True
    )
    doses = _doses(cells, time_unit)
    mdv_given = _missing_marks(cells)
    evid = _evid(cells, doses, mdv_given)
    dv = cells.numbers("DV")
    return EventTable(
        row=cells.problems.row,
        individual=individual,
        ids=names,
        time_h=np.nan_to_num(time_h),
        evid=evid,
        mdv=_mdv(cells, mdv_given, evid, dv),
        ss=doses.ss,
        addl=doses.addl,
        # A reset empties every compartment, whatever CMT says; an observation asks by CMT alone.
        cmt=_compartments(cells, model, "CMT", evid != RESET),
        pcmt=_compartments(cells, model, "PCMT", evid != OBSERVATION),
        amt=doses.amt,
        rate=doses.rate,
        ii_h=doses.ii_h,
        duration_h=doses.duration_h,
        dv=dv,
        dvid=_analytes(cells, model, evid),
        route=_routes(cells, model, evid),
        route_names=tuple(str(route.name) for route in model.route),
        occasion=_occasions(cells, starts, carry),
        covariates=_covariates(cells, starts, names, carry),
        frame=frame,
        individuals_before=before,
    )


def _individuals(cells: Cells, ids: ArrowColumn) -> tuple[Int64, Int64, tuple[str, ...]]:
    """The number of each record's individual, first records, and the IDs."""
    texts = pc.fill_null(ids, "")
    missing = pc.is_in(texts, pa.array(["", "."])).to_numpy(zero_copy_only=False)
    cells.problems.add_rows(
        missing,
        cells.columns.known["ID"],
        "the ID is missing",
        allowed="a number or a name on every record",
        hint="are there empty records at the end of the file?",
        unreadable=True,
    )
    starts = run_starts(texts, None)
    number = np.zeros(len(texts), np.int64)
    number[starts[1:]] = 1
    return np.cumsum(number), starts, tuple(texts.take(pa.array(starts)).to_pylist())


def _doses(cells: Cells, time_unit: TimeUnit) -> _Doses:
    amt = np.nan_to_num(cells.numbers("AMT"))
    rate = np.nan_to_num(cells.numbers("RATE"))
    # Negative rates are codes, not amounts per time.
    rate = np.where(rate > 0, rate / in_hours(np.ones(1), time_unit), rate)
    duration_h = np.nan_to_num(hours_of_span(cells, "DUR", time_unit))
    # RATE decides where both say the same: bioavailability then changes how long it runs.
    product = rate * duration_h
    same = (rate > 0) & (duration_h > 0) & (np.abs(product - amt) <= SAME_DURATION * amt)
    return _Doses(
        amt=amt,
        rate=rate,
        duration_h=np.where(same, 0.0, duration_h),
        ii_h=np.nan_to_num(hours_of_span(cells, "II", time_unit)),
        addl=cells.whole(
            "ADDL",
            0,
            MAX_ADDITIONAL,
            hint="a steady state is asked for with SS, not with a negative ADDL",
        ),
        ss=cells.whole(
            "SS",
            0,
            2,
            words="0, 1 (amounts are replaced) or 2 (amounts are added)",
            hint="SS 3 says how NONMEM searches for a steady state; here it is exact: use 1",
        ),
    )


def _missing_marks(cells: Cells) -> Float64:
    """MDV as given: 0, 1 or nan; 100 and 101 count as 0 and 1 (they concern estimation)."""
    values = cells.numbers("MDV")
    wrong = ~np.isnan(values) & ~np.isin(values, (0, 1, 100, 101))
    cells.problems.add_rows(
        wrong,
        cells.columns.known.get("MDV", "MDV"),
        lambda i: f"found {number_text(values[i])}",
        allowed="0 (DV is an observation) or 1 (it is not); 100 and 101 mean the same",
        unreadable=True,
    )
    return np.where(wrong, np.nan, np.where(values >= 100, values - 100, values))


def _evid(cells: Cells, doses: _Doses, mdv_given: Float64) -> Int64:
    """EVID as given, 0 where its cell is missing; without the column, as NM-TRAN makes it."""
    if cells.has("EVID"):
        return cells.whole(
            "EVID",
            0,
            4,
            words="0 (observation), 1 (dose), 2 (other), 3 (reset) or 4 (reset and dose)",
        )
    gives = (doses.amt != 0) | (doses.rate != 0) | (doses.duration_h != 0) | (doses.ss != 0)
    return np.where(gives, DOSE, np.where(mdv_given == 1, OTHER, OBSERVATION)).astype(np.int64)


def _mdv(cells: Cells, given: Float64, evid: Int64, dv: Float64) -> Int64:
    """MDV: as given, else 1 for what is no observation and where DV is missing."""
    observation = evid == OBSERVATION
    cells.problems.add_rows(
        (given == 0) & ~observation,
        cells.columns.known.get("MDV", "MDV"),
        lambda i: f"found 0 on a record that is no observation (EVID {evid[i]})",
        allowed="1 or nothing where EVID is not 0",
    )
    made = np.where(observation & ~np.isnan(dv), 0, 1)
    return np.where(np.isnan(given), made, np.nan_to_num(given)).astype(np.int64)


def _compartments(cells: Cells, model: PkModel, meaning: str, read: Bool) -> Int64:
    """Numbers of compartments in one column, where it is `read`."""
    names = [compartment.name for compartment in model.compartment]
    listed = ", ".join(f"{i} {name}" for i, name in enumerate(names, start=1))
    allowed = f"{listed}; 0 or nothing for the default"
    values = np.where(read, cells.codes(meaning, names, allowed), np.nan)
    own = cells.columns.known.get(meaning, meaning)
    negative = values < 0
    cells.problems.add_rows(
        negative,
        own,
        lambda i: f"found {number_text(values[i])}",
        allowed=allowed,
        hint=f"compartments cannot be turned off: a negative {meaning} is refused",
        unreadable=True,
    )
    values = np.where(negative, np.nan, values)
    return cells.to_whole(values, own, 0, len(names), words=allowed)


def _analytes(cells: Cells, model: PkModel, evid: Int64) -> Int64:
    names = [str(analyte.name) for analyte in model.analyte]
    listed = ", ".join(f"{i} {name}" for i, name in enumerate(names, start=1))
    allowed = f"{listed}; 0 or nothing for the default"
    values = cells.codes("DVID", names, allowed)
    own = cells.columns.known.get("DVID", "DVID")
    return cells.to_whole(
        np.where(evid == OBSERVATION, values, np.nan),
        own,
        0,
        len(names),
        words=allowed,
        hint="DVID counts the analytes of the model",
    )


def _routes(cells: Cells, model: PkModel, evid: Int64) -> Int64:
    names = [str(route.name) for route in model.route]
    allowed = f"{', '.join(names)}; nothing where the dose goes to CMT"
    values = cells.codes("ROUTE", names, allowed)
    values = np.where((evid == DOSE) | (evid > RESET), values, np.nan)
    own = cells.columns.known.get("ROUTE", "ROUTE")
    return cells.to_whole(values, own, 1, len(names), words=allowed) - 1


def _occasions(cells: Cells, starts: Int64, carry: Carry) -> Int64:
    meaning = cells.columns.one_of(OCCASIONS) or OCCASIONS[0]
    values, _ = fill_gaps(cells.numbers(meaning), starts, carry)
    own = cells.columns.known.get(meaning, meaning)
    return cells.to_whole(values, own, 0, 10**9)


def _covariates(
    cells: Cells, starts: Int64, ids: tuple[str, ...], carry: Carry
) -> dict[str, Float64]:
    found: dict[str, Float64] = {}
    for name, own in cells.columns.covariates.items():
        values, never = fill_gaps(cells.named(own), starts, carry)
        wrong = np.zeros(cells.count, bool)
        wrong[starts[never]] = True
        cells.problems.add_rows(
            wrong,
            own,
            lambda i: f"ID {ids[int(np.searchsorted(starts, i))]} has no value on any record",
            allowed="a number on at least one record of every individual",
            hint="the model uses this column as a covariate",
        )
        found[name] = values
    return found
