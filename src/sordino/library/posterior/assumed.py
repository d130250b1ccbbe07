"""Priors that the calibration adds to those of the effects."""

from __future__ import annotations

import functools
from pathlib import Path

from sordino.library.pd_schema import PdModel, read_pd_model

ASSUMPTIONS_FILE = Path(__file__).parent / "assumptions.toml"


@functools.lru_cache(maxsize=1)
def assumptions() -> PdModel:
    """Unknowns that only a calibration has, and priors in place of those made from its data.

    Raises `DocumentError` for a file that cannot be used.
    """
    return read_pd_model(ASSUMPTIONS_FILE, f"library {ASSUMPTIONS_FILE.name}")
