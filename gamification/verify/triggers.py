"""I8: the triggers that keep what was recorded as it is stand in the database, and refuse."""

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, String, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from gamification.verify.violations import Check, Subject, Violation

APPEND_ONLY = ("activity", "adjustment", "entry", "fact", "lot_use")

# As the migrations make them; one that only acts on a condition is another one.
_REFUSES = re.compile(
    r"CREATE TRIGGER \w+ BEFORE (UPDATE|DELETE|TRUNCATE) ON (?:\w+\.)?(\w+)"
    r" (?:BEGIN SELECT RAISE\(ABORT, '[^']*'\); END"
    r"|FOR EACH (?:ROW|STATEMENT) EXECUTE FUNCTION refuse_change\(\))"
)


class _by_dialect(ColumnElement[str]):  # noqa: N801 -- reads as a column of a statement
    """A text that each database has its own words for."""

    inherit_cache = False
    type = String()

    def __init__(self, *, sqlite: str, postgresql: str) -> None:
        self.words = {"sqlite": sqlite, "postgresql": postgresql}


@compiles(_by_dialect)
def _words(element: _by_dialect, compiler: SQLCompiler, **_options: Any) -> str:
    return element.words[compiler.dialect.name]


_STANDING = select(
    # SQLite has no TRUNCATE.
    _by_dialect(sqlite="'UPDATE DELETE'", postgresql="'UPDATE DELETE TRUNCATE'").label("actions"),
    _by_dialect(
        sqlite="(SELECT group_concat(sql, char(10)) FROM sqlite_master WHERE type = 'trigger')",
        postgresql=(
            "(SELECT string_agg(pg_get_triggerdef(t.oid), chr(10)) FROM pg_trigger t"
            " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"
            " AND c.relnamespace = current_schema()::regnamespace"
            " AND position('BEGIN RAISE EXCEPTION' IN btrim(p.prosrc)) = 1)"
        ),
    ).label("definitions"),
)


def missing_triggers(subject: Subject) -> Iterator[Violation]:
    """The triggers that are not there, or that do something else."""
    standing = subject.connection.first(_STANDING)
    lines = (standing.definitions or "").splitlines()
    refused = {(found[2], found[1]) for line in lines if (found := _REFUSES.fullmatch(line))}
    for table in APPEND_ONLY:
        for action in standing.actions.split():
            if (table, action) not in refused:
                yield Violation(
                    check="I8",
                    table="trigger",
                    row=f"{table}_refuses_{action.lower()}",
                    detail=f"no trigger refuses every {action} of the table {table}",
                )


TRIGGERS = Check(
    promises={"I8": "what was recorded is never changed or deleted: triggers refuse it"},
    run=missing_triggers,
)
