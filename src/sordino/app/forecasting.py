"""One person followed: what was learned from a record and what may come, as work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field

from sordino.app.asked import OPEN, Text, checked_course
from sordino.app.jobs import Job
from sordino.app.runner import Runner
from sordino.course import Course
from sordino.errors import InputError
from sordino.following import Followed, follow
from sordino.record import Record

MOST_OTHERS = 4
TAKEN = ("plan", "stop", "once", "weekly")
"""Names that following gives to choices of its own."""


class OtherAsked(BaseModel):
    """A course that could begin the day after the record ends."""

    model_config = OPEN

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[\w -]+$")]
    course: dict[str, Any]


class ForecastAsked(BaseModel):
    """The plan of a person, and other ways on."""

    model_config = OPEN

    course: dict[str, Any] = Field(description="The plan: a course document.")
    others: Annotated[list[OtherAsked], Field(max_length=MOST_OTHERS)] = Field(
        default=[], description="Courses that could begin the day after the record ends."
    )
    seed: Annotated[int, Field(ge=0, lt=2**31)] = Field(
        default=1, description="Where random numbers start."
    )
    tab: Text = Field(default="", description="The page that asks; its later requests win.")

    def checked(self) -> tuple[Course, dict[str, Course]]:
        """The plan and the other courses; raises `InputError` for what cannot be used."""
        others: dict[str, Course] = {}
        for other in self.others:
            if other.name in others or other.name in TAKEN:
                raise InputError(f"two choices are called {other.name}", where="others")
            others[other.name] = checked_course(other.course)
        return checked_course(self.course), others


@dataclass(frozen=True)
class FollowedShown:
    """What following found, and the name under which the page knows the person."""

    id: str
    found: Followed


def forecast_work(
    runner: Runner, name: str, record: Record, plan: Course, others: dict[str, Course], seed: int
) -> Callable[[Job], FollowedShown]:
    """Work that gives what `follow` gives for this record and these courses.

    It stops and makes way for first answers between its steps.
    """
    # Whose record it is, the store knows; the plan may have been made for nobody yet.
    own = plan.model_copy(update={"patient": plan.patient.model_copy(update={"id": None})})

    def work(job: Job) -> FollowedShown:
        def progress(done: int, total: int) -> None:
            job.progress(done, total)
            runner.make_way(job.stop)

        return FollowedShown(name, follow(own, record, others, seed, progress))

    return work
