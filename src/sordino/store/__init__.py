"""The store of records: nothing is overwritten, every change is known, a crash loses nothing.

    from sordino.store import open_store

    with open_store("clinic.db") as store:
        store.put([record], who="study nurse")
        store.record("P01")

SQLite by default, PostgreSQL by URL. How it works: `docs/store.md`.
"""

from sordino.store.engine import create_store, open_store
from sordino.store.store import Outcome, Store

__all__ = ["Outcome", "Store", "create_store", "open_store"]
