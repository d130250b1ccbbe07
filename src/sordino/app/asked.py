"""What the page asks for: a course, how to run it, and limits of one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from sordino.app.charts import NARROWEST, WIDEST
from sordino.app.runner import Run
from sordino.course import Course, load_course
from sordino.errors import InputError

MOST_PATIENTS, MOST_DRAWS = 10_000, 200
MOST_LANES = 200_000
"""People times draws of one run."""
MOST_SESSIONS = 200
OPEN = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True)
"""Nothing unknown, and nothing taken for a number that is none: true, or digits in quotes."""

Text = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_-]*$")]
Positive = Annotated[float, Field(gt=0, le=1e6)]


class RunAsked(BaseModel):
    """How the course is run."""

    model_config = OPEN

    patients: Annotated[int, Field(ge=1, le=MOST_PATIENTS)] | Literal["typical"] = Field(
        default=2000, description="How many made-up people, or the typical one."
    )
    draws: Annotated[int, Field(ge=1, le=MOST_DRAWS)] = Field(
        default=20, description="Readings of the studies; 1 gives no ranges."
    )
    seed: Annotated[int, Field(ge=0, lt=2**31)] = Field(
        default=1, description="Where random numbers start."
    )
    sampling: Literal["arterial", "venous"] = Field(
        default="arterial", description="Where blood levels are taken."
    )


class OwnLimits(BaseModel):
    """Limits that somebody sets for this person; nothing is checked that is left out."""

    model_config = OPEN

    cadss: Positive | None = Field(default=None, description="Dissociation, CADSS points.")
    sbp_change: Positive | None = Field(
        default=None, description="Rise of the upper blood pressure, mmHg."
    )
    leave_min: Positive | None = Field(
        default=None, description="Minutes from the start of a session until fit to leave."
    )
    total_mg: Positive | None = Field(default=None, description="Dose of the whole course, mg.")


class PlanAsked(BaseModel):
    """A course to be shown."""

    model_config = OPEN

    course: dict[str, Any] = Field(
        description="The course document, as in a course file.",
        examples=[
            {
                "patient": {"age": 47, "weight": "70 kg", "pain": 7},
                "treatment": [
                    {
                        "drug": "ketamine",
                        "route": "iv",
                        "dose": "0.5 mg/kg",
                        "duration": "40 min",
                        "days": [0, 2, 4],
                    }
                ],
            }
        ],
    )
    run: RunAsked = Field(default=RunAsked(), description="How the course is run.")
    limits: OwnLimits = Field(default=OwnLimits(), description="Limits of one's own.")
    width: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=420,
        description=f"Width of a drawing in pixels; {NARROWEST} to {WIDEST} are made.",
    )
    tab: Text = Field(default="", description="The page that asks; its later requests win.")
    turn: Annotated[int, Field(ge=0, lt=2**53)] = Field(
        default=0, description="Number of the request among those of the page."
    )

    def checked(self) -> Course:
        """The course; raises `InputError` for what cannot be used or is too much."""
        course = checked_course(self.course)
        self._bounded_run()
        return course

    def _bounded_run(self) -> None:
        people = 1 if self.run.patients == "typical" else self.run.patients
        if people * self.run.draws > MOST_LANES:
            raise InputError(
                f"{people} people under {self.run.draws} draws is too much for this page",
                where="run.patients",
                allowed=f"people times draws up to {MOST_LANES}",
                hint="use the command line: sordino simulate",
            )

    def as_run(self) -> Run:
        """How the course is run."""
        own = self.run
        return Run(own.patients, own.draws, own.seed, own.sampling)


def checked_course(table: Mapping[str, Any]) -> Course:
    """A course that the page takes; raises `InputError` for what cannot be used or is too much."""
    course = load_course(table)
    for name in (course.models.pk, course.models.venous):
        if name is not None and not name.replace("_", "").isalnum():
            raise InputError(
                "only models of the library can be named here",
                where="models",
                hint="see the page of models",
            )
    count = len(course.sessions())
    if count > MOST_SESSIONS:
        raise InputError(
            f"the course has {count} sessions",
            where="treatment",
            allowed=f"at most {MOST_SESSIONS} on this page",
            hint="use the command line: sordino simulate",
        )
    return course
