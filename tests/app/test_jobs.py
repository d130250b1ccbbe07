"""The queue of work in the background: what waits, what is stopped, and what is kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from sordino.app.jobs import ENDED, MOST_KEPT, MOST_WAITING, Busy, Job, Jobs


class Held:
    """Work that lasts until it is let go."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.go = threading.Event()

    def __call__(self, job: Job) -> str:
        self.begun.set()
        assert self.go.wait(30.0)
        return "found"


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    opened = Jobs()
    yield opened
    opened.close()


@pytest.fixture
def held(jobs: Jobs) -> Iterator[Held]:
    """A job that runs while the test lasts."""
    work = Held()
    jobs.add("claim", work)
    assert work.begun.wait(30.0)
    yield work
    work.go.set()


def ended(job: Job) -> str:
    until = threading.Event()
    for _ in range(3000):
        if job.state in ENDED:
            return job.state
        until.wait(0.01)
    raise AssertionError("the job does not end")


def test_what_is_superseded_while_it_waits_is_stopped_at_once_and_forgotten(
    jobs: Jobs, held: Held
) -> None:
    ran: list[int] = []
    added = [jobs.add("plan", lambda _, k=k: ran.append(k), "tab") for k in range(1000)]
    assert {job.state for job in added[:-1]} == {"stopped"}
    assert added[-1].state == "waiting"
    kept = [job for job in added if jobs.get(job.id) is not None]
    assert kept == added[-MOST_KEPT - 1 :]
    held.go.set()
    assert ended(added[-1]) == "done"
    assert ran == [999]


def test_what_is_stopped_while_it_waits_makes_room(jobs: Jobs, held: Held) -> None:
    waiting = [jobs.add("plan", str, f"tab{k}") for k in range(MOST_WAITING - 1)]
    with pytest.raises(Busy):
        jobs.add("plan", str)
    waiting[0].end()
    assert waiting[0].state == "stopped"
    last = jobs.add("plan", str)
    held.go.set()
    assert ended(last) == "done"
    assert [job.state for job in waiting] == ["stopped", *["done"] * (MOST_WAITING - 2)]


def test_what_runs_says_that_it_is_being_stopped(jobs: Jobs) -> None:
    work = Held()
    job = jobs.add("claim", work)
    assert work.begun.wait(30.0)
    assert job.state == "running"
    job.end()
    assert job.state == "stopping"
    work.go.set()
    assert ended(job) == "stopped"
    job.end()
    assert job.state == "stopped"


def test_what_is_done_stays_done(jobs: Jobs) -> None:
    job = jobs.add("plan", lambda _: "found", "tab")
    assert ended(job) == "done"
    jobs.end("plan", "tab")
    assert (job.state, job.result) == ("done", "found")


def test_the_latest_results_are_kept_whatever_waits(jobs: Jobs) -> None:
    done = [jobs.add("plan", str) for _ in range(MOST_KEPT - 1)]
    assert {ended(job) for job in done} == {"done"}
    work = Held()
    jobs.add("claim", work)
    assert work.begun.wait(30.0)
    for _ in range(MOST_WAITING - 1):
        jobs.add("plan", str)
    assert all(jobs.get(job.id) is job for job in done)
    work.go.set()


def test_closing_ends_what_waits() -> None:
    jobs = Jobs()
    work = Held()
    running = jobs.add("claim", work)
    assert work.begun.wait(30.0)
    waiting = jobs.add("plan", str)
    threading.Timer(0.05, work.go.set).start()
    jobs.close()
    assert (running.state, waiting.state) == ("stopped", "stopped")
