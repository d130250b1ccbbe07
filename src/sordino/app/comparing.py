"""Courses of the page beside other treatments, for the same person."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, Field

from sordino.app.asked import OPEN, Text, checked_course
from sordino.app.jobs import Job
from sordino.app.python_code import course_table
from sordino.app.runner import Runner
from sordino.compare import Comparison, compare
from sordino.compare.compare import MOST_ARMS
from sordino.compare.profiles import profiles
from sordino.course import Course
from sordino.errors import InputError, UnknownName

MOST_COURSES = 4
"""The course of the plan, and those that are pinned."""
MOST_PEOPLE, MOST_READINGS = 2000, 100


class CompareAsked(BaseModel):
    """What is compared: courses, and other treatments by name."""

    model_config = OPEN

    courses: Annotated[list[dict[str, Any]], Field(max_length=MOST_COURSES)] = Field(
        default=[], description="Course documents; the person of the first is that of all."
    )
    comparators: Annotated[list[Text], Field(max_length=MOST_ARMS)] = Field(
        default=[], description="Names of other treatments.", examples=[["placebo", "duloxetine"]]
    )
    patients: Annotated[int, Field(ge=1, le=MOST_PEOPLE)] = Field(
        default=500, description="How many made-up people."
    )
    draws: Annotated[int, Field(ge=1, le=MOST_READINGS)] = Field(
        default=20, description="Readings of the studies; 1 gives no ranges."
    )
    seed: Annotated[int, Field(ge=0, lt=2**31)] = Field(
        default=1, description="Where random numbers start."
    )
    tab: Text = Field(default="", description="The page that asks; its later requests win.")

    def checked(self) -> tuple[Course, ...]:
        """The courses, all of the same person; raises `InputError` for what cannot be compared."""
        arms = len(self.courses) + len(self.comparators)
        if not 1 <= arms <= MOST_ARMS:
            raise InputError(
                f"{arms} treatments", where="courses", allowed=f"1 to {MOST_ARMS} in all"
            )
        for name in self.comparators:
            if name not in profiles():
                raise UnknownName("comparator", name, profiles(), where="comparators")
        if len(set(self.comparators)) < len(self.comparators):
            raise InputError("a treatment is there twice", where="comparators", allowed="each once")
        read = [_course(table) for table in self.courses]
        return tuple(_same_person(course, read[0]) for course in read)


def comparators() -> tuple[dict[str, Any], ...]:
    """Every other treatment: its name, its title, and whether its effect on pain is known."""
    return tuple({"name": p.name, "title": p.title, "known": p.known} for p in profiles().values())


def compare_work(
    runner: Runner, asked: CompareAsked, courses: Sequence[Course]
) -> Callable[[Job], Comparison]:
    """Work that gives what `compare` gives for course files with these courses."""
    titles = _titles(courses)
    total = sum(asked.draws * asked.patients for _ in courses)

    def work(job: Job) -> Comparison:
        done = 0

        def told(_: str) -> Callable[[int, int], None]:
            nonlocal done
            before, share = done, total // max(len(courses), 1)
            done += share

            def progress(blocks: int, of: int) -> None:
                job.progress(before + share * blocks // of, total)
                runner.make_way(job.stop)

            return progress

        with tempfile.TemporaryDirectory(prefix="sordino-") as folder:
            files = _written(courses, titles, Path(folder))
            names = [*map(str, files), *asked.comparators]
            found = compare(names, asked.patients, asked.draws, asked.seed, told)
        return _named(found, dict(zip(map(str, files), titles, strict=True)))

    return work


def _course(table: dict[str, Any]) -> Course:
    course = checked_course(table)
    if not course.administrations():
        raise InputError("this course has no ketamine or esketamine", where="treatment")
    return course


def _same_person(course: Course, first: Course) -> Course:
    return course.model_copy(update={"patient": first.patient})


def _titles(courses: Sequence[Course]) -> tuple[str, ...]:
    """Titles that differ: a second course of one title gets its number behind it."""
    given = [course.title for course in courses]
    return tuple(
        f"{title} ({given[: k + 1].count(title)})" if given[:k].count(title) else title
        for k, title in enumerate(given)
    )


def _written(courses: Sequence[Course], titles: Sequence[str], folder: Path) -> list[Path]:
    """The courses as files in a folder that is for this program only.

    They say nothing of who the person is: no model needs it.
    """
    files: list[Path] = []
    for number, (course, title) in enumerate(zip(courses, titles, strict=True), 1):
        table = course_table(course)
        table["title"] = title
        person: dict[str, Any] = table.get("patient", {})
        table["patient"] = {k: v for k, v in person.items() if k not in ("id", "title")}
        files.append(folder / f"{number}.json")
        files[-1].write_text(json.dumps(table), encoding="utf-8")
    return files


def _named(found: Comparison, titles: dict[str, str]) -> Comparison:
    """Arms by their titles, where they had the names of files."""
    return replace(
        found,
        arms=tuple(replace(arm, name=titles.get(arm.name, arm.name)) for arm in found.arms),
        course_digests={titles[name]: digest for name, digest in found.course_digests.items()},
    )
