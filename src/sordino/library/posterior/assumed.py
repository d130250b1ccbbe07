"""Priors that the calibration adds to those of the effects."""

from __future__ import annotations

import functools
from pathlib import Path

from pydantic import ValidationError

from sordino.documents import read_document
from sordino.findings import document_error, from_validation
from sordino.library.pd_schema import PdModel

ASSUMPTIONS_FILE = Path(__file__).parent / "assumptions.toml"


@functools.lru_cache(maxsize=1)
def assumptions() -> PdModel:
    """Unknowns that only a calibration has, and priors in place of those made from its data.

    Raises `DocumentError` for a file that cannot be used.
    """
    table = read_document(ASSUMPTIONS_FILE)
    try:
        return PdModel.model_validate(table)
    except ValidationError as error:
        where = f"library {ASSUMPTIONS_FILE.name}"
        found = from_validation(error, PdModel, where)
        raise document_error(where, found, kind="effect file") from None
