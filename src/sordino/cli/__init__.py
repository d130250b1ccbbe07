"""The command line. One file per command; a file is imported when its command runs.

stdout carries data; everything said to the user goes to stderr through `say`.
"""

from __future__ import annotations

import sys

_quiet = False


def set_quiet(quiet: bool) -> None:
    """Turn off (or on again) what `say` writes."""
    global _quiet  # noqa: PLW0603  the terminal is one per process, and so is this switch
    _quiet = quiet


def is_quiet() -> bool:
    """Whether the user asked for no talk (`--quiet`)."""
    return _quiet


def say(text: str) -> None:
    """Write one line for the user to stderr, unless the user asked for quiet."""
    if not _quiet:
        print(text, file=sys.stderr)
