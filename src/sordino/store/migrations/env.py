"""Alembic runs the steps on the connection that it is given, in one transaction."""

from __future__ import annotations

from alembic import context

from sordino.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite can take table definitions back as well: a killed step leaves nothing behind.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
