"""The entry point: which commands there are, and what leaves the program when one fails.

Exit codes: 0 done; 1 done and the answer is bad, or a fault of the program; 2 bad input or
use; 130 interrupted; 141 nobody reads the output any more.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import typer
from typer.core import TyperGroup

from sordino._version import __version__
from sordino.cli import set_quiet
from sordino.errors import DocumentError, SordinoError, UnknownName


class Command(NamedTuple):
    """Where a command lives, and the line that `sordino --help` says about it."""

    module: str
    attribute: str
    summary: str


COMMANDS = {
    "new": Command("sordino.cli.new", "new", "Write a course or model file to start from."),
    "check-course": Command(
        "sordino.cli.check_course", "check_course", "Check a course file and say what is wrong."
    ),
    "models": Command(
        "sordino.cli.models", "models", "List the published models, show one, or check a file."
    ),
    "evidence": Command(
        "sordino.cli.evidence", "evidence", "List what studies found, or show one row of it."
    ),
    "simulate": Command(
        "sordino.cli.simulate", "simulate", "Simulate a course and write the results."
    ),
    "compare": Command(
        "sordino.cli.compare", "compare", "Compare courses with other treatments and placebo."
    ),
    "safety": Command(
        "sordino.cli.safety", "safety", "Say what a course may do beside relief, and its limits."
    ),
    "screen": Command(
        "sordino.cli.screen", "screen", "Go through the rules for one person, and what is missing."
    ),
    "score": Command(
        "sordino.cli.score", "score", "Score a questionnaire from the answers to its items."
    ),
    "sensitivity": Command(
        "sordino.cli.sensitivity", "sensitivity", "Say which unknown matters most for relief."
    ),
    "follow": Command(
        "sordino.cli.follow", "follow", "Learn from one person's record and forecast four weeks."
    ),
    "rules": Command(
        "sordino.cli.rules", "rules", "Say what the rules of a course ask for, and yield."
    ),
    "calibrate": Command(
        "sordino.cli.calibrate", "calibrate", "Fit the effects to published group results."
    ),
    "cite": Command(
        "sordino.cli.cite", "cite", "Print the papers behind a run of a course, as BibTeX."
    ),
    "predict": Command(
        "sordino.cli.predict", "predict", "Predict or simulate a data set with a model."
    ),
    "app": Command("sordino.cli.app", "app", "Open the web page on which a course is shaped."),
    "vpc": Command(
        "sordino.cli.vpc", "vpc", "Compare a data set with simulations of it, as a figure."
    ),
    "record": Command(
        "sordino.cli.record", "record", "Write, check, import and export a patient's record."
    ),
    "store": Command("sordino.cli.store", "store", "Keep the records of many patients."),
    "check": Command(
        "sordino.cli.check", "check", "Check mathematics, models, uncertainty and ranges."
    ),
}


class LazyGroup(TyperGroup):
    """The commands of `COMMANDS`, each imported when it runs and not before."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            raise UnknownName("command", cmd_name, COMMANDS)
        return load_command(cmd_name)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


def load_command(name: str) -> Any:
    """Import one command.

    A module offers either a function, which becomes a command, or a `typer.Typer` of its own.
    """
    entry = COMMANDS[name]
    target = getattr(importlib.import_module(entry.module), entry.attribute)
    if not isinstance(target, typer.Typer):
        holder = typer.Typer(add_completion=False, rich_markup_mode=None)
        holder.command(name)(target)
        target = holder
    command = typer.main.get_command(target)
    command.name = name
    return command


app = typer.Typer(cls=LazyGroup, rich_markup_mode=None)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"sordino {__version__}")
        raise typer.Exit


@app.callback(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
def _root(  # pyright: ignore[reportUnusedFunction]
    context: typer.Context,
    version: Annotated[
        bool,
        # Eager, because reading any other option makes Typer import pydantic.
        typer.Option(
            "--version", help="Show the version and exit.", callback=_show_version, is_eager=True
        ),
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Write nothing to stderr but errors.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; works anywhere.")
    ] = False,
) -> None:
    """What a course of ketamine does to fibromyalgia pain, and how sure we are.

    A research and teaching aid, not a medical device.
    """
    set_quiet(quiet)
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code.

    `arguments` are those after the program's name; by default the ones of this process.
    """
    given, debug = _take_debug(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _run(given)
        sys.stdout.flush()
    except SordinoError as error:
        return _fail(describe(error), error.exit_code, debug=debug)
    except typer.TyperException as error:
        return _fail(_describe_usage(error), error.exit_code, debug=debug)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except BrokenPipeError:
        _silence_stdout()
        return 141
    except Exception as error:  # the user gets one line, whatever went wrong
        text = _message(
            f"unexpected {type(error).__name__}: {str(error) or 'no message'}".splitlines()[0],
            hint="run again with --debug to see the traceback",
        )
        return _fail(text, 1, debug=debug)
    return code


def _run(arguments: list[str]) -> int:
    try:
        result = typer.main.get_command(app).main(
            arguments, prog_name="sordino", standalone_mode=False
        )
    except SystemExit as exit_:
        if isinstance(exit_.__context__, BrokenPipeError):
            raise exit_.__context__ from None
        raise
    # What comes back is the code of a `typer.Exit`, or what the command's function returned.
    return result if isinstance(result, int) else 0


def _take_debug(arguments: Sequence[str]) -> tuple[list[str], bool]:
    """Take `--debug` out, wherever it stands: one types it behind a command that just failed."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    head = [argument for argument in arguments[:end] if argument != "--debug"]
    return [*head, *arguments[end:]], len(head) < end


def _fail(text: str, code: int, *, debug: bool) -> int:
    if debug:
        import traceback

        traceback.print_exc()
    print(text, file=sys.stderr)
    return code


def describe(error: SordinoError) -> str:
    """The text that a user sees for an error: what and where, what is allowed, a hint.

    Every finding of a `DocumentError` follows as a block of its own.
    """
    text = _message(_headline(error), allowed=error.allowed, hint=error.hint)
    findings = error.findings if isinstance(error, DocumentError) else ()
    return "\n\n".join([text, *(str(finding) for finding in findings)])


def _headline(error: SordinoError) -> str:
    return f"{error.where}: {error.what}" if error.where else error.what


def _describe_usage(error: typer.TyperException) -> str:
    """The text for a wrong option or argument; the error knows the command it came from."""
    text = error.format_message()
    if text.startswith("Usage:"):
        return text
    near: Sequence[str] = getattr(error, "possibilities", None) or ()
    if near:
        return _message(getattr(error, "message", text), hint=f"did you mean {' or '.join(near)}?")
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "sordino"
    return _message(text, hint=f"see '{command} --help'")


def _message(what: str, *, allowed: str = "", hint: str = "") -> str:
    lines = [f"{_paint('error:', '31')} {what}"]
    if allowed:
        lines.append(f"allowed: {allowed}")
    if hint:
        lines += ["", f"{_paint('hint:', '36')} {hint}"]
    return "\n".join(lines)


def _paint(text: str, code: str) -> str:
    if os.environ.get("NO_COLOR") or not sys.stderr.isatty():
        return text
    return f"\x1b[1;{code}m{text}\x1b[0m"


def _silence_stdout() -> None:
    """Send what is still buffered nowhere, or Python complains about the pipe at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
