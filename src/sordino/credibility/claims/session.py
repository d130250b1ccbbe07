"""Claims about sessions: how soon relief comes, detachment, side effects, and early response."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sordino.course import Course
from sordino.credibility.arms import DAY_H, Setting, arms_engine
from sordino.credibility.claims.beside import incidence_table, treatments_table
from sordino.credibility.claims.courses import changed, digests, limits_of
from sordino.credibility.claims.form import (
    DRAWS,
    PEOPLE,
    Cell,
    Run,
    Table,
    columns,
    with_ends,
)
from sordino.credibility.claims.published import observed_table, onset_table
from sordino.library.pd_schema import load_pd_model
from sordino.library.protocols import load_protocol
from sordino.simulation.answers import Estimate, Spread, estimate
from sordino.simulation.blocks import Block, run_blocks
from sordino.simulation.dataset import course_engine
from sordino.simulation.engine import CourseEngine
from sordino.simulation.summary import Summary, summarize

SOON_DAYS = 7
SOON_H = (1.0, 4.0, 24.0, 168.0)
LOOK_H = (0.25, 3.0, 24.0, 168.0)
THRESHOLDS = (30, 50)
SESSION_MIN = (10, 20, 40, 60, 90, 120, 180)
DAILY = ("duloxetine", "pregabalin", "milnacipran")
EARLY_DAYS = (1, 3)
"""The day after the first and after the second session of the six."""
LATE_DAY = 28


def rapid_relief(setting: Setting) -> Run:
    """How soon after one infusion pain is down, and how many have relief at the trial's looks."""
    course = changed("single_s_ketamine", {"days": [0]}, f"{SOON_DAYS} days")
    engine = course_engine(course, setting.patients, setting.draws, setting.seed, None, "arterial")
    end = course.sessions()[0].end_h
    after = engine.times_h - end
    looks = [int(np.argmin(np.abs(after - h))) for h in LOOK_H]
    shape = (setting.draws, 2, len(THRESHOLDS))
    first, there = np.zeros((*shape, len(SOON_H))), np.zeros((*shape, len(LOOK_H)))

    def use(block: Block) -> tuple[int, np.ndarray, np.ndarray]:
        hit = _relieved(block)
        reached = np.array([hit[..., after <= h, :].any(axis=2).sum(axis=-1) for h in SOON_H])
        return block.draw, np.moveaxis(reached, 0, -1), hit[:, :, looks].sum(axis=-1)

    for draw, reached, now in run_blocks(engine, setting.patients, use, setting.progress):
        first[draw] += 100.0 * reached / setting.patients
        there[draw] += 100.0 * now / setting.patients
    at_look = _by_arm(there, [f"{h:g} h after the end" for h in LOOK_H])
    soon, day = (_difference(there, k) for k in (0, 2))
    return Run(
        claim="rapid_relief",
        ran="One infusion of 0.5 mg/kg S-ketamine over 30 min, as in the blinded fibromyalgia "
        f"trial, for {SOON_DAYS} days; the same people with the drug and without it.",
        tables=(
            Table("People with relief at one moment", _ARM_COLUMNS, tuple(at_look), DRAWS),
            Table(
                "People who have had relief at least once until then",
                _ARM_COLUMNS,
                tuple(_by_arm(first, [f"within {h:g} h of the end" for h in SOON_H])),
                DRAWS,
            ),
            observed_table("What the trial itself counted", ["noppers_2011_fm"]),
            treatments_table(("single_s_ketamine", *DAILY, "placebo"), setting),
            onset_table((*DAILY, "placebo")),
        ),
        says=(
            f"Because of the drug {with_ends(soon, 0)} of 100 people more have 30 percent relief a "
            f"quarter of an hour after the infusion; after a day {with_ends(day, 0)}.",
            "Good moments come without drug too: the second table counts them in both arms. The "
            "third holds what the trial counted; its 12 people an arm leave all of this open.",
        ),
        lacks=(
            "The first hours and days of duloxetine, pregabalin and milnacipran: no concentration "
            "of theirs is simulated; when they begin to help is published in days and weeks.",
        ),
        cautions=limits_of(course),
        courses=digests({"one infusion of S-ketamine": course}),
    )


