"""`simulate`: a course, virtual patients and parameter draws to a labelled data set."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sordino._version import __version__
from sordino.course import Course, load_course
from sordino.errors import InputError, UnknownName
from sordino.pk.lengths import to_hours, to_ticks
from sordino.simulation import wellbeing
from sordino.simulation.applicability import extrapolations, not_simulated
from sordino.simulation.blocks import Block, run_blocks
from sordino.simulation.engine import CourseEngine
from sordino.simulation.grid import default_times_h, snapped
from sordino.simulation.variables import USUAL, VARIABLES

if TYPE_CHECKING:
    import xarray as xr

Sampling = Literal["arterial", "venous"]

MAX_RESULT_BYTES = 8e9
MAX_PATIENTS = 10_000_000
MAX_DRAWS = 10_000
ALWAYS = ("fit_to_leave", "cumulative_dose")
"""What a result holds whatever variables are named."""
SESSION_VARIABLES = {"fit_to_leave": ("min", "minutes from the start until fit to leave")}


def simulate(
    course: Course | str | Path | Mapping[str, Any],
    patients: int | Literal["typical"] = 1000,
    draws: int = 20,
    seed: int = 1,
    times_h: Sequence[float] | np.ndarray | None = None,
    sampling: Sampling = "arterial",
    variables: Sequence[str] | None = None,
) -> xr.Dataset:
    """Simulate a course for virtual patients under parameter draws.

    `patients`: how many, or "typical" for the one typical patient. `draws`: sets of typical
    values drawn from what studies leave open; 1 takes the published values. `times_h`:
    output times in hours from the first dose, ascending, up to 366 days, also beyond the
    observation of the course (default: dense around sessions, daily between). The engine
    rounds them to microseconds. `sampling="venous"` shows concentrations as a laboratory
    would measure them; effects are driven by arterial concentrations either way. `variables`
    keeps only the named ones; what is computed on request, such as
    `conc_hydroxynorketamine` or `madrs_change`, has to be named.

    Returns a data set with dimensions (draw, patient, time) and, for what belongs to a
    session, (draw, patient, session); every variable carries `units`. The attributes hold
    the digest of the course, the seed, versions, models, what is extrapolated, and the
    comparators of the course, which are not simulated. NaN: an analyte that no model of the
    course describes, mood and fatigue where no trial looked, and `fit_to_leave` where that is
    not reached before the next session or the end of observation. `fit_to_leave` is read at the
    default times and `times_h`.

    Raises `InputError` for numbers out of range, for a course without a drug and for a
    result that would not fit into memory; `DocumentError` for a course that cannot be read.

        result = simulate("course.toml", patients=200, draws=10)
        result["pain"].median("patient")
    """
    import xarray as xr

    names = _chosen(variables)
    engine = course_engine(
        course,
        patients,
        draws,
        seed,
        times_h,
        sampling,
        metabolite="conc_hydroxynorketamine" in names,
    )
    count = 1 if patients == "typical" else int(patients)
    asked = engine.times_h if times_h is None else _checked_times(times_h)
    at = np.searchsorted(engine.times_h, [to_hours(to_ticks(t)) for t in asked])
    sessions = len(engine.session_h)
    # The weight of everybody, then the cumulative dose, which is the same in every draw.
    numbers = draws * count * (len(names) * len(asked) + sessions + 1) + count * len(asked)
    _refuse_too_large(8.0 * numbers)
    places = slice(None) if len(at) == len(engine.times_h) else at
    # Patients last, as blocks bring them; the data set shows them the other way round.
    beside = [n for n in names if n in wellbeing.VARIABLES]
    over_time = {n: np.empty((draws, len(asked), count)) for n in names if n not in beside}
    leave = np.empty((draws, sessions, count))
    weight = np.empty((draws, count))

    def use(block: Block) -> None:
        for name, found in over_time.items():
            block.write(name, found[block.draw], places)
        block.write("fit_to_leave", leave[block.draw], slice(None))
        weight[block.draw, block.patients] = block.readout("weight")

    for _ in run_blocks(engine, count, use):
        pass
    found = {n: np.moveaxis(v, 1, 2) for n, v in over_time.items()}
    if beside:
        people = None if patients == "typical" else count
        found |= wellbeing.trajectories(engine.course, beside, asked, people, draws, seed)
    units, about = SESSION_VARIABLES["fit_to_leave"]
    dims = ("draw", "patient", "time")
    data: dict[str, Any] = {
        n: (
            dims,
            found[n],
            {"units": VARIABLES[n].unit, "long_name": VARIABLES[n].description},
        )
        for n in names
    }
    data["fit_to_leave"] = (
        ("draw", "patient", "session"),
        np.moveaxis(leave, 1, 2),
        {"units": units, "long_name": about},
    )
    data["cumulative_dose"] = (
        ("patient", "time"),
        _cumulative_dose(engine, weight[0], engine.times_h[at]),
        {"units": "mg", "long_name": "cumulative dose of base"},
    )
    return xr.Dataset(
        data,
        coords={
            "draw": np.arange(draws),
            "patient": np.arange(count),
            "time": ("time", asked, {"units": "h", "long_name": "time from the first dose"}),
            "session": np.arange(sessions),
            "session_start": ("session", engine.session_h, {"units": "h"}),
        },
        attrs=provenance(engine, patients),
    )


def course_engine(
    course: Course | str | Path | Mapping[str, Any],
    patients: int | Literal["typical"],
    draws: int,
    seed: int,
    times_h: Sequence[float] | np.ndarray | None,
    sampling: str,
    *,
    metabolite: bool = False,
) -> CourseEngine:
    """Check the arguments of a simulation and prepare it.

    `metabolite` adds hydroxynorketamine, which nothing else depends on.
    """
    if patients != "typical":
        _whole("patients", patients, 1, MAX_PATIENTS)
    _whole("draws", draws, 1, MAX_DRAWS)
    _whole("seed", seed, 0, 2**31 - 1)
    if sampling not in ("arterial", "venous"):
        raise InputError(f"unknown sampling site {sampling!r}", allowed="arterial, venous")
    read = course if isinstance(course, Course) else load_course(course)
    if not read.administrations():
        raise InputError(
            "this course has no ketamine or esketamine treatment to simulate",
            where="treatment",
            allowed='at least one treatment with drug "ketamine" or "esketamine"',
        )
    grid = default_times_h(read.sessions(), read.until_h)
    if times_h is not None:
        grid = snapped([*grid, *_checked_times(times_h)])
    return CourseEngine(
        course=read,
        times_h=grid,
        draws=draws,
        seed=seed,
        typical=patients == "typical",
        venous=sampling == "venous",
        analytes=("ketamine", "norketamine", *(["hydroxynorketamine"] if metabolite else [])),
    )


def provenance(engine: CourseEngine, patients: int | str) -> dict[str, Any]:
    """What a result was made from; equal provenance gives equal numbers."""
    import jax

    models = sorted({g.model.id for g in (*engine.groups, *engine.measured_groups)})
    return {
        "title": engine.course.title,
        "course_digest": engine.course.digest(),
        "seed": engine.seed,
        "patients": str(patients),
        "draws": engine.draws,
        "sampling": "venous" if engine.venous else "arterial",
        "pk_models": ", ".join(models),
        "pk_model_digests": json.dumps(
            {g.model.id: g.model.digest for g in (*engine.groups, *engine.measured_groups)}
        ),
        "effects": ", ".join(sorted(engine.effects)),
        "slow_clock": engine.course.models.slow_clock,
        "sordino_version": __version__,
        "jax_version": jax.__version__,
        "not_simulated": ", ".join(not_simulated(engine.course)),
        "extrapolating": "; ".join(extrapolations(engine)),
        "intervals": "draw: what studies leave open; patient: differences between people",
    }


def _cumulative_dose(engine: CourseEngine, weight: np.ndarray, at_h: np.ndarray) -> np.ndarray:
    """mg of base given until each time, per patient; infusions count as they run."""
    same, by_weight = np.zeros(len(at_h)), np.zeros(len(at_h))
    for dose in engine.course.administrations():
        since = at_h - to_hours(to_ticks(dose.start_h))
        given = np.clip(since / dose.duration_h, 0, 1) if dose.duration_h else (since >= 0) * 1.0
        same += dose.dose_mg * given
        by_weight += dose.dose_mg_per_kg * given
    return same + weight[:, None] * by_weight


def _chosen(variables: Sequence[str] | None) -> list[str]:
    if variables is None:
        return list(USUAL)
    if isinstance(variables, str):
        raise InputError(
            f"variables is the text {variables!r}, a list of names is needed",
            hint=f"variables=[{variables!r}]",
        )
    unknown = [v for v in variables if v not in VARIABLES and v not in ALWAYS]
    if unknown:
        raise UnknownName("variable", str(unknown[0]), [*VARIABLES, *ALWAYS])
    return [v for v in dict.fromkeys(variables) if v in VARIABLES]


def _checked_times(times_h: Sequence[float] | np.ndarray) -> np.ndarray:
    example = "times_h=[0.0, 1.0, 24.0]"
    try:
        times = np.asarray(times_h, float)
    except (TypeError, ValueError):
        raise InputError("times_h is not a list of numbers", hint=example) from None
    if times.ndim != 1 or not len(times):
        raise InputError("times_h needs at least one time, in one list", hint=example)
    limit = 366 * 24.0
    if not np.all(np.isfinite(times)) or times.min() < 0 or times.max() > limit:
        raise InputError(
            "times_h holds a time that cannot be simulated",
            allowed=f"0 to {limit:g} h from the first dose",
        )
    if np.any(np.diff(times) <= 0):
        raise InputError(
            "times_h is not in ascending order, or holds a time twice",
            hint="times_h=sorted(set(times))",
        )
    return times


def _whole(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise InputError(f"{name} is {value!r}, not a whole number", allowed=f"{low} to {high}")
    if not low <= value <= high:
        raise InputError(f"{name} is {value}", allowed=f"{low} to {high}")


def _refuse_too_large(size: float) -> None:
    if size > MAX_RESULT_BYTES:
        raise InputError(
            f"the result would take {size / 1e9:.0f} GB of memory",
            allowed=f"up to {MAX_RESULT_BYTES / 1e9:.0f} GB",
            hint="use sordino.summarize, which keeps quantiles only, or fewer variables or times",
        )
