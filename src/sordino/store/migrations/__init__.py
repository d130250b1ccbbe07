"""The steps that bring a store to its present form, for Alembic."""
