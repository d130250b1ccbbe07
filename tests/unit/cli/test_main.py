"""What a user sees, and what a script gets, when a command ends well or badly."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType
from typing import Annotated

import pytest
import typer

from sordino.cli import is_quiet, main, say
from sordino.cli.main import COMMANDS, Command
from sordino.errors import CheckFailed, DocumentError, InputError


def act(
    what: str,
    number: Annotated[int, typer.Option("--number", help="A number.")] = 0,
) -> int | None:
    """End as told."""
    if what == "input":
        raise InputError("no unit", where="a.toml: dose", allowed="mg", hint="write '5 mg'")
    if what == "document":
        findings = [InputError("no unit", where="dose"), InputError("unknown key", where="rout")]
        raise DocumentError("2 problems", where="a.toml", findings=findings)
    if what == "check":
        raise CheckFailed("1 of 3 checks missed")
    if what == "fault":
        raise ZeroDivisionError("nobody\nexpected this")
    if what == "interrupt":
        raise KeyboardInterrupt
    if what == "code":
        return 1
    say("some talk")
    typer.echo(f"{number} {is_quiet()}")
    return None


@pytest.fixture(autouse=True)
def _one_more_command(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("acting")
    vars(module)["act"] = act
    monkeypatch.setitem(sys.modules, "acting", module)
    monkeypatch.setitem(COMMANDS, "act", Command("acting", "act", "End as told."))


Captured = pytest.CaptureFixture[str]


def test_done_is_0_and_data_goes_to_stdout(capsys: Captured) -> None:
    assert main.main(["act", "well", "--number", "3"]) == 0
    assert capsys.readouterr() == ("3 False\n", "some talk\n")


def test_quiet_silences_talk_only(capsys: Captured) -> None:
    assert main.main(["--quiet", "act", "well"]) == 0
    assert capsys.readouterr() == ("0 True\n", "")


def test_an_input_error_says_where_what_allowed_and_hint(capsys: Captured) -> None:
    assert main.main(["act", "input"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "error: a.toml: dose: no unit\nallowed: mg\n\nhint: write '5 mg'\n"


def test_all_findings_of_a_document_are_shown(capsys: Captured) -> None:
    assert main.main(["act", "document"]) == 2
    expected = "error: a.toml: 2 problems\n\ndose: no unit\n\nrout: unknown key\n"
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize(("what", "code"), [("check", 1), ("code", 1), ("interrupt", 130)])
def test_exit_codes(what: str, code: int, capsys: Captured) -> None:
    assert main.main(["act", what]) == code
    assert "Traceback" not in capsys.readouterr().err


def test_a_fault_is_one_line_and_offers_debug(capsys: Captured) -> None:
    assert main.main(["act", "fault"]) == 1
    assert capsys.readouterr().err == (
        "error: unexpected ZeroDivisionError: nobody\n\n"
        "hint: run again with --debug to see the traceback\n"
    )


@pytest.mark.parametrize("arguments", [["--debug", "act", "fault"], ["act", "fault", "--debug"]])
def test_debug_shows_the_traceback_wherever_it_stands(
    arguments: list[str], capsys: Captured
) -> None:
    assert main.main(arguments) == 1
    said = capsys.readouterr().err
    assert said.startswith("Traceback")
    assert "ZeroDivisionError" in said


def test_what_follows_two_dashes_is_left_alone(capsys: Captured) -> None:
    assert main.main(["act", "--", "--debug"]) == 0
    assert capsys.readouterr().out == "0 False\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["simulat"], "hint: did you mean simulate?"),
        (["--qiet"], "hint: did you mean --quiet?"),
        (["act", "well", "--numbr", "3"], "hint: did you mean --number?"),
        (["act", "well", "--number", "many"], "hint: see 'sordino act --help'"),
        (["act"], "hint: see 'sordino act --help'"),
    ],
)
def test_wrong_use_is_2_with_the_way_out(arguments: list[str], said: str, capsys: Captured) -> None:
    assert main.main(arguments) == 2
    text = capsys.readouterr().err
    assert text.startswith("error: ")
    assert said in text


def test_no_command_shows_the_help_and_is_2(capsys: Captured) -> None:
    assert main.main([]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("Usage: sordino")


def test_errors_are_painted_on_a_terminal_unless_no_color(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    main.main(["act", "check"])
    assert "\x1b[1;31merror:" in capsys.readouterr().err
    monkeypatch.setenv("NO_COLOR", "1")
    main.main(["act", "check"])
    assert "\x1b" not in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "sordino", "--help"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert said == b""
    assert process.returncode == 141
