"""Units of residual errors: from the unit of an additive error to that of its analyte."""

from __future__ import annotations

from typing import NamedTuple

from sordino.errors import UnitError
from sordino.library.graph import Analyte

MASS = {
    "ng/L": 1e-6,
    "ng/mL": 1e-3,
    "ug/L": 1e-3,
    "ug/mL": 1.0,
    "mg/L": 1.0,
    "g/L": 1e3,
    "mg/mL": 1e3,
}
"""mg/L in one of each unit."""

MOLAR = {"nmol/L": 1e-6, "nmol/mL": 1e-3, "umol/L": 1e-3, "mmol/L": 1.0}
"""mg/L in one of each unit, for a molar mass of 1 g/mol."""


class AdditiveScale(NamedTuple):
    """What an additive standard deviation is multiplied with to be in the unit of its analyte.

    `factor`, and where `molar_mass` is given the value of that formula, g/mol.
    """

    factor: float
    molar_mass: str | None = None


def additive_scale(analyte: Analyte) -> AdditiveScale:
    """The scale of the additive error of an analyte.

    Raises UnitError for a unit that cannot be turned into that of the analyte.
    """
    unit = analyte.residual.unit if analyte.residual is not None else ""
    if unit in ("", analyte.unit):
        return AdditiveScale(1.0)
    if analyte.unit != "mg" and unit in MASS:
        return AdditiveScale(MASS[unit] * analyte.scale)
    if analyte.unit != "mg" and unit in MOLAR and analyte.molar_mass is not None:
        return AdditiveScale(MOLAR[unit] * analyte.scale, analyte.molar_mass)
    molar = analyte.unit != "mg" and unit in MOLAR
    raise UnitError(
        f"an additive error in {unit!r} cannot be turned into {analyte.unit}",
        allowed=", ".join(["mg"] if analyte.unit == "mg" else [*MASS, *MOLAR]),
        hint="units with mol need the molar_mass of the analyte" if molar else "",
    )