_ARM_COLUMNS = columns(
    "when",
    ("relief", "percent or more"),
    ("with the drug", "of 100"),
    ("without", "of 100"),
    ("because of the drug", "of 100"),
)


def _relieved(block: Block) -> np.ndarray:
    """Whether pain is down far enough: (arm, threshold, time, patient)."""
    base = block.readout("base_pain")
    arms = [1.0 - block.readout(name) / base for name in ("pain", "pain_placebo")]
    return np.array([[relief >= t / 100.0 for t in THRESHOLDS] for relief in arms])


def _by_arm(found: np.ndarray, labels: list[str]) -> Iterator[tuple[Cell, ...]]:
    """Rows from (draw, arm, threshold, label)."""
    for k, label in enumerate(labels):
        for j, threshold in enumerate(THRESHOLDS):
            drug, without = found[:, 0, j, k], found[:, 1, j, k]
            shown = (drug, without, drug - without)
            yield (label, threshold, *(estimate(each) for each in shown))


def _difference(found: np.ndarray, k: int) -> Estimate:
    return estimate(found[:, 0, 0, k] - found[:, 1, 0, k])


def dissociation_brief(setting: Setting) -> Run:
    """Dissociation over a session of 40 minutes, and when people are fit to leave."""
    course = changed("six_infusions", {"days": [0]}, "2 days")
    summary = _summary(course, setting)
    peak, leave = summary.answers.peaks["cadss"], summary.answers.fit_to_leave_min[0]
    soon = summary.answers.responses[0].difference
    limit = load_pd_model("recovery").parameters["cadss_fit"].value
    return Run(
        claim="dissociation_brief",
        ran="One racemic infusion of 0.5 mg/kg over 40 min.",
        tables=(
            _over_session(summary, "cadss", "Dissociation", "CADSS points"),
            Table(
                "The session in numbers",
                columns("what", "unit", "median person"),
                (
                    (peak.description, peak.unit, _of(peak)),
                    (leave.description, leave.unit, _of(leave)),
                ),
                PEOPLE,
            ),
        ),
        says=(
            f"The score of the middle person peaks at {peak.median:.0f} points of 92 "
            f"({peak.low:.0f} to {peak.high:.0f} in the middle 90 of 100 people).",
            f"Fit to leave {leave.median:.0f} min after the start ({leave.low:.0f} to "
            f"{leave.high:.0f}): {limit:g} points or fewer, pressure settled, shortest stay over.",
            f"Because of the drug {with_ends(soon, 0)} of 100 people more have 30 percent relief "
            "two hours after the session.",
        ),
        lacks=("Dissociation in people with fibromyalgia: the scores are of young volunteers.",),
        cautions=limits_of(course),
        courses=digests({"one infusion": course}),
    )


def side_effects_mild(setting: Setting) -> Run:
    """Blood pressure over a session, and side effects per session and per course."""
    course = load_protocol("six_infusions")
    summary = _summary(course, setting)
    rise = summary.answers.peaks["sbp_change"]
    return Run(
        claim="side_effects_mild",
        ran="Six racemic infusions of 0.5 mg/kg over 40 min; blood pressure is simulated, side "
        "effects are counts of trials carried over to these sessions.",
        tables=(
            _over_session(summary, "sbp_change", "Rise of systolic pressure", "mmHg"),
            incidence_table(course),
        ),
        says=(
            f"The largest rise of systolic pressure is {rise.median:.0f} mmHg in the middle person "
            f"({rise.low:.0f} to {rise.high:.0f} in the middle 90 of 100 people).",
        ),
        lacks=(
            "How long and how hard each side effect is felt: sources count people.",
            "Counts in people with fibromyalgia: the trials in them name effects without numbers.",
        ),
        cautions=limits_of(course),
        courses=digests({"six_infusions": course}),
    )


