"""Is the mathematics right? The engine against another program, and against what must hold.

Every drug model runs two infusions two days apart. Its equations are known to be linear, so
doses add up and do not depend on the clock; SciPy's matrix exponential is the other program.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import scipy.linalg

from sordino.course import Administration
from sordino.credibility.checks import Result, largest
from sordino.credibility.claims.store import stored_runs
from sordino.credibility.typical import PERSON, dose_of, typical_run
from sordino.library.reader import load_pk_model, pk_model_ids
from sordino.library.schema import PkModel
from sordino.library.typical import typical_values
from sordino.pk.system import evaluate

WEIGHT: dict[str, float] = {"weight": 70.0}
DOSES = (dose_of("iv", 0.0, 40 / 60, 35.0), dose_of("iv", 48.0, 40 / 60, 35.0))
TIMES_H = np.array([0.25, 40 / 60, 2.0, 24.0, 48.5, 49.0, 120.0, 960.0])
SHIFT_H = 24.0
SMALL = 1e-9
"""Relative differences are of concentrations down to this part of the largest."""


def verification() -> Iterator[Result]:
    """Numerics of every drug model, then what is stored."""
    yield from numerical_checks()
    yield stored_check()


def stored_check() -> Result:
    """Whether the stored runs of the claims belong to the data that are here."""
    stored = stored_runs()
    others = "made with other data than those here: python tools/credibility.py claims"
    return Result(
        section="verification",
        kind="stored",
        subject="claims",
        name="the stored runs are of the data of this version",
        status="note" if stored.current else "not done",
        place="computed here",
        note=f"computed {stored.made_with['date']}" if stored.current else others,
    )


def numerical_checks() -> Iterator[Result]:
    """Numerics of every drug model."""
    for model_id in pk_model_ids():
        model = load_pk_model(model_id)
        both = _curve(model, DOSES, TIMES_H)
        theirs = np.array([_by_scipy(model, DOSES, t) for t in TIMES_H])
        yield _numerics(model_id, "two infusions against SciPy", _apart(both, theirs), 1e-8)
        doubled = tuple(replace(d, dose_mg=2.0 * d.dose_mg) for d in DOSES)
        twice = _curve(model, doubled, TIMES_H)
        yield _numerics(model_id, "twice the dose, twice the level", _apart(twice, 2 * both), 1e-12)
        alone = np.sum([_curve(model, (dose,), TIMES_H) for dose in DOSES], axis=0)
        yield _numerics(model_id, "two infusions are the sum of each", _apart(both, alone), 1e-8)
        later = tuple(replace(d, start_h=d.start_h + SHIFT_H) for d in DOSES)
        moved = _curve(model, later, TIMES_H + SHIFT_H)
        yield _numerics(model_id, "a day later, the same curve", _apart(moved, both), 1e-8)


def _curve(model: PkModel, doses: tuple[Administration, ...], times_h: np.ndarray) -> np.ndarray:
    return typical_run(model, doses, times_h, WEIGHT)("S")["ketamine"]


def _apart(ours: np.ndarray, theirs: np.ndarray) -> float:
    return float(np.max(np.abs(ours - theirs) / np.maximum(theirs, SMALL * theirs.max())))


def _numerics(subject: str, name: str, found: float, limit: float) -> Result:
    note = "relative; the limit is that of double precision over 40 days of steps"
    return largest("verification", "numerics", subject, name, found, limit, note)


def _by_scipy(model: PkModel, doses: tuple[Administration, ...], time_h: float) -> float:
    """Central concentration at a time, ng/mL, by superposition of infusions."""
    values = typical_values(model, {**PERSON, **WEIGHT})
    index = {c.name: k for k, c in enumerate(model.compartment)}
    per_hour = model.time_units_per_hour
    rates = np.zeros((len(index) + 1, len(index) + 1))
    namespace = {**values, "ka_user": 1.0, "f_user": 1.0}
    for flow in model.flow:
        rate = float(evaluate(flow.rate, namespace, np)) * per_hour
        rates[index[flow.start], index[flow.start]] -= rate
        if flow.end is not None:
            arrives = float(evaluate(flow.arrives, namespace, np))
            rates[index[flow.end], index[flow.start]] += rate * arrives
    analyte = model.analytes["ketamine"]
    central = index[analyte.compartment]
    rates[central, -1] = 1.0
    amount = 0.0
    for dose in doses:
        on = np.clip(time_h - dose.start_h, 0.0, dose.duration_h)
        off = max(time_h - dose.start_h - dose.duration_h, 0.0)
        state = np.zeros(len(rates))
        state[-1] = dose.dose_mg / dose.duration_h
        state = scipy.linalg.expm(rates * on) @ state
        state[-1] = 0.0
        amount += (scipy.linalg.expm(rates * off) @ state)[central]
    return 1000.0 * amount / float(evaluate(analyte.volume, namespace, np))
