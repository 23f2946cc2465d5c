"""What tables and stores need of a database: column types, statements and the connection.

The connection itself is made by the edge (`api.database`); the domain sees only the protocol.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Protocol

from sqlalchemy import (
    ARRAY,
    JSON,
    BindParameter,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Insert,
    String,
    Table,
    bindparam,
    insert,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import Executable
from sqlalchemy.types import Boolean, TypeDecorator, TypeEngine
from sqlmodel import SQLModel

# Every constraint is named, so that a migration can change it on both databases.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# Text-keyed tables of SQLite cluster by their key: ids are time-sortable, so writes stay local.
WITHOUT_ROWID = {"sqlite_with_rowid": False}


class Instant(TypeDecorator[datetime]):
    """A moment in UTC: `timestamptz` on PostgreSQL, sortable ISO 8601 text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, which has no type for times."""
        text = dialect.name == "sqlite"
        return dialect.type_descriptor(String(27) if text else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """UTC with microseconds, always 27 characters, so that text order is time order."""
        if value is None or dialect.name != "sqlite":
            return value
        return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """An aware datetime in UTC."""
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if dialect.name == "sqlite" else value
        return moment.astimezone(UTC) if moment.tzinfo is not UTC else moment


class Day(TypeDecorator[date]):
    """A calendar day: `date` on PostgreSQL, ISO 8601 text on SQLite."""

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, which has no type for days."""
        return dialect.type_descriptor(String(10) if dialect.name == "sqlite" else Date())

    def process_bind_param(self, value: date | None, dialect: Dialect) -> Any:
        """ISO 8601 text on SQLite."""
        return value.isoformat() if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> date | None:
        """A date."""
        return date.fromisoformat(value) if value and dialect.name == "sqlite" else value


class TextList(TypeDecorator[list[str]]):
    """A list of texts as one parameter, for `one_of`: an array on PostgreSQL, JSON on SQLite."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """JSON on SQLite, text[] on PostgreSQL."""
        return dialect.type_descriptor(JSON() if dialect.name == "sqlite" else ARRAY(String))


class Connection(Protocol):
    """One transaction. Statements are module-level constants, compiled once per dialect.

    Rows are named tuples of the statement's columns. Parameters are the statement's
    `bindparam` names. An action never commits: whoever opened the transaction does.
    """

    def all(self, statement: Executable, **parameters: Any) -> list[Any]:
        """Every row."""
        ...

    def first(self, statement: Executable, **parameters: Any) -> Any:
        """The first row, or None."""
        ...

    def run(self, statement: Executable, **parameters: Any) -> int:
        """Run a write; the number of rows it touched."""
        ...

    def run_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run one write for each of the parameter sets."""
        ...


def table_of(model: type[SQLModel]) -> Table:
    """The SQLAlchemy table behind a SQLModel class."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


def insert_into(model: type[SQLModel]) -> Insert:
    """An INSERT of every column, with a bind parameter named after each."""
    table = table_of(model)
    return insert(table).values({column.name: bindparam(column.name) for column in table.columns})


class one_of(ColumnElement[bool]):  # noqa: N801 -- reads as an operator in a statement
    """`column` is among the values of one list parameter; compiled once for any length."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], values: BindParameter[Any]) -> None:
        self.type = Boolean()
        self.column = column
        self.values = values


@compiles(one_of)
def _one_of_array(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    return f"{column} = ANY({compiler.process(element.values, **options)})"


@compiles(one_of, "sqlite")
def _one_of_json(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    values = compiler.process(element.values, **options)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 -- compiled SQL