def iv_course_by_response(setting: Setting) -> Run:
    """Whether early response tells later response, which any plan by response rests on."""
    course = load_protocol("six_infusions")
    looks = (*EARLY_DAYS, LATE_DAY)
    engine = arms_engine(course, looks, setting)
    found = _response(engine, setting, looks)
    rows = [
        row
        for arm, name in enumerate(("with the drug", "without"))
        for row in _early_rows(found[:, arm], name)
    ]
    late = next(r for r in rows if r[0] == "with the drug" and r[1] == f"day {EARLY_DAYS[-1]}")
    yes, no = late[3], late[4]
    assert isinstance(yes, Estimate)
    assert isinstance(no, Estimate)
    return Run(
        claim="iv_course_by_response",
        ran="Six racemic infusions of 0.5 mg/kg for everybody; 30 percent relief the day after the "
        f"first and the second session, and in the week to day {LATE_DAY}.",
        tables=(
            Table(
                "Does early relief tell later relief?",
                columns(
                    "arm",
                    "first look",
                    ("relief then", "of 100"),
                    (f"relief on day {LATE_DAY}, of those with it", "of 100"),
                    (f"relief on day {LATE_DAY}, of the others", "of 100"),
                ),
                tuple(rows),
                DRAWS,
            ),
        ),
        says=(
            f"Of people with relief after the second session {with_ends(yes, 0)} of 100 have it on "
            f"day {LATE_DAY}, of the others {with_ends(no, 0)}. Without drug much the same is "
            "seen, so early relief says little about whether the drug was the reason.",
        )
        if _alike(rows)
        else (
            f"Of people with relief after the second session {with_ends(yes, 0)} of 100 have it on "
            f"day {LATE_DAY}, of the others {with_ends(no, 0)}.",
        ),
        lacks=(
            "Rules that change the plan of one person on the way: each course here is fixed before "
            "it starts. Any fixed plan can be simulated.",
        ),
        cautions=limits_of(course),
        courses=digests({"six_infusions": course}),
    )


def _response(engine: CourseEngine, setting: Setting, looks: tuple[int, ...]) -> np.ndarray:
    """30 percent relief of everybody: (draw, arm, look, patient)."""
    found = np.zeros((setting.draws, 2, len(looks), setting.patients), bool)
    early = [int(np.searchsorted(engine.times_h, DAY_H * d - 1e-9)) for d in looks[:-1]]
    week = np.searchsorted(engine.times_h, DAY_H * (looks[-1] - np.arange(6, -1, -1)) - 1e-9)

    def use(block: Block) -> None:
        base = block.readout("base_pain")
        for arm, name in enumerate(("pain", "pain_placebo")):
            pain = block.readout(name)
            seen = np.array([*(pain[k] for k in early), pain[week].mean(axis=0)])
            found[block.draw, arm, :, block.patients] = (1.0 - seen / base >= 0.3).T

    for _ in run_blocks(engine, setting.patients, use, setting.progress):
        pass
    return found


def _early_rows(found: np.ndarray, arm: str) -> Iterator[tuple[Cell, ...]]:
    late = found[:, -1]
    for k, day in enumerate(EARLY_DAYS):
        early = found[:, k]
        shares = (early, np.where(early, late, np.nan), np.where(early, np.nan, late))
        yield (arm, f"day {day}", *(estimate(100.0 * np.nanmean(s, axis=1)) for s in shares))


def _alike(rows: list[tuple[Cell, ...]]) -> bool:
    """Whether the interval without drug reaches that with it, after the second session."""
    pair = [r[3] for r in rows if r[1] == f"day {EARLY_DAYS[-1]}"]
    ends = [(e.low or 0.0, e.high or 0.0) for e in pair if isinstance(e, Estimate)]
    return ends[0][0] <= ends[1][1] and ends[1][0] <= ends[0][1]


def _summary(course: Course, setting: Setting) -> Summary:
    times = [minutes / 60.0 for minutes in SESSION_MIN]
    who = (setting.patients, setting.draws, setting.seed)
    return summarize(course, *who, times, progress=setting.progress)


def _over_session(summary: Summary, name: str, title: str, unit: str) -> Table:
    wanted = np.array(SESSION_MIN) / 60.0
    shown = summary.quantiles[name].sel(time=wanted, method="nearest")
    levels = [shown.sel(quantile=q).to_numpy() for q in (0.05, 0.5, 0.95)]
    rows = tuple(
        (minutes, Estimate(float(middle), float(low), float(high)))
        for minutes, low, middle, high in zip(SESSION_MIN, *levels, strict=True)
    )
    return Table(f"{title} over a session", columns(("time", "min"), (title, unit)), rows, PEOPLE)


def _of(spread: Spread) -> Estimate:
    return Estimate(spread.median, spread.low, spread.high)
