"""Claims about relief that lasts: how long, how much of it, what a study would have to see."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from sordino.course import Course
from sordino.credibility.arms import DAY_H, Arms, Setting, run_arms
from sordino.credibility.claims.courses import (
    digests,
    last_h,
    limits_of,
    sessions_of_three_a_week,
    total_mg,
)
from sordino.credibility.claims.form import DRAWS, Cell, Run, Table, columns, with_ends
from sordino.credibility.claims.levels import exposure
from sordino.library.protocols import load_protocol
from sordino.simulation.answers import Estimate, estimate

AFTER_DAYS = (1, 7, 14, 28, 56)
LASTING = ("single_s_ketamine", "six_infusions", "ten_days_4h", "crps_100h")
SESSIONS = (1, 3, 6, 10)
WINDOW_DAYS = 90
APART = ("six_infusions", "crps_100h")
APART_DAYS = (7, 28)
SIGNIFICANCE, POWER = 0.05, 0.8
MOST_PEOPLE = 100_000
TRANSFER = (
    "The slow effect was estimated in CRPS. What part of it exists in fibromyalgia is not known; "
    "every part from none to all is drawn, so the interval reaches from almost nothing up."
)


def relief_days_weeks(setting: Setting) -> Run:
    """The effect of the drug after the last session of courses with less and more exposure."""
    courses = {name: load_protocol(name) for name in LASTING}
    found = {n: run_arms(c, AFTER_DAYS, setting, from_h=last_h(c)) for n, c in courses.items()}
    heads = [(f"day {day}", "points of 10") for day in AFTER_DAYS]
    effect = [
        (name, *_dosed(courses[name], setting), *_looks(arms.pain_effect))
        for name, arms in found.items()
    ]
    apart = [(name, *_looks(-fall_without(arms))) for name, arms in found.items()]
    week_four = AFTER_DAYS.index(28)
    single, long = (estimate(found[n].pain_effect[:, week_four]) for n in (LASTING[0], LASTING[-1]))
    without = estimate(-fall_without(found[LASTING[0]])[:, week_four])
    return Run(
        claim="relief_days_weeks",
        ran="Four published regimens; pain on days after the end of the last session (weekly means "
        "from day 7 on), with the drug and without it in the same people.",
        tables=(
            Table(
                "Drug: mean pain with it less without it; negative is relief",
                columns("course", ("dose", "mg"), ("exposure", "ng h/mL"), *heads),
                tuple(effect),
                DRAWS,
            ),
            Table(
                "Placebo: change of mean pain without drug in the same people",
                columns("course", *heads),
                tuple(apart),
                DRAWS,
            ),
        ),
        says=(
            f"Four weeks after one infusion of S-ketamine the drug changes mean pain by "
            f"{with_ends(single, 2)} points of 10, and what happens without drug by "
            f"{with_ends(without, 2)}.",
            f"Four weeks after 100 h the drug changes it by {with_ends(long, 2)} points.",
        ),
        cautions=(TRANSFER, *limits_of(*courses.values())),
        courses=digests(courses),
    )


def _dosed(course: Course, setting: Setting) -> tuple[float, float]:
    """Dose, mg, and exposure, ng h/mL."""
    setting.pause()
    return total_mg(course), exposure(course)


def months_after_few(setting: Setting) -> Run:
    """Days with relief that the drug adds, by the number of sessions."""
    courses = {f"{n} sessions": sessions_of_three_a_week(n) for n in SESSIONS}
    rows: list[tuple[Cell, ...]] = []
    added: dict[str, Estimate] = {}
    for (name, course), count in zip(courses.items(), SESSIONS, strict=True):
        days = run_arms(course, [1], setting, relief_until_h=WINDOW_DAYS * DAY_H).relief_days
        more = days[:, 0] - days[:, 1]
        added[name] = estimate(more)
        per_100_mg = 100.0 * more / total_mg(course)
        shown = (days[:, 0], days[:, 1], more, more / count, per_100_mg)
        rows.append((count, *(estimate(each) for each in shown)))
    few = added[f"{SESSIONS[2]} sessions"]
    return Run(
        claim="months_after_few",
        ran=f"Racemate, 0.5 mg/kg over 40 min, three times a week for {len(SESSIONS)} lengths of "
        f"course; days of the first {WINDOW_DAYS} with pain down by 30 percent or more.",
        tables=(
            Table(
                f"Days with relief in {WINDOW_DAYS} days",
                columns(
                    "sessions",
                    ("with the drug", "days"),
                    ("without", "days"),
                    ("because of the drug", "days"),
                    ("per session", "days"),
                    ("per 100 mg", "days"),
                ),
                tuple(rows),
                DRAWS,
            ),
        ),
        says=(
            f"Six sessions add {with_ends(few)} days with relief in {WINDOW_DAYS} days to those "
            "that people have without drug.",
        ),
        cautions=(TRANSFER, *limits_of(*courses.values())),
        courses=digests(courses),
    )


def root_cause_reset(setting: Setting) -> Run:
    """The slow effect on and off, and how many people a trial needs to see it."""
    courses = {name: load_protocol(name) for name in APART}
    rows: list[tuple[Cell, ...]] = []
    for name, course in courses.items():
        on = _slow(course, setting, on=True)
        off = _slow(course, setting, on=False)
        for k, day in enumerate(APART_DAYS):
            difference = on.pain[:, 0, k] - off.pain[:, 0, k]
            people = people_per_arm(difference, on.spread[:, 0, k])
            shown = (on.pain_effect[:, k], off.pain_effect[:, k], difference)
            rows.append((name, day, *(estimate(each) for each in shown), *people))
    short, long = _people_at(rows, APART[0]), _people_at(rows, APART[1])
    return Run(
        claim="root_cause_reset",
        ran="Two regimens with the slow effect and without it, in the same people; weekly means of "
        "pain after the end of the last session.",
        tables=(
            Table(
                "Drug against no drug with the slow effect on and off, and the people that a "
                "blinded trial of two arms needs to see what the slow effect adds",
                columns(
                    "course",
                    ("after the last session", "days"),
                    ("drug effect, slow on", "points of 10"),
                    ("drug effect, slow off", "points of 10"),
                    ("what slow adds", "points of 10"),
                    "people per arm, middle draw",
                    "people per arm, largest 5 percent of draws",
                ),
                tuple(rows),
                DRAWS,
            ),
        ),
        says=(
            f"With the slow effect off at most {_most_off(rows):.2f} points are left in the first "
            "week after the last session: only the slow effect can last.",
            f"A trial of six infusions needs about {short} people an arm to see it four weeks "
            f"later, one of 100 h about {long}, if the middle of what is possible is true.",
        ),
        cautions=(
            TRANSFER,
            "People per arm: two-sided test of means at 5 percent with 80 percent power, the "
            "spread between people of the simulation, nobody lost, baseline not used.",
            "A lasting effect would fit a reset, but also any slow process; the run cannot tell "
            "what the cause of pain is.",
            *limits_of(*courses.values()),
        ),
        courses=digests(courses),
    )


def fall_without(arms: Arms) -> np.ndarray:
    """Mean fall of pain without drug, (draw, look), points: what placebo and time do.

    It is measured from the mean at the baseline of the same people.
    """
    return arms.baseline[:, None] - arms.pain[:, 1]


def people_per_arm(difference: np.ndarray, spread: np.ndarray) -> tuple[Cell, Cell]:
    """People per arm that see a difference of means, for its middle and its largest draws."""
    z = float(norm.ppf(1.0 - SIGNIFICANCE / 2.0) + norm.ppf(POWER))
    sd = float(np.median(spread))
    middle, largest = np.quantile(np.abs(difference), [0.5, 0.95])
    return _size(z, sd, float(middle)), _size(z, sd, float(largest))


def _size(z: float, sd: float, difference: float) -> Cell:
    """People per arm, with two digits: the rest would say more than is known."""
    people = 2.0 * (z * sd / difference) ** 2 if difference else np.inf
    return f"{float(f'{np.ceil(people):.2g}'):.0f}" if people < MOST_PEOPLE else "beyond any trial"


def _most_off(rows: list[tuple[Cell, ...]]) -> float:
    ends = [row[3] for row in rows if row[1] == APART_DAYS[0]]
    return max(-(end.low or 0.0) for end in ends if isinstance(end, Estimate))


def _people_at(rows: list[tuple[Cell, ...]], course: str) -> Cell:
    return next(row[5] for row in rows if row[0] == course and row[1] == APART_DAYS[-1])


def _slow(course: Course, setting: Setting, *, on: bool) -> Arms:
    draws = None if on else {"slow_lag": {"transfer": np.zeros(setting.draws)}}
    return run_arms(course, APART_DAYS, setting, from_h=last_h(course), typical_draws=draws)


def _looks(values: np.ndarray) -> tuple[Estimate, ...]:
    return tuple(estimate(values[:, k]) for k in range(values.shape[1]))
