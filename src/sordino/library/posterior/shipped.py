"""The posterior draws that ship with the package, by the names of the effect files."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sordino.errors import DocumentError

FOLDER = Path(__file__).parent
DRAWS = "draws.npz"
SUMMARY = "calibration.json"


@dataclass(frozen=True)
class Draws:
    """Joint draws of the unknowns: row k of every array belongs to one draw.

    `values`: arrays (draw,) by parameter, in the unit of its effect file; `about`: how they were
    made (seed, versions, diagnostics, digest of the data).
    """

    values: Mapping[str, np.ndarray]
    about: Mapping[str, Any]

    @property
    def count(self) -> int:
        """How many draws there are."""
        return len(next(iter(self.values.values())))


@functools.lru_cache(maxsize=1)
def draws() -> Draws:
    """The draws that ship with the package."""
    return read_draws(FOLDER)


def read_draws(folder: Path) -> Draws:
    """Draws from a folder that `sordino calibrate` wrote.

    Raises `DocumentError` when its files are missing or are something else.
    """
    try:
        about = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
        with np.load(folder / DRAWS, allow_pickle=False) as file:
            values = {name: np.asarray(file[name], float) for name in file.files}
    except FileNotFoundError as error:
        raise DocumentError(
            "no such file", where=str(error.filename), hint="write it with sordino calibrate"
        ) from None
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise DocumentError(f"these are no draws: {reason}", where=str(folder)) from None
    if len({v.shape for v in values.values()}) != 1:
        raise DocumentError("the draws differ in length", where=str(folder / DRAWS))
    return Draws(values, about)
