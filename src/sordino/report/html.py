"""One HTML page that holds the whole report: no script, no font, no request."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from sordino.library.evidence import claims
from sordino.report import safety as safety_tables
from sordino.report import wellbeing, words
from sordino.report.claims import VERDICTS
from sordino.report.figures import figures
from sordino.report.page import page
from sordino.report.result import Result, build_result
from sordino.report.tables import Table
from sordino.safety.interactions import Change
from sordino.simulation.summary import Summary


def report_html(
    summary: Summary,
    result: Result | None = None,
    command: str = "",
    changes: Sequence[Change] = (),
) -> str:
    """The report as HTML.

    `command` is the command line to show under "how to reproduce"; without it one is made up
    from the provenance. `changes`: what the simulation holds of other drugs. Text of the course
    is escaped.

        Path("report.html").write_text(report_html(sordino.summarize("course.toml")))
    """
    made = result or build_result(summary, changes)
    return page(
        "template.html",
        title=made.title,
        result=made,
        said=made.in_words,
        figures=figures(summary),
        answers=answer_table(summary),
        session_rows=session_table(summary),
        command=command or _usual_command(made),
        number=_number,
        limits=limit_sentences(made.limits),
        wellbeing_told=wellbeing.told(made.wellbeing),
        wellbeing_tables=wellbeing.tables(made.wellbeing),
        safety=made.safety,
        claims=claims(),
        verdicts=VERDICTS,
        safety_tables=safety_tables,
    )


def command_line(
    course: str,
    *,
    patients: str,
    draws: int,
    seed: int,
    sampling: str,
    trajectories: bool = False,
) -> str:
    """The command line that gives a result again; no `course` means the bundled one."""
    parts = ["sordino", "simulate"]
    # A name that begins with a dash would be taken for an option.
    parts += [f"./{course}" if course.startswith("-") else course] if course else []
    parts += ["--patients", patients, "--draws", str(draws), "--seed", str(seed)]
    parts += ["--sampling", sampling] if sampling != "arterial" else []
    parts += ["--trajectories"] if trajectories else []
    return shlex.join(parts)


def answer_table(summary: Summary) -> Table:
    """Pain at every look, in short: the table under the headline."""
    rows = [
        (
            p.label,
            words.pain(p.with_drug),
            words.pain(p.without_drug),
            words.pain(p.difference),
        )
        for p in summary.answers.pain
    ]
    return Table(
        "Mean pain of 10, with the range that studies leave open.",
        ("When", "With the drug", "Without any drug", "Difference"),
        tuple(rows),
    )


def session_table(summary: Summary) -> Table:
    """The peaks of the course and the time to leave."""
    found = summary.answers
    rows = [
        (words.sentence(s.description)[:-1], words.spread(s), s.unit) for s in found.peaks.values()
    ]
    for number, s in enumerate(found.fit_to_leave_min, start=1):
        name = f"Session {number}: fit to leave after its start"
        ends = f"{words.minutes(s.median)} ({words.minutes(s.low)} to {words.minutes(s.high)})"
        same = words.minutes(s.low) == words.minutes(s.high)
        rows.append((name, words.minutes(s.median) if same else ends, ""))
    return Table(
        "Peaks over the whole course, and when people are fit to leave.",
        ("What", "Middle (90 of 100)", "Unit"),
        tuple(rows),
    )


def limit_sentences(limits: Sequence[str]) -> list[str]:
    """What the result leaves its sources behind in, as sentences."""
    found = [words.sentence(text) for text in limits]
    return [
        *found,
        "Relief that outlasts the drug rests on a study in CRPS, not in fibromyalgia.",
        "Relief in the hours of a session rests on two small trials in fibromyalgia, one of them "
        "without a control group.",
        "Hope and attention are taken to do the same with the drug as without; people who feel "
        "the drug may hope for more.",
    ]


def _usual_command(result: Result) -> str:
    used = result.provenance
    return command_line(
        "course.toml",
        patients=str(used["patients"]),
        draws=int(used["draws"]),
        seed=int(used["seed"]),
        sampling=str(used["sampling"]),
    )


def _number(value: float | str | None) -> str:
    return f"{value:.4g}" if isinstance(value, float | int) else (value or "")
