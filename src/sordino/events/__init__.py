"""NONMEM-style data sets: reading, checking, and the event table they become.

    from sordino.events import read_events

    for table in read_events("data.csv", model):
        ...                              # whole individuals, a few hundred thousand records each

What a file may hold and what every column means: `docs/data-set.md`.
"""

from sordino.events.reader import read_events, read_table
from sordino.events.table import EventTable

__all__ = ["EventTable", "read_events", "read_table"]
