"""Rows as SQLite keeps them, whichever database they come from."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from api.database.interface import json_text
from api.runner import Runner
from gamification.database import Instant

TO_TEXT = Instant().bind_processor(sqlite_dialect())


def rows_of(connection: Runner, query: str) -> list[Any]:
    """The rows of a query in SQL; of one column, its values."""
    found = connection.driver.execute(query).fetchall()
    rows = [tuple(as_sqlite_keeps_it(value) for value in row) for row in found]
    return [row[0] if len(row) == 1 else row for row in rows]


def as_sqlite_keeps_it(value: Any) -> Any:
    """Times, days and JSON as text."""
    if isinstance(value, datetime):
        return TO_TEXT(value)
    if isinstance(value, date):
        return value.isoformat()
    return json_text(value) if isinstance(value, dict | list) else value
