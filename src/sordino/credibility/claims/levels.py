"""Claims about blood levels: from the dose to the gain of pain, and one drug by several routes.

All numbers here are of the typical patient.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sordino.course import Course
from sordino.credibility.arms import Setting
from sordino.credibility.claims.courses import changed, digests, last_h, limits_of
from sordino.credibility.claims.form import DRAWS, Cell, Run, Table, columns, listed, with_ends
from sordino.library.pd_schema import load_pd_model
from sordino.library.protocols import load_protocol
from sordino.simulation.answers import Estimate, estimate
from sordino.simulation.dataset import course_engine, simulate
from sordino.simulation.models import DoseGroup

SESSION_MIN = (0, 20, 40, 60, 120, 240, 1440)
COURSE_DAYS = (14, 28, 56)
FINE_STEP_H = 1.0 / 30.0
TAIL_H = 72.0
TYPICAL_DRAWS = 400


def exposure(course: Course) -> float:
    """Area under S-equivalents in plasma of the typical patient, ng h/mL, published values."""
    return _areas(course)["equivalents"]


def mechanism_gain(setting: Setting) -> Run:
    """From dose to gain, over the first session and over the course."""
    course = load_protocol("six_infusions")
    last = course.sessions()[-1]
    within = [minutes / 60.0 for minutes in SESSION_MIN]
    beyond = [last.start_h, last.end_h, *(24.0 * day for day in COURSE_DAYS)]
    days = [round(hours / 24.0, 2) for hours in beyond]
    tables = (
        Table(
            "First session, time from its start",
            columns(("time", "min"), *_CHAIN),
            tuple(zip(SESSION_MIN, *_chain(course, within, setting), strict=True)),
            DRAWS,
        ),
        Table(
            "Course: begin and end of the last session, then days from the first one",
            columns(("time", "day"), *_CHAIN),
            tuple(zip(days, *_chain(course, beyond, setting), strict=True)),
            DRAWS,
        ),
    )
    end = SESSION_MIN.index(40)
    level, gain, block = (tables[0].rows[end][k] for k in (1, 6, 5))
    return Run(
        claim="mechanism_gain",
        ran="Six racemic infusions of 0.5 mg/kg; the typical patient, here a slow responder.",
        tables=tables,
        says=(
            f"At the end of the first infusion the blood holds {_words(level, 0)} ng/mL, the "
            f"receptor model has {_words(block, 2)} of the receptors blocked, and the gain of "
            f"pain is {_words(gain, 2)} of what it was.",
        ),
        lacks=(
            "Occupancy of the receptor in people: the block is binding in rat brain at plasma "
            "concentrations, shown beside the effect and not driving it.",
            "Other paths than the NMDA receptor: no model of them is here.",
        ),
        cautions=limits_of(course),
        courses=digests({"six_infusions": course}),
    )


_CHAIN = (
    ("ketamine in plasma", "ng/mL"),
    ("effect site, fast", "ng/mL"),
    ("effect site, slow", "ng/mL"),
    ("fast effect", "fraction"),
    ("NMDA block", "fraction"),
    ("gain of pain", "fraction"),
)


def _chain(course: Course, times_h: Sequence[float], setting: Setting) -> list[list[Cell]]:
    """The columns of `_CHAIN`; effect sites from published values alone."""
    names = ["conc_ketamine", "effect_fast", "nmda_block", "gain"]
    setting.pause()
    drawn = simulate(
        course, "typical", TYPICAL_DRAWS, setting.seed, times_h=times_h, variables=names
    )
    setting.pause()
    published = simulate(
        course,
        "typical",
        1,
        setting.seed,
        times_h=times_h,
        variables=["effect_fast", "slow_fraction"],
    )
    fast, slow = load_pd_model("fast_effect").parameters, load_pd_model("slow_lag").parameters
    reached = published["effect_fast"].to_numpy().ravel() / fast["emax_fast"].value
    filled = published["slow_fraction"].to_numpy().ravel()
    found = {n: [estimate(v) for v in drawn[n].to_numpy()[:, 0].T] for n in names}
    sites = [
        [float(x) for x in c50 * part / (1.0 - part)]
        for c50, part in ((fast["c50_fast"].value, reached), (slow["c50_slow"].value, filled))
    ]
    return [
        list(found["conc_ketamine"]),
        list(sites[0]),
        list(sites[1]),
        list(found["effect_fast"]),
        list(found["nmda_block"]),
        list(found["gain"]),
    ]


ROUTES: Mapping[str, tuple[str, Mapping[str, str | None]]] = {
    "intravenous, 40 min": ("iv", {"dose": "0.5 mg/kg", "duration": "40 min"}),
    "nasal spray": ("intranasal", {"duration": None}),
    "under the tongue": ("sublingual", {"duration": None}),
    "swallowed": ("oral", {"duration": None}),
}
TRIED_MG = 50.0


def nasal_lozenge(setting: Setting) -> Run:
    """S-ketamine by four routes, at doses that give the same exposure."""
    tried = {name: _by_route(name, f"{TRIED_MG:g} mg") for name in ROUTES}
    first = next(iter(ROUTES))
    reference = changed("single_s_ketamine", {**ROUTES[first][1], "days": [0]}, "3 days")
    aim = _areas(reference)["ketamine"]
    rows: list[tuple[Cell, ...]] = []
    courses = {first: reference}
    for name, course in tried.items():
        dose = TRIED_MG * aim / _areas(course)["ketamine"]
        same = reference if name == first else _by_route(name, f"{dose:.4g} mg")
        courses[name] = same
        rows.append((name, dose, *_route_row(same)))
    models = {n: ", ".join(g.model.id for g in _groups(c)) for n, c in courses.items()}
    rows = [(row[0], models[str(row[0])], *row[1:]) for row in rows]
    ratios = [f"{name} {_ratio(rows, k)}" for k, name in enumerate(courses) if k]
    return Run(
        claim="nasal_lozenge",
        ran="S-ketamine by four routes in the typical patient of 70 kg, doses chosen so that the "
        "area under ketamine in plasma is that of 0.5 mg/kg by vein; published values.",
        tables=(
            Table(
                "Doses of equal exposure, and what differs all the same",
                columns(
                    "route",
                    "drug model",
                    ("dose", "mg"),
                    ("peak of ketamine", "ng/mL"),
                    ("time of the peak", "min"),
                    ("norketamine to ketamine, areas", "ratio"),
                    ("largest dissociation", "CADSS points"),
                    ("largest rise of systolic pressure", "mmHg"),
                ),
                tuple(rows),
            ),
        ),
        says=(
            f"Times the intravenous dose for the same exposure: {listed(ratios)}.",
            f"By vein the peak is {_words(rows[0][3], 0)} ng/mL; by the other routes "
            f"{min(_number(r[3]) for r in rows[1:]):.0f} to "
            f"{max(_number(r[3]) for r in rows[1:]):.0f}.",
        ),
        lacks=("Relief by these routes in fibromyalgia: no trial was found.",),
        cautions=(
            "Two drug models with different clearances are behind the routes; what differs between "
            "rows of one model is the route, between models also the model.",
            *limits_of(*courses.values()),
        ),
        courses=digests(courses),
    )


def _ratio(rows: Sequence[tuple[Cell, ...]], k: int) -> str:
    return f"{_number(rows[k][2]) / _number(rows[0][2]):.1f}"


def _groups(course: Course) -> tuple[DoseGroup, ...]:
    return course_engine(course, "typical", 1, 0, None, "arterial").groups


def _by_route(name: str, dose: str) -> Course:
    route, about = ROUTES[name]
    table = {"days": [0], **about, "route": route, "dose": dose}
    return changed("single_s_ketamine", table, "3 days")


def _route_row(course: Course) -> tuple[Cell, ...]:
    curves = _curves(course)
    areas = _areas(course)
    peak = int(np.argmax(curves["conc_ketamine"]))
    return (
        float(curves["conc_ketamine"][peak]),
        float(60.0 * curves["time"][peak]),
        areas["norketamine"] / areas["ketamine"],
        float(curves["cadss"].max()),
        float(curves["sbp_change"].max()),
    )


def _curves(course: Course) -> dict[str, np.ndarray]:
    """Fine curves of the typical patient, published values, to three days after the last dose."""
    end = last_h(course) + TAIL_H
    times = np.append(np.arange(0.0, end, FINE_STEP_H), end)
    names = ["conc_ketamine", "conc_s_ketamine", "conc_r_ketamine", "conc_norketamine"]
    names += ["cadss", "sbp_change"]
    found = simulate(course, "typical", 1, 1, times_h=times, variables=names)
    return {"time": times} | {n: found[n].to_numpy().ravel() for n in names}


def _areas(course: Course) -> dict[str, float]:
    curves = _curves(course)
    potency = load_pd_model("equivalence").parameters["potency_r"].value
    levels = {
        "ketamine": curves["conc_ketamine"],
        "norketamine": curves["conc_norketamine"],
        "equivalents": curves["conc_s_ketamine"] + potency * curves["conc_r_ketamine"],
    }
    return {name: float(np.trapezoid(v, curves["time"])) for name, v in levels.items()}


def _number(cell: Cell) -> float:
    assert isinstance(cell, float)
    return cell


def _words(cell: Cell, digits: int) -> str:
    if isinstance(cell, float):
        return f"{cell:.{digits}f}"
    assert isinstance(cell, Estimate)
    return with_ends(cell, digits)
