"""The database at the edge: SQLite or PostgreSQL, behind `read` and `write`."""

from api.database.interface import Database, DatabaseBusy, DatabaseRefused
from api.database.opening import database_at
from api.database.sqlite import sqlite_path

__all__ = ["Database", "DatabaseBusy", "DatabaseRefused", "database_at", "sqlite_path"]
