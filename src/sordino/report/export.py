"""Simulate a course and write the report into a folder, whole or not at all."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from sordino.course import Course
from sordino.report.html import report_html
from sordino.report.result import Result, build_result, result_json
from sordino.report.staging import staged
from sordino.report.trajectories import TrajectoryFile
from sordino.safety.beside import changes, summarize_beside
from sordino.safety.interactions import Change, taken_by
from sordino.simulation.dataset import Sampling
from sordino.simulation.summary import Keep, Progress, Summary, summarize

REPORT = "report.html"
RESULT = "result.json"
TRAJECTORIES = "trajectories.parquet"


@dataclass(frozen=True)
class Asked:
    """What to simulate, and how to say so on a command line."""

    course: Course
    patients: int | Literal["typical"] = 1000
    draws: int = 20
    seed: int = 1
    sampling: Sampling = "arterial"
    command: str = ""

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """What the other drugs of the patient change, as far as a published ratio says so.

        The ratios are about the models that drive the effects, so nothing is said of venous
        levels beside other drugs.
        """
        taken = taken_by(self.course.patient)
        return changes(self.course, taken) if taken and self.sampling == "arterial" else ()

    def summary(self, progress: Progress | None = None, keep: Keep | None = None) -> Summary:
        """Simulate what is asked; the arguments are those of `summarize`."""
        if self.changes:
            who = (self.patients, self.draws, self.seed)
            found = summarize_beside(self.course, self.changes, *who, progress, keep)
            # What is really given, where other doses ran in its place.
            return replace(found, course=self.course)
        return summarize(
            self.course,
            self.patients,
            self.draws,
            self.seed,
            sampling=self.sampling,
            progress=progress,
            keep=keep,
        )


@dataclass(frozen=True)
class Written:
    """A summary, its result document, and the files that hold them."""

    summary: Summary
    result: Result
    files: tuple[Path, ...]


def simulate_to_folder(
    asked: Asked,
    folder: Path,
    *,
    trajectories: bool = False,
    progress: Progress | None = None,
) -> Written:
    """Simulate and write report.html, result.json and, when asked, trajectories.parquet.

    Files of the same names are replaced. Raises OutputError before anything is simulated when
    the folder cannot be written, and what `summarize` raises; nothing is left behind then.
    """
    names = (REPORT, RESULT, *((TRAJECTORIES,) if trajectories else ()))
    with staged(folder, names) as parts:
        with contextlib.ExitStack() as stack:
            keep = None
            if trajectories:
                keep = stack.enter_context(TrajectoryFile(parts[TRAJECTORIES])).add
            summary = asked.summary(progress, keep)
        result = build_result(summary, asked.changes)
        page = report_html(summary, result, asked.command, asked.changes)
        parts[REPORT].write_text(page, encoding="utf-8")
        parts[RESULT].write_text(result_json(result), encoding="utf-8")
    return Written(summary, result, tuple(folder / name for name in names))
