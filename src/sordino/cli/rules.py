"""`sordino rules`: what the rules of a course say, of a record, and in virtual people."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sordino.cli import is_quiet, say

if TYPE_CHECKING:
    from sordino.rules import Advice, RuleStudy

WIDTH = 88

rules = typer.Typer(
    help="Courses that answer to the person: their rules, in words, on a record, simulated.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

CourseArgument = Annotated[
    Path, typer.Argument(help="A course file with [[rule]] tables, .toml or .json.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@rules.command()
def show(course: CourseArgument, as_json: JsonOption = False) -> None:
    """Say every rule of a course in words, and where its numbers are from.

    sordino rules show course.toml
    """
    from sordino.course import load_course, rule_sentence
    from sordino.rules.policy import policy_of

    policy = policy_of(load_course(course))
    said = [
        {"id": r.id, "says": rule_sentence(r), "source": r.source or "assumed"}
        for r in policy.rules
    ]
    if as_json:
        _json({"title": policy.course.title, "rules": said})
        return
    print(f"{policy.course.title}\n")
    write_lines((f"{one['id']}: {one['says']} ({one['source']})" for one in said), "- ")


@rules.command()
def now(
    course: CourseArgument,
    record: Annotated[Path, typer.Argument(help="The record, .csv, .toml or .json.")],
    as_json: JsonOption = False,
) -> None:
    """Say what the rules of a course ask for today, given a record, and why.

    sordino rules now course.toml record.csv;  sordino follow adds a forecast
    """
    from sordino.course import load_course
    from sordino.record import load_record
    from sordino.rules import advise

    plan = load_course(course)
    found = advise(plan, load_record(record, patient=plan.patient.id))
    if as_json:
        from sordino.report.rules import advice_as_dict

        _json({"title": plan.title, **(advice_as_dict(found) or {})})
    else:
        print(f"{plan.title}\n")
        write_lines(advice_lines(found))


@rules.command()
def simulate(
    course: CourseArgument,
    against: Annotated[
        Path | None,
        typer.Option("--against", help="A course to compare with: the plan without its rules."),
    ] = None,
    as_json: JsonOption = False,
    patients: Annotated[
        int, typer.Option("--patients", "-n", help="How many made-up people.")
    ] = 1000,
    draws: Annotated[
        int, typer.Option("--draws", help="Readings of the studies; 1 gives no ranges.")
    ] = 20,
    seed: Annotated[int, typer.Option("--seed", help="Where random numbers start.")] = 1,
) -> None:
    """Say what the rules yield in virtual people, against a fixed schedule.

    sordino rules simulate course.toml --patients 1000
    """
    from sordino.rules import simulate_rules

    found = simulate_rules(course, against, patients, draws, seed, _progress)
    if as_json:
        _json(asdict(found))
    else:
        _write(found)


def _progress(name: str) -> None:
    if not is_quiet() and sys.stderr.isatty():
        say(f"simulating {name}")


def _json(table: dict[str, Any]) -> None:
    from sordino.report.compare import plain_values

    text = json.dumps(plain_values(table), ensure_ascii=False, allow_nan=False, indent=1)
    sys.stdout.write(text + "\n")


def write_lines(texts: Iterable[str], mark: str = "") -> None:
    """Print texts as paragraphs, or as a list with a mark."""
    for text in texts:
        listed = bool(mark) or text.startswith(("- ", " "))
        indent = "  " if listed else ""
        print(textwrap.fill(mark + text, WIDTH, subsequent_indent=indent) if text else "")


def advice_lines(found: Advice) -> Iterator[str]:
    """What the rules say of a record, line by line: the action, each rule, what is missing."""
    yield found.text
    yield ""
    for rule in found.rules:
        yield f"- {rule.id}, {rule.state}: {rule.says}"
        for text in rule.looked:
            yield f"    {text}"
    if found.missing:
        yield ""
        yield f"Missing: {'; '.join(found.missing)}."
    yield ""
    yield from found.notes


def _write(found: RuleStudy) -> None:
    from sordino.cli.model_view import write_table
    from sordino.report.rules import headlines, table

    print(f"{found.title}\n")
    write_lines(headlines(found))
    shown = table(found)
    print(f"\n{textwrap.fill(shown.caption, WIDTH)}\n")
    write_table(shown.header, [list(row) for row in shown.rows])
    print()
    write_lines((f"{name}: {says} ({source})" for name, says, source in found.rules), "- ")
    print()
    write_lines((f"{text[:1].upper()}{text[1:]}." for text in found.notes), "- ")
