"""Do the models still give the numbers they must? The library's checks, run by the engine.

Three kinds: numbers that a paper prints (each drug model file carries them), what the slow
effect must reach after published regimens, and numerics (mass balance, superposition and
agreement with a matrix exponential computed by another program).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

import jax.numpy as jnp
import numpy as np
import scipy.linalg

from sordino.course import Administration, load_course
from sordino.library.pd_schema import SlowCheck, load_pd_model
from sordino.library.protocols import load_protocol
from sordino.library.reader import load_pk_model, pk_model_ids
from sordino.library.schema import Check, PkModel
from sordino.library.typical import typical_values
from sordino.pk.run import PkRun, Reads
from sordino.pk.system import EffectSite, evaluate, system_for

Status = Literal["pass", "known miss", "FAIL"]
WEEK_H = 168.0
LONG_SESSION_H = 24.0


@dataclass(frozen=True)
class Result:
    """One check: what was asked, what came out, and whether that will do."""

    kind: str
    subject: str
    name: str
    expected: float
    low: float
    high: float
    found: float
    unit: str
    status: Status
    place: str
    note: str

    def as_dict(self) -> dict[str, Any]:
        """The result as plain data."""
        return asdict(self)


def run_checks() -> list[Result]:
    """Run every check of the library; the slow effect first, numerics last."""
    return [*slow_effect_checks(), *model_checks(), *numerical_checks()]


def slow_effect_checks() -> Iterator[Result]:
    """The slow effect one week after published regimens, as a fraction of its maximum."""
    for check in load_pd_model("slow_lag").check:
        found = _slow_fraction(check)
        low, high = check.value - check.tolerance, check.value + check.tolerance
        passed = low <= found <= high
        yield Result(
            "slow effect",
            check.protocol,
            check.name,
            check.value,
            low,
            high,
            found,
            "fraction",
            "pass" if passed else "FAIL",
            check.place,
            check.tolerance_reason,
        )


def _slow_fraction(check: SlowCheck) -> float:
    course = load_protocol(check.protocol)
    last = course.sessions()[-1]
    from_h = last.end_h if last.end_h - last.start_h >= LONG_SESSION_H else last.start_h
    effect = load_pd_model("slow_lag").parameters
    half_time_h = effect["half_time_slow"].value * 24.0
    run = _run(
        load_pk_model("simons_2022"),
        course.administrations(),
        [from_h + check.days * 24.0],
        {"weight": check.weight},
        (EffectSite("slow", "ketamine", "half_time_slow"),),
        half_time_slow=half_time_h,
    )
    site = float(run("S")["slow"][-1] + check.potency_r * run("R")["slow"][-1])
    return site / (site + effect["c50_slow"].value)


def model_checks() -> Iterator[Result]:
    """The numbers that the papers of the drug models print."""
    for model_id in pk_model_ids():
        model = load_pk_model(model_id)
        for check in model.check:
            found = _found(model, check)
            yield Result(
                "paper",
                model_id,
                check.name,
                check.value,
                *check.bounds,
                found,
                check.unit,
                _status(check, found),
                check.place,
                check.known_miss or check.tolerance_reason,
            )


def _status(check: Check, found: float) -> Status:
    """A known miss has to miss by as much as it is known to, or it is news."""
    low, high = check.bounds
    inside = low <= found <= high
    if not check.known_miss:
        return "pass" if inside else "FAIL"
    as_known = check.known_value is not None and np.isclose(found, check.known_value, rtol=0.01)
    return "known miss" if as_known and not inside else "FAIL"


def _found(model: PkModel, check: Check) -> float:
    if check.expression is not None:
        values = typical_values(model, check.covariates)
        namespace = values if check.dose is None else {**values, "dose": check.dose}
        return float(evaluate(check.expression, namespace, np))
    origin = max((e.minutes_before for e in check.earlier), default=0.0) / 60.0
    doses = [
        _dose(e.route, origin - e.minutes_before / 60.0, e.duration_min / 60.0, e.dose_mg)
        for e in check.earlier
    ]
    doses.append(_dose(check.route, origin, check.duration_min / 60.0, check.dose or 0.0))
    times = [origin + t for t in _look_h(check)]
    curve = np.ravel(_run(model, tuple(doses), times, check.covariates)("S")[check.analyte])
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


def _dose(route: str, start_h: float, duration_h: float, dose_mg: float) -> Administration:
    return Administration(0, 0, "esketamine", route, start_h, duration_h, dose_mg, 0.0, None, None)


class _TypicalRun:
    """One typical patient through one model; call it with a moiety."""

    def __init__(self, run: PkRun, numbers: dict[str, float]) -> None:
        self.run = run
        self.one = {k: jnp.full(1, v) for k, v in numbers.items()}

    def __call__(self, moiety: str) -> dict[str, np.ndarray]:
        parameters = {k: self.one[k] for k in self.run.system.model.parameters}
        covariates = {k: v for k, v in self.one.items() if k not in parameters}
        read = self.run(parameters, {}, covariates, moiety)[0]
        return {k: np.asarray(v)[:, 0] for k, v in read.items()}


PERSON = {"age": 40.0, "height": 170.0, "female": 1.0, "asian": 0.0, "japanese": 0.0}


def _run(
    model: PkModel,
    doses: tuple[Administration, ...],
    times_h: list[float],
    person: dict[str, float],
    sites: tuple[EffectSite, ...] = (),
    **half_times_h: float,
) -> _TypicalRun:
    routes = tuple(sorted({d.route for d in doses}))
    analytes = [a.name for a in model.analyte]
    values = {n: p.value for n, p in model.parameters.items()}
    numbers = values | PERSON | person | half_times_h
    system = system_for(model, routes, analytes, sites)
    run = PkRun(
        system=system,
        doses=doses,
        reads=(Reads(system.outputs, np.asarray(times_h)),),
        varying=frozenset(),
        occasion_h=(),
        typical=numbers,
        dtype=jnp.dtype("float64"),
    )
    return _TypicalRun(run, numbers)


def numerical_checks() -> Iterator[Result]:
    """The engine against another program's matrix exponential, and against itself."""
    course = load_course(
        {
            "treatment": [
                {
                    "drug": "esketamine",
                    "route": "iv",
                    "dose": "35 mg",
                    "duration": "40 min",
                    "days": [0, 2],
                }
            ]
        }
    )
    doses = course.administrations()
    times = [0.25, 40 / 60, 2.0, 24.0, 48.5, 49.0, 120.0, 960.0]
    for model_id in pk_model_ids():
        model = load_pk_model(model_id)
        ours = _run(model, doses, times, {"weight": 70.0})("S")["ketamine"]
        theirs = np.array([_by_scipy(model, doses, t) for t in times])
        worst = float(np.max(np.abs(ours - theirs) / np.maximum(theirs, 1e-9 * theirs.max())))
        yield _numerical(model_id, "two infusions against SciPy's matrix exponential", worst, 1e-8)
        doubled = tuple(
            Administration(
                d.treatment,
                d.session,
                d.drug,
                d.route,
                d.start_h,
                d.duration_h,
                2 * d.dose_mg,
                0.0,
                None,
                None,
            )
            for d in doses
        )
        twice = _run(model, doubled, times, {"weight": 70.0})("S")["ketamine"]
        worst = float(np.max(np.abs(twice / ours - 2.0)))
        yield _numerical(model_id, "twice the dose gives twice the concentration", worst, 1e-12)


def _numerical(subject: str, name: str, found: float, limit: float) -> Result:
    return Result(
        "numerics",
        subject,
        name,
        0.0,
        0.0,
        limit,
        found,
        "largest relative difference",
        "pass" if found <= limit else "FAIL",
        "computed here",
        "limit set by double precision over 40 days of steps",
    )


def _by_scipy(model: PkModel, doses: tuple[Administration, ...], time_h: float) -> float:
    """Central concentration at a time, ng/mL, by superposition of infusions."""
    values = typical_values(model, PERSON | {"weight": 70.0})
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
