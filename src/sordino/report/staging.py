"""A folder whose files appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Generator, Iterable, Mapping, Sequence
from pathlib import Path

from sordino.documents import writing
from sordino.errors import OutputError


@contextlib.contextmanager
def staged(folder: Path, names: Sequence[str]) -> Generator[Mapping[str, Path]]:
    """Give a path to write each file to; the files take their names when the block is done.

    The folder is made if it is missing, and everything is tried out before the block runs, so
    that hours of work are not lost to a full name or a read-only disk. When the block fails or
    is interrupted, nothing is left behind, and files of an earlier run stay as they were.
    Raises OutputError when something cannot be written.
    """
    made: list[Path] = []
    parts: dict[str, Path] = {}
    try:
        with writing(folder):
            _make(folder, made)
            mark = secrets.token_hex(6)
            for name in names:
                if (folder / name).is_dir():
                    raise OutputError("a folder has the name of a file", where=str(folder / name))
                parts[name] = folder / f".{name}.{mark}.part"
                parts[name].open("xb").close()
        yield parts
        with writing(folder):
            for part in parts.values():
                _to_disk(part)
            for name, part in parts.items():
                os.replace(part, folder / name)
    except BaseException:
        _clean_up(parts.values(), made)
        raise


def _make(folder: Path, made: list[Path]) -> None:
    """Make a folder and those above it, noting the new ones, outermost first."""
    missing: list[Path] = []
    place = folder
    while not place.exists():
        missing.append(place)
        place = place.parent
    if not place.is_dir():
        raise OutputError("this is a file, a folder is needed", where=str(place))
    for new in reversed(missing):
        new.mkdir()
        made.append(new)


def _to_disk(part: Path) -> None:
    with part.open("rb+") as file:
        os.fsync(file.fileno())


def _clean_up(parts: Iterable[Path], made: Sequence[Path]) -> None:
    for part in parts:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    for new in reversed(made):
        # Somebody else may have put a file there meanwhile; then the folder stays.
        with contextlib.suppress(OSError):
            new.rmdir()
