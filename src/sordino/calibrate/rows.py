"""Published observations as rows that a model can predict.

`library/posterior/uses.toml` says which observation enters, compares or stays out; the numbers
are those of the evidence library. Every observation of a study that a calibration may use is
accounted for.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from sordino.course import Course, load_course
from sordino.errors import InputError
from sordino.library.evidence import studies
from sordino.library.evidence.observations import Mean, Observation, Responders, Share
from sordino.library.evidence.studies import Study
from sordino.library.posterior.uses import ArmCourse, Readout, Use, uses
from sordino.library.protocols import load_protocol
from sordino.units import in_hours

DAY_H = 24.0
AREA_DAYS = 35.0
"""A pain area is the area under the pain over so many days."""

AREA_POINTS = np.polynomial.legendre.leggauss(4)
"""Points (-1 to 1) and weights of the integral over these days."""

START = ("infusion_start", "first_infusion", "treatment_start", "baseline")


@dataclass(frozen=True, eq=False)
class Row:
    """One or more numbers of one arm that are predicted together.

    `at_h` (reading, time): hours from the first dose; readings are the ways in which the source
    can be understood, the times of a pain area are those of its integral. Counts: `counts[k]` of
    `n` people had more relief than `thresholds[k]` percent, or less where `below` is true. Means:
    `value` with its standard error `se`, or with the predicted one where `se` is None; `sd` where
    the published spread counts too.
    """

    id: str
    study: str
    arm: str
    clock: str
    treated: bool
    readout: Readout
    fitted: bool
    at_h: np.ndarray
    n: int | None
    thresholds: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    below: bool = False
    value: float | None = None
    se: float | None = None
    sd: float | None = None
    use: Use | None = None


@dataclass(frozen=True)
class LeftOut:
    """An observation that cannot be predicted, and why."""

    study: str
    arm: str
    outcome: str
    time: str
    why: str


@dataclass(frozen=True)
class Evidence:
    """All observations of the studies that a calibration may use."""

    rows: tuple[Row, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def fitted(self) -> tuple[Row, ...]:
        """The rows of the likelihood."""
        return tuple(r for r in self.rows if r.fitted)


@functools.lru_cache(maxsize=1)
def evidence() -> Evidence:
    """Every observation of every study with role `calibrate`, sorted by what is done with it.

    Raises `InputError` when an observation is used twice, or not at all.
    """
    rows: list[Row] = []
    left: list[LeftOut] = []
    found = calibration_studies()
    taken: dict[tuple[str, int], Use] = {}
    for use in uses().use:
        study = found[use.study]
        matched = list(_matching(use, study))
        _claim(use, study, matched, taken)
        observed = [study.observation[k] for k in matched]
        if use.use == "leave_out":
            left += [LeftOut(study.id, o.arm, o.outcome, _time(o), use.why) for o in observed]
        else:
            rows.append(_row(use, study, observed))
    missed = [
        f"{s.id}: {o.outcome} ({o.arm}, {_time(o)})"
        for s in found.values()
        for k, o in enumerate(s.observation)
        if (s.id, k) not in taken
    ]
    if missed:
        raise InputError(f"observations that nothing is done with: {'; '.join(missed)}")
    return Evidence(tuple(rows), tuple(left))


def calibration_studies() -> dict[str, Study]:
    """Studies whose observations may enter a likelihood, by id."""
    return {s.id: s for s in studies() if s.role == "calibrate"}


@functools.lru_cache(maxsize=64)
def arm_course(study_id: str, arm: str) -> Course:
    """The course that an arm got, for people of the weight that the study prints."""
    study = calibration_studies()[study_id]
    own = [c for c in uses().course if (c.study, c.arm) == (study_id, arm)]
    if own and own[0].protocol:
        return load_protocol(own[0].protocol)
    tables = own[0].treatment if own else _given(study, arm)
    weight = study.people.weight_mean_kg
    patient = {} if weight is None else {"patient": {"weight": f"{weight:g} kg"}}
    return load_course({"treatment": [dict(t) for t in tables], **patient})


def course_assumptions() -> tuple[ArmCourse, ...]:
    """The courses that had to be assumed."""
    return uses().course


def _given(study: Study, arm: str) -> list[dict[str, object]]:
    return [{"days": [0.0], **g.as_treatment()} for g in study.arms[arm].given]


def _matching(use: Use, study: Study) -> Iterator[int]:
    """Numbers of the observations that a use speaks of, thresholds in their order."""
    found: list[tuple[float, int]] = []
    for k, o in enumerate(study.observation):
        asked = [(use.outcome, o.outcome), (use.arm, o.arm), (use.time, o.time)]
        asked += [(use.period, o.period), (use.since, o.since)]
        level = o.threshold_percent if isinstance(o, Responders) else None
        if any(want not in (None, have) for want, have in asked):
            continue
        if level is None or not use.thresholds or level in use.thresholds:
            found.append((level or 0.0, k))
    return (k for _, k in sorted(found))


def _claim(use: Use, study: Study, matched: list[int], taken: dict[tuple[str, int], Use]) -> None:
    """Note which observations a use takes; it must be the only one that does."""
    where = f"library uses.toml, {use.study} {use.outcome} {use.arm or ''}"
    wanted = max(len(use.thresholds), 1)
    if not matched or (use.use != "leave_out" and len(matched) != wanted):
        raise InputError(f"{len(matched)} observations match", where=where, allowed=f"{wanted}")
    for k in matched:
        if (study.id, k) in taken:
            raise InputError(f"{study.observation[k].outcome} is used twice", where=where)
        taken[study.id, k] = use


def _row(use: Use, study: Study, observed: list[Observation]) -> Row:
    assert use.readout is not None
    first = observed[0]
    arm = first.arm or next(iter(study.arms), "")
    clock = use.clock or arm
    n = first.n or use.people or study.size.patients
    period = f"period {first.period}" if first.period else ""
    parts = [study.id, first.arm, use.readout, _time(first), period]
    row = Row(
        id=" / ".join(p for p in parts if p),
        study=study.id,
        arm=arm,
        clock=clock,
        treated=not use.clock,
        readout=use.readout,
        fitted=use.use == "fit",
        at_h=_readings(use, first, arm_course(study.id, clock)),
        n=n,
        use=use,
    )
    return _with_numbers(row, use, observed)


def _with_numbers(row: Row, use: Use, observed: list[Observation]) -> Row:
    first = observed[0]
    if isinstance(first, Responders):
        levels = tuple(o.threshold_percent or 0.0 for o in observed if isinstance(o, Responders))
        counts = tuple(o.responders for o in observed if isinstance(o, Responders))
        return replace(row, thresholds=levels, counts=counts)
    if isinstance(first, Share):
        assert row.n is not None
        count = round(first.percent / 100.0 * row.n)
        return replace(row, thresholds=use.thresholds, counts=(count,), below=use.below)
    if isinstance(first, Mean):
        se = _standard_error(first)
        if se is None and use.standard_deviation is not None and row.n is not None:
            se = use.standard_deviation / row.n**0.5
        sd = first.sd or (se * row.n**0.5 if se is not None and row.n else None)
        return replace(row, value=first.value, se=se, sd=sd if use.spread else None)
    raise InputError(f"an observation of kind {first.kind} cannot be predicted", where=row.id)


def _standard_error(mean: Mean) -> float | None:
    """Printed, or from what is printed; None where nothing is."""
    if mean.se is not None:
        return mean.se
    if mean.sd is not None and mean.n:
        return mean.sd / mean.n**0.5
    if mean.t_statistic is not None:
        return abs(mean.value / mean.t_statistic)
    return mean.spread


def _readings(use: Use, observed: Observation, course: Course) -> np.ndarray:
    """Hours from the first dose at which an observation may have been made."""
    sessions, doses = course.sessions(), course.administrations()
    if use.readout == "pain_area":
        days = AREA_DAYS * (1.0 + AREA_POINTS[0]) / 2.0
        return (sessions[0].start_h + DAY_H * days)[None, :]
    since: dict[str, float] = {
        **dict.fromkeys(START, sessions[0].start_h),
        "infusion_end": sessions[0].end_h,
        "bolus_end": doses[0].start_h + doses[0].duration_h,
        "course_end": sessions[-1].end_h,
        "last_infusion": sessions[-1].end_h,
    }
    origins: tuple[str, ...] = use.origins or (observed.since,)
    times = [in_hours(t) for t in use.times] or [observed.time_h]
    missing = [o for o in origins if o not in since] or [t for t in times if t is None]
    if missing:
        raise InputError(
            f"the time of {observed.outcome} is open",
            where=f"library uses.toml, {use.study}",
            hint="list the readings of it as origins or times",
        )
    found = [since[o] + t for o in origins for t in times if t is not None]
    return np.array(found)[:, None]


def _time(observed: Observation) -> str:
    if observed.time is not None:
        return observed.time
    return observed.when or ("" if observed.since == "not_stated" else observed.since)
