"""Calibration on published group results: what trials teach about the parameters of the effects.

rows -> arms -> exposure -> predicted summaries -> likelihood -> posterior -> shipped draws.
docs/calibration.md tells it from the beginning.
"""

# Turns on double precision.
import sordino.pk as _pk  # noqa: F401  # pyright: ignore[reportUnusedImport]
