"""Writing a record as a NONMEM-style data set: doses, concentrations, and the diary beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sordino.course.amounts import BASE_PER_HYDROCHLORIDE
from sordino.course.names import DEPOT_ROUTES
from sordino.errors import InputError
from sordino.patient import Patient
from sordino.record.model import Record, Session
from sordino.record.names import DIARY
from sordino.record.rows import number_text
from sordino.record.textfile import csv_text
from sordino.record.times import Moment, day_of, sort_key

MISSING = "."
_OBSERVATION, _DOSE, _OTHER = "0", "1", "2"
_FIRST = ("ID", "TIME", "EVID", "MDV", "AMT", "DUR", "ROUTE", "DVID", "DV")


@dataclass(frozen=True, slots=True)
class _Line:
    """One record of the data set, before it is written."""

    moment: Moment
    order: int
    cells: dict[str, str]


def write_nonmem(records: Sequence[tuple[Record, Patient | None]]) -> str:
    """Records as one data set, CSV; `docs/data-set.md` says what each column means.

    TIME is hours from the first session of each patient, AMT mg of the base. ROUTE is the name
    that the models of the library use: depot for im and sc. Covariates are those that a patient
    file gives and the weight of the record; a missing one is a full stop. The diary stands in
    columns of its own on records of kind EVID 2; concentrations below a limit have no DV.

    Raises InputError for a record without a dose, and for a dose per kg where no weight is known.
    """
    covariates = [_covariates(record, patient) for record, patient in records]
    extra = list(dict.fromkeys(name for own in covariates for name in own))
    items = [i for i in DIARY if any(e.name == i for r, _ in records for e in r.entries)]
    header = [*_FIRST, *extra, *(item.upper() for item in items)]
    rows = [header]
    codes = [record.patient for record, _ in records]
    for number, ((record, _), own) in enumerate(zip(records, covariates, strict=True), start=1):
        start = {"ID": _id(codes, number), **own}
        for line in sorted(
            _lines(record, own), key=lambda line: (_hours(record, line), line.order)
        ):
            cells = {**start, "TIME": number_text(_hours(record, line)), **line.cells}
            rows.append([cells.get(column, MISSING) for column in header])
    return csv_text(rows)


def _hours(record: Record, line: _Line) -> float:
    return record.hours(line.moment)


def _id(codes: Sequence[str], number: int) -> str:
    """The patient's own number where all have one, else the place in the data set."""
    return codes[number - 1] if all(code.isdecimal() for code in codes) else str(number)


def _covariates(record: Record, patient: Patient | None) -> dict[str, str]:
    """Covariates by the names of models; a weight of the record before that of a patient file."""
    known = {} if patient is None else patient.covariates()
    weight = _weight(record)
    return {k: number_text(v) for k, v in (known | ({"weight": weight} if weight else {})).items()}


def _weight(record: Record) -> float | None:
    """The weight that was measured last before the first dose, or first after it, in kg."""
    weights = [vital for vital in record.vitals if vital.name == "weight"]
    if not weights or record.origin is None:
        return None
    begin = sort_key(record.origin)
    before = [vital for vital in weights if sort_key(vital.time) <= begin]
    return (before[-1] if before else weights[0]).value


def _lines(record: Record, covariates: dict[str, str]) -> Iterator[_Line]:
    if record.origin is None:
        raise InputError("nothing was given in this record", allowed="a session with a dose")
    for session in record.given:
        yield from _doses(session, covariates)
    for sample in record.samples:
        dv = MISSING if sample.below else number_text(sample.value)
        mdv = "1" if sample.below else "0"
        kind = _OTHER if sample.below else _OBSERVATION
        dvid = MISSING if sample.below else sample.analyte
        # A sample at the time of a dose was taken before it.
        cells = {"EVID": kind, "MDV": mdv, "DV": dv, "DVID": dvid}
        yield _Line(sample.time, 0, cells)
    days: dict[Moment, dict[str, str]] = {}
    for entry in record.entries:
        day = days.setdefault(entry.time, {"EVID": _OTHER, "MDV": "1"})
        day[entry.name.upper()] = number_text(entry.value)
    yield from (_Line(moment, 2, cells) for moment, cells in days.items())


def _doses(session: Session, covariates: dict[str, str]) -> Iterator[_Line]:
    factor = float(BASE_PER_HYDROCHLORIDE) if session.salt == "hydrochloride" else 1.0
    if session.dose.per_kg:
        if "weight" not in covariates:
            raise InputError(
                f"the dose of {day_of(session.start)} is per kg, and no weight is known",
                allowed="a vital sign called weight, or a patient file with a weight",
            )
        factor *= float(covariates["weight"])
    route = "depot" if session.route in DEPOT_ROUTES else session.route
    for part in session.parts:
        hours = (part.end - part.start).total_seconds() / 3600
        cells = {"EVID": _DOSE, "MDV": "1", "AMT": number_text(part.dose * factor), "ROUTE": route}
        yield _Line(part.start, 1, cells | ({"DUR": number_text(hours)} if hours else {}))
