"""How Alembic reaches the database: through the connection that `api.migrate` hands over."""

from alembic import context
from sqlmodel import SQLModel

import api.tables  # noqa: F401 -- registers every table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transaction_per_migration=False,
)
context.run_migrations()
