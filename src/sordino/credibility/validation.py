"""Do the models give what was published? Papers of drug models, the slow effect, studies.

Each drug model file carries the numbers that its paper prints; the effect files carry what the
slow effect must reach after published regimens; the calibration stores how the calibrated
readouts compare with the studies.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sordino.credibility.calibration import study_checks
from sordino.credibility.checks import Result, Status, within
from sordino.credibility.typical import dose_of, typical_run
from sordino.library.pd_schema import SlowCheck, load_pd_model
from sordino.library.protocols import load_protocol
from sordino.library.reader import load_pk_model, pk_model_ids
from sordino.library.schema import Check, PkModel
from sordino.library.typical import typical_values
from sordino.pk.system import EffectSite, evaluate

LONG_SESSION_H = 24.0
KNOWN_WITHIN = 0.01
"""A known miss must miss by what its file says, within this part."""


def validation() -> Iterator[Result]:
    """Every check against something published."""
    yield from model_checks()
    yield from slow_effect_checks()
    yield from study_checks()


def model_checks() -> Iterator[Result]:
    """The numbers that the papers of the drug models print."""
    for model_id in pk_model_ids():
        model = load_pk_model(model_id)
        for check in model.check:
            found = _found(model, check)
            low, high = check.bounds
            yield Result(
                section="validation",
                kind="paper",
                subject=model_id,
                name=check.name,
                status=_status(check, found),
                place=check.place,
                note=check.known_miss or check.tolerance_reason,
                unit=check.unit,
                expected=check.value,
                low=low,
                high=high,
                found=found,
            )


def slow_effect_checks() -> Iterator[Result]:
    """The slow effect one week after published regimens, as a fraction of its maximum."""
    for check in load_pd_model("slow_lag").check:
        found = _slow_fraction(check)
        low, high = check.value - check.tolerance, check.value + check.tolerance
        yield Result(
            section="validation",
            kind="slow effect",
            subject=check.protocol,
            name=check.name,
            status=within(found, low, high),
            place=check.place,
            note=check.tolerance_reason,
            unit="fraction",
            expected=check.value,
            low=low,
            high=high,
            found=found,
        )


def _slow_fraction(check: SlowCheck) -> float:
    course = load_protocol(check.protocol)
    last = course.sessions()[-1]
    from_h = last.end_h if last.end_h - last.start_h >= LONG_SESSION_H else last.start_h
    effect = load_pd_model("slow_lag").parameters
    run = typical_run(
        load_pk_model("simons_2022"),
        course.administrations(),
        [from_h + check.days * 24.0],
        {"weight": check.weight},
        (EffectSite("slow", "ketamine", "half_time_slow"),),
        half_time_slow=effect["half_time_slow"].value * 24.0,
    )
    site = float(run("S")["slow"][-1] + check.potency_r * run("R")["slow"][-1])
    return site / (site + effect["c50_slow"].value)


def _status(check: Check, found: float) -> Status:
    """A known miss has to miss by as much as it is known to, or it is news."""
    inside = within(found, *check.bounds)
    if not check.known_miss:
        return inside
    known = check.known_value
    as_known = known is not None and bool(np.isclose(found, known, rtol=KNOWN_WITHIN))
    return "known miss" if as_known and inside == "FAIL" else "FAIL"


def _found(model: PkModel, check: Check) -> float:
    if check.expression is not None:
        values = typical_values(model, check.covariates)
        namespace = values if check.dose is None else {**values, "dose": check.dose}
        return float(evaluate(check.expression, namespace, np))
    origin = max((e.minutes_before for e in check.earlier), default=0.0) / 60.0
    doses = [
        dose_of(e.route, origin - e.minutes_before / 60.0, e.duration_min / 60.0, e.dose_mg)
        for e in check.earlier
    ]
    doses.append(dose_of(check.route, origin, check.duration_min / 60.0, check.dose or 0.0))
    times = [origin + t for t in _look_h(check)]
    curve = np.ravel(typical_run(model, tuple(doses), times, check.covariates)("S")[check.analyte])
    if check.kind == "auc_inf":
        return float(np.trapezoid(curve, times))
    return float(curve.max()) if check.kind == "peak" else float(curve[-1])


def _look_h(check: Check) -> np.ndarray:
    """When to look after a dose, hours."""
    if check.time_min is not None:
        return np.array([check.time_min / 60.0])
    end = check.duration_min / 60.0
    if check.kind == "peak":
        return np.unique(np.concatenate([np.linspace(0.0, 24.0, 1441), [end]]))
    return np.unique(np.concatenate([np.linspace(0.0, 48.0, 5761), np.linspace(48, 2000, 3905)]))
