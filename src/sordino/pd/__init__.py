"""Pharmacodynamics: from concentrations to effects.

Plain functions of arrays shaped (time, lanes); values are shaped (lanes,) or scalar. The
numbers come from `library/pd/*.toml`; the names of the arguments are the names there.
"""

import sordino.pk as _pk  # noqa: F401  turns on double precision
