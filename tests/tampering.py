"""Edits behind the program's back: what a person with access to the database could do."""

from collections.abc import Callable
from typing import TypeVar

import pytest

from api.database import Database
from api.runner import Runner
from api.tables import METADATA

T = TypeVar("T")

# Those on which edits are tried; the others keep what holds them together.
LOOSENED = (
    "account",
    "activity",
    "adjustment",
    "award",
    "claim",
    "entry",
    "fact",
    "lot",
    "lot_use",
    "proposal",
    "review",
    "voucher",
)

_CONSTRAINTS = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname)
    FROM pg_constraint WHERE contype IN ('c', 'u', 'p') AND conrelid = to_regclass($1)
"""


class _Undone(Exception):  # noqa: N818 -- no error: the transaction has served its turn
    """Raised so that nothing of it is kept."""


def behind_its_back(database: Database, act: Callable[[Runner], T]) -> T:
    """What `act` gives in a transaction that knows no trigger and no constraint; it is undone."""
    given: list[T] = []

    def function(connection: Runner) -> None:
        loosen(connection)
        given.append(act(connection))
        raise _Undone

    with pytest.raises(_Undone):
        database.write_now(function)
    return given[0]


def loosen(connection: Runner) -> None:
    """Let the rest of this transaction do what it likes."""
    driver = connection.driver
    if connection.sqlalchemy.dialect.name == "postgresql":
        driver.execute("SET LOCAL session_replication_role = replica")
        for table in LOOSENED:
            query = _CONSTRAINTS.replace("$1", f"'{table}'")
            for (drop,) in driver.execute(query).fetchall():
                driver.execute(drop)
        return
    driver.execute("PRAGMA defer_foreign_keys = ON")  # until a commit that never comes
    for table in LOOSENED:
        # A copy of the rows alone has no keys, no constraints and no triggers.
        columns = ", ".join(column.name for column in METADATA.tables[table].columns)
        driver.execute(f"CREATE TABLE loose AS SELECT {columns} FROM {table}")  # noqa: S608 -- ours
        driver.execute(f"DROP TABLE {table}")
        driver.execute(f"ALTER TABLE loose RENAME TO {table}")
