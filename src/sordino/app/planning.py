"""An exact run of a course as work in the background."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sordino.app.asked import PlanAsked
from sordino.app.jobs import Job
from sordino.app.runner import Runner
from sordino.app.view import PlanShown, plan_shown
from sordino.course import Course
from sordino.simulation.summary import Summary


@dataclass(frozen=True)
class Planned:
    """What a run gave, and what the page shows of it."""

    summary: Summary
    shown: PlanShown


def plan_work(runner: Runner, asked: PlanAsked, course: Course) -> Callable[[Job], Planned]:
    """Work that gives what `summarize` gives for the same course and numbers."""

    def work(job: Job) -> Planned:
        summary = runner.exact(course, asked.as_run(), job.progress, job.stop)
        return Planned(summary, plan_shown(summary, asked.limits, asked.width, exact=True))

    return work
