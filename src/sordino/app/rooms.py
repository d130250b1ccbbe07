"""What the application holds while it runs."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from sordino.app.asked import OwnLimits
from sordino.app.bundle import bundle
from sordino.app.charts import NARROWEST
from sordino.app.jobs import Jobs
from sordino.app.learned import drawing, learned
from sordino.app.records import Records
from sordino.app.runner import Run, Runner, Stopped
from sordino.app.turns import Turns
from sordino.app.view import SHOWN, plan_shown
from sordino.course import Course
from sordino.library.protocols import DEFAULT_PROTOCOL, load_protocol

logger = logging.getLogger(__name__)

USUAL = (DEFAULT_PROTOCOL, "single_s_ketamine", "nasal_84mg_twice_weekly", "daily_lozenge")
"""Regimens whose compiled code is made ready at the start, the likeliest first."""

QUIET_S = 3.0
"""Nothing is made ready while somebody is at work: until no answer was asked for so long."""
LOOK_S = 0.5


@dataclass
class Rooms:
    """The runner, its queues, and whether the usual courses are ready to be run."""

    runner: Runner
    turns: Turns
    jobs: Jobs
    records: Records
    start: str = field(default_factory=lambda: secrets.token_urlsafe(6))
    warm: threading.Event = field(default_factory=threading.Event)
    closing: threading.Event = field(default_factory=threading.Event)
    _ahead: threading.Thread | None = None

    def begin(self, *, warm: bool) -> None:
        """Make ready what takes seconds, beside the requests."""
        tasks: list[Callable[[], object]] = [bundle]
        if warm:
            usual = [load_protocol(name) for name in USUAL]
            tasks += [lambda: self._first(usual[0]), lambda: self._exact(usual[0])]
            tasks += [lambda course=course: self._first(course) for course in usual[1:]]
            tasks += [lambda one=one: drawing(one.name) for one in learned()]
        self._ahead = threading.Thread(target=self._make_ready, args=(tasks,))
        self._ahead.start()

    def close(self) -> None:
        """End all threads; what is being compiled is compiled to its end."""
        self.closing.set()
        if self._ahead is not None:
            self._ahead.join()
        self.jobs.close()
        self.turns.close()
        self.runner.close()
        self.records.close()

    def _first(self, course: Course) -> None:
        summary = self.runner.first(course, Run(), SHOWN)
        plan_shown(summary, OwnLimits(), NARROWEST, exact=False)

    def _exact(self, course: Course) -> None:
        self.runner.exact(course, Run(patients=1), lambda done, total: None, self.closing)

    def _make_ready(self, tasks: list[Callable[[], object]]) -> None:
        for task in tasks:
            while self.jobs.busy or self.runner.quiet_s < QUIET_S:
                if self.closing.wait(LOOK_S):
                    return
            if self.closing.is_set():
                return
            try:
                task()
            except (RuntimeError, Stopped) as error:  # the pool of a page that is being closed
                logger.debug("not made ready: %s", error)
        self.warm.set()


def open_rooms(data: str = "") -> Rooms:
    """Rooms with their queues and the store at `data`; nothing runs yet."""
    runner = Runner()
    return Rooms(runner, Turns(runner), Jobs(), Records(data))
