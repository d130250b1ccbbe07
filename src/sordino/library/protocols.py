"""Ready course files: published regimens, each with its source and what it assumes."""

from __future__ import annotations

from importlib.resources import files
from pathlib import PurePath
from typing import TYPE_CHECKING

from sordino.errors import UnknownName

if TYPE_CHECKING:
    from sordino.course import Course

DEFAULT_PROTOCOL = "six_infusions"
_FOLDER = files("sordino").joinpath("library", "protocols")


def protocol_names() -> tuple[str, ...]:
    """The names of all ready courses, sorted."""
    names = (PurePath(entry.name) for entry in _FOLDER.iterdir())
    return tuple(sorted(name.stem for name in names if name.suffix == ".toml"))


def protocol_text(name: str) -> str:
    """The course file of a protocol as text, with its comments.

    Raises UnknownName when there is no such protocol.
    """
    known = protocol_names()
    if name not in known:
        raise UnknownName("protocol", name, known)
    return _FOLDER.joinpath(f"{name}.toml").read_text(encoding="utf-8")


def load_protocol(name: str) -> Course:
    """The course of a protocol.

    Raises UnknownName when there is no such protocol.

    >>> len(load_protocol("six_infusions").sessions())
    6
    """
    import tomllib

    from sordino.course import load_course

    return load_course(tomllib.loads(protocol_text(name)))
