"""The posterior draws that ship with the package, by the names of the effect files."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from sordino.errors import DocumentError
from sordino.library.pd_schema import load_pd_model, pd_model_ids

FOLDER = Path(__file__).parent
DRAWS = "draws.npz"
SUMMARY = "calibration.json"
OMEGA = "omega_"
OF_STUDIES = "_of_studies"
"""What the name of the mean over studies ends in, where the draws hold how a new place differs."""


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

    @cached_property
    def by_effect(self) -> dict[str, dict[str, np.ndarray]]:
        """Draws (draw,) of the parameters of the effect files, by file and parameter.

        A parameter whose spread between patients was learned has its `omega_` beside it.
        """
        files = {name: load_pd_model(name).parameters for name in pd_model_ids()}
        found = {
            name: {
                known: self.values[known]
                for p in parameters
                for known in (p, OMEGA + p)
                if known in self.values
            }
            for name, parameters in files.items()
        }
        return {name: own for name, own in found.items() if own}

    @cached_property
    def spreads(self) -> dict[str, np.ndarray]:
        """Draws (draw,) of the standard deviation between patients of the log of a parameter."""
        named = {name.removeprefix(OMEGA): v for name, v in self.values.items()}
        return {name: v for name, v in named.items() if OMEGA + name in self.values}

    def range(self, name: str) -> tuple[float, float]:
        """Where 90 of 100 draws of a parameter lie."""
        low, high = np.quantile(self.values[name], (0.05, 0.95))
        return float(low), float(high)

    def lesson(self, name: str) -> str:
        """How much the data taught: nothing, a little, something or much; "" if derived."""
        return next((e["lesson"] for e in self.about["learned"] if e["name"] == name), "")


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
