"""Pharmacodynamics: from concentrations to effects.

Plain functions of arrays shaped (time, lanes); values are shaped (lanes,) or scalar. The
numbers come from `library/pd/*.toml`; the names of the arguments are the names there.
"""

# Turns on double precision.
import sordino.pk as _pk  # noqa: F401  # pyright: ignore[reportUnusedImport]
