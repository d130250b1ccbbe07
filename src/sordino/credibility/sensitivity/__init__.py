"""Which unknown matters most for the relief of a course, and what study would reduce it."""

from __future__ import annotations

from sordino.credibility.sensitivity.indices import Indices, sobol
from sordino.credibility.sensitivity.relief import Sensitivity, Share, sensitivity
from sordino.credibility.sensitivity.unknowns import Unknown, unknowns_of

__all__ = ["Indices", "Sensitivity", "Share", "Unknown", "sensitivity", "sobol", "unknowns_of"]
