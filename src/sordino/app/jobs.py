"""Exact runs in the background: one queue, with progress, cancelling, and results to fetch."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

from sordino.app.asked import PlanAsked
from sordino.app.problems import error_document
from sordino.app.runner import Runner, Stopped
from sordino.app.view import PlanShown, plan_shown
from sordino.course import Course
from sordino.errors import SordinoError
from sordino.simulation.summary import Summary

MOST_WAITING = 40
MOST_KEPT = 40
"""Jobs that are kept, done or not; the oldest that is done goes first."""

State = Literal["waiting", "running", "done", "failed", "stopped"]
ENDED = ("done", "failed", "stopped")


@dataclass(frozen=True)
class Done:
    """What a run gave, and what the page shows of it."""

    summary: Summary
    shown: PlanShown


class Busy(Exception):
    """Too many runs wait already."""


@dataclass
class Job:
    """One run: what was asked, how far it is, and what came of it."""

    id: str
    asked: PlanAsked
    course: Course
    state: State = "waiting"
    done: int = 0
    total: int = 0
    result: Done | None = None
    problem: dict[str, Any] | None = None
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ENDED


class Jobs:
    """All background runs of the page."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, "sordino-exact")

    def add(self, asked: PlanAsked, course: Course) -> Job:
        """Put a run into the queue; an earlier one of the same page for the same place ends.

        Raises `Busy` when too many wait.
        """
        job = Job(secrets.token_urlsafe(12), asked, course)
        with self._lock:
            for other in self._jobs.values():
                if asked.tab and other.asked.tab == asked.tab:
                    other.stop.set()
            waiting = [j for j in self._jobs.values() if not j.ended and not j.stop.is_set()]
            if len(waiting) >= MOST_WAITING:
                raise Busy
            self._jobs[job.id] = job
            self._forget()
        self._thread.submit(self._work, job)
        return job

    def get(self, name: str) -> Job | None:
        """A job by its name, as long as it is kept."""
        return self._jobs.get(name)

    @property
    def busy(self) -> bool:
        """Whether a run is under way or waits."""
        return any(not job.ended for job in list(self._jobs.values()))

    def close(self) -> None:
        """Stop everything."""
        for job in list(self._jobs.values()):
            job.stop.set()
        self._thread.shutdown(cancel_futures=True)

    def _forget(self) -> None:
        ended = [job.id for job in self._jobs.values() if job.ended]
        for name in ended[: max(0, len(self._jobs) - MOST_KEPT)]:
            del self._jobs[name]

    def _work(self, job: Job) -> None:
        def progress(done: int, total: int) -> None:
            job.done, job.total = done, total

        if job.stop.is_set():
            job.state = "stopped"
            return
        job.state = "running"
        try:
            found = self._runner.exact(job.course, job.asked.as_run(), progress, job.stop)
            shown = plan_shown(found, job.asked.limits, job.asked.width, exact=True)
            job.result = Done(found, shown)
            job.state = "done"
        except Stopped:
            job.state = "stopped"
        except SordinoError as error:
            job.problem = error_document(error)
            job.state = "failed"
        except Exception as error:  # whoever waits gets an answer, whatever went wrong
            job.problem = error_document(SordinoError(f"unexpected {type(error).__name__}"))
            job.state = "failed"
