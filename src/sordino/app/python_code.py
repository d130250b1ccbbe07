"""A run as Python that gives the same numbers again."""

from __future__ import annotations

from pprint import pformat
from typing import Any

from sordino.app.runner import Run
from sordino.course import Course
from sordino.simulation.dataset import Sampling


def course_table(course: Course) -> dict[str, Any]:
    """The course as plain values, without what is left at its default."""
    return course.model_dump(mode="json", exclude_defaults=True)


def python_code(course: Course, asked: Run) -> str:
    """A script that runs the course as the page did and draws its figures."""
    people = repr(asked.patients)
    return (
        "import sordino\n"
        "from sordino.report.charts import pain_chart, session_chart\n"
        "from sordino.report.panels import WIDE\n\n"
        f"course = sordino.load_course(\n{_indented(course_table(course))}\n)\n"
        "result = sordino.summarize(\n"
        f"    course, patients={people}, draws={asked.draws}, seed={asked.seed}"
        f"{_sampling(asked.sampling)}\n)\n"
        'result.quantiles["pain"]  # quantiles of people over time; "pain_median": of draws\n'
        "session, pain = session_chart(result, WIDE), pain_chart(result, WIDE)\n"
        'session.save("session.svg")\n'
        'pain.save("pain.svg")\n'
    )


def _sampling(site: Sampling) -> str:
    return "" if site == "arterial" else f', sampling="{site}"'


def _indented(table: dict[str, Any]) -> str:
    text = pformat(table, width=92, sort_dicts=False)
    return "\n".join(f"    {line}" for line in text.splitlines())
