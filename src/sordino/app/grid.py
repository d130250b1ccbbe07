"""When a first answer looks: dense in the first session, at a few times in the others.

The number of times is kept between `FEWEST` and `MOST`, where that can be, so that one compiled
form serves courses of one session and of many.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sordino.course import Session
from sordino.simulation.grid import default_times_h, snapped

FEWEST, MOST = 129, 256
LATER_MIN = (0.0, 5.0, 20.0, 45.0, 90.0, 150.0, 240.0, 480.0)
"""Minutes after the end of a later session; fewer of them where there are many sessions."""


def first_times_h(sessions: Sequence[Session], until_h: float) -> np.ndarray:
    """Output times of a first answer, sorted, in hours from the first dose of the course.

    They hold every time that the answers look at: one a day from the first session on, and all
    of the first session.
    """
    own = default_times_h(sessions[:1], until_h)
    rest = MOST - len(own)
    each = int(np.clip(rest // max(len(sessions) - 1, 1) - 1, 1, len(LATER_MIN)))
    found = [own]
    for session, following in zip(sessions[1:], [*sessions[2:], None], strict=False):
        end = until_h if following is None else min(following.start_h, until_h)
        after = session.end_h + np.array(LATER_MIN[:each]) / 60.0
        found.append(np.array([t for t in (session.start_h, *after) if t <= end]))
    times = np.concatenate(found)
    if len(times) < FEWEST:
        times = np.concatenate([times, np.linspace(0.0, until_h, FEWEST)])
    return snapped(times)
