"""`simulate_rules`: a course with rules against a fixed schedule, in the same virtual people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sordino._version import __version__
from sordino.course import Course, load_course, rule_sentence
from sordino.errors import InputError
from sordino.pk.run import FASTER, FASTEST_RETRY
from sordino.rules.bodies import TooFast
from sordino.rules.body import SessionWalk
from sordino.rules.closed_loop import Lived, live
from sordino.rules.outcome import (
    LOOKS,
    Arm,
    RuleStudy,
    difference,
    outcome,
    stopped,
)
from sordino.rules.people import People, people, session_walk
from sordino.rules.policy import Policy, policy_of
from sordino.simulation.applicability import extrapolations
from sordino.simulation.dataset import course_engine, simulate

MAX_PEOPLE = 200_000
"""Virtual people, patients times draws, that fit into a few gigabytes of memory."""
ASSUMED = "assumed"

Source = Course | str | Path | Mapping[str, Any]
Progress = Callable[[str], None]


def simulate_rules(
    course: Source,
    against: Source | None = None,
    patients: int = 1000,
    draws: int = 20,
    seed: int = 1,
    progress: Progress | None = None,
) -> RuleStudy:
    """What the rules of a course yield in virtual patients, against a fixed schedule.

    Every virtual patient rates the pain of each evening in whole numbers, with the good and bad
    days of `simulate`; each morning the rules decide on these ratings. People, draws and random
    numbers are those of `simulate`: whoever ends up with some sessions has the numbers that
    `simulate` gives for that course. `against`: a course, for the patient of `course`; by default
    the plan of `course` without its rules. `progress` is called with what begins.

    Raises `InputError` for a course without rules, or that cannot be simulated with them, and
    for numbers out of range.

        study = sordino.simulate_rules("course.toml", patients=1000)
        study.guided.sessions, study.stopped.had_they_gone_on[84]
    """
    said = progress or (lambda _: None)
    plan = course if isinstance(course, Course) else load_course(course)
    policy = policy_of(plan)
    other = _against(against, plan)
    course_engine(plan, patients, draws, seed, None, "arterial")  # checks the numbers
    _check(policy, patients * draws)
    days = min(LOOKS[-1], int(plan.until_h / 24.0 + 1e-9))
    study = _Study(policy, patients, draws, seed, days)
    said("with the rules")
    lived = study.live(policy, None)
    guided = Arm.of(lived, draws)
    said("the fixed schedule")
    fixed = (
        Arm.of(study.live(policy.as_planned(), None), draws)
        if other is None
        else _fixed_arm(other, lived, patients, draws, seed, days)
    )
    lanes = np.flatnonzero(lived.stopped_on >= 0)
    gone_on = guided
    if len(lanes):
        said("those who were stopped, had they gone on")
        gone_on = Arm.of(study.live(policy.without("stop"), lanes), draws)
    counts = np.bincount(lived.board.count)
    shown = plan if other is None else other
    return RuleStudy(
        title=plan.title,
        rules=tuple((r.id, rule_sentence(r), r.source or ASSUMED) for r in plan.rule),
        fixed_title="the plan as written, without rules" if other is None else other.title,
        patients=patients,
        draws=draws,
        seed=seed,
        days=days,
        guided=outcome(guided, days),
        fixed=outcome(fixed, days),
        without_drug=outcome(fixed.without_drug(), days),
        difference=difference(guided, fixed, days),
        sessions={k: 100.0 * float(n) / lived.who.count for k, n in enumerate(counts) if n},
        stopped=stopped(guided, lived.stopped_on, gone_on, lanes, days),
        notes=study.notes(),
        course_digest=plan.digest(),
        fixed_digest=shown.digest(),
        sordino_version=__version__,
    )


class _Study:
    """The people of a study, drawn anew when some of them are faster than was expected."""

    def __init__(self, policy: Policy, patients: int, draws: int, seed: int, days: int) -> None:
        self._policy, self._patients, self._draws = policy, patients, draws
        self._seed, self._days = seed, days
        self._systolic = policy.course.patient.baseline_sbp or float("nan")
        self._prepare(1.0)

    def _prepare(self, faster: float) -> None:
        self._faster = faster
        self._walk: SessionWalk = session_walk(
            self._policy.session(), self._draws, self._seed, faster
        )
        self._who: People = people(
            self._walk, self._patients, self._policy.most_sessions, self._days
        )

    def live(self, policy: Policy, lanes: np.ndarray | None) -> Lived:
        """Everybody, or some, under a policy."""
        while True:
            who = self._who if lanes is None else self._who.some(lanes)
            try:
                return live(policy, self._walk, who, self._days, self._systolic)
            except TooFast:
                if self._faster >= FASTEST_RETRY:
                    raise InputError(
                        "a rate constant is too large, or no number",
                        where="treatment",
                        allowed=f"up to {FASTEST_RETRY:g} times that of the typical patient",
                    ) from None
                self._prepare(self._faster * FASTER)

    def notes(self) -> tuple[str, ...]:
        """What has to be known beside the numbers."""
        return tuple(extrapolations(self._walk.engine, plays_rules=True))


def _against(source: Source | None, plan: Course) -> Course | None:
    """The fixed course, given to the patient of the plan."""
    if source is None:
        return None
    other = source if isinstance(source, Course) else load_course(source)
    update = {"patient": plan.patient, "rule": (), "observe": plan.observe}
    return other.model_copy(update=update)


def _check(policy: Policy, count: int) -> None:
    if count > MAX_PEOPLE:
        raise InputError(
            f"patients times draws is {count}",
            allowed=f"up to {MAX_PEOPLE}",
            hint="fewer draws still give the spread between patients",
        )
    if policy.course.models.slow_clock != "lag":
        raise InputError(
            "rules are not simulated with the slow clock turnover",
            where="models.slow_clock",
            allowed="lag",
        )
    looks = [r for r in policy.rules if r.kind in ("raise", "lower") and r.systolic is not None]
    if looks and policy.course.patient.baseline_sbp is None:
        raise InputError(
            f"rule {looks[0].id} looks at systolic pressure, and that before a session is missing",
            where="patient.baseline_sbp",
            hint="state it, or let the rule look at systolic_rise",
        )


def _fixed_arm(
    course: Course, lived: Lived, patients: int, draws: int, seed: int, days: int
) -> Arm:
    """A course of any kind, through `simulate`."""
    start = course.sessions()[0].start_h if course.sessions() else 0.0
    names = ["pain", "pain_placebo", "cumulative_dose"]
    found = simulate(
        course, patients, draws, seed, start + 24.0 * np.arange(days + 1), variables=names
    )
    pain, plain = (found[name].to_numpy().reshape(-1, days + 1).T for name in names[:2])
    dose = np.tile(found["cumulative_dose"].to_numpy()[:, -1], draws)
    begun = [s for s in course.sessions() if s.start_h - start <= 24.0 * days]
    count = np.full(lived.who.count, float(len(begun)))
    return Arm(draws, lived.who.base_pain, pain, plain, count, dose)
