"""What a stored result was made from, so that one that is out of date is noticed."""

from __future__ import annotations

import functools
import hashlib
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

from sordino._version import __version__
from sordino.documents import digest, read_document

PACKAGE = Path(str(files("sordino")))


@functools.lru_cache(maxsize=1)
def data_digest() -> str:
    """One digest of all data of the package: models, evidence, regimens, tables of the rooms.

    Comments and the order of keys do not count; posterior draws do.
    """
    names = {path: path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.*")}
    tables = {name: read_document(p) for p, name in names.items() if p.suffix == ".toml"}
    draws = {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path, name in names.items()
        if path.suffix == ".npz"
    }
    return digest(tables | draws)


def made_with() -> dict[str, str]:
    """Versions, the digest of all data, and the day: what is stored beside a result."""
    return {
        "sordino": __version__,
        "jax": version("jax"),
        "numpy": version("numpy"),
        "scipy": version("scipy"),
        "python": platform.python_version(),
        "data": data_digest(),
        "date": datetime.now(UTC).date().isoformat(),
    }
