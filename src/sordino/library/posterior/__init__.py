"""What published trials taught about the parameters of the effects: draws that ship, and how
they were made."""

from __future__ import annotations

from sordino.library.posterior.assumed import assumptions
from sordino.library.posterior.shipped import OF_STUDIES, OMEGA, Draws, draws, read_draws
from sordino.library.posterior.uses import fitted_studies, uses

__all__ = [
    "OF_STUDIES",
    "OMEGA",
    "Draws",
    "assumptions",
    "draws",
    "fitted_studies",
    "read_draws",
    "uses",
]
