"""Work in the background: one queue, with progress, cancelling, and results to fetch."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Literal

from sordino.app.problems import error_document
from sordino.app.runner import Stopped
from sordino.errors import SordinoError

MOST_WAITING = 40
MOST_KEPT = 40
"""Jobs that are kept after their end; the oldest goes first."""

State = Literal["waiting", "running", "stopping", "done", "failed", "stopped"]
ENDED = ("done", "failed", "stopped")


class Busy(Exception):
    """Too many runs wait already."""


@dataclass
class Job:
    """One piece of work: how far it is, and what came of it.

    `kind` names the work and `tab` the page that asked: a later job of the same kind and tab ends
    this one. `private`: it holds what a record says, and is for those who may read records.
    """

    id: str
    kind: str
    tab: str
    work: Callable[[Job], object]
    private: bool = False
    state: State = "waiting"
    done: int = 0
    total: int = 0
    result: object = None
    problem: dict[str, Any] | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    watched: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ENDED

    def progress(self, done: int, total: int) -> None:
        """Note how far the work is; raises `Stopped` when nobody waits for it any more."""
        self.done, self.total = done, total
        if self.stop.is_set():
            raise Stopped

    def leave(self) -> None:
        """Stop, if nobody watches."""
        if not self.watched:
            self.end()

    def end(self) -> None:
        """Stop: at once while it waits, soon where it runs."""
        with self._lock:
            self.stop.set()
            if self.state == "waiting":
                self.state = "stopped"
            elif self.state == "running":
                self.state = "stopping"

    def begin(self) -> bool:
        """Whether it is to be run now: it has not been stopped while it waited."""
        with self._lock:
            waited = self.state == "waiting"
            if waited:
                self.state = "running"
            return waited

    def finish(self, state: State) -> None:
        """Note what came of it; what nobody waits for is not kept as done."""
        with self._lock:
            self.state = "stopped" if state == "done" and self.stop.is_set() else state


class Jobs:
    """All background work of the page."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, "sordino-job")
        self._working = False

    def add(
        self, kind: str, work: Callable[[Job], object], tab: str = "", *, private: bool = False
    ) -> Job:
        """Put work into the queue; raises `Busy` when too much waits.

        An earlier job of the same kind from the same page ends.
        """
        job = Job(secrets.token_urlsafe(12), kind, tab, work, private)
        with self._lock:
            self._end(kind, tab)
            waiting = [j for j in self._jobs.values() if j.state in ("waiting", "running")]
            if len(waiting) >= MOST_WAITING:
                raise Busy
            self._jobs[job.id] = job
            self._forget()
            if not self._working:
                self._thread.submit(self._work_all)
                self._working = True
        return job

    def get(self, name: str) -> Job | None:
        """A job by its name, as long as it is kept."""
        return self._jobs.get(name)

    def end(self, kind: str, tab: str) -> None:
        """Stop what a page has asked for: it shows something else by now."""
        with self._lock:
            self._end(kind, tab)

    @property
    def busy(self) -> bool:
        """Whether a job is under way or waits."""
        return any(not job.ended for job in list(self._jobs.values()))

    def close(self) -> None:
        """Stop everything."""
        for job in list(self._jobs.values()):
            job.end()
        self._thread.shutdown(cancel_futures=True)

    def _end(self, kind: str, tab: str) -> None:
        for other in self._jobs.values():
            if tab and (other.tab, other.kind) == (tab, kind):
                other.end()

    def _forget(self) -> None:
        ended = [job.id for job in self._jobs.values() if job.ended]
        for name in ended[: max(0, len(ended) - MOST_KEPT)]:
            del self._jobs[name]

    def _work_all(self) -> None:
        while (job := self._next()) is not None:
            self._work(job)

    def _next(self) -> Job | None:
        """The job that has waited longest. The queue is the jobs themselves: it holds no other."""
        with self._lock:
            found = next((job for job in self._jobs.values() if job.begin()), None)
            self._working = found is not None
            return found

    def _work(self, job: Job) -> None:
        try:
            job.result = job.work(job)
            job.finish("done")
        except Stopped:
            job.finish("stopped")
        except SordinoError as error:
            job.problem = error_document(error)
            job.finish("failed")
        except Exception as error:  # whoever waits gets an answer, whatever went wrong
            job.problem = error_document(SordinoError(f"unexpected {type(error).__name__}"))
            job.finish("failed")
