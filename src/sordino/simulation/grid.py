"""When to look: dense while a session acts, once a day in between."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sordino.course import Session
from sordino.pk.lengths import TICKS_PER_HOUR, to_hours, to_ticks

MINUTE = 1.0 / 60.0
DAY_H = 24.0
DENSE_SESSIONS = 14
"""With more sessions than this each one is looked at more coarsely."""


def default_times_h(sessions: Sequence[Session], until_h: float) -> np.ndarray:
    """Output times of a course, sorted, in hours from its first dose.

    Each session: every 5 minutes while an infusion runs and for an hour after it (longer
    infusions in 24 parts), then ever wider up to 8 hours. Besides, every 24 hours, counted
    from the first session. A time beyond `until_h` is left out.
    """
    coarse = len(sessions) > DENSE_SESSIONS
    first = sessions[0].start_h if sessions else 0.0
    daily = np.arange(first % DAY_H, until_h + 1e-9, DAY_H)
    ticks = {0, to_ticks(until_h)} | {to_ticks(t) for t in daily}
    starts = [s.start_h for s in sessions]
    for session, following in zip(sessions, [*starts[1:], np.inf], strict=True):
        end = min(following, until_h)
        running = max(session.end_h - session.start_h, 0.0)
        offsets = _coarse(running) if coarse else _dense(running)
        ticks |= {to_ticks(t) for t in session.start_h + offsets if t <= end + 1e-9}
    return np.array(sorted(ticks)) / TICKS_PER_HOUR


def _dense(running_h: float) -> np.ndarray:
    step = 5 * MINUTE if running_h <= 2.0 else running_h / 24.0
    during = np.append(np.arange(0.0, running_h, step), running_h) if running_h > 0 else np.zeros(1)
    last = 2.0 if running_h == 0.0 else 1.0
    first = np.arange(5 * MINUTE, last + 1e-9, 5 * MINUTE)
    then = np.arange(last + 0.25, 4.0 + 1e-9, 0.25)
    late = np.arange(5.0, 8.0 + 1e-9, 1.0)
    return np.concatenate([during, running_h + np.concatenate([first, then, late])])


def _coarse(running_h: float) -> np.ndarray:
    during = np.linspace(0.0, running_h, 5) if running_h > 0 else np.zeros(1)
    after = np.array([15, 30, 45, 60, 90, 120, 180, 240, 360, 480]) * MINUTE
    return np.concatenate([during, running_h + after])


def snapped(times_h: Sequence[float] | np.ndarray) -> np.ndarray:
    """Times on the microsecond grid of the engine, sorted and distinct."""
    return np.array([to_hours(t) for t in sorted({to_ticks(float(t)) for t in times_h})])
