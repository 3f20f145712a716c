"""Alembic's entry: it gets an open connection from `fynlo.platform.migrations`, or refuses."""

from __future__ import annotations

import logging

from alembic import context

from fynlo.platform.migrations import VERSION_TABLE

logging.getLogger("alembic").setLevel(logging.WARNING)  # `migrate` returns what ran.

connection = context.config.attributes.get("connection")
if connection is None:
    message = "Run migrations with `fynlo migrate`."
    raise SystemExit(message)

context.configure(
    connection=connection,
    version_table=VERSION_TABLE,
    version_table_schema="public",
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
