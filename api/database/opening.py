"""From an address to a database."""

import sqlalchemy

from api.database.interface import Database
from api.database.postgresql import PostgresqlDatabase
from api.database.sqlite import SqliteDatabase


def database_at(url: str) -> Database:
    """Open the database of an address. Raises DatabaseRefused when it cannot be used."""
    if sqlalchemy.make_url(url).get_backend_name() == "sqlite":
        return SqliteDatabase(url)
    return PostgresqlDatabase(url)
