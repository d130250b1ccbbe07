"""First answers, one after another; a page that asked again meanwhile gets the later one only."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

from sordino.app.asked import PlanAsked
from sordino.app.runner import Runner
from sordino.app.view import SHOWN, PlanShown, plan_shown

MOST_TABS = 1000


class Overtaken(Exception):
    """A later request of the same page has arrived."""


class Turns:
    """The queue of first answers."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._latest: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, "sordino-first")

    async def answer(self, asked: PlanAsked) -> PlanShown:
        """The first answer.

        Raises `Overtaken` when the page has asked for another one, and `InputError` for what
        cannot be used or is too much.
        """
        self._note(asked)
        loop = asyncio.get_running_loop()
        # From now on: what is under way ends while the course is read.
        with self._runner.ahead():
            return await loop.run_in_executor(self._thread, self._work, asked)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(cancel_futures=True)

    def _note(self, asked: PlanAsked) -> None:
        if not asked.tab:
            return
        with self._lock:
            self._latest[asked.tab] = max(asked.turn, self._latest.pop(asked.tab, 0))
            while len(self._latest) > MOST_TABS:
                self._latest.popitem(last=False)

    def _work(self, asked: PlanAsked) -> PlanShown:
        if self._latest.get(asked.tab, 0) > asked.turn:
            raise Overtaken
        summary = self._runner.first(asked.checked(), asked.as_run(), SHOWN)
        return plan_shown(summary, asked.limits, asked.width, exact=False)
