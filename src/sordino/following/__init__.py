"""One person: learn from a record, and forecast what may come.

    from sordino.following import follow

    found = follow("course.toml", "record.csv")
    found.slow_responder                 # of 100 people with such a diary
    found.forecasts[0].relief[30]        # of 100: a third less pain in the fourth week

record -> ratings and sessions -> people (crowd) -> posterior (learn) -> forecasts.
`docs/follow.md` tells what is assumed, how it was checked, and where it fails.
"""

# Turns on double precision.
import sordino.pk as _pk  # noqa: F401  # pyright: ignore[reportUnusedImport]
from sordino.following.ahead import Choice
from sordino.following.api import follow
from sordino.following.forecast import LEVELS, Change, Forecast, Range
from sordino.following.result import Followed, Learned, Trust

__all__ = [
    "LEVELS",
    "Change",
    "Choice",
    "Followed",
    "Forecast",
    "Learned",
    "Range",
    "Trust",
    "follow",
]
