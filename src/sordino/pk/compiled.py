"""Room for compiled code in a process that lives long.

Every compiled function takes several memory maps, of which Linux gives a process 65,530 by
default; without one more, compilation fails or the process ends. A page that is open for days,
a calibration with many fits and a run of all tests would get there.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import jax

MAPS = Path("/proc/self/maps")
MOST = Path("/proc/sys/vm/max_map_count")
FULL = 0.4
"""The part of the maps at which compiled code is forgotten."""
EVERY = 8
"""Counting takes a millisecond for some thousand maps: it is done at one call of so many."""

_calls = itertools.count()


def make_room() -> bool:
    """Forget all compiled code when a good part of the maps is taken; returns whether it did.

    What is needed again is compiled again, or read from the cache on disk. Code that is running
    stays. Nothing is done on systems that do not tell their maps.
    """
    if next(_calls) % EVERY or taken() < FULL:
        return False
    jax.clear_caches()
    return True


def taken() -> float:
    """The part of the memory maps of this process that is taken; 0 where nobody knows."""
    try:
        with MAPS.open("rb") as maps:
            return sum(1 for _ in maps) / int(MOST.read_text())
    except (OSError, ValueError):
        return 0.0
